package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
		"Version/18.5 Mobile/15E148 Safari/604.1"
)

var deviceOnPage = regexp.MustCompile(`(?s)<li>\s*<span class="mark">.*?name="id" value="([^"]+)".*?</li>`)

// devices returns the entries of the visitor's devices page: the HTML of each by its ID.
func (v *visitor) devices() map[string]string {
	v.t.Helper()
	entries := map[string]string{}
	for _, match := range deviceOnPage.FindAllStringSubmatch(v.get("/devices").is(http.StatusOK).text, -1) {
		entries[match[1]] = match[0]
	}
	return entries
}

// otherDevice returns the ID of the one login on the devices page that is not this one.
func (v *visitor) otherDevice() string {
	v.t.Helper()
	var ids []string
	for id, entry := range v.devices() {
		if !strings.Contains(entry, "This device") {
			ids = append(ids, id)
		}
	}
	if len(ids) != 1 {
		v.t.Fatalf("%d other devices, want one", len(ids))
	}
	return ids[0]
}

// laptopAndPhone are two visitors with Ada's account, the phone remembered.
func laptopAndPhone(v *visitor) (laptop, phone *visitor) {
	v.t.Helper()
	laptop, phone = v.another(), v.another()
	laptop.userAgent, phone.userAgent, phone.address = firefox, iPhone, "192.0.2.7"
	laptop.logIn()
	phone.logIn("remember=1")
	return laptop, phone
}

func TestDevicesRequireLogin(t *testing.T) {
	_, v := open(t)
	v.get("/devices").leadsTo("/login?next=%2Fdevices")
	v.post("/devices/end", "id=x").leadsTo("/login")
	v.post("/devices/others").leadsTo("/login")
}

func TestDevices(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	for _, path := range []string{"/profile", "/settings"} {
		laptop.get(path).says(`href="/devices"`)
	}
	p := laptop.get("/devices").is(http.StatusOK).
		says("Firefox on Linux", "127.0.0.1", "Safari on an iPhone", "192.0.2.7", "just now", "Log out everywhere else")
	if strings.Count(p.text, "This device") != 1 {
		t.Errorf("not one device is this one:\n%s", p.text)
	}
	if here, there := strings.Index(p.text, "This device"), strings.Index(p.text, "Safari"); here > there {
		t.Error("this device is not the first one")
	}
	phone.get("/devices").says("Firefox on Linux")
	for _, entry := range laptop.devices() {
		if strings.Contains(entry, "iPhone") != strings.Contains(entry, `M11 18h2`) { // the button on the picture of a phone
			t.Errorf("not the picture of this device:\n%s", entry)
		}
	}

	phone.post("/logout").leadsTo("/")
	laptop.get("/devices").is(http.StatusOK).saysNot("Safari", "Log out everywhere else")
}

// A remembered visitor, whose login is not fresh, sees the devices, and gives the password to end one.
func TestDevicesOfARememberedVisitor(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	phone.closeBrowser()
	id := phone.otherDevice()
	for path, body := range map[string]string{"/devices/end": "id=" + id, "/devices/others": ""} {
		p := phone.post(path, body).leadsTo("/reauthenticate?next=/devices")
		phone.follow(p).is(http.StatusOK).says("Please reauthenticate to access this page.", `name="next" value="/devices"`)
		laptop.knownAs("Ada Lovelace")
	}
	phone.post("/reauthenticate", "password="+adaPassword, "next=/devices").leadsTo("/devices")
	phone.post("/devices/end", "id="+id).leadsTo("/devices")
	laptop.knownAs("")
	laptop.logIn()
	phone.post("/devices/others").leadsTo("/devices")
	laptop.knownAs("")
}

// It takes no password to log out here.
func TestAStaleLoginEndsItsOwnDevice(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	phone.closeBrowser()
	phone.post("/devices/end", "id="+laptop.otherDevice()).leadsTo("/")
	phone.knownAs("")
	laptop.knownAs("Ada Lovelace")
}

func TestEndDevice(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	id := laptop.otherDevice()
	p := laptop.post("/devices/end", "id="+id).leadsTo("/devices")
	laptop.follow(p).says("The device has been logged out.", "Firefox").saysNot("Safari")

	phone.get("/profile").leadsTo("/login?next=%2Fprofile")
	phone.closeBrowser()
	phone.knownAs("")
	laptop.knownAs("Ada Lovelace")

	laptop.follow(laptop.post("/devices/end", "id="+id).leadsTo("/devices")).says("That device was logged out already.")
	phone.logIn()
}

func TestEndThisDevice(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	p := laptop.post("/devices/end", "id="+phone.otherDevice()).leadsTo("/")
	laptop.follow(p).says("You are logged out.", "Nobody is logged in")
	phone.knownAs("Ada Lovelace")
}

func TestEndDeviceOfSomebodyElse(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	grace := v.another()
	grace.post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").leadsTo("/")
	for _, id := range []string{laptop.otherDevice(), "", "nobody's", "\xff\x00", strings.Repeat("x", 5000)} {
		grace.follow(grace.post("/devices/end", "id="+id).leadsTo("/devices")).says("logged out already")
	}
	grace.post("/devices/end").leadsTo("/devices")
	grace.post("/devices/others").leadsTo("/devices")
	laptop.knownAs("Ada Lovelace")
	phone.knownAs("Ada Lovelace")
	grace.knownAs("Grace")
}

func TestEndOtherDevices(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	third := v.another()
	third.logIn("remember=1")
	p := laptop.post("/devices/others").leadsTo("/devices")
	laptop.follow(p).says("You are logged out everywhere else.").saysNot("Safari")
	for _, v := range []*visitor{phone, third} {
		v.knownAs("")
		v.closeBrowser()
		v.knownAs("")
	}
	laptop.knownAs("Ada Lovelace")
}

// A cross-site form ends nothing.
func TestDevicesAcrossSites(t *testing.T) {
	_, v := open(t)
	laptop, phone := laptopAndPhone(v)
	id := laptop.otherDevice()
	for path, body := range map[string]string{"/devices/end": "id=" + id, "/devices/others": ""} {
		laptop.send(http.MethodPost, path, body, []string{"Sec-Fetch-Site: cross-site"}).is(http.StatusForbidden)
	}
	phone.knownAs("Ada Lovelace")
}

// What a client says of itself is shown in words of ours.
func TestDevicesShowNoForeignWords(t *testing.T) {
	_, v := open(t)
	v.userAgent = "<script>alert(1)</script> Totally Your Laptop"
	v.logIn()
	v.get("/devices").is(http.StatusOK).says("Unknown device").saysNot("alert", "Totally")
}

// A logout ends the login wherever a copy of its cookies is.
func TestCopiedCookiesAfterLogout(t *testing.T) {
	for name, end := range map[string]func(v *visitor){
		"logout":          func(v *visitor) { v.post("/logout").leadsTo("/") },
		"from elsewhere":  func(v *visitor) { o := v.another(); o.logIn(); o.post("/devices/end", "id="+o.otherDevice()) },
		"everywhere else": func(v *visitor) { o := v.another(); o.logIn(); o.post("/devices/others") },
	} {
		t.Run(name, func(t *testing.T) {
			_, v := open(t)
			v.logIn("remember=1")
			v.knownAs("Ada Lovelace")
			both, session, remember := v.thief(), v.thief(), v.thief()
			session.dropCookie("remember_token")
			remember.dropCookie("session")
			both.knownAs("Ada Lovelace") // the copies are good

			end(v)
			for i, thief := range []*visitor{both, session, remember} {
				thief.get("/profile").leadsTo("/login?next=%2Fprofile")
				thief.knownAs("")
				if t.Failed() {
					t.Fatalf("copy %d", i)
				}
			}
			// Nor does a save of what was in the session bring it back.
			thief := v.thief()
			thief.knownAs("")
		})
	}
}

// A remember cookie is good for one use. When an older one comes back, two have it, and all logins end.
func TestStolenRememberCookie(t *testing.T) {
	var clock clock
	_, v := open(t, clock.runs)
	laptop, phone := laptopAndPhone(v)
	thief := phone.thief()
	later := func() {
		clock.advance(time.Hour)
		thief.closeBrowser()
		phone.closeBrowser()
	}
	later()
	thief.userAgent, thief.address = iPhone, "203.0.113.9"
	thief.knownAs("Ada Lovelace")
	later()
	thief.knownAs("Ada Lovelace")
	later()
	phone.get("/").says("A copy of this login has been used somewhere else.", "Nobody is logged in")
	later()
	thief.knownAs("")
	laptop.knownAs("")
}

func TestDevicesAreSortedByUse(t *testing.T) {
	s, v := open(t)
	var visitors []*visitor
	for i, userAgent := range []string{firefox, iPhone, "curl/8.14"} {
		visitors = append(visitors, v.another())
		visitors[i].userAgent = userAgent
		visitors[i].logIn()
	}
	s.exec(t, `UPDATE ginlogin_logins SET last_seen = last_seen - CASE
		WHEN user_agent LIKE '%Firefox%' THEN 3 * 3600 WHEN user_agent LIKE '%iPhone%' THEN 10 * 60 ELSE 0 END`)
	text := visitors[2].get("/devices").says("10 minutes ago", "3 hours ago").text
	order := []int{strings.Index(text, "curl"), strings.Index(text, "iPhone"), strings.Index(text, "Firefox")}
	if !slices.IsSorted(order) {
		t.Errorf("the devices are not sorted by their last use:\n%s", text)
	}
}

// A copy of the cookies is somewhere else, too. The browser that has asked is known on.
func TestEndOtherDevicesEndsCopiesOfThisLogin(t *testing.T) {
	eachEngine(t, func(t *testing.T, newSite func(*testing.T) *site) {
		_, v := serveSite(t, newSite(t))
		v.logIn("remember=1")
		both, session, remember := v.thief(), v.thief(), v.thief()
		session.dropCookie("remember_token")
		remember.dropCookie("session")
		session.knownAs("Ada Lovelace") // the copy is good

		v.follow(v.post("/devices/others").leadsTo("/devices")).says("You are logged out everywhere else.")
		for name, thief := range map[string]*visitor{"both cookies": both, "the session": session, "the remember cookie": remember} {
			if p := thief.get("/profile"); p.StatusCode != http.StatusFound {
				t.Errorf("a copy of %s is known: status %d", name, p.StatusCode)
			}
			thief.knownAs("")
		}
		// It is the same login to its owner: still there, as fresh, and remembered.
		v.get("/settings").is(http.StatusOK)
		if entries := v.devices(); len(entries) != 1 {
			t.Errorf("%d devices, want this one alone", len(entries))
		}
		v.closeBrowser()
		v.knownAs("Ada Lovelace")
	})
}
