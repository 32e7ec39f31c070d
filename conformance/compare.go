package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// lifetimeTolerance is how many seconds two cookie lifetimes may differ.
const lifetimeTolerance = 5

// alwaysLoose are the fields that are compared nowhere, unless a step is strict about one.
var alwaysLoose = map[string]string{
	"location_raw":        "redirects are compared decoded",
	"content_type":        "the framework's",
	"session":             "when the session cookie is sent, and how, is the session library's business",
	"jar.session":         "follows from session",
	"sent":                "follows from the jar",
	"other_cookies":       "nobody's business here",
	"remember.expiry_via": "the lifetime is compared",
	"remember.count":      "the last line counts",
	"debug":               "known of the oracle only",
}

const protectionEvent = "session_protected"

// A difference is one field of a step where the twin does not do what the oracle did.
type difference struct {
	path      string
	want, got any
}

func (d difference) String() string {
	return fmt.Sprintf("%s: want %s, got %s", d.path, asJSON(d.want), asJSON(d.got))
}

func asJSON(value any) string {
	if value == absent {
		return absent
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// compareStep returns the differences that count: not those in loose fields, unless a field is strict.
func compareStep(s step, got observation) []difference {
	want := s.Observed
	if _, ok := s.Loose["events."+protectionEvent]; ok {
		want, got = withoutProtection(want), withoutProtection(got)
	}
	var counting []difference
	for _, d := range diff("", map[string]any(want), map[string]any(got)) {
		// name it as precisely as it can be allowed
		if d.path == "events" && reflect.DeepEqual(withoutProtection(want)["events"], withoutProtection(got)["events"]) {
			d.path = "events." + protectionEvent
		}
		if !s.isLoose(d.path) {
			counting = append(counting, d)
		}
	}
	return counting
}

func (s step) isLoose(path string) bool {
	isCovered := func(field string) bool { return covers(field, path) }
	if slices.ContainsFunc(s.Strict, isCovered) {
		return false
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(alwaysLoose)), isCovered) ||
		slices.ContainsFunc(slices.Collect(maps.Keys(s.Loose)), isCovered)
}

// covers says whether a field is the path or lies above it.
func covers(field, path string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || rest[0] == '.')
}

func withoutProtection(o observation) observation {
	events, ok := o["events"].([]any)
	if !ok {
		return o
	}
	o = maps.Clone(o)
	o["events"] = slices.DeleteFunc(slices.Clone(events), func(event any) bool { return event == protectionEvent })
	return o
}

const absent = "<absent>"

// diff compares what JSON made: objects field by field, all else as a whole.
func diff(path string, want, got any) []difference {
	wants, ok1 := want.(map[string]any)
	gots, ok2 := got.(map[string]any)
	if ok1 && ok2 {
		return diffObjects(path, wants, gots)
	}
	if strings.HasSuffix(path, ".lifetime") {
		a, ok1 := want.(float64)
		b, ok2 := got.(float64)
		if ok1 && ok2 && math.Abs(a-b) <= lifetimeTolerance {
			return nil
		}
	}
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return []difference{{path, want, got}}
}

func diffObjects(path string, want, got map[string]any) []difference {
	if (path == "remember" || path == "session") && want["op"] != got["op"] {
		return []difference{{path + ".op", want["op"], got["op"]}} // the attributes differ then, of course
	}
	member := func(object map[string]any, key string) any {
		if value, ok := object[key]; ok {
			return value
		}
		return absent
	}
	var found []difference
	both := maps.Clone(want)
	maps.Copy(both, got)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		below := strings.TrimPrefix(path+"."+key, ".")
		found = append(found, diff(below, member(want, key), member(got, key))...)
	}
	return found
}

// deviations are the differences that are meant: scenario (or "*" for all): field, or "STEP:field": the row of
// docs/deviations.md. A field covers all that lies below it.
type deviations map[string]map[string]string

// allowing returns the scenario and the key that allow this difference in this step, counted from 1.
func (allowed deviations) allowing(scenario string, number int, path string) (name, key string, ok bool) {
	for _, name := range []string{scenario, "*"} {
		for _, key := range slices.Sorted(maps.Keys(allowed[name])) {
			field := key
			if step, rest, ok := strings.Cut(key, ":"); ok {
				if step != strconv.Itoa(number) {
					continue
				}
				field = rest
			}
			if covers(field, path) {
				return name, key, true
			}
		}
	}
	return "", "", false
}
