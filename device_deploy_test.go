package ginlogin_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/device"
)

// another returns the server of another instance of the site: with the same keys, rows
// and users, and another setting and clock.
func (s *site) another(store *shelf, bound time.Duration, clock func() time.Time) http.Handler {
	s.t.Helper()
	lm := ginlogin.New(s.users.find)
	lm.SecretKeys, lm.LoginView, lm.Logins, lm.DeviceBound, lm.Now = s.lm.SecretKeys, "/login", store, bound, clock
	engine := gin.New()
	noError(s.t, engine.SetTrustedProxies(nil))
	engine.Use(useSessions(), lm.Middleware())
	s.routes(engine)
	return engine
}

// instances lets requests go to one of several instances.
type instances struct {
	all  []http.Handler
	next int // that answers
}

func (i *instances) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	i.all[i.next].ServeHTTP(w, req)
}

func TestARollingDeploy(t *testing.T) {
	s, store := newStoredSite(t, nil)
	off, on := s.another(store, 0, s.clock.Now), s.another(store, 10*time.Minute, s.clock.Now)
	lb := &instances{all: []http.Handler{off, on}}
	s.Server = httptest.NewTLSServer(lb)
	t.Cleanup(s.Close)
	const isOff, isOn = 0, 1

	early, _ := s.deviceBrowser()
	rep := early.do("POST", "/login?id=2")
	wants(t, "an offer while it is off", rep.Header.Get(device.HeaderRegistration), "")

	lb.next = isOn
	b, d := s.deviceBrowser()
	d.RegistersLate = true
	b.post("/login?id=1")
	lb.next = isOff // deployed, and not switched on yet
	d.Register()
	b.get("/secret")
	row, err := store.FindLogin(t.Context(), device.LoginOf(d.Session()))
	noError(t, err)
	wants(t, "bound by an instance on which it is off", row.DeviceBound(), true)

	s.clock.Advance(time.Hour)
	lb.next = isOn
	thief := b.copyOf("session")
	wantsRefused(t, "a copy, on one that is on", thief)
	lb.next = isOff
	wants(t, "a copy, on one that is off", thief.get("/secret"), "200 secret")
	for i := range 6 {
		lb.next = i % 2
		s.clock.Advance(7 * time.Minute)
		wants(t, "the device", b.get("/secret"), "200 secret")
	}
	lb.next = isOn
	wants(t, "a login from before", early.get("/secret"), "200 secret")
	if _, refreshed := d.Counts(); refreshed < 6 {
		t.Errorf("the browser has refreshed %d times only", refreshed)
	}
}

// An instance of the previous version does not know the path, and bound browsers lose their
// session there. This is why the new version is deployed before DeviceBound is set. No
// other browser is locked out.
func TestAnInstanceThatDoesNotAnswer(t *testing.T) {
	s, store := newStoredSite(t, nil)
	old := gin.New()
	lb := &instances{all: []http.Handler{s.another(store, 10*time.Minute, s.clock.Now), old}}
	s.Server = httptest.NewTLSServer(lb)
	t.Cleanup(s.Close)
	b, d := s.deviceBrowser()
	d.RegistersLate = true
	b.post("/login?id=1")
	lb.next = 1
	d.Register()
	lb.next = 0
	s.clock.Advance(time.Hour)
	wants(t, "registered with the old version", b.get("/secret"), "200 secret")

	b, d = s.bound("/login?id=1")
	s.clock.Advance(time.Hour)
	lb.next = 1
	b.get("/secret")
	lb.next = 0
	wants(t, "the session after a 404", d.Session(), "")
	wantsRefused(t, "refreshed with the old version", b)
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "after it", b.get("/secret"), "200 secret")
}

func TestClocksOfInstancesDiffer(t *testing.T) {
	s, store := newStoredSite(t, nil)
	ahead := func() time.Time { return s.clock.Now().Add(9 * time.Second) }
	lb := &instances{all: []http.Handler{s.another(store, 5*time.Minute, s.clock.Now), s.another(store, 5*time.Minute, ahead)}}
	s.Server = httptest.NewTLSServer(lb)
	t.Cleanup(s.Close)
	b, _ := s.bound("/login?id=1")
	for i := range 600 { // every second of ten minutes
		lb.next = i % 2
		if got := b.get("/secret"); got != "200 secret" {
			t.Fatalf("after %d s: %s", i, got)
		}
		s.clock.Advance(time.Second)
	}
}

func TestWithoutTheSettingThePathAnswersAndNothingElseHappens(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b, d := s.deviceBrowser()
	rep := b.do("POST", "/login?id=1&remember=1")
	wants(t, "offer", rep.Header.Get(device.HeaderRegistration), "")
	wants(t, "session", d.Session(), "")
	wants(t, "the path", s.send().StatusCode, http.StatusBadRequest)
	wants(t, "its GET", s.browser().do("GET", devicePath).StatusCode, http.StatusNotFound)
	b.put(deviceCookie, "x")
	wantsNoDevice := func(what string, rep reply) {
		if set := strings.Join(rep.Header["Set-Cookie"], ""); strings.Contains(set, deviceCookie) {
			t.Errorf("%s sets %s", what, set)
		}
	}
	wantsNoDevice("a page", b.do("GET", "/secret"))
	wantsNoDevice("logout", b.do("POST", "/logout"))
	wants(t, "rows", store.count(), 0)

	plain := newSite(t, cookieStore(), nil)
	wants(t, "the path without Logins", plain.send().StatusCode, http.StatusNotFound)
}

func TestSwitchingItOffLetsEverybodyIn(t *testing.T) {
	s, store := newStoredSite(t, nil)
	lb := &instances{all: []http.Handler{s.another(store, 10*time.Minute, s.clock.Now), s.another(store, 0, s.clock.Now)}}
	s.Server = httptest.NewTLSServer(lb)
	t.Cleanup(s.Close)
	b, d := s.bound("/login?id=1")
	lb.next = 1
	d.Forget()
	s.clock.Advance(time.Hour)
	b.put(deviceCookie, "")
	wants(t, "without its key", b.get("/secret"), "200 secret")
}

func TestWhereNoKeyIsAskedFor(t *testing.T) {
	const noOffer = ""
	t.Run("plain HTTP", func(t *testing.T) {
		s, _ := newBoundSite(t, nil)
		req := httptest.NewRequest("POST", "/login?id=1", nil)
		wants(t, "offer", s.serve(req).Header.Get(device.HeaderRegistration), noOffer)
		req.Header.Set("X-Forwarded-Proto", "https")
		if s.serve(req).Header.Get(device.HeaderRegistration) == noOffer {
			t.Error("no offer behind a proxy with HTTPS")
		}
	})
	for name, change := range map[string]func(*site){
		"the remember cookie has a Domain": func(s *site) { s.lm.Remember.Domain = "example.com" },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newBoundSite(t, change)
			for range 2 {
				wants(t, "offer", s.browser().do("POST", "/login?id=1").Header.Get(device.HeaderRegistration), noOffer)
			}
			wants(t, "lines of log", strings.Count(s.logged(), "not bound to their devices"), 1)
		})
	}
	for name, change := range map[string]func(*http.Cookie){
		"the session cookie has a Domain":        func(c *http.Cookie) { c.Domain = "example.com" },
		"the session cookie has no SameSite":     func(c *http.Cookie) { c.SameSite = http.SameSiteNoneMode },
		"the session cookie is as it usually is": nil,
	} {
		t.Run(name, func(t *testing.T) {
			store, options := cookieStore(), ginlogin.SessionOptions()
			if change != nil {
				cookie := &http.Cookie{SameSite: options.SameSite}
				change(cookie)
				options.Domain, options.SameSite = cookie.Domain, cookie.SameSite
			}
			store.Options(options)
			s := newSite(t, store, func(s *site) { s.lm.Logins, s.lm.DeviceBound = newShelf(), 10*time.Minute })
			offered := s.browser().do("POST", "/login?id=1").Header.Get(device.HeaderRegistration) != noOffer
			wants(t, "offered", offered, change == nil)
			wants(t, "told", strings.Contains(s.logged(), "not bound to their devices"), change != nil)
		})
	}
}

func TestTheMiddlewareHasToStandOnTheEngine(t *testing.T) {
	store := newShelf()
	bind := func(s *site) {
		s.lm.Logins, s.lm.DeviceBound = store, 10*time.Minute
		s.lm.Logger = loggerOf(s)
	}
	s := siteBehind(t, useSessions(), bind, func(s *site) {
		group := s.engine.Group("/")
		group.Use(s.lm.Middleware())
		s.routes(group)
	})
	for range 2 {
		wants(t, "offer", s.browser().do("POST", "/login?id=1").Header.Get(device.HeaderRegistration), "")
	}
	said := s.logged()
	wants(t, "lines of log", strings.Count(said, "not bound to their devices"), 1)
	wantsText(t, "log", said, "the middleware stands on a group, which never sees /.ginlogin/device: add it to the engine")
	wants(t, "the path", s.send().StatusCode, http.StatusNotFound)
}

func TestAManagerInAGroupIsNotTheOneOnTheEngine(t *testing.T) {
	var staff *ginlogin.LoginManager
	s := siteBehind(t, useSessions(), func(s *site) {
		s.lm.Logins, s.lm.DeviceBound = newShelf(), 10*time.Minute
		staff = ginlogin.New(s.users.find)
		staff.Name, staff.SecretKeys, staff.Logins, staff.DeviceBound = "staff", s.lm.SecretKeys, newShelf(), 10*time.Minute
		staff.Logger = loggerOf(s)
	}, func(s *site) {
		s.engine.Use(s.lm.Middleware())
		s.engine.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get("1"))) })
		s.engine.Group("/staff", staff.Middleware()).POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get("1"))) })
	})
	challengeOf(t, s.browser().do("POST", "/login"))
	wants(t, "offer in the group", s.browser().do("POST", "/staff/login").Header.Get(device.HeaderRegistration), "")
	wantsText(t, "log", s.logged(), "never sees /.ginlogin/device/staff")
}

// The manager in front refuses the browser's requests, which may have no cookies.
func TestAManagerBehindAClosedOneBindsNothing(t *testing.T) {
	for name, closedFirst := range map[string]bool{"closed first": true, "closed last": false} {
		var staff *ginlogin.LoginManager
		s := siteBehind(t, useSessions(), func(s *site) {
			s.lm.LoginRequired = true
			staff = ginlogin.New(s.users.find)
			staff.Name, staff.SecretKeys, staff.Logins, staff.DeviceBound = "staff", s.lm.SecretKeys, newShelf(), 10*time.Minute
			staff.Logger = loggerOf(s)
		}, func(s *site) {
			order := []gin.HandlerFunc{staff.Middleware(), s.lm.Middleware()}
			if closedFirst {
				slices.Reverse(order)
			}
			s.engine.Use(order...)
			s.engine.POST("/login", ginlogin.LoginNotRequired(), func(c *gin.Context) {
				answer200(c, ginlogin.Login(c, s.users.get("1"), ginlogin.For(staff)))
			})
		})
		offered := s.browser().do("POST", "/login").Header.Get(device.HeaderRegistration) != ""
		wants(t, name+": offered", offered, !closedFirst)
		answered := s.browser().do("POST", devicePath+"/staff").StatusCode == http.StatusBadRequest
		wants(t, name+": answered", answered, !closedFirst)
		told := strings.Contains(s.logged(), "comes first and refuses /.ginlogin/device/staff: add this manager's middleware before it")
		wants(t, name+": told", told, closedFirst)
	}
}

func TestNothingElseAnswersForTheDevice(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	s.engine.NoRoute(func(c *gin.Context) { c.String(http.StatusNotFound, "no such page") })
	_, d := s.bound("/login?id=1")
	for name, rep := range map[string]reply{"a registration": s.send(), "a refresh": s.send(device.HeaderID, d.Session())} {
		wants(t, name+": body", rep.body, "")
		wants(t, name+": Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	}
}

func TestAnAreaThatIsClosedByDefaultAnswersDevices(t *testing.T) {
	s, _ := newBoundSite(t, func(s *site) { s.lm.LoginRequired, s.lm.LoginView = true, "/login" })
	b, _ := s.bound("/login?id=1")
	s.clock.Advance(time.Hour)
	wants(t, "the device", b.get("/secret"), "200 secret")
	wants(t, "a stranger", s.send().StatusCode, http.StatusBadRequest)
}

func TestManagersHaveDevicesOfTheirOwn(t *testing.T) {
	s, store := newBoundSite(t, func(s *site) { s.lm.Name = "staff" })
	b, d := s.deviceBrowser()
	rep := b.do("POST", "/login?id=1")
	wantsText(t, "offer", rep.Header.Get(device.HeaderRegistration), `path="/.ginlogin/device/staff"`)
	b.get("/secret")
	wants(t, "bound", store.only(t).DeviceBound(), true)
	if b.cookie(deviceCookie+"_staff") == "" || d.Session() == "" {
		t.Error("the browser has no device cookie of its name")
	}
	s.clock.Advance(time.Hour)
	wantsRefused(t, "a copy", b.copyOf("session"))
	wants(t, "the device", b.get("/secret"), "200 secret")
}

func TestWhatDeviceBoundNeeds(t *testing.T) {
	for name, change := range map[string]func(*ginlogin.LoginManager){
		"Logins":     func(lm *ginlogin.LoginManager) { lm.SecretKeys = [][]byte{keyOf("k")} },
		"SecretKeys": func(lm *ginlogin.LoginManager) { lm.Logins = newShelf() },
	} {
		lm := ginlogin.New(newAccounts().find)
		lm.DeviceBound = 10 * time.Minute
		change(lm)
		wantsText(t, "without "+name, panicText(func() { lm.Middleware() }), "LoginManager.DeviceBound needs Logins")
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond} {
		lm := ginlogin.New(newAccounts().find)
		lm.DeviceBound = d
		wantsText(t, d.String(), panicText(func() { lm.Middleware() }), "LoginManager.DeviceBound is "+d.String())
	}
}
