package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheProxyTakesTurnsAndTellsWhoCame(t *testing.T) {
	var addresses []string
	for _, name := range []string{"a", "b", "c"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			io.WriteString(w, name+" "+req.Header.Get("X-Forwarded-For")+" ")
		}))
		t.Cleanup(server.Close)
		addresses = append(addresses, strings.TrimPrefix(server.URL, "http://"))
	}
	server := httptest.NewServer(inTurn(addresses))
	t.Cleanup(server.Close)
	v := newVisitor(strings.TrimPrefix(server.URL, "http://"), "", 1)
	defer v.hangUp()
	said := ""
	for range 4 {
		body, err := v.expect(http.StatusOK, "GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		said += string(body)
	}
	if want := "b 10.0.0.1 c 10.0.0.1 a 10.0.0.1 b 10.0.0.1 "; said != want {
		t.Errorf("the answers are %q, want %q", said, want)
	}
}
