package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// defaultAgent is the User-Agent of a client that names none.
const defaultAgent = "oracle-agent/1.0"

// A replay plays one scenario: the apps, and a jar for every client.
type replay struct {
	scenario scenario
	apps     map[string]server
	jars     map[string]*jar
}

type server struct {
	http.Handler
	config   config
	hostport string
}

// newReplay makes the apps of a scenario with newApp.
func newReplay(s scenario, newApp func(config) (http.Handler, error)) (*replay, error) {
	r := &replay{scenario: s, apps: map[string]server{}, jars: map[string]*jar{}}
	configs := map[string]config{"main": s.Config}
	maps.Copy(configs, s.OtherApps)
	for i, name := range slices.Sorted(maps.Keys(configs)) {
		handler, err := newApp(configs[name])
		if err != nil {
			return nil, fmt.Errorf("app %s: %w", name, err)
		}
		r.apps[name] = server{handler, configs[name], fmt.Sprintf("127.0.0.1:%d", 20000+i)}
	}
	return r, nil
}

func (r *replay) jar(client string) *jar {
	client = cmp.Or(client, "main")
	if r.jars[client] == nil {
		r.jars[client] = &jar{}
	}
	return r.jars[client]
}

func (r *replay) app(s step) server { return r.apps[cmp.Or(s.App, "main")] }

// step plays one step and returns what was seen.
func (r *replay) step(s step) (observation, error) {
	for _, op := range s.Ops {
		if err := r.operate(op); err != nil {
			return nil, err
		}
	}
	seen := observation{}
	if s.Method != "" {
		var err error
		if seen, err = r.request(s); err != nil {
			return nil, err
		}
	}
	seen["jar"] = map[string]any{
		"session":  r.jar(s.Client).has(sessionCookie),
		"remember": r.jar(s.Client).has(r.app(s).config.rememberCookie()),
	}
	return seen.comparable()
}

func (r *replay) request(s step) (observation, error) {
	app := r.app(s)
	req := r.newRequest(s, app.hostport)
	res, err := answer(app, req)
	if err != nil {
		return nil, err
	}
	seen, err := observeResponse(res, r.jar(s.Client), app.config.rememberCookie(), app.hostport)
	if err != nil {
		return nil, err
	}
	if seen["events"], err = app.events(); err != nil {
		return nil, err
	}
	seen["loader"], err = app.loaderCalls()
	return seen, err
}

func (r *replay) newRequest(s step, hostport string) *http.Request {
	client := r.scenario.Clients[cmp.Or(s.Client, "main")]
	req := httptest.NewRequest(s.Method, s.Path, http.NoBody)
	req.RemoteAddr = cmp.Or(s.IP, client.IP, "127.0.0.1") + ":50000"
	req.Host = cmp.Or(s.Host, hostport)
	for key, value := range s.Headers {
		req.Header.Set(key, value)
	}
	if agent, ok := userAgent(s.UserAgent, client.UserAgent); ok {
		req.Header.Set("User-Agent", agent)
	}
	var sent []string
	for _, c := range r.jar(s.Client).send(hostname(req), req.URL.EscapedPath()) {
		sent = append(sent, c.name+"="+c.value)
	}
	if sent != nil {
		req.Header.Set("Cookie", strings.Join(sent, "; "))
	}
	return req
}

// userAgent returns the first choice that says something, null being "no header".
func userAgent(choices ...json.RawMessage) (string, bool) {
	for _, choice := range choices {
		var agent *string
		if choice != nil && json.Unmarshal(choice, &agent) == nil {
			if agent == nil {
				return "", false
			}
			return *agent, true
		}
	}
	return defaultAgent, true
}

// operate changes a jar as the contract says.
func (r *replay) operate(op operation) error {
	cookies := r.jar(op.Client)
	switch op.Op {
	case "drop":
		if op.Cookie == "all" {
			cookies.cookies = nil
		}
		cookies.drop(r.cookieName(op.Cookie))
	case "close_browser":
		cookies.closeBrowser()
	case "advance":
		cookies.ahead += time.Duration(op.Seconds * float64(time.Second))
	case "tamper":
		return cookies.tamper(r.cookieName(op.Cookie), op.How)
	case "copy_jar":
		which := op.Cookies
		if which == nil {
			which = []string{"session", "remember"}
		}
		for _, word := range which {
			r.jar(op.To).copyFrom(r.jar(op.From), r.cookieName(word))
		}
	case "set_cookie":
		set := setCookie{name: r.cookieName(op.Cookie), value: op.Value, path: "/"}
		cookies.store(set, cmp.Or(op.Host, "127.0.0.1"), "/")
	default:
		return fmt.Errorf("unknown operation %q", op.Op)
	}
	return nil
}

// cookieName translates the contract's words for the two cookies; others are names already.
func (r *replay) cookieName(word string) string {
	switch word {
	case "session":
		return sessionCookie
	case "remember":
		return r.scenario.Config.rememberCookie()
	}
	return word
}

// events asks the app what it has signalled since the last time.
func (s server) events() ([]string, error) {
	text, err := s.control("/events")
	if err != nil {
		return nil, err
	}
	return observeEvents(text)
}

// loaderCalls asks the app how often its loaders were called since the last time.
func (s server) loaderCalls() (calls map[string]any, err error) {
	text, err := s.control("/loader-calls")
	if err != nil {
		return nil, err
	}
	return calls, json.Unmarshal(text, &calls)
}

func (s server) control(path string) ([]byte, error) {
	res, err := answer(s, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("control route %s answers %d", path, res.StatusCode)
	}
	return io.ReadAll(res.Body)
}

// answer lets a handler serve a request as a server would: a panic is a broken connection.
func answer(handler http.Handler, req *http.Request) (res *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s %s: panic: %v", req.Method, req.URL, p)
		}
	}()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, req)
	res = recorder.Result()
	res.Request = req
	return res, nil
}

// hostname is the host a browser files the cookies of this request under.
func hostname(req *http.Request) string {
	name, _, _ := strings.Cut(req.Host, ":")
	return name
}
