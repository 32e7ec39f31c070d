package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is the whole program, running in a directory of its own.
type program struct {
	lines   map[string]string // what it has printed
	stop    context.CancelFunc
	stopped chan error
}

// start runs the program in the working directory until it says that it listens.
func start(t *testing.T, environment map[string]string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	p := &program{lines: map[string]string{}, stop: stop, stopped: make(chan error, 1)}
	out, in := io.Pipe()
	go func() {
		err := run(ctx, func(name string) string { return environment[name] }, in)
		in.CloseWithError(io.EOF)
		p.stopped <- err
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		what, value, _ := strings.Cut(lines.Text(), ": ")
		p.lines[what] = value
		if address, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			p.lines["address"] = address
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

func (p *program) visitor(t *testing.T) *visitor {
	t.Helper()
	return newVisitor(t, p.lines["address"], nil)
}

// From nothing to a login, and on to the next start.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	// The cookie jar of net/http, unlike browsers, sends no Secure cookie to 127.0.0.1.
	environment := map[string]string{"ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1"}

	p := start(t, environment)
	demo := strings.Fields(p.lines["demo account"])
	if len(demo) != 2 {
		t.Fatalf("demo account: %q, want an address and a password", demo)
	}
	v := p.visitor(t)
	v.post("/login", "email="+demo[0], "password="+demo[1]).leadsTo("/")
	v.knownAs("Demo")
	v.get("/admin").is(http.StatusForbidden)
	admin := printed(p.lines["admin account"])
	p.visitor(t).logInAsFirstAdmin(admin).leadsTo("/admin")
	key, err := os.ReadFile(secretKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(secretKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret key is open to others: %v %v", info.Mode(), err)
	}
	if path, err := filepath.Abs(secretKeyFile); err != nil || !strings.HasPrefix(p.lines["secret key"], path) {
		t.Errorf("the program does not say where its secret key is: %q", p.lines["secret key"])
	}
	p.shutDown(t)

	again := start(t, environment)
	if line := again.lines["admin account"]; strings.Contains(line, admin) || !strings.HasPrefix(line, firstAdmin) {
		t.Errorf("admin account: %q at the second start", line)
	}
	again.visitor(t).logInAsFirstAdmin(admin).leadsTo("/admin")
	jar := v.client.Jar
	v = again.visitor(t)
	moveCookies(t, jar, p.lines["address"], v)
	v.knownAs("Demo")
	if kept, err := os.ReadFile(secretKeyFile); err != nil || !bytes.Equal(kept, key) {
		t.Errorf("the secret key has not been kept: %v", err)
	}
	v.post("/settings/password", "current_password="+demo[1], "new_password=another password").leadsTo("/settings")
	again.shutDown(t)

	// The line never names a password that is not the demo account's.
	environment["ADMIN_PASSWORD"] = chosen
	third := start(t, environment)
	third.visitor(t).logInAsFirstAdmin(chosen).leadsTo("/admin")
	third.visitor(t).logInAsFirstAdmin(admin).is(http.StatusUnauthorized)
	if line := third.lines["demo account"]; strings.Contains(line, demo[1]) || !strings.Contains(line, demo[0]) {
		t.Errorf("demo account: %q after its password has been changed", line)
	}
	third.shutDown(t)
}

// moveCookies gives v the cookies for another address.
func moveCookies(t *testing.T, jar http.CookieJar, address string, v *visitor) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh.SetCookies(v.site(), jar.Cookies(u))
	v.client.Jar = fresh
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
	answered := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	if _, err := io.WriteString(writing, "email=x&"); err != nil { // returns when it is on its way
		t.Fatal(err)
	}
	p.visitor(t).knownAs("") // a later request has been answered: the server has the first one
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
		"empty secret key": {key: "\n", want: secretKeyFile},
		"short secret key": {key: "abcd\n", want: secretKeyFile},
		"key not in hex":   {key: strings.Repeat("x", 64), want: secretKeyFile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.key != "" {
				if err := os.WriteFile(secretKeyFile, []byte(test.key), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := run(t.Context(), func(name string) string { return test.environment[name] }, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that names %s", err, test.want)
			}
		})
	}
}

func TestDatabaseAddress(t *testing.T) {
	folder := t.TempDir()
	for _, address := range []string{"plain.db", "sqlite:scheme.db", "sqlite://slashes.db", "with space.db"} {
		t.Chdir(folder)
		db, err := openDatabase(t.Context(), address)
		if err != nil {
			t.Fatal(address, err)
		}
		var path string
		if err := db.QueryRowContext(t.Context(), `SELECT file FROM pragma_database_list`).Scan(&path); err != nil {
			t.Fatal(address, err)
		}
		if want := strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//"); filepath.Base(path) != want {
			t.Errorf("%s is in %s", address, path)
		}
		db.Close()
	}
}

func TestReachable(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80",
		"0.0.0.0:80":   "localhost:80",
		"[::]:80":      "localhost:80",
		"[::1]:80":     "[::1]:80",
	} {
		tcp := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))
		if got := reachable(tcp); got != want {
			t.Errorf("%s is reachable at %s, want %s", address, got, want)
		}
	}
}
