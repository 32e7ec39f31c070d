package login

import (
	"testing"
	"time"
)

// ask sends one request whose answer comes at once.
func (w *world) ask(j jar, a act) answer {
	return w.receive(request{jar: j, client: aClient, act: a}, w.now).write(w.now)
}

// sessionAlone is a jar without its remember cookie: what a thief of a session has.
func sessionAlone(j jar) jar {
	j.cookie = nil
	return j
}

// copies are the ways to a session of somebody else's login.
var copies = []struct {
	name string
	copy func(w *world, victim jar) jar
}{
	{"a copied session", func(_ *world, victim jar) jar { return sessionAlone(victim) }},
	{"a session from a copied remember cookie, within the grace of the login", func(w *world, victim jar) jar {
		w.now += w.between(0, grace-1)
		mine := cookieAlone(victim)
		mine.take(w.ask(mine, look))
		return sessionAlone(mine)
	}},
}

// endings are what the victim does, or leaves, to be rid of it.
var endings = []struct {
	name   string
	policy Policy
	end    func(w *world, victim jar)
}{
	{"the next restore", Policy{}, func(w *world, victim jar) {
		if !w.ask(cookieAlone(victim), look).rotated {
			panic("the victim was not restored")
		}
	}},
	{"a logout, which deletes the row", Policy{}, func(w *world, _ jar) { w.row = Row{} }},
	{"LogoutOthers", Policy{}, func(w *world, victim jar) {
		if !w.ask(victim, endOthers).ended {
			panic("the other logins were not ended")
		}
	}},
	{"the idle timeout", Policy{Idle: time.Hour}, func(w *world, _ jar) { w.now += 3600 }},
	{"the absolute timeout", Policy{Absolute: 60 * day}, func(w *world, _ jar) { w.now = begun + 60*86400 }},
	{"the expiry of a row that is not used", Policy{}, func(w *world, _ jar) { w.now += 366 * 86400 }},
}

// A copied session rotates nothing, so that nothing gives it away. It ends with the
// login that it is a copy of, and stays so.
func TestMonthsOfACopiedSessionEnd(t *testing.T) {
	for _, by := range endings {
		for _, from := range copies {
			t.Run(from.name+" ends with "+by.name, func(t *testing.T) {
				for seed := range sized(1_000) {
					if fault := copySession(uint64(seed), by.policy, from.copy, by.end); fault != "" {
						t.Fatalf("seed %d: %s", seed, fault)
					}
				}
			})
		}
	}
}

func copySession(seed uint64, p Policy, steal func(*world, jar) jar, end func(*world, jar)) (fault string) {
	p.Stored, p.Grace = true, grace*time.Second
	w := newWorld(seed, p)
	victim := w.logIn(aClient, 365*day, w.now)
	mine := steal(w, victim)
	before := w.row
	for range w.between(2, 20) {
		w.now += w.between(grace, 3599)
		if !w.ask(mine, look).user {
			return "the copy was not good"
		}
	}
	before.LastSeen, before.Expires, before.Used = w.row.LastSeen, w.row.Expires, true
	if w.row != before {
		return "the copy has done more than to touch the row"
	}
	end(w, victim)
	for range 10 {
		if w.ask(mine, look).user {
			return "the copy is good after the end"
		}
		w.now += w.between(0, 1) * w.between(0, 86400)
	}
	if w.alarms != 0 {
		return "a session alone is no theft of a remember cookie"
	}
	return ""
}
