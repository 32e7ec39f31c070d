package main

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every race that needs no server is run, shortly: each entrant's answer is looked
// at before it is measured.
func TestTheWholeReport(t *testing.T) {
	races := allRaces(&servers{})
	for _, race := range races {
		if err := race.run(2, 20*time.Microsecond); err != nil {
			t.Fatalf("%s: %v", race.title, err)
		}
	}
	r := newReport(races, &servers{unavailable: []string{"Redis: it is a test"}}, 2, time.Millisecond)

	text := r.markdown()
	for _, want := range append([]string{"Redis: it is a test", "stretch", clockName}, everybody...) {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q", want)
		}
	}
	for _, not := range []string{"NaN", "Inf", "%!"} {
		if strings.Contains(text, not) {
			t.Errorf("the report has %q:\n%s", not, text)
		}
	}

	drawing := xml.NewDecoder(strings.NewReader(string(r.plot())))
	for {
		if _, err := drawing.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
	}
}

// The report would not notice an entrant that answers faster because it does not do
// its work.
func TestAWrongAnswerEndsTheRace(t *testing.T) {
	for name, change := range map[string]func(*entrant){
		"status": func(e *entrant) { e.status = 401 },
		"body":   func(e *entrant) { e.body = "Hello, Grace!" },
		"cookie": func(e *entrant) { e.cookies = nil },
	} {
		r := raceOf(theAuthenticated, authenticated, handWritten)
		change(r.entrants[0])
		if err := r.run(1, time.Microsecond); err == nil {
			t.Errorf("another %s is accepted", name)
		}
	}
}

// The garbage that one leaves is collected while the next one runs. In an order that
// repeats itself, two entrants of the same code have differed by 70 %.
func TestNoEntrantRunsBehindTheSameOneEachTime(t *testing.T) {
	var order []string
	r := &race{title: "order"}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if n := len(order); n == 0 || order[n-1] != name {
				order = append(order, name)
			}
		})
		r.entrants = append(r.entrants, &entrant{site: &site{name: name, handler: handler}, method: http.MethodGet, status: http.StatusOK})
	}
	const rounds = 120
	if err := r.run(rounds, time.Nanosecond); err != nil {
		t.Fatal(err)
	}
	times := map[[2]string]int{}
	for i := range order[1:] {
		times[[2]string{order[i], order[i+1]}]++
	}
	for pair, n := range times {
		if n > rounds/3 {
			t.Errorf("%s runs behind %s in %d of %d rounds", pair[1], pair[0], n, rounds)
		}
	}
}

// What gorilla's registry has found in one request must not be there in the next.
func TestEachRequestIsDecodedAnew(t *testing.T) {
	r := raceOf(theAuthenticated, authenticated, handCookie)
	if err := r.run(1, time.Microsecond); err != nil {
		t.Fatal(err)
	}
	if allocs := r.entrants[0].allocs; allocs < 100 {
		t.Errorf("%v allocations: gob has not decoded a session each time", allocs)
	}
}
