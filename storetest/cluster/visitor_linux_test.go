package cluster

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is somebody with an account, and a browser to the extent that the tests need one.
type visitor struct {
	c           *cluster
	name, email string // the name stands on each page of the visitor's, and on nobody else's
	client      *http.Client
}

const password = "analytical engine"

// accounts is how many there are. They stay from one test to the next.
var accounts int

// visitor returns somebody who has an account, is not logged in, and is nobody whom the test has met.
func (c *cluster) visitor() *visitor {
	c.t.Helper()
	c.met++
	v := &visitor{c: c, name: fmt.Sprintf("Visitor %d.", c.met), email: fmt.Sprintf("visitor-%d@example.com", c.met)}
	v.forget()
	if c.met > accounts {
		accounts = c.met
		v.loggedIn(v.post("/register", url.Values{"email": {v.email}, "name": {v.name}, "password": {password}}))
		v.forget()
	}
	c.exec(c.t, `DELETE FROM ginlogin_logins WHERE user_agent = $1`, v.name)
	return v
}

// clients is how many visitors make a load.
const clients = 16

// remembered tells which of them have asked to be.
func remembered(i int) bool { return i%2 == 1 }
func forgotten(i int) bool  { return !remembered(i) }
func everybody(int) bool    { return true }

// visitors are logged in, and make a load.
func (c *cluster) visitors() []*visitor {
	c.t.Helper()
	all := make([]*visitor, clients)
	for i := range all {
		all[i] = c.visitor()
		all[i].logIn(remembered(i))
	}
	return all
}

// forget is a new browser.
func (v *visitor) forget() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.c.t.Fatal(err)
	}
	v.client = &http.Client{
		Transport:     v.c.front.Client().Transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// copied is the same visitor's browser, copied with all its cookies.
func (v *visitor) copied() *visitor {
	other := *v
	other.forget()
	other.client.Jar.SetCookies(v.site(), v.cookies())
	return &other
}

func (v *visitor) site() *url.URL {
	u, err := url.Parse(v.c.front.URL)
	if err != nil {
		v.c.t.Fatal(err)
	}
	return u
}

func (v *visitor) cookies() []*http.Cookie { return v.client.Jar.Cookies(v.site()) }

// closeBrowser drops what a browser forgets when it is closed.
func (v *visitor) closeBrowser() {
	v.client.Jar.SetCookies(v.site(), []*http.Cookie{{Name: "session", Path: "/", MaxAge: -1}})
}

func (v *visitor) logIn(remember bool) {
	v.c.t.Helper()
	v.loggedIn(v.post("/login", v.credentials(remember)))
}

// logInTo logs in at one of the instances.
func (v *visitor) logInTo(i *instance, remember bool) {
	v.c.t.Helper()
	v.loggedIn(v.sendTo(i, http.MethodPost, "/login", v.credentials(remember)))
}

func (v *visitor) credentials(remember bool) url.Values {
	form := url.Values{"email": {v.email}, "password": {password}}
	if remember {
		form.Set("remember", "1")
	}
	return form
}

func (v *visitor) loggedIn(a answer) {
	v.c.t.Helper()
	if a.status != http.StatusSeeOther {
		v.c.t.Fatalf("%s cannot log in: %d %s", v.name, a.status, a.text)
	}
}

// answer is what came back, or why nothing did.
type answer struct {
	status int // 0: nothing
	text   string
	to     string // where it leads
}

func (v *visitor) get(path string) answer { return v.send(http.MethodGet, path, nil) }
func (v *visitor) post(path string, form url.Values) answer {
	return v.send(http.MethodPost, path, form)
}

func (v *visitor) send(method, path string, form url.Values) answer {
	req, err := v.request(v.c.front.URL, method, path, form)
	if err != nil {
		return answer{text: err.Error()}
	}
	return answered(v.client.Do(req))
}

// sendTo sends a request to one of the instances, as the balancer would.
func (v *visitor) sendTo(i *instance, method, path string, form url.Values) answer {
	req, err := v.request("http://"+i.host, method, path, form)
	if err != nil {
		return answer{text: err.Error()}
	}
	req.Host = v.site().Host
	req.Header.Set("X-Forwarded-For", "127.0.0.1")
	req.Header.Set("X-Forwarded-Proto", "https")
	for _, c := range v.cookies() {
		req.AddCookie(c)
	}
	resp, err := v.c.balancer.transport.RoundTrip(req)
	if err == nil {
		v.client.Jar.SetCookies(v.site(), resp.Cookies())
	}
	return answered(resp, err)
}

func (v *visitor) request(base, method, path string, form url.Values) (*http.Request, error) {
	req, err := http.NewRequest(method, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("User-Agent", v.name)
	return req, nil
}

func answered(resp *http.Response, err error) answer {
	if err != nil {
		return answer{text: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{text: err.Error()}
	}
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location")}
}

// verdict says what an answer to a request for the profile is worth.
type verdict int

const (
	right       verdict = iota // the visitor's own page
	loginPage                  // the visitor is asked to log in
	unavailable                // 503, or 502 from the balancer: nobody could answer
	wrong                      // all else: somebody else's page, one without a name, a 500
)

var anyName = regexp.MustCompile(`Visitor \d+\.`)

func (v *visitor) judge(a answer) verdict {
	for _, name := range anyName.FindAllString(a.text, -1) {
		if name != v.name {
			return wrong
		}
	}
	switch a.status {
	case http.StatusOK:
		if strings.Contains(a.text, v.name) {
			return right
		}
	case http.StatusFound, http.StatusSeeOther:
		if strings.HasPrefix(a.to, "/login") {
			return loginPage
		}
	case http.StatusServiceUnavailable, http.StatusBadGateway:
		return unavailable
	}
	return wrong
}

// look opens the profile.
func (v *visitor) look() (verdict, answer) {
	a := v.get("/profile")
	return v.counted(a), a
}

// counted is judge, for the figures.
func (v *visitor) counted(a answer) verdict {
	got := v.judge(a)
	v.c.count(got)
	return got
}

// isKnown fails the test unless each of the instances knows the visitor, or with known false, none.
func (v *visitor) isKnown(t *testing.T, known bool) {
	t.Helper()
	want := right
	if !known {
		want = loginPage
	}
	for range len(v.c.instances) { // the balancer begins with another one each time
		if got, a := v.look(); got != want {
			v.c.wrong.Add(1)
			t.Errorf("%s is to be known: %v, but gets %d %q %s", v.name, known, a.status, a.to, a.text)
		}
	}
}
