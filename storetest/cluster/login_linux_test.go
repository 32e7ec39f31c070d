package cluster

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Who logs in through one instance is known to all of them.
func TestALoginIsKnownToAll(t *testing.T) {
	c := newCluster(t)
	l := startLoad(t, c.visitors(), nil)
	l.more(600)
	l.stop()
	t.Logf("log in through one: %v", &c.figures)
	if l.right.Load() != l.requests.Load() {
		t.Error("not everybody got their own page each time")
	}
}

// Who logs out through one instance is unknown to all of them, and so is a copy of the cookies.
func TestALogoutIsFinalEverywhere(t *testing.T) {
	c := newCluster(t)
	for _, v := range c.visitors() {
		thief := v.copied()
		thief.isKnown(t, true)
		if a := v.post("/logout", nil); a.status != http.StatusSeeOther {
			t.Fatalf("logging out: %d %s", a.status, a.text)
		}
		v.isKnown(t, false)
		thief.isKnown(t, false)
	}
	t.Logf("log out, copied cookies as well: %v", &c.figures)
}

// A login that is ended on another device is over at the next request, whichever instance gets it.
func TestALoginIsEndedFromAnotherDevice(t *testing.T) {
	c := newCluster(t)
	laptop := c.visitor()
	phone := *laptop
	phone.forget()
	laptop.logIn(true)
	var laptopLogin string
	if err := c.postgres.db.QueryRow(`SELECT id FROM ginlogin_logins WHERE user_agent = $1`, laptop.name).
		Scan(&laptopLogin); err != nil {
		t.Fatal(err)
	}
	phone.logIn(true)
	phone.isKnown(t, true)
	if a := phone.post("/devices/end", url.Values{"id": {laptopLogin}}); a.status != http.StatusSeeOther {
		t.Fatalf("ending the login: %d %s", a.status, a.text)
	}
	laptop.isKnown(t, false)
	laptop.closeBrowser()
	laptop.isKnown(t, false) // the remember cookie is no good either
	phone.isKnown(t, true)
	t.Logf("end a login from another device: %v", &c.figures)
}

// Two requests with one remember cookie at the same moment, at two instances, are a browser that opens
// two tabs. The cookie that has been replaced, a good while later, is a thief.
func TestTheftIsNoticedAcrossInstances(t *testing.T) {
	c := newCluster(t)
	var falseAlarms atomic.Int64
	noticed := 0
	const rounds = 4
	v := c.visitor()
	for range rounds {
		v.forget()
		v.logIn(true)
		other := *v
		other.forget()
		other.logIn(false) // a second device, that a theft is to log out, too
		v.closeBrowser()
		thief := v.copied()
		c.letTimePass(t)

		// At once, to each instance directly.
		tabs := make([]*visitor, len(c.instances))
		for i := range tabs {
			tabs[i] = v.copied()
		}
		var all sync.WaitGroup
		for i, tab := range tabs {
			all.Go(func() {
				if a := tab.sendTo(c.instances[i], http.MethodGet, "/profile", nil); tab.counted(a) != right {
					t.Errorf("tab %d gets %d %q", i, a.status, a.to)
					falseAlarms.Add(1)
				}
			})
		}
		all.Wait()
		newest := 0
		for _, tab := range tabs {
			if tab.remembers() == thief.remembers() {
				continue
			}
			newest++
			v = tab
		}
		if newest != 1 {
			t.Fatalf("%d of the instances have replaced the cookie, want one", newest)
		}
		other.isKnown(t, true)

		// The visitor comes back with the new cookie, and the thief with the old one.
		c.letTimePass(t)
		v.closeBrowser()
		v.isKnown(t, true)
		c.letTimePass(t)
		thief.isKnown(t, false)
		if !t.Failed() {
			noticed++
		}
		v.isKnown(t, false)
		other.isKnown(t, false)
	}
	t.Logf("theft: %d cookies at %d instances at once, %d false alarms; %d replays noticed of %d; %v",
		rounds, len(c.instances), falseAlarms.Load(), noticed, rounds, &c.figures)
}

// letTimePass makes remember cookies older than the grace in which one that has been replaced is good.
func (c *cluster) letTimePass(t *testing.T) {
	t.Helper()
	c.exec(t, `UPDATE ginlogin_logins SET rotated = rotated - 3600`)
}

func (c *cluster) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := c.postgres.db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}

// remembers returns the remember cookie.
func (v *visitor) remembers() string {
	for _, cookie := range v.cookies() {
		if cookie.Name == "remember_token" {
			return cookie.Value
		}
	}
	return ""
}
