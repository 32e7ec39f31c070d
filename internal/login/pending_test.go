package login

import "testing"

// pendings live in the sessions of running sites. None of them may change.
var pendings = []struct {
	name, text string
	pending    Pending
}{
	{"with nothing chosen", "p1.1700000000.0.0....42", Pending{UserID: "42", BegunAt: now}},
	{"fresh", "p1.1.1.0....42", Pending{UserID: "42", BegunAt: 1, Fresh: true}},
	{"forced", "p1.1.2.0....42", Pending{UserID: "42", BegunAt: 1, Force: true}},
	{"remembered", "p1.1.4.86400....42", Pending{UserID: "42", BegunAt: 1, Remember: true, For: 86400}},
	{
		"with every field", "p1.1.7.-3.BINDING.pwd+x%2Ey.https%3A%2F%2Fid%2Eexample+sid.a%2Eb%25%FF",
		Pending{
			UserID: "a.b%\xff", BegunAt: 1, Fresh: true, Force: true, Remember: true, For: -3,
			Binding: "BINDING", Methods: "pwd x.y", ExternalID: "https://id.example sid",
		},
	},
}

func TestAPendingLoginIsWrittenAndReadAsItsText(t *testing.T) {
	for _, test := range pendings {
		t.Run(test.name, func(t *testing.T) {
			if text := test.pending.Encode(); text != test.text {
				t.Errorf("Encode:\n got %s\nwant %s", text, test.text)
			}
			if p, ok := DecodePending(test.text); !ok || p != test.pending {
				t.Errorf("DecodePending:\n got %+v\nwant %+v", p, test.pending)
			}
		})
	}
}

func TestTextThatIsNoPendingLoginIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"no text", ""},
		{"another version", "p2.1.0.0....42"},
		{"a record", "1.1.1700000000.0.0.0.C.LOGIN.....42"},
		{"a field too few", "p1.1.0.0...42"},
		{"no user", "p1.1.0.0...."},
		{"a beginning that is no number", "p1.x.0.0....42"},
		{"flags that are no number", "p1.1.x.0....42"},
		{"flags below those there are", "p1.1.-1.0....42"},
		{"flags beyond those there are", "p1.1.8.0....42"},
		{"a lifetime that is no number", "p1.1.0.x....42"},
		{"methods that are half escaped", "p1.1.0.0..%2..42"},
		{"an external ID that is half escaped", "p1.1.0.0...%2.42"},
		{"a user ID that is half escaped", "p1.1.0.0....%2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if p, ok := DecodePending(test.text); ok {
				t.Errorf("read as %+v", p)
			}
		})
	}
}

func FuzzPending(f *testing.F) {
	for _, test := range pendings {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := DecodePending(text)
		if !ok {
			return
		}
		written := p.Encode()
		if again, ok := DecodePending(written); !ok || again != p {
			t.Errorf("%q is %+v, written as %q, which is %+v", text, p, written, again)
		}
	})
}

func TestTheSecondStepMayCome(t *testing.T) {
	p := Pending{UserID: "ada", BegunAt: now}
	for _, test := range []struct {
		name string
		user string
		key  int
		now  int64
		want bool
	}{
		{"at once", "ada", 0, now, true},
		{"within ten minutes", "ada", 0, now + 599, true},
		{"not after ten minutes", "ada", 0, now + 600, false},
		{"not for another user", "bob", 0, now, false},
		{"not for a user whose ID is not known", "", 0, now, false},
		{"not after a change of the password", "ada", Unbound, now, false},
		{"bound by an older key", "ada", 1, now, true},
		{"by a clock that was set back", "ada", 0, now - 1e6, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := p.Goes(test.user, test.key, test.now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
