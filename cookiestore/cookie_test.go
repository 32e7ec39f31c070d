package cookiestore

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	gorilla "github.com/gorilla/sessions"
)

func scanAll(name string, lines ...string) (values []string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Cookie"] = lines
	scan := scanCookies(r, name)
	for v, ok := scan.next(); ok; v, ok = scan.next() {
		values = append(values, v)
	}
	return values
}

func TestCookiesAreFoundAsNetHTTPFindsThem(t *testing.T) {
	for name, lines := range map[string][]string{
		"alone":               {"session=a"},
		"first":               {"session=a; x=1"},
		"last":                {"x=1; session=a"},
		"without blanks":      {"x=1;session=a;y=2"},
		"with many blanks":    {"  x=1 ;\t session=a \t; "},
		"quoted":              {`session="a"`},
		"empty quotes":        {`session=""`},
		"empty":               {"session="},
		"without equals":      {"session"},
		"equals in the value": {"session=a=b="},
		"empty pairs":         {";;; session=a;;"},
		"twice":               {"session=a; session=b"},
		"on two lines":        {"x=1; session=a", "session=b; y=2"},
		"a longer name":       {"session2=a; xsession=b"},
		"a shorter name":      {"sessio=a; s=b"},
		"another case":        {"Session=a"},
		"as a value":          {"x=session=a; y=session"},
		"no header":           nil,
		"an empty header":     {""},
		"blanks":              {"  ", "session=a"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = lines
		var want []string
		for _, c := range r.CookiesNamed("session") {
			want = append(want, c.Value)
		}
		if got := scanAll("session", lines...); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, net/http finds %q", name, got, want)
		}
	}
}

func TestNoMoreThanFourCookiesOfOneNameAreLookedAt(t *testing.T) {
	if got := scanAll("s", "s=1; s=2; x=9; s=3", "s=4; s=5"); !slices.Equal(got, []string{"1", "2", "3", "4"}) {
		t.Errorf("looked at %q", got)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("session=a; session=b")
	f.Add(`x=1;session="a";;session`)
	f.Add("session =a; sessions=b;session\t")
	f.Fuzz(func(t *testing.T, line string) {
		got := scanAll("session", line)
		for _, v := range got {
			if len(v) > len(line) {
				t.Errorf("%q in %q", v, line)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{line}
		for _, c := range r.CookiesNamed("session") { // it leaves out values with forbidden characters, we do not
			at := slices.Index(got, c.Value)
			if at < 0 && len(got) < maxSameName {
				t.Fatalf("%q is not among %q, found in %q", c.Value, got, line)
			}
			got = got[at+1:]
		}
	})
}

func TestAttributesAreThoseOfTheOptions(t *testing.T) {
	for name, o := range map[string]gorilla.Options{
		"defaults":        *defaults(),
		"none":            {Path: "/"},
		"path and domain": {Path: "/shop", Domain: "example.com", MaxAge: 60},
		"dotted domain":   {Path: "/", Domain: ".example.com", HttpOnly: true},
		"strict":          {Path: "/", SameSite: http.SameSiteStrictMode, Secure: true},
		"none same site":  {Path: "/a", SameSite: http.SameSiteNoneMode, Secure: true, Partitioned: true},
		"browser default": {Path: "/", SameSite: http.SameSiteDefaultMode},
		"deletion":        {Path: "/", MaxAge: -1, SameSite: http.SameSiteLaxMode},
	} {
		c, err := http.ParseSetCookie("session=x" + string(appendAttributes(nil, &o)))
		if err != nil {
			t.Fatal(name, err)
		}
		got := gorilla.Options{Path: c.Path, Domain: c.Domain, MaxAge: c.MaxAge, Secure: c.Secure, HttpOnly: c.HttpOnly,
			Partitioned: c.Partitioned, SameSite: c.SameSite}
		want := o
		if want.Domain == ".example.com" {
			want.Domain = "example.com"
		}
		if want.SameSite == http.SameSiteDefaultMode {
			want.SameSite = 0 // no attribute
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if len(c.Unparsed) > 0 {
			t.Errorf("%s: unparsed %q", name, c.Unparsed)
		}
	}
}

func TestALineReplacesOnlyThoseOfItsName(t *testing.T) {
	h := http.Header{}
	for _, line := range []string{"a=1", "session=old", "session2=x", "session=older", "b=2"} {
		h.Add("Set-Cookie", line)
	}
	setLine(h, "session", "session=new")
	if got, want := h["Set-Cookie"], []string{"a=1", "session2=x", "b=2", "session=new"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	setLine(h, "session", "")
	if got, want := h["Set-Cookie"], []string{"a=1", "session2=x", "b=2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheHeaderVanishesWithItsLastLine(t *testing.T) {
	h := http.Header{}
	setLine(h, "session", "")
	setLine(h, "session", "session=x")
	setLine(h, "session", "")
	if len(h) != 0 {
		t.Errorf("left %v", h)
	}
}
