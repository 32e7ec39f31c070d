package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	cdpnetwork "github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The whole story of a visitor, in a real browser, over plain HTTP on 127.0.0.1 as "go run" serves it.
func TestBrowser(t *testing.T) {
	eachEngine(t, func(t *testing.T, newSite func(*testing.T) *site) { browseAll(t, showInBrowser(t, newSite(t))) })
}

func browseAll(t *testing.T, site *browserSite) {
	b := site.launch()

	b.open("/")
	b.heading("Hello")
	b.checked("home")
	b.click(`nav a[href="/register"]`)
	b.heading("Register")
	b.checked("register")

	b.fill("email", "grace")
	b.fill("password", "short")
	b.submit()
	b.sees("email-error", "Enter an e-mail address")
	b.sees("name-error", "Enter your name.")
	b.sees("password-error", "8 characters or more")
	b.checked("register-refused")

	b.fill("email", "Grace@Example.com")
	b.fill("name", "Grace Hopper")
	b.fill("password", "a bug in the relay")
	b.submit()
	b.heading("Hello, Grace Hopper")
	b.flash("success", "Welcome, Grace Hopper.")
	b.checked("home-registered")

	b.click(`header button`)
	b.heading("Hello")
	b.flash("success", "You are logged out.")

	b.open("/profile")
	b.heading("Log in")
	b.flash("info", "Please log in to access this page.")
	b.checked("login")
	b.fill("email", "grace@example.com")
	b.fill("password", "a bug in the relais")
	b.click("#remember")
	b.submit()
	b.flash("error", "do not match")
	b.checked("login-refused")
	b.fill("password", "a bug in the relay")
	b.submit()
	b.heading("Your profile")
	b.sees("main", "Fresh")
	b.checked("profile")

	b.close()
	b = site.launch() // with the same profile
	if names := b.cookies(); names != "known_device remember_token" {
		t.Errorf("after the browser was closed it has the cookies %q, want remember_token and known_device", names)
	}
	b.open("/")
	b.heading("Hello, Grace Hopper")
	b.open("/profile")
	b.sees("main", "Not fresh")
	b.open("/settings")
	b.heading("Confirm that it is you")
	b.flash("info", "Please reauthenticate to access this page.")
	b.checked("reauthenticate")
	b.fill("password", "a bug in the relais")
	b.submit()
	b.sees("password-error", "This is not your password.")
	b.checked("reauthenticate-refused")
	b.fill("password", "a bug in the relay")
	b.submit()
	b.heading("Settings")
	b.checked("settings")

	b.fill("current_password", "a bug in the relay")
	b.fill("new_password", "another bug")
	b.click(`form[action="/settings/password"] button`)
	b.flash("success", "Your password has been changed.")
	b.open("/nowhere")
	b.heading("Page not found")
	b.checked("not-found")
}

// Two browsers side by side, each with a profile of its own and a user who is the same.
func TestBrowserDevices(t *testing.T) {
	eachEngine(t, func(t *testing.T, newSite func(*testing.T) *site) { browseDevices(t, showInBrowser(t, newSite(t))) })
}

func browseDevices(t *testing.T, site *browserSite) {
	laptop, phone := site.launch(), site.another().launch()
	phone.pretendToBe(iPhone)

	laptop.logIn(adaPassword)
	phone.logIn(adaPassword)
	phone.open("/profile")
	phone.click(`main a[href="/devices"]`)
	phone.heading("Your devices")
	laptop.open("/devices")
	laptop.devicesAre("Chrome on Linux This device", "Safari on an iPhone")
	laptop.checked("devices")

	// End one: it is logged out at its next click.
	laptop.click(`#devices li:nth-child(2) button`)
	laptop.flash("success", "The device has been logged out.")
	laptop.devicesAre("Chrome on Linux This device")
	laptop.checked("devices-ended")
	phone.click(`nav a[href="/settings"]`)
	phone.heading("Log in")
	phone.flash("info", "Please log in to access this page.")

	// End all others.
	phone.logIn(adaPassword)
	laptop.open("/devices")
	laptop.devicesAre("Chrome on Linux This device", "Safari on an iPhone")
	laptop.click(`form[action="/devices/others"] button`)
	laptop.flash("success", "You are logged out everywhere else.")
	phone.click(`nav a[href="/profile"]`)
	phone.heading("Log in")

	// Change the password, on the phone this time.
	phone.logIn(adaPassword)
	phone.click(`nav a[href="/settings"]`)
	phone.heading("Settings")
	phone.fill("current_password", adaPassword)
	phone.fill("new_password", "difference engine")
	phone.click(`form[action="/settings/password"] button`)
	phone.flash("success", "All your other devices are logged out.")
	phone.checked("settings-password-changed")
	laptop.click(`nav a[href="/profile"]`)
	laptop.heading("Log in")
	laptop.logIn("difference engine")

	// End this device by its own entry.
	phone.open("/devices")
	phone.devicesAre("Safari on an iPhone This device", "Chrome on Linux")
	phone.click(`#devices li:nth-child(1) button`)
	phone.heading("Hello")
	phone.flash("success", "You are logged out.")
	laptop.click(`nav a[href="/profile"]`)
	laptop.heading("Your profile")

	// A copy of the session cookie is good as long as the login is, and dead after the logout.
	copied := laptop.session()
	phone.setSession(copied)
	phone.open("/profile")
	phone.heading("Your profile")
	laptop.click(`header button`)
	laptop.flash("success", "You are logged out.")
	phone.click(`main a[href="/devices"]`)
	phone.heading("Log in")
	phone.setSession(copied)
	phone.open("/profile")
	phone.heading("Log in")
}

func TestBrowserTokens(t *testing.T) {
	site := openInBrowser(t)
	b := site.launch()
	b.logIn(adaPassword)
	b.click(`nav a[href="/tokens"]`)
	b.heading("API tokens")
	b.checked("tokens-none")
	b.click(`form[action="/tokens"] button`)
	b.sees("name-error", "Enter a name")
	b.checked("tokens-refused")
	b.fill("name", "Nightly copy")
	b.click(`form[action="/tokens"] button`)
	b.heading("Your new token")
	b.flash("success", "Copy it now")
	b.checked("token-made")
	program := newVisitor(t, site.url, nil)
	bearer := "Authorization: Bearer " + b.ask(`document.getElementById("token").textContent`)
	wantAda(program.get("/api/me", bearer))

	b.click(`main a[href="/tokens"]`)
	b.sees("token-0", "Nightly copy")
	b.sees("tokens", "just now")
	b.checked("tokens")
	b.click(`form[action="/tokens/revoke"] button`)
	b.flash("success", "The token has been revoked.")
	b.checked("tokens-revoked")
	program.get("/api/me", bearer).is(http.StatusUnauthorized)
}

// An administrator in one browser, and a member in another.
func TestBrowserAdmin(t *testing.T) {
	site := openInBrowser(t)
	if _, err := site.users.create(t.Context(), adminEmail, "Root", adminPassword, roleAdmin); err != nil {
		t.Fatal(err)
	}
	admin, member := site.launch(), site.another().launch()
	member.logIn(adaPassword)
	member.open("/admin")
	member.heading("Not for this account")
	member.checked("forbidden")
	member.click(`main a[href="/admin/login"]`)
	member.heading("Admin login")
	member.flash("info", "You are logged in as "+adaEmail)
	member.checked("admin-login-of-a-member")
	member.fill("email", adaEmail)
	member.fill("password", adaPassword)
	member.submit()
	member.flash("error", "not an administrator’s")

	admin.open("/admin")
	admin.heading("Admin login")
	admin.flash("info", "Please log in to access this page.")
	admin.fill("email", adminEmail)
	admin.fill("password", adminPassword)
	admin.submit()
	admin.heading("Accounts")
	admin.sees("account-2", "Root Admin You")

	// End the logins of a member, who logs in again.
	admin.click(`#accounts li:nth-child(1) form button:nth-of-type(1)`)
	admin.flash("success", "The account is logged out everywhere.")
	member.open("/profile")
	member.heading("Log in")
	member.logIn(adaPassword)

	admin.click(`#accounts li:nth-child(1) button[formaction="/admin/deactivate"]`)
	admin.flash("success", "The account has been deactivated")
	admin.sees("account-1", "Ada Lovelace Deactivated")
	admin.checked("admin-deactivated")
	member.click(`nav a[href="/profile"]`)
	member.heading("Log in")
	member.fill("email", adaEmail)
	member.fill("password", adaPassword)
	member.submit()
	member.flash("error", "This account has been deactivated.")

	admin.click(`#accounts li:nth-child(1) button[formaction="/admin/reactivate"]`)
	admin.flash("success", "The account has been reactivated.")
	member.logIn(adaPassword)
}

func TestBrowserThrottled(t *testing.T) {
	site := openInBrowser(t)
	b := site.launch()
	site.exhaust(limits.Account, adaEmail)
	b.open("/login")
	b.heading("Log in")
	b.fill("email", adaEmail)
	b.fill("password", adaPassword)
	b.submit()
	b.flash("error", "Too many wrong passwords. Please try again in 5 minutes, or log in on a device")
	b.checked("login-throttled")

	site.exhaust(limits.Network, "127.0.0.1/32")
	b.fill("password", adaPassword)
	b.submit()
	b.heading("Too many attempts")
	b.checked("too-many-requests")
}

// Somebody without a mouse.
func TestBrowserByKeyboard(t *testing.T) {
	site := openInBrowser(t)
	b := site.launch()
	b.open("/")
	b.heading("Hello")

	b.tabTo("Skip to the content")
	b.checked("keyboard-skip")
	b.tabTo("Log in") // in the bar
	b.press(kb.Enter)
	b.heading("Log in")
	b.focusIs("email") // at once
	b.press(adaEmail)
	b.press(kb.Tab)
	b.focusIs("password")
	b.press(adaPassword)
	b.press(kb.Tab)
	b.focusIs("remember")
	b.press(" ")
	b.checked("keyboard-login")
	b.press(kb.Tab)
	b.press(kb.Enter) // on the button
	b.heading("Hello, Ada Lovelace")
	if names := b.cookies(); names != "known_device remember_token session" {
		t.Errorf("logged in with the cookies %q, want known_device, remember_token and session", names)
	}

	b.tabTo("Log out")
	b.press(" ")
	b.flash("success", "You are logged out.")

	// Enter in a field sends the form.
	b.open("/login")
	b.focusIs("email")
	b.press(adaEmail + kb.Tab + "wrong" + kb.Enter)
	b.flash("error", "do not match")
	b.focusIs("password") // what is to be typed again
	b.press(adaPassword + kb.Enter)
	b.heading("Hello, Ada Lovelace")
}

// patience is how long a browser may take to show what a test waits for.
const patience = 30 * time.Second

// browserSite is a site, and the profile of a browser for it.
type browserSite struct {
	*site
	t             *testing.T
	program, home string
	url           string
}

// openInBrowser serves a new site.
func openInBrowser(t *testing.T) *browserSite {
	t.Helper()
	return showInBrowser(t, newSite(t))
}

// showInBrowser serves the site, with an account for Ada.
func showInBrowser(t *testing.T, s *site) *browserSite {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: drives a browser")
	}
	program := findChromium()
	if program == "" {
		t.Skip("no Chromium or Chrome found: install one to run the browser tests")
	}
	if _, err := s.users.Create(t.Context(), adaEmail, "Ada Lovelace", adaPassword); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	return (&browserSite{site: s, t: t, program: program, url: server.URL}).another()
}

// another is the same site with a profile of a browser of its own.
func (s *browserSite) another() *browserSite {
	s.t.Helper()
	// Not t.TempDir: a last process of the browser may still be writing when that is removed.
	home, err := os.MkdirTemp("", "ginlogin-browser-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(home) })
	return &browserSite{s.site, s.t, s.program, home, s.url}
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browser is a running browser with one page.
type browser struct {
	t     *testing.T
	ctx   context.Context
	close func()
	url   string
}

// launch starts the browser with the profile it had before.
func (s *browserSite) launch() *browser {
	s.t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(s.program),
		chromedp.UserDataDir(s.home),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium refuses to make for root
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	closed := false
	b := &browser{t: s.t, ctx: ctx, url: s.url}
	b.close = func() {
		if closed {
			return
		}
		closed = true
		// As somebody closes it, so that it writes its cookies to disk first.
		if err := chromedp.Cancel(ctx); err != nil {
			s.t.Errorf("closing the browser: %v", err)
		}
		cancel()
		release()
	}
	s.t.Cleanup(b.close)
	// The first call starts the browser. It lives as long as the context of that call.
	if err := chromedp.Listen(ctx, func(event any) {
		// The console tells what our Content-Security-Policy forbids; nothing of ours may be.
		if e, ok := event.(*cdplog.EventEntryAdded); ok && e.Entry.Source == cdplog.EntrySourceSecurity {
			s.t.Errorf("the browser complains: %s", e.Entry.Text)
		}
	}); err != nil {
		s.t.Fatalf("starting %s: %v", s.program, err)
	}
	b.do("setting up the page", desktop(),
		cdpAction(cdplog.Enable, cdp.Empty{}),
		// As in a window in front: without it no element has the focus, nor its outline.
		cdpAction(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	return b
}

type action = chromedp.Action[chromedp.Void]

func desktop() action { return chromedp.EmulateViewport(1280, 800) }

func phone() action {
	return chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile)
}

// do does something in the browser, and fails the test if that takes too long.
func (b *browser) do(what string, actions ...action) {
	b.t.Helper()
	if _, err := within(b.ctx, chromedp.Steps(actions...)); err != nil {
		address, _ := within(b.ctx, chromedp.Location())
		text, _ := within(b.ctx, chromedp.Text(chromedp.CSS("body")))
		b.t.Fatalf("%s: %v; the browser is at %s:\n%s", what, err, address, text)
	}
}

// ask evaluates a script in the page.
func (b *browser) ask(script string) string {
	b.t.Helper()
	answer, err := within(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return answer
}

// within runs an action for as long as our patience lasts.
func within[T any](ctx context.Context, a chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, a)
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do("opening "+path, chromedp.Navigate(b.url+path))
}

// heading waits for the page with that heading.
func (b *browser) heading(text string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf(`//h1[normalize-space()=%q]`, text))
}

// sees waits until the element with the ID contains text.
func (b *browser) sees(id, text string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf(`//*[@id=%q][contains(normalize-space(), %q)]`, id, text))
}

// flash waits for a flash message of the category that contains text.
func (b *browser) flash(category, text string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf(`//p[@class="flash %s"][contains(., %q)]`, category, text))
}

func (b *browser) waitFor(xpath string) {
	b.t.Helper()
	b.do("waiting for "+xpath, chromedp.WaitVisible(xpath))
}

// fill types into a field what is to be in it.
func (b *browser) fill(id, text string) {
	b.t.Helper()
	field := chromedp.ID(id)
	b.do("filling in "+id, chromedp.WaitVisible(field), chromedp.Clear(field), chromedp.SendKeys(field, text))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// submit clicks the button of the form on the page.
func (b *browser) submit() {
	b.t.Helper()
	b.click("main form .button")
}

func (b *browser) press(keys string) {
	b.t.Helper()
	b.do("pressing keys", chromedp.KeyEvent(keys))
}

// focusIs waits until the field has the focus, and checks that one can see it.
func (b *browser) focusIs(id string) {
	b.t.Helper()
	b.do("waiting for the focus on "+id, chromedp.WaitVisible(chromedp.CSS("#"+id+":focus")))
	b.focusIsVisible()
}

// tabTo presses Tab until the focus is on the link or button with that text.
func (b *browser) tabTo(text string) {
	b.t.Helper()
	for range 20 {
		b.press(kb.Tab)
		if b.ask(`document.activeElement.textContent.trim()`) == text {
			b.focusIsVisible()
			return
		}
	}
	b.t.Fatalf("Tab does not come to %q", text)
}

func (b *browser) focusIsVisible() {
	b.t.Helper()
	if b.ask(`getComputedStyle(document.activeElement).outlineStyle`) == "none" {
		b.t.Error("the focus cannot be seen")
	}
}

// logIn logs Ada in, by the form.
func (b *browser) logIn(password string) {
	b.t.Helper()
	b.open("/login")
	b.heading("Log in")
	b.fill("email", adaEmail)
	b.fill("password", password)
	b.submit()
	b.heading("Hello, Ada Lovelace")
}

// devicesAre waits for the devices page, and checks its entries.
func (b *browser) devicesAre(want ...string) {
	b.t.Helper()
	b.heading("Your devices")
	got := b.ask(`[...document.querySelectorAll("#devices h2")].map(h => h.textContent).join("; ")`)
	if got != strings.Join(want, "; ") {
		b.t.Errorf("the devices are %q, want %q", got, want)
	}
}

// pretendToBe has the browser give another name for itself.
func (b *browser) pretendToBe(userAgent string) {
	b.t.Helper()
	b.do("pretending", cdpAction(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent}))
}

// session returns the session cookie.
func (b *browser) session() string {
	b.t.Helper()
	found, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range found.Cookies {
		if c.Name == "session" {
			return c.Value
		}
	}
	b.t.Fatal("there is no session cookie")
	return ""
}

// setSession sets the session cookie, as a thief does.
func (b *browser) setSession(value string) {
	b.t.Helper()
	b.do("setting the session cookie",
		cdpAction(cdpnetwork.SetCookie, cdpnetwork.SetCookieParams{Name: "session", Value: value, URL: b.url}))
}

// cookies returns the names of the browser's cookies for the site, sorted.
func (b *browser) cookies() string {
	b.t.Helper()
	found, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	names := make([]string, 0, len(found.Cookies))
	for _, c := range found.Cookies {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// cdpAction is a command of the protocol as an action.
func cdpAction[P any](command cdp.Command[P, cdp.Empty], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}
