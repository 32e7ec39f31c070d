package devicetest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/ginlogin/ginlogin/internal/device"
)

// A Browser is the part of a browser that speaks Device Bound Session Credentials as
// Chromium 156 does: the transport of an http.Client, with whose jar it shares the
// cookies. Requests of its own bring no cookies, as after a link from another site.
type Browser struct {
	Transport http.RoundTripper
	Jar       http.CookieJar
	Now       func() time.Time

	// What goes wrong. None of it is a fault of the server.
	LosesRegistration bool // the answer to a registration is lost
	LosesRefresh      bool // the answer to a refresh is lost, with its cookie
	OverQuota         bool // it may not sign any more
	RegistersLate     bool // not before Register is called

	mu        sync.Mutex
	key       *Key
	session   *session
	until     time.Time // the end of the device cookie
	waiting   func()    // a late registration
	signed    int
	refreshed int
	proof     string // of the last refresh
}

type session struct{ ID, Refresh, Cookie string }

// Session returns the identifier of the browser's session, "" without one.
func (b *Browser) Session() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil {
		return ""
	}
	return b.session.ID
}

// Counts returns how often the browser has signed, and how often refreshed.
func (b *Browser) Counts() (signed, refreshed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.signed, b.refreshed
}

// Key returns the key of the browser's last registration.
func (b *Browser) Key() *Key { return b.key }

// Proof returns the proof of the last refresh.
func (b *Browser) Proof() string { return b.proof }

// Forget drops the session, as a browser does whose site data is removed.
func (b *Browser) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.session = nil
}

// Register makes up for a late registration.
func (b *Browser) Register() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting != nil {
		b.waiting()
		b.waiting = nil
	}
}

// RoundTrip sends a request. One that lacks the device cookie waits for a refresh; one
// whose cookie ends soon goes, and the cookie is renewed behind it.
func (b *Browser) RoundTrip(req *http.Request) (*http.Response, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil && !b.hasCookie(req.URL) {
		req = req.Clone(req.Context())
		if why := b.refresh(req.URL); why != "" && b.session != nil {
			req.Header.Set(device.HeaderSkipped, why+`;session_identifier="`+b.session.ID+`"`)
		}
		req.Header.Del("Cookie")
		for _, cookie := range b.Jar.Cookies(req.URL) {
			req.AddCookie(cookie)
		}
	}
	res, err := b.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	b.noteCookie(res)
	if offer := res.Header.Get(device.HeaderRegistration); offer != "" {
		at := *req.URL
		b.waiting = func() { b.register(&at, offer) }
		if !b.RegistersLate {
			b.waiting()
			b.waiting = nil
		}
	} else if b.session != nil && b.until.Sub(b.Now()) < 2*time.Minute && b.hasCookie(req.URL) {
		b.refresh(req.URL)
	}
	return res, nil
}

// hasCookie reports whether the device cookie is there. The jar has a clock of its own,
// so one that has ended is taken out.
func (b *Browser) hasCookie(at *url.URL) bool {
	if !b.Now().Before(b.until) {
		b.Jar.SetCookies(at, []*http.Cookie{{Name: b.session.Cookie, Path: "/", Secure: true, MaxAge: -1}})
	}
	for _, cookie := range b.Jar.Cookies(at) {
		if cookie.Name == b.session.Cookie {
			return true
		}
	}
	return false
}

// noteCookie notes when the device cookie of an answer ends.
func (b *Browser) noteCookie(res *http.Response) {
	for _, cookie := range res.Cookies() {
		if strings.HasPrefix(cookie.Name, "__Host-login_device") {
			b.until = b.Now().Add(time.Duration(cookie.MaxAge) * time.Second)
		}
	}
}

var offerForm = regexp.MustCompile(`^\(ES256\);path="([^"]+)";challenge="([^"]+)"$`)

func (b *Browser) register(at *url.URL, offer string) {
	part := offerForm.FindStringSubmatch(offer)
	if part == nil {
		return
	}
	key := New()
	b.signed++
	res, body, err := b.post(at, part[1], map[string]string{device.HeaderResponse: key.Register(part[2])})
	if err != nil || b.LosesRegistration || res.StatusCode != http.StatusOK {
		return
	}
	var told struct {
		Session     string `json:"session_identifier"`
		Refresh     string `json:"refresh_url"`
		Credentials []struct{ Type, Name, Attributes string }
	}
	if json.Unmarshal([]byte(body), &told) != nil || len(told.Credentials) != 1 || told.Credentials[0].Type != "cookie" {
		return
	}
	b.key, b.session = key, &session{told.Session, told.Refresh, told.Credentials[0].Name}
	b.keep(at, res)
}

// refresh renews the device cookie. It returns why it could not, as the browser says it;
// the session may have ended.
func (b *Browser) refresh(at *url.URL) (why string) {
	headers := map[string]string{device.HeaderID: b.session.ID}
	for range 5 {
		b.refreshed++
		res, body, err := b.post(at, b.session.Refresh, headers)
		switch {
		case err != nil:
			return "unreachable"
		case res.StatusCode >= 500:
			return "server_error"
		case res.StatusCode == http.StatusOK && strings.Contains(body, `"continue":false`):
			b.session = nil
			return ""
		case res.StatusCode == http.StatusOK:
			if !b.LosesRefresh {
				b.keep(at, res)
			}
			return ""
		}
		challenge, _, ok := strings.Cut(strings.TrimPrefix(res.Header.Get(device.HeaderChallenge), `"`), `";id="`+b.session.ID+`"`)
		if res.StatusCode != http.StatusForbidden || !ok {
			break
		}
		if b.OverQuota {
			return "quota_exceeded"
		}
		b.signed++
		b.proof = b.key.Refresh(challenge)
		headers[device.HeaderResponse] = b.proof
	}
	b.session = nil
	return ""
}

// keep keeps the cookies of an answer.
func (b *Browser) keep(at *url.URL, res *http.Response) {
	b.noteCookie(res)
	b.Jar.SetCookies(at, res.Cookies())
}

func (b *Browser) post(at *url.URL, path string, headers map[string]string) (*http.Response, string, error) {
	target := at.ResolveReference(&url.URL{Path: path})
	req, err := http.NewRequest(http.MethodPost, target.String(), nil)
	if err != nil {
		return nil, "", err
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := b.Transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}
