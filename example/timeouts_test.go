package main

import (
	"net/http"
	"testing"
	"time"
)

func TestIdleTimeout(t *testing.T) {
	var clock clock
	_, v := open(t, clock.runs, func(s *site) { s.timeouts = timeouts{idle: time.Hour} })
	forgotten, remembered := v.another(), v.another()
	forgotten.logIn()
	remembered.logIn("remember=1")
	remembered.get("/settings").is(http.StatusOK)
	clock.advance(time.Hour)
	forgotten.get("/profile").leadsTo("/login?next=%2Fprofile")
	remembered.get("/profile").is(http.StatusOK).says("Not fresh")
	remembered.get("/settings").leadsTo("/reauthenticate?next=%2Fsettings")
}

func TestAbsoluteTimeout(t *testing.T) {
	var clock clock
	_, v := open(t, clock.runs, func(s *site) { s.timeouts = timeouts{absolute: time.Hour} })
	forgotten, remembered := v.another(), v.another()
	forgotten.logIn()
	remembered.logIn("remember=1")
	clock.advance(time.Hour)
	for _, v := range []*visitor{forgotten, remembered} {
		v.get("/profile").leadsTo("/login?next=%2Fprofile")
		v.knownAs("")
	}
}

func TestFreshFor(t *testing.T) {
	var clock clock
	_, v := open(t, clock.runs, func(s *site) { s.timeouts = timeouts{fresh: time.Hour} })
	v.logIn()
	clock.advance(time.Hour)
	v.knownAs("Ada Lovelace")
	v.get("/settings").leadsTo("/reauthenticate?next=%2Fsettings")
	p := v.post("/reauthenticate", "password="+adaPassword, "next=/settings").leadsTo("/settings")
	v.follow(p).is(http.StatusOK)
}

func TestNoTimeouts(t *testing.T) {
	_, v := open(t, func(s *site) { s.timeouts = timeouts{} })
	v.logIn("remember=1")
	v.get("/settings").is(http.StatusOK)
}

func TestLoadTimeouts(t *testing.T) {
	load := func(environment map[string]string) (timeouts, error) {
		return loadTimeouts(func(name string) string { return environment[name] })
	}
	standard, err := load(nil)
	if err != nil || standard != (timeouts{2 * time.Hour, 720 * time.Hour, 30 * time.Minute}) {
		t.Errorf("the timeouts are %v by themselves, %v", standard, err)
	}
	got, err := load(map[string]string{"IDLE_TIMEOUT": "61s", "ABSOLUTE_TIMEOUT": "0", "FRESH_FOR": "1h30m"})
	if err != nil || got != (timeouts{61 * time.Second, 0, 90 * time.Minute}) {
		t.Errorf("the timeouts are %v, %v", got, err)
	}
	for _, bad := range []string{"soon", "30", "-1h", "10ms", " 1h"} {
		for _, name := range []string{"IDLE_TIMEOUT", "ABSOLUTE_TIMEOUT", "FRESH_FOR"} {
			if _, err := load(map[string]string{name: bad}); err == nil {
				t.Errorf("%s=%q passes", name, bad)
			}
		}
	}
	if _, err := load(map[string]string{"IDLE_TIMEOUT": "1m"}); err == nil {
		t.Error("an idle timeout of a minute passes")
	}
}
