package conformance

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func observed(t *testing.T, text string) observation {
	t.Helper()
	var o observation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

func paths(differences []difference) []string {
	found := []string{}
	for _, d := range differences {
		found = append(found, d.path)
	}
	return found
}

func TestCompareStep(t *testing.T) {
	for _, tt := range []struct {
		name      string
		want, got string
		loose     map[string]string
		strict    []string
		differs   []string
	}{
		{"the same is no difference", `{"status": 200}`, `{"status": 200}`, nil, nil, nil},
		{"a status counts", `{"status": 200}`, `{"status": 302}`, nil, nil, []string{"status"}},
		{"a field that is missing counts", `{"status": 200}`, `{}`, nil, nil, []string{"status"}},
		{"a field too many counts", `{}`, `{"text": null}`, nil, nil, []string{"text"}},
		{"null is not absent", `{"json": {"id": null}}`, `{"json": {}}`, nil, nil, []string{"json.id"}},
		{"objects are compared member by member",
			`{"json": {"id": "1", "name": "a"}}`, `{"json": {"id": "1", "name": "b"}}`, nil, nil, []string{"json.name"}},
		{"an object and null differ as a whole", `{"json": {"id": "1"}}`, `{"json": null}`, nil, nil, []string{"json"}},
		{"lists are compared as a whole",
			`{"loader": {"user_ids": ["1", "1"]}}`, `{"loader": {"user_ids": ["1"]}}`, nil, nil, []string{"loader.user_ids"}},
		{"lifetimes may differ by seconds",
			`{"remember": {"op": "set", "lifetime": 3600}}`, `{"remember": {"op": "set", "lifetime": 3605}}`, nil, nil, nil},
		{"lifetimes may not differ by minutes",
			`{"remember": {"op": "set", "lifetime": 3600}}`, `{"remember": {"op": "set", "lifetime": 3610}}`,
			nil, nil, []string{"remember.lifetime"}},
		{"a lifetime is not none",
			`{"remember": {"op": "set", "lifetime": null}}`, `{"remember": {"op": "set", "lifetime": 5}}`,
			nil, nil, []string{"remember.lifetime"}},
		{"two ways to treat a cookie are one difference",
			`{"remember": {"op": "none"}}`, `{"remember": {"op": "set", "path": "/"}}`, nil, nil, []string{"remember.op"}},
		{"the session cookie is the library's business",
			`{"session": {"op": "none"}, "jar": {"session": false}}`, `{"session": {"op": "set"}, "jar": {"session": true}}`,
			nil, nil, nil},
		{"unless a step is strict about it",
			`{"session": {"op": "none"}}`, `{"session": {"op": "set"}}`, nil, []string{"session.op"}, []string{"session.op"}},
		{"a loose field does not count", `{"status": 200}`, `{"status": 302}`, map[string]string{"status": "why"}, nil, nil},
		{"nor what is below it",
			`{"remember": {"op": "cleared"}}`, `{"remember": {"op": "none"}}`, map[string]string{"remember": "why"}, nil, nil},
		{"but what only begins alike",
			`{"remembered": 1}`, `{"remembered": 2}`, map[string]string{"remember": "why"}, nil, []string{"remembered"}},
		{"strict wins over loose",
			`{"status": 200}`, `{"status": 302}`, map[string]string{"status": "why"}, []string{"status"}, []string{"status"}},
		{"events are compared in their order", `{"events": ["a", "b"]}`, `{"events": ["b", "a"]}`, nil, nil, []string{"events"}},
		{"a missing session_protected is named",
			`{"events": ["a", "session_protected"]}`, `{"events": ["a"]}`, nil, nil, []string{"events.session_protected"}},
		{"one too many as well",
			`{"events": ["a"]}`, `{"events": ["session_protected", "a"]}`, nil, nil, []string{"events.session_protected"}},
		{"not if the events differ otherwise, too",
			`{"events": ["a", "session_protected"]}`, `{"events": ["b"]}`, nil, nil, []string{"events"}},
		{"session_protected may be loose",
			`{"events": ["a", "session_protected"]}`, `{"events": ["a"]}`,
			map[string]string{"events.session_protected": "why"}, nil, nil},
		{"the other events are not loose with it",
			`{"events": ["a", "session_protected"]}`, `{"events": ["b"]}`,
			map[string]string{"events.session_protected": "why"}, nil, []string{"events"}},
		{"the oracle's private notes do not count", `{"debug": {"a": 1}}`, `{}`, nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := step{Observed: observed(t, tt.want), Loose: tt.loose, Strict: tt.strict}
			if found := paths(compareStep(s, observed(t, tt.got))); !slices.Equal(found, tt.differs) {
				t.Errorf("differences %v, want %v", found, tt.differs)
			}
		})
	}
}

func TestADeviationAllows(t *testing.T) {
	known := deviations{
		"story": {"2:json": "D1", "status": "D2", "3:events.session_protected": "D3"},
		"*":     {"text": "D4"},
	}
	for _, tt := range []struct {
		name     string
		scenario string
		step     int
		path     string
		key      string // "": not allowed
	}{
		{"the field of its step", "story", 2, "json", "2:json"},
		{"what lies below", "story", 2, "json.id", "2:json"},
		{"not what only begins alike", "story", 2, "jsonp", ""},
		{"not another step", "story", 3, "json.id", ""},
		{"not another scenario", "other", 2, "json.id", ""},
		{"every step, if it names none", "story", 7, "status", "status"},
		{"the protection event", "story", 3, "events.session_protected", "3:events.session_protected"},
		{"not all events with it", "story", 3, "events", ""},
		{"every scenario, if it says so", "other", 1, "text", "text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, key, _ := known.allowing(tt.scenario, tt.step, tt.path); key != tt.key {
				t.Errorf("allowed by %q, want %q", key, tt.key)
			}
		})
	}
}

// Whatever a recording holds, the comparison would notice if it were different.
func TestEveryRecordedFieldIsCompared(t *testing.T) {
	for _, s := range recordedScenarios(t) {
		for i, st := range s.Steps {
			if found := compareStep(st, st.Observed); found != nil {
				t.Fatalf("%s, step %d differs from itself: %v", s.Name, i+1, found)
			}
			for field := range st.Observed {
				if st.isLoose(field) {
					continue
				}
				spoilt := maps.Clone(st.Observed)
				spoilt[field] = "something else"
				if compareStep(st, spoilt) == nil {
					t.Fatalf("%s, step %d: another %s goes unnoticed", s.Name, i+1, field)
				}
			}
		}
	}
}
