package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An observation is what can be seen of one step from outside: CONTRACT.md, section 7. It consists of what
// encoding/json makes of JSON, so that a recorded one and a fresh one compare.
type observation map[string]any

const sessionCookie = "session"

// eventsWithUser are noted with the id of the user they carry.
var eventsWithUser = []string{"user_logged_in", "user_logged_out", "user_loaded_from_cookie", "user_loaded_from_request"}

// observeResponse notes what a response shows, and stores its cookies in the jar.
func observeResponse(res *http.Response, cookies *jar, remember, hostport string) (observation, error) {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	req := res.Request
	set := map[string][]setCookie{}
	for _, line := range res.Header.Values("Set-Cookie") {
		s, err := parseSetCookie(line, time.Now())
		if err != nil {
			return nil, err
		}
		set[s.name] = append(set[s.name], s)
		cookies.store(s, hostname(req), req.URL.EscapedPath())
	}
	seen := observation{
		"status":   res.StatusCode,
		"location": canonicalLocation(res.Header.Get("Location"), "http://"+req.Host+req.RequestURI, hostport),
		"json":     nil,
		"text":     nil,
		"remember": observeCookie(set[remember]),
		"session":  observeCookie(set[sessionCookie]),
	}
	if req.Method == http.MethodHead {
		body = nil // a server does not send it
	}
	switch contentType, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); {
	case contentType == "application/json" && len(body) > 0:
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return nil, fmt.Errorf("body %q: %w", body, err)
		}
		seen["json"] = canonicalJSON(value, "", hostport)
	case contentType == "text/plain" && res.StatusCode == http.StatusOK:
		seen["text"] = strings.TrimSpace(string(body))
	}
	return seen, nil
}

// observeCookie describes what a response does to a cookie; the last of several lines counts.
func observeCookie(lines []setCookie) map[string]any {
	if len(lines) == 0 {
		return map[string]any{"op": "none"}
	}
	last := lines[len(lines)-1]
	seen := map[string]any{
		"op": "set", "path": last.path, "domain": last.domain, "secure": last.secure, "httponly": last.httpOnly,
		"samesite": last.sameSite, "lifetime": nil, "count": len(lines),
	}
	if last.persistent {
		seen["lifetime"] = math.RoundToEven(last.lifetime.Seconds()/5) * 5
		if last.lifetime == 0 {
			seen["op"] = "cleared"
		}
	}
	return seen
}

// observeEvents reads the answer of /events.
func observeEvents(answer []byte) ([]string, error) {
	var taken struct {
		Events []string
		Users  []*string
	}
	if err := json.Unmarshal(answer, &taken); err != nil {
		return nil, err
	}
	if len(taken.Events) != len(taken.Users) {
		return nil, fmt.Errorf("%d events with %d users", len(taken.Events), len(taken.Users))
	}
	seen := []string{}
	for i, event := range taken.Events {
		if slices.Contains(eventsWithUser, event) {
			user := "null"
			if taken.Users[i] != nil {
				user = *taken.Users[i]
			}
			event += "=" + user
		}
		seen = append(seen, event)
	}
	return seen, nil
}

// comparable brings an observation into the shape it would have been recorded in.
func (o observation) comparable() (observation, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var same observation
	return same, json.Unmarshal(text, &same)
}
