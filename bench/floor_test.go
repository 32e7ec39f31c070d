package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// The record that README's ladder speaks of, with an ID that needs escaping.
const recordOfAda = "1.1.1760000000.0.5.2.1234567890123456789012.ABCDEFGHIJKLMNOPQRSTUVWXYZ.....1815%2Fa"

func TestFloorDecodesItsRecord(t *testing.T) {
	want := floorRecord{
		fresh: true, loginAt: 1760000000, authAt: 1760000000, began: 1760000005, generation: 2,
		client: "1234567890123456789012", loginID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", userID: "1815/a",
	}
	var got floorRecord
	if !got.decode(recordOfAda) || got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if text := want.encode(); text != recordOfAda {
		t.Errorf("%q, want %q", text, recordOfAda)
	}
	for name, record := range map[string]string{
		"another version":  strings.Replace(recordOfAda, "1", "2", 1),
		"a field too few":  strings.Replace(recordOfAda, ".0.", ".", 1),
		"no number":        strings.Replace(recordOfAda, "176", "x76", 1),
		"a number missing": strings.Replace(recordOfAda, ".5.", "..", 1),
		"a bad escape":     strings.Replace(recordOfAda, "%2F", "%G", 1),
		"nothing":          "",
	} {
		if new(floorRecord).decode(record) {
			t.Errorf("%s is accepted", name)
		}
	}
}

// recordBehind returns the length of what a site's login leaves in the session.
func recordBehind(t *testing.T, s *site) int {
	t.Helper()
	cookies, err := s.cookiesAfter(http.MethodPost, "/login")
	if err != nil {
		t.Fatal(err)
	}
	record := ""
	engine := gin.New()
	engine.GET("/", onCookiestore(), func(c *gin.Context) { record, _ = sessions.Default(c).Get(floorSessionKey).(string) })
	engine.ServeHTTP(httptest.NewRecorder(), newRequest(http.MethodGet, "/", cookies))
	if record == "" {
		t.Fatalf("%s: there is no record in the session", s.name)
	}
	return len(record)
}

// Otherwise the distance to the floor would be that of two sessions.
func TestTheFloorsRecordIsAsLongAsGinlogins(t *testing.T) {
	of, ours := recordBehind(t, builders[handFloor](content{})), recordBehind(t, builders[onOurs](content{}))
	if d := of - ours; d < -4 || d > 4 {
		t.Errorf("%d bytes, and ginlogin's %d", of, ours)
	}
}

func TestFloorHasTheHeadersOfGinlogin(t *testing.T) {
	for _, name := range []string{handFloor, handFloorOff, onOurs} {
		s := builders[name](content{})
		cookies, err := s.cookiesAfter(http.MethodPost, "/login")
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, newRequest(http.MethodGet, "/private", cookies))
		if vary, control := w.Header().Get("Vary"), w.Header().Get("Cache-Control"); vary != "Cookie" || control != "private, no-store" {
			t.Errorf("%s: Vary %q, Cache-Control %q", name, vary, control)
		}
	}
}

func TestOnlyTheFloorWithProtectionRefusesAnotherClient(t *testing.T) {
	for name, want := range map[string]int{handFloor: http.StatusUnauthorized, handFloorOff: http.StatusOK} {
		s := builders[name](content{})
		cookies, err := s.cookiesAfter(http.MethodPost, "/login")
		if err != nil {
			t.Fatal(err)
		}
		for change, request := range map[string]func(*http.Request){
			"address":    func(r *http.Request) { r.RemoteAddr = "203.0.113.8:51234" },
			"user agent": func(r *http.Request) { r.Header.Set("User-Agent", "another") },
		} {
			r := newRequest(http.MethodGet, "/private", cookies)
			request(r)
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s, another %s: %d, want %d", name, change, w.Code, want)
			}
		}
	}
}
