package docs_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// buildProgram compiles a program as printed, but for its address, and returns
// the binary.
func buildProgram(t *testing.T, source, address string) string {
	t.Helper()
	dir := t.TempDir()
	main, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	source = strings.Replace(source, "127.0.0.1:8080", address, 1)
	if err := os.WriteFile(main, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", binary, main).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// freeAddress returns an address that is free. It is below the range
// that systems take the ports of connections from.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(18000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
}

// programOfREADME returns the binary of the program that is that block of the README.
func programOfREADME(t *testing.T, block int, address string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in the PATH")
	}
	return buildProgram(t, goBlock.FindAllStringSubmatch(read(t, "README.md"), -1)[block][3], address)
}

// start runs cmd until the test ends, and waits until it listens.
func start(t *testing.T, cmd *exec.Cmd, address string) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitListener(t, address)
}

// The README shows the answers of the first program under the commands, as a shell does.
func TestTheFirstProgramOfTheREADMEAnswersAsPrinted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not in the PATH")
	}
	address := freeAddress(t)
	start(t, exec.CommandContext(t.Context(), programOfREADME(t, 0, address)), address)
	transcript := regexp.MustCompile("(?s)```console\n(.*?)```").FindStringSubmatch(read(t, "README.md"))[1]
	folder, commands := t.TempDir(), strings.Split(transcript, "$ ")[1:]
	if len(commands) == 0 {
		t.Fatal("README.md has no transcript")
	}
	for _, shown := range commands {
		command, want, _ := strings.Cut(shown, "\n")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(command, "127.0.0.1:8080", address))
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(want) {
			t.Errorf("%s: %v, %q, and README.md shows %q", command, err, out, want)
		}
	}
}

func TestTheSmallSiteOfTheREADMERunsAsPrinted(t *testing.T) {
	address := freeAddress(t)
	program := programOfREADME(t, 1, address)

	withoutKey := exec.CommandContext(t.Context(), program)
	withoutKey.Env = append(os.Environ(), "SECRET_KEY=")
	if out, err := withoutKey.CombinedOutput(); err == nil || !strings.Contains(string(out), "use 32 random bytes or more") {
		t.Errorf("without SECRET_KEY it ends with %v and says %s", err, out)
	}

	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "SECRET_KEY=n7rSx0wV8b1fJ3yK5mQ2tZ6cD9hG4pL0aE8uB2iW1oM=")
	start(t, cmd, address)

	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	site := "http://" + address
	res := fetch(t, client, "GET", site+"/profile", nil, nil)
	if got := res.Header.Get("Location"); got != "/login?next=%2Fprofile" {
		t.Fatalf("a visitor is sent to %q", got)
	}
	// The form has no action, so a browser posts it to the address of the page.
	loginPage := site + res.Header.Get("Location")
	res = fetch(t, client, "POST", loginPage, url.Values{"password": {"wrong"}}, nil)
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password is answered %s", res.Status)
	}
	credentials := url.Values{"email": {"ada@example.com"}, "password": {"lovelace"}}
	res = fetch(t, client, "POST", loginPage, credentials, nil)
	if got := res.Header.Get("Location"); got != "/profile" || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge != 0 {
		t.Errorf("a login is sent to %q with cookies %v", got, res.Cookies())
	}
	credentials.Set("remember", "1")
	res = fetch(t, client, "POST", loginPage, credentials, nil)
	if got := res.Header.Get("Location"); got != "/profile" || len(res.Cookies()) != 2 {
		t.Fatalf("a login with the box ticked is sent to %q with cookies %v", got, res.Cookies())
	}
	cookies := res.Cookies()
	for name, want := range map[string]int{"cross-site": http.StatusForbidden, "same-origin": http.StatusUnauthorized} {
		if got := postedFrom(t, client, name, loginPage); got != want {
			t.Errorf("a %s post is answered %d", name, got)
		}
	}
	res = fetch(t, client, "GET", site+"/profile", nil, cookies)
	if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "Hi Ada") {
		t.Errorf("the profile reads %q", body)
	}
	res = fetch(t, client, "POST", site+"/logout", nil, cookies)
	for _, cookie := range res.Cookies() {
		if cookie.MaxAge >= 0 {
			t.Errorf("the logout leaves the cookie %v", cookie)
		}
	}
}

// postedFrom returns the status of a form that was posted from a site of that kind.
func postedFrom(t *testing.T, client *http.Client, site, target string) int {
	t.Helper()
	req, err := http.NewRequest("POST", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", site)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func fetch(t *testing.T, client *http.Client, method, target string, form url.Values, cookies []*http.Cookie) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, cookie := range cookies { // as a browser does on its own machine, Secure or not
		req.AddCookie(cookie)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func awaitListener(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}
