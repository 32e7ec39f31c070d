package site_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestDevicesRequireLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/devices").LeadsTo("/login?next=%2Fdevices")
	v.Post("/devices/end", "id=x").LeadsTo("/login")
	v.Post("/devices/others").LeadsTo("/login")
}

func TestDevices(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	for _, path := range []string{"/profile", "/settings"} {
		laptop.Get(path).Says(`href="/devices"`)
	}
	p := laptop.Get("/devices").Is(http.StatusOK).
		Says("Firefox on Linux", "127.0.0.1", "Safari on an iPhone", "192.0.2.7", "just now", "Log out everywhere else")
	if strings.Count(p.Text, "This device") != 1 {
		t.Errorf("not one device is this one:\n%s", p.Text)
	}
	if here, there := strings.Index(p.Text, "This device"), strings.Index(p.Text, "Safari"); here > there {
		t.Error("this device is not the first one")
	}
	phone.Get("/devices").Says("Firefox on Linux")
	for _, entry := range laptop.Devices() {
		if strings.Contains(entry, "iPhone") != strings.Contains(entry, `M11 18h2`) { // the button on the picture of a phone
			t.Errorf("not the picture of this device:\n%s", entry)
		}
	}

	phone.Post("/logout").LeadsTo("/")
	laptop.Get("/devices").Is(http.StatusOK).SaysNot("Safari", "Log out everywhere else")
}

// A remembered visitor, whose login is not fresh, sees the devices, and gives the password to end one.
func TestDevicesOfARememberedVisitor(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	phone.CloseBrowser()
	id := phone.OtherDevice()
	for path, body := range map[string]string{"/devices/end": "id=" + id, "/devices/others": ""} {
		p := phone.Post(path, body).LeadsTo("/confirm?next=/devices")
		phone.Follow(p).Is(http.StatusOK).Says("Please give your password again to open this page.", `name="next" value="/devices"`)
		laptop.KnownAs("Ada Lovelace")
	}
	phone.Post("/confirm", "password="+sitetest.AdaPassword, "next=/devices").LeadsTo("/devices")
	phone.Post("/devices/end", "id="+id).LeadsTo("/devices")
	laptop.KnownAs("")
	laptop.LogIn()
	phone.Post("/devices/others").LeadsTo("/devices")
	laptop.KnownAs("")
}

// It takes no password to log out here.
func TestAStaleLoginEndsItsOwnDevice(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	phone.CloseBrowser()
	phone.Post("/devices/end", "id="+laptop.OtherDevice()).LeadsTo("/")
	phone.KnownAs("")
	laptop.KnownAs("Ada Lovelace")
}

func TestEndDevice(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	id := laptop.OtherDevice()
	p := laptop.Post("/devices/end", "id="+id).LeadsTo("/devices")
	laptop.Follow(p).Says("The device has been logged out.", "Firefox").SaysNot("Safari")

	phone.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	phone.CloseBrowser()
	phone.KnownAs("")
	laptop.KnownAs("Ada Lovelace")

	laptop.Follow(laptop.Post("/devices/end", "id="+id).LeadsTo("/devices")).Says("That device was logged out already.")
	phone.LogIn()
}

func TestEndThisDevice(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	p := laptop.Post("/devices/end", "id="+phone.OtherDevice()).LeadsTo("/")
	laptop.Follow(p).Says("You are logged out.", "You are not logged in")
	phone.KnownAs("Ada Lovelace")
}

func TestEndDeviceOfSomebodyElse(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	grace := v.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	for _, id := range []string{laptop.OtherDevice(), "", "nobody's", "\xff\x00", strings.Repeat("x", 5000)} {
		grace.Follow(grace.Post("/devices/end", "id="+id).LeadsTo("/devices")).Says("logged out already")
	}
	grace.Post("/devices/end").LeadsTo("/devices")
	grace.Post("/devices/others").LeadsTo("/devices")
	laptop.KnownAs("Ada Lovelace")
	phone.KnownAs("Ada Lovelace")
	grace.KnownAs("Grace")
}

func TestEndOtherDevices(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	third := v.Another()
	third.LogIn("remember=1")
	p := laptop.Post("/devices/others").LeadsTo("/devices")
	laptop.Follow(p).Says("You are logged out everywhere else.").SaysNot("Safari")
	for _, v := range []*sitetest.Visitor{phone, third} {
		v.KnownAs("")
		v.CloseBrowser()
		v.KnownAs("")
	}
	laptop.KnownAs("Ada Lovelace")
}

// A cross-site form ends nothing.
func TestDevicesAcrossSites(t *testing.T) {
	_, v := sitetest.Open(t)
	laptop, phone := sitetest.LaptopAndPhone(v)
	id := laptop.OtherDevice()
	for path, body := range map[string]string{"/devices/end": "id=" + id, "/devices/others": ""} {
		laptop.Send(http.MethodPost, path, body, []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden)
	}
	phone.KnownAs("Ada Lovelace")
}

// What a client says of itself is shown in words of ours.
func TestDevicesShowNoForeignWords(t *testing.T) {
	_, v := sitetest.Open(t)
	v.UserAgent = "<script>alert(1)</script> Totally Your Laptop"
	v.LogIn()
	v.Get("/devices").Is(http.StatusOK).Says("Unknown device").SaysNot("alert", "Totally")
}

// A logout ends the login wherever a copy of its cookies is.
func TestCopiedCookiesAfterLogout(t *testing.T) {
	for name, end := range map[string]func(v *sitetest.Visitor){
		"logout":          func(v *sitetest.Visitor) { v.Post("/logout").LeadsTo("/") },
		"from elsewhere":  func(v *sitetest.Visitor) { o := v.Another(); o.LogIn(); o.Post("/devices/end", "id="+o.OtherDevice()) },
		"everywhere else": func(v *sitetest.Visitor) { o := v.Another(); o.LogIn(); o.Post("/devices/others") },
	} {
		t.Run(name, func(t *testing.T) {
			_, v := sitetest.Open(t)
			v.LogIn("remember=1")
			v.KnownAs("Ada Lovelace")
			both, session, remember := v.Thief(), v.Thief(), v.Thief()
			session.DropCookie("remember_token")
			remember.DropCookie("session")
			both.KnownAs("Ada Lovelace") // the copies are good

			end(v)
			for i, thief := range []*sitetest.Visitor{both, session, remember} {
				thief.Get("/profile").LeadsTo("/login?next=%2Fprofile")
				thief.KnownAs("")
				if t.Failed() {
					t.Fatalf("copy %d", i)
				}
			}
			// Nor does a save of what was in the session bring it back.
			thief := v.Thief()
			thief.KnownAs("")
		})
	}
}

// A remember cookie is good for one use. When an older one comes back, two have it, and all logins end.
func TestStolenRememberCookie(t *testing.T) {
	var clock sitetest.Clock
	_, v := sitetest.Open(t, clock.Runs)
	laptop, phone := sitetest.LaptopAndPhone(v)
	thief := phone.Thief()
	later := func() {
		clock.Advance(time.Hour)
		thief.CloseBrowser()
		phone.CloseBrowser()
	}
	later()
	thief.UserAgent, thief.Address = sitetest.IPhone, "203.0.113.9"
	thief.KnownAs("Ada Lovelace")
	later()
	thief.KnownAs("Ada Lovelace")
	later()
	phone.Get("/").Says("A copy of this login has been used somewhere else.", "You are not logged in")
	later()
	thief.KnownAs("")
	laptop.KnownAs("")
}

func TestDevicesAreSortedByUse(t *testing.T) {
	s, v := sitetest.Open(t)
	var visitors []*sitetest.Visitor
	for i, userAgent := range []string{sitetest.Firefox, sitetest.IPhone, "curl/8.14"} {
		visitors = append(visitors, v.Another())
		visitors[i].UserAgent = userAgent
		visitors[i].LogIn()
	}
	s.Exec(t, `UPDATE ginlogin_logins SET last_seen = last_seen - CASE
		WHEN user_agent LIKE '%Firefox%' THEN 3 * 3600 WHEN user_agent LIKE '%iPhone%' THEN 10 * 60 ELSE 0 END`)
	text := visitors[2].Get("/devices").Says("10 minutes ago", "3 hours ago").Text
	order := []int{strings.Index(text, "curl"), strings.Index(text, "iPhone"), strings.Index(text, "Firefox")}
	if !slices.IsSorted(order) {
		t.Errorf("the devices are not sorted by their last use:\n%s", text)
	}
}

// A copy of the cookies is somewhere else, too. The browser that has asked is known on.
func TestEndOtherDevicesEndsCopiesOfThisLogin(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := sitetest.Serve(t, newSite(t))
		v.LogIn("remember=1")
		both, session, remember := v.Thief(), v.Thief(), v.Thief()
		session.DropCookie("remember_token")
		remember.DropCookie("session")
		session.KnownAs("Ada Lovelace") // the copy is good

		v.Follow(v.Post("/devices/others").LeadsTo("/devices")).Says("You are logged out everywhere else.")
		for name, thief := range map[string]*sitetest.Visitor{"both cookies": both, "the session": session, "the remember cookie": remember} {
			if p := thief.Get("/profile"); p.StatusCode != http.StatusFound {
				t.Errorf("a copy of %s is known: status %d", name, p.StatusCode)
			}
			thief.KnownAs("")
		}
		// It is the same login to its owner: still there, as fresh, and remembered.
		v.Get("/settings").Is(http.StatusOK)
		if entries := v.Devices(); len(entries) != 1 {
			t.Errorf("%d devices, want this one alone", len(entries))
		}
		v.CloseBrowser()
		v.KnownAs("Ada Lovelace")
	})
}
