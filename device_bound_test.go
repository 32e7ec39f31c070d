package ginlogin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/device"
)

func TestACopyOfAllCookiesDiesWithoutTheDevice(t *testing.T) {
	s, store := newBoundSite(t, audited)
	b, d := s.deviceBrowser()
	wants(t, "login", b.post("/login?id=1&remember=1"), "200 /")
	row := store.only(t)
	wants(t, "bound after the registration", row.DeviceBound(), false)
	wants(t, "the key of the row", row.Device, "?"+d.Key().Stored())
	wants(t, "the page after it", b.get("/secret"), "200 secret")
	row = store.only(t)
	wants(t, "bound after the refresh behind that page", row.DeviceBound(), true)
	wants(t, "the key of the row", row.Device, d.Key().Stored())
	wantsText(t, "audit log", s.logged(), "msg=device_registered user=1 login="+row.ID, "msg=device_bound user=1 login="+row.ID)

	s.clock.Advance(3 * time.Minute)
	wants(t, "later", b.get("/secret"), "200 secret")
	thief := b.copyOfAll()
	wants(t, "the copy, within its time", thief.get("/secret"), "200 secret")
	s.told()
	s.logged()

	s.clock.Advance(7 * time.Minute)
	rep := thief.do("GET", "/secret?a=b")
	wants(t, "the copy, after it", answerOf(rep), "307 | Location: /secret?a=b")
	wants(t, "the dead cookie is deleted", isDeletion(thief.setCookie(rep, deviceCookie)), true)
	wants(t, "no cache may keep it", rep.Header.Get("Cache-Control"), "private, no-store")
	wantsRefused(t, "the copy, again", thief)
	wants(t, "events", s.told(), "user_accessed user_accessed device_missing=1 user_unauthorized")
	wantsText(t, "audit log", s.logged(), "level=WARN msg=device_missing user=1 login="+row.ID)

	wants(t, "the device", b.get("/secret"), "200 secret")
	wants(t, "its row", store.only(t).ID, row.ID)
	if said := s.logged(); strings.Contains(said, "device_bound") {
		t.Errorf("bound a second time: %s", said)
	}
	rest := b.copyOfAll()
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "the device cookie after it", b.cookie(deviceCookie), "")
	wants(t, "a copy after it", rest.get("/whoami"), "200 user ")
	wants(t, "the device after it", b.get("/whoami"), "200 user ")
	wants(t, "the browser's session", d.Session(), "")
}

func TestABrowserThatKnowsNothingOfDevicesIsAskedForNothing(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	wants(t, "an hour later", b.get("/secret"), "200 secret")
	wants(t, "restored", b.restore(), "200 user 1")
	wants(t, "its row", store.only(t).Device, "")
}

// In these tests the browser registers and refreshes without any cookies, as after an
// OAuth callback or a link in a mail.
func TestTheFirstMinutes(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.deviceBrowser()
	d.RegistersLate = true
	b.post("/login?id=1")
	slow := b.copyOf("session") // a page under way while the browser registers
	wants(t, "before the registration", b.get("/secret"), "200 secret")
	d.Register()
	b.get("/secret")
	wants(t, "bound", store.only(t).DeviceBound(), true)
	s.clock.Advance(119*time.Second - time.Second)
	wants(t, "without the cookie", slow.get("/secret"), "200 secret")
	s.clock.Advance(2 * time.Second)
	wantsRefused(t, "after two minutes", slow)
}

func TestALostAnswerLocksNobodyOut(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.deviceBrowser()
	d.LosesRegistration = true
	b.post("/login?id=1")
	wants(t, "registered", strings.HasPrefix(store.only(t).Device, "?"), true)
	s.clock.Advance(time.Hour)
	wants(t, "an hour later", b.get("/secret"), "200 secret")
	wants(t, "bound", store.only(t).DeviceBound(), false)

	// The next ConfirmLogin offers a registration again. Now the answer to the first refresh
	// is lost.
	d.LosesRegistration, d.LosesRefresh = false, true
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	wants(t, "a page", b.get("/secret"), "200 secret")
	wants(t, "bound", store.only(t).DeviceBound(), true)
	s.clock.Advance(time.Hour)
	d.LosesRefresh = false
	wants(t, "another hour later", b.get("/secret"), "200 secret")
}

func TestALoginForgetsTheDeviceOfTheOneBefore(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	s.engine.POST("/inout", func(c *gin.Context) {
		noError(t, ginlogin.Login(c, s.users.get("1")))
		answer200(c, ginlogin.Logout(c))
	})
	b := s.browser()
	b.put(deviceCookie, "cookie")
	rep := b.do("POST", "/login?id=1")
	wants(t, "the cookie is deleted", isDeletion(b.setCookie(rep, deviceCookie)), true)
	challengeOf(t, rep)
	rep = b.do("POST", "/inout")
	wants(t, "offered by a login that has ended", rep.Header.Get(device.HeaderRegistration), "")
}

func TestAConfirmedKeyIsNotOfferedAgain(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1")
	before := store.only(t).Device
	rep := b.do("POST", "/confirm")
	wants(t, "confirm", rep.body, "ok")
	wants(t, "offer", rep.Header.Get(device.HeaderRegistration), "")
	wants(t, "key", store.only(t).Device, before)
}

func TestRememberCookiesAreBoundThroughTheirRow(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.bound("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	thief := b.copyOf("remember_token")
	s.told()
	before := store.only(t)
	wantsRefused(t, "a copy of the remember cookie", thief)
	wants(t, "events", s.told(), "user_accessed device_missing=1 user_unauthorized")
	wants(t, "the row", store.only(t), before)
	wants(t, "the copy's remember cookie stays", thief.cookie("remember_token"), b.cookie("remember_token"))

	b.put("session", "") // the browser was closed
	signed, _ := d.Counts()
	wants(t, "the device", b.get("/secret"), "200 secret")
	wants(t, "a new generation", store.only(t).Generation, before.Generation+1)
	if again, _ := d.Counts(); again != signed+1 {
		t.Errorf("the browser has signed %d times, want once", again-signed)
	}
}

func TestLogoutOthersKeepsTheDevice(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1&remember=1")
	other, _ := s.bound("/login?id=1")
	cut := b.copyOf("session")
	wants(t, "others", b.post("/others"), "200 ok")
	wantsRefused(t, "the other device", other)
	s.told()
	wantsRefused(t, "a copy from before", cut)
	wants(t, "events of a login that has ended", s.told(), "user_accessed user_unauthorized")
	s.clock.Advance(time.Hour)
	wants(t, "this one", b.get("/secret"), "200 secret")
	wants(t, "bound", store.only(t).DeviceBound(), true)
}

func TestACopyCannotChangeTheLogin(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	thief := b.copyOf("session", "remember_token")
	for _, path := range []string{"/confirm", "/others"} {
		wants(t, path, thief.post(path), "400 "+ginlogin.ErrNotAuthenticated.Error())
	}
	wants(t, "/everywhere", thief.post("/everywhere"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "act", thief.post("/act"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "rows", store.count(), 1)
	wants(t, "the device", b.get("/secret"), "200 secret")
}

// A logout has to work in a browser that has lost its key, and a login replaces the one
// before; so a copy can do both.
func TestACopyCanEndTheLogin(t *testing.T) {
	for _, path := range []string{"/logout", "/login?id=2"} {
		s, store := newBoundSite(t, nil)
		b, d := s.bound("/login?id=1&remember=1")
		row := store.only(t)
		s.clock.Advance(time.Hour)
		b.copyOf("session", "remember_token").post(path)
		_, err := store.FindLogin(t.Context(), row.ID)
		wants(t, path+": the row", errors.Is(err, ginlogin.ErrLoginNotFound), true)
		wants(t, path+": the device", b.get("/whoami"), "200 user ")
		wants(t, path+": the browser's session", d.Session(), "")
	}
}

func TestAnOldRememberCookieIsATheftAlsoWithoutTheDevice(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1&remember=1")
	thief := b.copyOf("remember_token")
	for range 3 {
		s.clock.Advance(time.Hour)
		b.put("session", "") // the browser was closed
		wants(t, "the device", b.get("/secret"), "200 secret")
	}
	s.told()
	wantsRefused(t, "the copy", thief)
	wants(t, "events", s.told(), "user_accessed remember_token_stolen=1 user_unauthorized")
	wants(t, "rows", store.count(), 0)
}

// The session is the app's, and its store knows nothing of devices.
func TestTheDataOfTheSessionIsNotBound(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1")
	wants(t, "data", b.post("/data?key=cart&value=shoes"), "200 ok")
	s.clock.Advance(time.Hour)
	thief := b.copyOf("session")
	wantsRefused(t, "the copy", thief)
	wants(t, "its data", thief.get("/data?key=cart"), "200 shoes")
}

func TestActingIsBoundToTheDeviceOfTheActingLogin(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1")
	wants(t, "act", b.post("/act"), "200 ok")
	wants(t, "as", b.get("/whoami"), "200 user 2")
	s.clock.Advance(20 * time.Minute)
	thief := b.copyOf("session")
	wantsRefused(t, "a copy", thief)
	wants(t, "a copy stops", thief.post("/stop"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "the device", b.get("/whoami"), "200 user 2")
	wants(t, "stop", b.post("/stop"), "200 ok")
	wants(t, "back", b.get("/whoami"), "200 user 1")
}

// A 503 is the only error after which the browser keeps its session.
func TestTheBrowserKeepsItsSessionInAnOutage(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.bound("/login?id=1")
	session := d.Session()
	s.clock.Advance(time.Hour)
	store.fail(errors.New("down"))
	wants(t, "a guard", b.do("GET", "/secret").StatusCode, http.StatusServiceUnavailable)
	wants(t, "the session", d.Session(), session)
	wants(t, "a refresh", s.send(device.HeaderID, session).StatusCode, http.StatusServiceUnavailable)
	wantsText(t, "reported", s.failures(), "ginlogin: the login store: down")
	store.fail(nil)
	wants(t, "after it", b.get("/secret"), "200 secret")
}

// Other requests change the row so often that the browser's first refresh always loses the
// compare-and-swap.
func TestARefreshThatIsOvertakenIsAnOutage(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.deviceBrowser()
	b.post("/login?id=1")
	session := d.Session()
	challenge := s.challenge(session)
	store.failOnly("swap", errors.New("down"))
	rep := s.send(device.HeaderID, session, device.HeaderResponse, d.Key().Refresh(challenge))
	wants(t, "the row cannot be written", rep.StatusCode, http.StatusServiceUnavailable)
	wantsText(t, "reported", s.failures(), "ginlogin: the login store: down")
	store.fail(nil)
	store.lose(100)
	store.told()
	rep = s.send(device.HeaderID, session, device.HeaderResponse, d.Key().Refresh(challenge))
	wants(t, "overtaken for ever", rep.StatusCode, http.StatusServiceUnavailable)
	wants(t, "reads", strings.Count(store.told(), "find swap"), 8)
	store.lose(7)
	rep = s.send(device.HeaderID, session, device.HeaderResponse, d.Key().Refresh(challenge))
	wants(t, "overtaken seven times", rep.StatusCode, http.StatusOK)
	wants(t, "bound", store.only(t).DeviceBound(), true)
}

func TestABrowserThatCouldNotRefreshMeetsAnOutage(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.bound("/login?id=1")
	s.clock.Advance(time.Hour)
	d.OverQuota = true
	s.told()
	rep := b.do("GET", "/secret")
	wants(t, "over its quota", rep.StatusCode, http.StatusServiceUnavailable)
	wants(t, "a public page", b.get("/whoami"), "503 outage")
	wants(t, "events", s.told(), "user_accessed user_accessed")
	wants(t, "rows", store.count(), 1)
	thief := b.copyOf("session")
	wants(t, "a copy says so, too", thief.do("GET", "/secret", device.HeaderSkipped, "quota_exceeded").StatusCode, http.StatusServiceUnavailable)
	rep = thief.do("GET", "/secret", device.HeaderSkipped, `quota_exceeded;session_identifier="other"`)
	wants(t, "for another session", answerOf(rep), refused)
	d.OverQuota = false
	wants(t, "later", b.get("/secret"), "200 secret")
}

func TestABrowserThatHasLostItsKeyLogsInAgain(t *testing.T) {
	s, store := newBoundSite(t, nil)
	b, d := s.bound("/login?id=1&remember=1")
	before := store.only(t)
	d.Forget()
	s.clock.Advance(time.Hour)
	b.put(deviceCookie, "")
	wantsRefused(t, "without its key", b)
	wants(t, "the row", store.only(t), before)
	wants(t, "login", b.post("/login?id=1&remember=1"), "200 /")
	b.get("/secret")
	s.clock.Advance(time.Hour)
	wants(t, "bound again", b.get("/secret"), "200 secret")
	if row := store.only(t); row.ID == before.ID || !row.DeviceBound() {
		t.Errorf("the row is %+v", row)
	}
}

func TestAnInvalidDeviceCookieIsRenewed(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1")
	other, _ := s.bound("/login?id=1")
	for name, value := range map[string]string{"another login's": other.cookie(deviceCookie), "text": "cookie", "empty": `""`} {
		b.put(deviceCookie, value)
		rep := exchange(b, "POST", "/body", "a=b", func(req *http.Request) { req.Header.Set("Accept", acceptHTML) })
		wants(t, name+": redirects followed by hand", rep.StatusCode, http.StatusTemporaryRedirect)
		wants(t, name+": to", rep.Header.Get("Location"), "/body")
		rep = exchange(b, "POST", "/body", "a=b", func(*http.Request) {})
		wants(t, name+": after it", rep.body, "b")
	}
	b.put(deviceCookie, "cookie")
	wants(t, "a page without a guard", b.get("/whoami"), "503 outage")
	wants(t, "the next", b.get("/whoami"), "200 user 1")
	wants(t, "not an error", s.failures(), "")
	b.put(deviceCookie, "cookie")
	wants(t, "a logout", b.post("/logout"), "200 ok")
	wants(t, "after it", b.get("/whoami"), "200 user ")
}

func TestAskingAgainLeadsToNoOtherHost(t *testing.T) {
	s, _ := newBoundSite(t, func(s *site) { s.lm.LoginRequired = true })
	b, _ := s.bound("/login?id=1")
	for uri, want := range map[string]string{"//evil.example/a": "/.//evil.example/a", `/\evil.example`: `/./\evil.example`, "/a//b?c=//d": "/a//b?c=//d"} {
		req, err := http.NewRequest("GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.RequestURI, req.URL.Path = uri, strings.Split(uri, "?")[0]
		req.Header.Set("Accept", acceptHTML)
		req.AddCookie(&http.Cookie{Name: "session", Value: b.cookie("session")})
		req.AddCookie(&http.Cookie{Name: deviceCookie, Value: "x"})
		rep := s.serve(req)
		wants(t, uri, rep.StatusCode, http.StatusTemporaryRedirect)
		wants(t, uri+": to", rep.Header.Get("Location"), want)
	}
}

func TestASocketGoesOnWithoutTheDevice(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	b, _ := s.bound("/login?id=1")
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket"}
	wants(t, "a handshake of the device", b.get("/secret", upgrade...), "200 secret")
	s.clock.Advance(time.Hour)
	thief := b.copyOf("session")
	wants(t, "one of a copy", thief.do("GET", "/secret", upgrade...).StatusCode, http.StatusUnauthorized)
	wants(t, "the device's", b.get("/secret", upgrade...), "200 secret")
}
