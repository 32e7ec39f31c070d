package start

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/demo"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/openid"
)

// program is the whole program, running in a directory of its own.
type program struct {
	lines   map[string]string // what it has printed
	stop    context.CancelFunc
	stopped chan error
	rest    *bufio.Scanner // what it prints later
	unread  io.Reader      // what it prints after that
}

// start runs the program in the working directory until it says that it listens.
func start(t *testing.T, environment map[string]string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	p := &program{lines: map[string]string{}, stop: stop, stopped: make(chan error, 1)}
	out, in := io.Pipe()
	go func() {
		err := Run(ctx, func(name string) string { return environment[name] }, in)
		in.CloseWithError(io.EOF)
		p.stopped <- err
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		what, value, _ := strings.Cut(lines.Text(), ": ")
		p.lines[what] = value
		if address, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			p.lines["address"], p.rest, p.unread = address, lines, out
			return p
		}
	}
	t.Fatalf("the program ended at once: %v", <-p.stopped)
	return nil
}

// shutDown stops the program and waits for its end.
func (p *program) shutDown(t *testing.T) {
	t.Helper()
	p.stop()
	if err := <-p.stopped; err != nil {
		t.Fatal(err)
	}
}

func (p *program) visitor(t *testing.T) *sitetest.Visitor {
	t.Helper()
	return sitetest.NewVisitor(t, p.lines["address"], nil)
}

// From nothing to a login, and on to the next start.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	// The cookie jar of net/http, unlike browsers, sends no Secure cookie to 127.0.0.1.
	environment := map[string]string{"ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1"}

	p := start(t, environment)
	member := strings.Fields(p.lines["demo account"])
	if len(member) != 2 {
		t.Fatalf("demo account: %q, want an address and a password", member)
	}
	v := p.visitor(t)
	v.Post("/login", "email="+member[0], "password="+member[1]).LeadsTo("/")
	v.KnownAs("Demo")
	v.Get("/admin").Is(http.StatusForbidden)
	admin := sitetest.Printed(p.lines["admin account"])
	p.visitor(t).LogInAsFirstAdmin(admin).LeadsTo("/admin")
	key := secretKey(t)
	if path, err := filepath.Abs(config.SecretKeyFile); err != nil || !strings.HasPrefix(p.lines["secret key"], path) {
		t.Errorf("the program does not say where its secret key is: %q", p.lines["secret key"])
	}
	p.shutDown(t)

	again := start(t, environment)
	if line := again.lines["admin account"]; strings.Contains(line, admin) || !strings.HasPrefix(line, demo.AdminEmail) {
		t.Errorf("admin account: %q at the second start", line)
	}
	again.visitor(t).LogInAsFirstAdmin(admin).LeadsTo("/admin")
	jar := v.Client.Jar
	v = again.visitor(t)
	moveCookies(t, jar, p.lines["address"], v)
	v.KnownAs("Demo")
	if !bytes.Equal(secretKey(t), key) {
		t.Error("the secret key has not been kept")
	}
	v.Post("/settings/password", "current_password="+member[1], "new_password=another password").LeadsTo("/settings")
	again.shutDown(t)

	// The line never names a password that is not the demo account's.
	environment["ADMIN_PASSWORD"] = sitetest.Chosen
	third := start(t, environment)
	third.visitor(t).LogInAsFirstAdmin(sitetest.Chosen).LeadsTo("/admin")
	third.visitor(t).LogInAsFirstAdmin(admin).Is(http.StatusUnauthorized)
	if line := third.lines["demo account"]; strings.Contains(line, member[1]) || !strings.Contains(line, member[0]) {
		t.Errorf("demo account: %q after its password has been changed", line)
	}
	third.shutDown(t)
}

// The demo provider is not left on unseen.
func TestDemoProviderIsLogged(t *testing.T) {
	for demo, want := range map[string]bool{"": true, "0": false} {
		t.Chdir(t.TempDir())
		log, err := os.Create("log")
		if err != nil {
			t.Fatal(err)
		}
		before := os.Stderr
		os.Stderr = log
		p := start(t, map[string]string{"ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1", "OIDC_DEMO": demo})
		os.Stderr = before
		page := p.visitor(t).Get("/login").Is(http.StatusOK)
		p.shutDown(t)
		text, err := os.ReadFile("log")
		if err != nil || bytes.Contains(text, []byte(openid.DemoWarning)) != want || strings.Contains(page.Text, "demo provider") != want {
			t.Errorf("OIDC_DEMO=%q: %v\n%s", demo, err, text)
		}
	}
}

// Who tries the program out finds its mails where it prints, with links to where it listens.
func TestProgramPrintsItsMails(t *testing.T) {
	t.Chdir(t.TempDir())
	p := start(t, map[string]string{"ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1"})
	if line := p.lines["mails"]; !strings.Contains(line, "printed here") {
		t.Errorf("mails: %q", line)
	}
	v := p.visitor(t)
	v.Post("/register", "email=grace@example.com", "name=Grace", "password=difference engine").LeadsTo("/")
	for p.rest.Scan() {
		if link, ok := strings.CutPrefix(p.rest.Text(), "│ "+p.lines["address"]); ok {
			v.Get(link).Is(http.StatusOK).Says("Confirm your e-mail address", "grace@example.com")
			break
		}
	}
	go io.Copy(io.Discard, p.unread) // or the program would wait for somebody who reads
	p.shutDown(t)
}

// secretKey returns what the program keeps in its file, which is for nobody else.
func secretKey(t *testing.T) []byte {
	t.Helper()
	key, err := os.ReadFile(config.SecretKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(config.SecretKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret key is open to others: %v %v", info.Mode(), err)
	}
	return key
}

// moveCookies gives v the cookies for another address.
func moveCookies(t *testing.T, jar http.CookieJar, address string, v *sitetest.Visitor) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh.SetCookies(v.Site(), jar.Cookies(u))
	v.Client.Jar = fresh
}

// A request under way when the program is stopped is answered.
func TestShutdownIsGraceful(t *testing.T) {
	t.Chdir(t.TempDir())
	p := start(t, map[string]string{"ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1"})
	body, writing := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.lines["address"]+"/login", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// The client sends the body when the handler has begun to read it. A request that the server has not read
	// when it is stopped is dropped.
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	answered := make(chan error, 1)
	go func() {
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	if _, err := io.WriteString(writing, "email=x&"); err != nil { // returns when the handler waits for it
		t.Fatal(err)
	}
	p.stop()
	if _, err := io.WriteString(writing, "password=y"); err != nil {
		t.Fatal(err)
	}
	writing.Close()
	if err := <-answered; err != nil {
		t.Errorf("a request under way was dropped: %v", err)
	}
	if err := <-p.stopped; err != nil {
		t.Error(err)
	}
}

func TestProgramRefusesToStart(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		key         string
		want        string
	}{
		"another engine":   {environment: map[string]string{"DATABASE_URL": "mysql://localhost/x"}, want: "DATABASE_URL"},
		"no such folder":   {environment: map[string]string{"DATABASE_URL": "no/such/folder.db"}, want: "no/such/folder.db"},
		"no such address":  {environment: map[string]string{"ADDR": "nowhere"}, want: "nowhere"},
		"no such metrics":  {environment: map[string]string{"ADDR": "127.0.0.1:0", "METRICS_ADDR": "nowhere"}, want: "METRICS_ADDR"},
		"short password":   {environment: map[string]string{"ADMIN_PASSWORD": "short"}, want: "ADMIN_PASSWORD"},
		"no such time":     {environment: map[string]string{"IDLE_TIMEOUT": "soon"}, want: "IDLE_TIMEOUT"},
		"empty secret key": {key: "\n", want: config.SecretKeyFile},
		"short secret key": {key: "abcd\n", want: config.SecretKeyFile},
		"key not in hex":   {key: strings.Repeat("x", 64), want: config.SecretKeyFile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.key != "" {
				if err := os.WriteFile(config.SecretKeyFile, []byte(test.key), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := Run(t.Context(), func(name string) string { return test.environment[name] }, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that names %s", err, test.want)
			}
		})
	}
}

// The whole program, on servers: it is ready, and between the signal and its end it serves visitors
// but is not ready.
func TestShutdownBehindABalancer(t *testing.T) {
	t.Chdir(t.TempDir())
	p := start(t, map[string]string{
		"ADDR": "127.0.0.1:0", "METRICS_ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1",
		"DATABASE_URL": sitetest.PostgresURL(t), "REDIS_URL": sitetest.ServerURL(t, "REDIS_URL", "redis://127.0.0.1:6379/0").String(),
		"SHUTDOWN_DELAY": "5s", "LOG_FORMAT": "json",
	})
	v := p.visitor(t)
	v.Get("/readyz").Is(http.StatusOK)
	v.Post("/login", "email="+demo.Email, "password="+demo.Password).LeadsTo("/")
	resp, err := http.Get(p.lines["metrics"])
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	(&sitetest.Page{Response: resp, T: t, Name: "GET /metrics", Text: string(text)}).Says(`ginlogin_events_total{event="user_logged_in"} 1`)

	p.stop()
	sitetest.Within30s(t, "not ready", func() bool {
		return v.Get("/readyz").StatusCode == http.StatusServiceUnavailable
	})
	v.Get("/readyz").Says("shutting down")
	v.KnownAs("Demo")
	v.Post("/logout").LeadsTo("/")
	if err := <-p.stopped; err != nil {
		t.Error(err)
	}
}
