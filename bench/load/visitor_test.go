package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// told serves what visitors are to be told, and returns a visitor there.
func told(t *testing.T, handler http.HandlerFunc) *visitor {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	v := newVisitor(strings.TrimPrefix(server.URL, "http://"), "ada@crowd.example", 258)
	t.Cleanup(v.hangUp)
	return v
}

func TestAVisitorKeepsCookiesAsABrowserDoes(t *testing.T) {
	v := told(t, func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/set":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", MaxAge: 60})
		case "/change":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "3"})
			http.SetCookie(w, &http.Cookie{Name: "b", MaxAge: -1})
		}
		fmt.Fprintf(w, "%s from %s", req.Header.Get("Cookie"), req.Header.Get("X-Forwarded-For"))
	})
	for _, row := range []struct{ path, want string }{
		{"/set", " from 10.0.1.2"}, {"/change", "a=1; b=2 from 10.0.1.2"}, {"/", "a=3 from 10.0.1.2"},
	} {
		if body, err := v.expect(http.StatusOK, "GET", row.path, nil); err != nil || string(body) != row.want {
			t.Errorf("%s: %q, %v, want %q", row.path, body, err, row.want)
		}
	}
}

func TestTheWrongPageIsAnError(t *testing.T) {
	page := ""
	v := told(t, func(w http.ResponseWriter, req *http.Request) {
		if page == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, page)
	})
	if v.page() == nil {
		t.Error("a 503 is taken for the page")
	}
	if page = "<dd>bob@crowd.example</dd>"; v.page() == nil {
		t.Error("another's page is taken for one's own")
	}
	if page = "<dd>ada@crowd.example</dd>"; v.page() != nil {
		t.Error("one's own page is not")
	}
}

func TestAGuessComesFromSomewhereElseEachTime(t *testing.T) {
	status, from := http.StatusUnauthorized, map[string]bool{}
	v := told(t, func(w http.ResponseWriter, req *http.Request) {
		from[req.Header.Get("X-Forwarded-For")+" "+req.PostFormValue("email")] = true
		w.WriteHeader(status)
	})
	for range 5 {
		if err := v.guess(); err != nil {
			t.Error(err)
		}
	}
	if len(from) < 3 {
		t.Errorf("they came as %v", from)
	}
	if status = http.StatusSeeOther; v.guess() == nil {
		t.Error("a guess that was right is no error")
	}
}

func TestAVisitorComesBackToAServerThatHangsUp(t *testing.T) {
	v := told(t, func(w http.ResponseWriter, req *http.Request) { w.Header().Set("Connection", "close") })
	for range 2 {
		if _, err := v.expect(http.StatusOK, "GET", "/", nil); err != nil {
			t.Error(err)
		}
	}
}
