package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A visitor is a browser: one connection, an address of its own, and cookies. It writes requests as they
// are on the wire, which costs the machine it shares with the servers less than net/http's client.
type visitor struct {
	target  string // where the site is
	address string // as the proxy in front tells it
	email   string
	cookies []*http.Cookie

	conn  net.Conn
	read  *bufio.Reader
	body  bytes.Buffer
	wrote bytes.Buffer
}

const password = "a passphrase for nobody in particular"

func newVisitor(target, email string, number int) *visitor {
	return &visitor{target: target, email: email, address: addressOf(number)}
}

func addressOf(number int) string {
	return fmt.Sprintf("10.%d.%d.%d", number>>16&255, number>>8&255, number&255)
}

// patience is how long an answer may take.
const patience = 30 * time.Second

// send sends a request and reads the answer, whose body is good until the next.
func (v *visitor) send(method, path string, form url.Values) (status int, body []byte, err error) {
	if v.conn == nil {
		if v.conn, err = net.Dial("tcp", v.target); err != nil {
			return 0, nil, err
		}
		v.read = bufio.NewReader(v.conn)
	}
	defer func() {
		if err != nil {
			v.hangUp()
		}
	}()
	v.write(method, path, form)
	if err := v.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := v.conn.Write(v.wrote.Bytes()); err != nil {
		return 0, nil, err
	}
	res, err := http.ReadResponse(v.read, nil)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	v.body.Reset()
	if _, err := io.Copy(&v.body, res.Body); err != nil {
		return 0, nil, err
	}
	v.keep(res.Cookies())
	if res.Close {
		v.hangUp()
	}
	return res.StatusCode, v.body.Bytes(), nil
}

func (v *visitor) write(method, path string, form url.Values) {
	content := form.Encode()
	w := &v.wrote
	w.Reset()
	fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: %s\r\n", method, path, v.target, v.address)
	w.WriteString("User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n")
	if header := v.cookieHeader(); header != "" {
		w.WriteString("Cookie: " + header + "\r\n")
	}
	if method == http.MethodPost {
		fmt.Fprintf(w, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(content))
	}
	w.WriteString("\r\n")
	w.WriteString(content)
}

func (v *visitor) cookieHeader() string {
	var pairs []string
	for _, c := range v.cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// keep does with cookies what a browser does.
func (v *visitor) keep(set []*http.Cookie) {
	for _, c := range set {
		v.forget(c.Name)
		if c.MaxAge >= 0 {
			v.cookies = append(v.cookies, c)
		}
	}
}

func (v *visitor) forget(name string) {
	kept := v.cookies[:0]
	for _, c := range v.cookies {
		if c.Name != name {
			kept = append(kept, c)
		}
	}
	v.cookies = kept
}

func (v *visitor) hangUp() {
	if v.conn != nil {
		v.conn.Close()
		v.conn = nil
	}
}

// expect sends a request and complains of another status.
func (v *visitor) expect(want int, method, path string, form url.Values) ([]byte, error) {
	status, body, err := v.send(method, path, form)
	if err == nil && status != want {
		err = fmt.Errorf("%s %s: status %d, want %d", method, path, status, want)
	}
	return body, err
}

// register makes an account, and logs the visitor in.
func (v *visitor) register() error {
	_, err := v.expect(http.StatusSeeOther, "POST", "/register",
		url.Values{"email": {v.email}, "name": {"Visitor"}, "password": {password}})
	return err
}

// page opens a guarded page, which has to be the visitor's own.
func (v *visitor) page() error {
	body, err := v.expect(http.StatusOK, "GET", "/profile", nil)
	if err == nil && !bytes.Contains(body, []byte(">"+v.email+"<")) {
		err = fmt.Errorf("the page is not that of %s", v.email)
	}
	return err
}

// logIn logs the visitor in on a browser without cookies.
func (v *visitor) logIn() error {
	v.cookies = nil
	_, err := v.expect(http.StatusSeeOther, "POST", "/login", url.Values{"email": {v.email}, "password": {password}})
	return err
}

// logInAndOut leaves no login behind.
func (v *visitor) logInAndOut() error {
	if err := v.logIn(); err != nil {
		return err
	}
	_, err := v.expect(http.StatusSeeOther, "POST", "/logout", nil)
	return err
}

// guess tries a password that is wrong, at an account and from an address that nobody has come with
// before, so that only the cost of the hash is in its way. To be refused is no error.
func (v *visitor) guess() error {
	number := rand.N(1 << 24)
	v.address, v.cookies = addressOf(number), nil
	status, _, err := v.send("POST", "/login", url.Values{"email": {fmt.Sprintf("nobody%d@example.com", number)}, "password": {"a guess"}})
	if err == nil && status != http.StatusUnauthorized && status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
		err = fmt.Errorf("a guess: status %d", status)
	}
	return err
}
