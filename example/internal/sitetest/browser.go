package sitetest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	cdpnetwork "github.com/chromedp/cdproto/network"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a browser may take to show what a test waits for.
const patience = 30 * time.Second

// BrowserSite is a site, and the profile of a browser for it.
type BrowserSite struct {
	*Site
	t             *testing.T
	program, home string
	URL           string
	flags         []chromedp.ExecAllocatorOption // besides the usual ones
}

// OpenInBrowser serves a new site.
func OpenInBrowser(t *testing.T) *BrowserSite {
	t.Helper()
	return ShowInBrowser(t, New(t))
}

// ShowInBrowser serves the site, with an account for Ada.
func ShowInBrowser(t *testing.T, s *Site) *BrowserSite {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: drives a browser")
	}
	program := findChromium()
	if program == "" {
		t.Skip("no Chromium or Chrome found: install one to run the browser tests")
	}
	if _, err := s.Users.Create(t.Context(), AdaEmail, "Ada Lovelace", AdaPassword); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return (&BrowserSite{Site: s, t: t, program: program, URL: server.URL}).Another()
}

// BindInBrowser serves the site over HTTPS, to browsers that bind logins to a key. The key is kept in a
// file, since this machine has no chip for it.
func BindInBrowser(t *testing.T, s *Site) *BrowserSite {
	t.Helper()
	site := ShowInBrowser(t, s)
	server := httptest.NewTLSServer(s.Handler())
	t.Cleanup(server.Close)
	key := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	site.URL = "https://example.com" // for which the certificate is
	site.flags = []chromedp.ExecAllocatorOption{
		chromedp.Flag("host-resolver-rules", "MAP example.com "+server.Listener.Addr().String()),
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])),
		chromedp.Flag("enable-features", "DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting"),
	}
	return site
}

// Another is the same site with a profile of a browser of its own.
func (s *BrowserSite) Another() *BrowserSite {
	s.t.Helper()
	// Not t.TempDir: a last process of the browser may still be writing when that is removed.
	home, err := os.MkdirTemp("", "ginlogin-browser-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(home) })
	return &BrowserSite{s.Site, s.t, s.program, home, s.URL, s.flags}
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Browser is a running browser with one page.
type Browser struct {
	t     *testing.T
	ctx   context.Context
	Close func() // as somebody closes it
	url   string
}

// Launch starts the browser with the profile it had before.
func (s *BrowserSite) Launch() *Browser {
	s.t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(s.program),
		chromedp.UserDataDir(s.home),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	options = append(options, s.flags...)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium refuses to make for root
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	closed := false
	b := &Browser{t: s.t, ctx: ctx, url: s.URL}
	b.Close = func() {
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
	s.t.Cleanup(b.Close)
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
func (b *Browser) do(what string, actions ...action) {
	b.t.Helper()
	if _, err := within(b.ctx, chromedp.Steps(actions...)); err != nil {
		address, _ := within(b.ctx, chromedp.Location())
		text, _ := within(b.ctx, chromedp.Text(chromedp.CSS("body")))
		b.t.Fatalf("%s: %v; the browser is at %s:\n%s", what, err, address, text)
	}
}

// Ask evaluates a script in the page.
func (b *Browser) Ask(script string) string {
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

// Open opens a page.
func (b *Browser) Open(path string) {
	b.t.Helper()
	b.do("opening "+path, chromedp.Navigate(b.url+path))
}

// Visit opens a page of another site.
func (b *Browser) Visit(address string) {
	b.t.Helper()
	b.do("visiting "+address, chromedp.Navigate(address))
}

// Heading waits for the page with that heading.
func (b *Browser) Heading(text string) {
	b.t.Helper()
	b.WaitFor(fmt.Sprintf(`//h1[normalize-space()=%q]`, text))
}

// Sees waits until the element with the ID contains text.
func (b *Browser) Sees(id, text string) {
	b.t.Helper()
	b.WaitFor(fmt.Sprintf(`//*[@id=%q][contains(normalize-space(), %q)]`, id, text))
}

// Flash waits for a flash message of the category that contains text.
func (b *Browser) Flash(category, text string) {
	b.t.Helper()
	b.WaitFor(fmt.Sprintf(`//p[@class="flash %s"][contains(., %q)]`, category, text))
}

// WaitFor waits for an element.
func (b *Browser) WaitFor(xpath string) {
	b.t.Helper()
	b.do("waiting for "+xpath, chromedp.WaitVisible(xpath))
}

// Fill types into a field what is to be in it.
func (b *Browser) Fill(id, text string) {
	b.t.Helper()
	field := chromedp.ID(id)
	b.do("filling in "+id, chromedp.WaitVisible(field), chromedp.Clear(field), chromedp.SendKeys(field, text))
}

// Click clicks on what the selector finds.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Submit clicks the button of the form on the page.
func (b *Browser) Submit() {
	b.t.Helper()
	b.Click("main form .button")
}

// Press presses keys.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	b.do("pressing keys", chromedp.KeyEvent(keys))
}

// FocusIs waits until the field has the focus, and checks that one can see it.
func (b *Browser) FocusIs(id string) {
	b.t.Helper()
	b.do("waiting for the focus on "+id, chromedp.WaitVisible(chromedp.CSS("#"+id+":focus")))
	b.focusIsVisible()
}

// TabTo presses Tab until the focus is on the link or button with that text.
func (b *Browser) TabTo(text string) {
	b.t.Helper()
	for range 20 {
		b.Press(kb.Tab)
		if b.Ask(`document.activeElement.textContent.trim()`) == text {
			b.focusIsVisible()
			return
		}
	}
	b.t.Fatalf("Tab does not come to %q", text)
}

func (b *Browser) focusIsVisible() {
	b.t.Helper()
	if b.Ask(`getComputedStyle(document.activeElement).outlineStyle`) == "none" {
		b.t.Error("the focus cannot be seen")
	}
}

// LogIn logs Ada in, by the form.
func (b *Browser) LogIn(password string) {
	b.t.Helper()
	b.Open("/login")
	b.Heading("Log in")
	b.Fill("email", AdaEmail)
	b.Fill("password", password)
	b.Submit()
	b.Heading("Hello, Ada Lovelace")
}

// DevicesAre waits for the devices page, and checks its entries.
func (b *Browser) DevicesAre(want ...string) {
	b.t.Helper()
	b.Heading("Your devices")
	got := b.Ask(`[...document.querySelectorAll("#devices h2")].map(h => h.textContent).join("; ")`)
	if got != strings.Join(want, "; ") {
		b.t.Errorf("the devices are %q, want %q", got, want)
	}
}

// FollowLink opens a page of the site by a link on a page of another one, such as a mail.
func (b *Browser) FollowLink(path string) {
	b.t.Helper()
	b.do("opening a page of another site", chromedp.Navigate(`data:text/html,<a href="`+b.url+path+`">go</a>`))
	b.Click("a")
}

// WaitUntilBound opens the devices page until it says that this login is bound to its device.
func (b *Browser) WaitUntilBound() {
	b.t.Helper()
	for start := time.Now(); time.Since(start) < patience; {
		b.Open("/devices")
		b.Heading("Your devices")
		if strings.Contains(b.Ask(`document.getElementById("devices").textContent`), "bound to this device") {
			return
		}
	}
	b.t.Fatal("the login is not bound")
}

// PretendToBe has the browser give another name for itself.
func (b *Browser) PretendToBe(userAgent string) {
	b.t.Helper()
	b.do("pretending", cdpAction(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent}))
}

// Session returns the session cookie.
func (b *Browser) Session() string {
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

// SetSession sets the session cookie, as a thief does.
func (b *Browser) SetSession(value string) {
	b.t.Helper()
	b.do("setting the session cookie",
		cdpAction(cdpnetwork.SetCookie, cdpnetwork.SetCookieParams{Name: "session", Value: value, URL: b.url}))
}

// CookieNames returns the names of the browser's cookies for the site, sorted.
func (b *Browser) CookieNames() string {
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

// CopyCookies puts copies of all cookies of another browser into this one, as malware does.
func (b *Browser) CopyCookies(from *Browser) {
	b.t.Helper()
	found, err := chromedp.CallBrowser(from.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range found.Cookies {
		b.do("setting the cookie "+c.Name, cdpAction(cdpnetwork.SetCookie, cdpnetwork.SetCookieParams{
			Name: c.Name, Value: c.Value, URL: b.url, Path: c.Path, Secure: &c.Secure, HTTPOnly: &c.HTTPOnly, SameSite: c.SameSite,
		}))
	}
}

// cdpAction is a command of the protocol as an action.
func cdpAction[P any](command cdp.Command[P, cdp.Empty], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}
