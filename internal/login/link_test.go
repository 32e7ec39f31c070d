package login

import "testing"

// links are the payloads of tokens in e-mails. None of them may change.
var links = []struct {
	name, text string
	link       Link
}{
	{"of a user", "t1.1700000000.MAC.NDI", Link{UserID: "42", ExpiresAt: now, Until: "MAC"}},
	{"without a text that ends it", "t1.-5..YS5ixw", Link{UserID: "a.b\xc7", ExpiresAt: -5}},
}

func TestALinkIsWrittenAndReadAsItsText(t *testing.T) {
	for _, test := range links {
		t.Run(test.name, func(t *testing.T) {
			if text := test.link.Encode(); text != test.text {
				t.Errorf("Encode:\n got %s\nwant %s", text, test.text)
			}
			if l, ok := DecodeLink(test.text); !ok || l != test.link {
				t.Errorf("DecodeLink:\n got %+v\nwant %+v", l, test.link)
			}
		})
	}
}

func TestTextThatIsNoLinkIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"no text", ""},
		{"another version", "t2.1.MAC.NDI"},
		{"another purpose", "r1.1.MAC.NDI"},
		{"a field too few", "t1.1.NDI"},
		{"a field too many", "t1.1.MAC.NDI.NDI"},
		{"no time", "t1..MAC.NDI"},
		{"a time that is no number", "t1.x.MAC.NDI"},
		{"no user", "t1.1.MAC."},
		{"a user that is not base64", "t1.1.MAC.N!"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if l, ok := DecodeLink(test.text); ok {
				t.Errorf("read as %+v", l)
			}
		})
	}
}

func FuzzLink(f *testing.F) {
	for _, test := range links {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, ok := DecodeLink(text)
		if !ok {
			return
		}
		written := l.Encode()
		if again, ok := DecodeLink(written); !ok || again != l {
			t.Errorf("%q is %+v, written as %q, which is %+v", text, l, written, again)
		}
	})
}

func TestALinkExpires(t *testing.T) {
	l := Link{ExpiresAt: now}
	if l.Expired(now-1) || !l.Expired(now) || !l.Expired(now+1) {
		t.Error("not at its end")
	}
}
