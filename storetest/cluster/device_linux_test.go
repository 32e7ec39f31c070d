package cluster

import (
	"net/http"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/internal/device/devicetest"
)

// withDevice gives the visitor's browser a key, and logs it in.
func (v *visitor) withDevice(remember bool) *devicetest.Browser {
	v.c.t.Helper()
	b := &devicetest.Browser{Transport: v.client.Transport, Jar: v.client.Jar, Now: time.Now}
	v.client.Transport = b
	v.logIn(remember)
	return b
}

// device returns what the rows of the visitor have as the key of the device.
func (v *visitor) device() (key string) {
	v.c.t.Helper()
	if err := v.c.postgres.db.QueryRow(`SELECT device FROM ginlogin_logins WHERE user_agent = $1`, v.name).Scan(&key); err != nil {
		v.c.t.Fatal(err)
	}
	return key
}

// logInWhereItIsOn logs the visitor in again and again, until the instance that offers it has
// got the login.
func (v *visitor) logInWhereItIsOn() *devicetest.Browser {
	v.c.t.Helper()
	for {
		if b := v.withDevice(true); b.Session() != "" {
			return b
		}
		v.post("/logout", nil)
		v.forget()
	}
}

// Logins are bound while it is switched on and keys are replaced, one instance after the other.
// Each request of a browser goes to another instance than the one before. In the end all
// instances refuse a copy of the cookies.
func TestALoginIsBoundToItsDeviceOnAll(t *testing.T) {
	c := newCluster(t)
	const life = 10 * time.Second
	c.settings = []string{"DEVICE_BOUND=" + life.String()}
	before, early, late := c.visitor(), c.visitor(), c.visitor()
	before.withDevice(true)
	c.deploy(c.program, c.instances[0]) // the others answer browsers already
	earlyBrowser := early.logInWhereItIsOn()
	early.isKnown(t, true)
	if key := early.device(); key != earlyBrowser.Key().Stored() {
		t.Errorf("with one instance on, the login is bound to %q, not to the browser's key", key)
	}
	l := startLoad(t, []*visitor{before, early}, nil)
	c.deploy(c.program, c.instances[:2]...)
	l.more(100)
	l.stop()

	lateBrowser := late.withDevice(false)
	begun := time.Now()
	l = startLoad(t, []*visitor{before, early, late}, nil)
	old, fresh := c.keys[0], newKey()
	for _, keys := range [][]string{{old, fresh}, {fresh, old}} {
		c.keys = keys
		c.deploy(c.program, c.instances...)
		l.more(100)
	}
	for time.Since(begun) < 2*time.Minute+life { // nothing is demanded in the first minutes
		l.more(100)
	}
	l.stop()
	signed, refreshed := lateBrowser.Counts()
	t.Logf("switch on, and deploy a new key: %v; %d signatures, %d refreshes", &c.figures, signed, refreshed)
	if l.right.Load() != l.requests.Load() {
		t.Error("not everybody got their own page each time")
	}
	if key := late.device(); key != lateBrowser.Key().Stored() {
		t.Errorf("the login is bound to %q, not to the browser's key", key)
	}
	if key := before.device(); key != "" {
		t.Errorf("a login from before it was switched on is bound to %q", key)
	}
	late.losesItsCopies(life)
	before.isKnown(t, true)
	early.isKnown(t, true)
}

// losesItsCopies fails the test unless a copy of the visitor's cookies ends within their life.
func (v *visitor) losesItsCopies(life time.Duration) {
	v.c.t.Helper()
	thief := v.copied()
	if got := thief.judge(thief.get("/profile")); got != right {
		v.c.t.Errorf("a copy is not let in within its life: verdict %d", got)
	}
	<-time.After(life)
	for range v.c.instances {
		a := thief.get("/profile")
		if a.status == http.StatusTemporaryRedirect {
			a = thief.get("/profile")
		}
		if thief.judge(a) != loginPage {
			v.c.t.Errorf("a copy gets %d %q", a.status, a.to)
		}
	}
	v.isKnown(v.c.t, true)
}
