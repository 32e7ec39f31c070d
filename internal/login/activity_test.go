package login

import "testing"

// activities are the payloads of activity cookies. None of them may change.
var activities = []struct {
	name, text string
	activity   Activity
}{
	{"of a session in use", "a1.LOGIN.1699996400.1700000000", Activity{LoginID: "LOGIN", BegunAt: begun, SeenAt: now}},
	{"of a login without an ID", "a1..1.2", Activity{BegunAt: 1, SeenAt: 2}},
	{"with negative times", "a1.LOGIN.-10.-5", Activity{LoginID: "LOGIN", BegunAt: -10, SeenAt: -5}},
}

func TestAnActivityIsWrittenAndReadAsItsText(t *testing.T) {
	for _, test := range activities {
		t.Run(test.name, func(t *testing.T) {
			if text := test.activity.Encode(); text != test.text {
				t.Errorf("Encode:\n got %s\nwant %s", text, test.text)
			}
			if a, ok := DecodeActivity(test.text); !ok || a != test.activity {
				t.Errorf("DecodeActivity:\n got %+v\nwant %+v", a, test.activity)
			}
		})
	}
}

func TestTextThatIsNoActivityIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"no text", ""},
		{"another version", "a2.LOGIN.1.2"},
		{"another purpose", "r1.LOGIN.1.2"},
		{"a field too few", "a1.LOGIN.1"},
		{"a field too many", "a1.LOGIN.1.2.3"},
		{"no beginning", "a1.LOGIN..2"},
		{"a beginning that is no number", "a1.LOGIN.x.2"},
		{"no time of use", "a1.LOGIN.1."},
		{"a time of use that is no number", "a1.LOGIN.1.x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if a, ok := DecodeActivity(test.text); ok || a != (Activity{}) {
				t.Errorf("read as %+v, %v", a, ok)
			}
		})
	}
}

func FuzzActivity(f *testing.F) {
	for _, test := range activities {
		f.Add(test.text)
	}
	f.Add("a1.LOGIN.+1.007")
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := DecodeActivity(text)
		if !ok {
			return
		}
		written := a.Encode()
		if again, ok := DecodeActivity(written); !ok || again != a {
			t.Errorf("%q is %+v, written as %q, which is %+v", text, a, written, again)
		}
	})
}

func TestActivityCountsForTheVerySessionThatItWasNotedIn(t *testing.T) {
	record := Record{LoginID: "LOGIN", BegunAt: begun}
	for _, test := range []struct {
		name     string
		activity Activity
		want     int64
	}{
		{"of this session: when it was last used", Activity{"LOGIN", begun, now}, now},
		{"none: when the session began", Activity{}, begun},
		{"of another login: when the session began", Activity{"OTHER", begun, now}, begun},
		{"of the session before this one: when this session began", Activity{"LOGIN", begun - 1, now}, begun},
		{"of a later session: when this session began", Activity{"LOGIN", begun + 1, now}, begun},
		{"from before this session, by a clock that was set back: when the session began", Activity{"LOGIN", begun, begun - 9}, begun},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.activity.lastSeen(&record); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// A browser sends two activity cookies after a change of the cookie's Domain or Path.
func TestOfTwoActivitiesTheLaterOfTheSessionCounts(t *testing.T) {
	record := Record{LoginID: "LOGIN", BegunAt: begun}
	early, late := Activity{"LOGIN", begun, begun + 10}, Activity{"LOGIN", begun, begun + 20}
	other := Activity{"OTHER", begun, now}
	for _, test := range []struct {
		name       string
		a, b, want Activity
	}{
		{"the second", early, late, late},
		{"the first", late, early, late},
		{"not a later one of another session", early, other, early},
		{"not a later one of another session that comes first", other, early, early},
		{"the first, if neither counts", other, Activity{}, other},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.a.Of(&record, test.b); got != test.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}
