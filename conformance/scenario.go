package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// A scenario is a story of a few requests to one or more apps, with what the oracle was seen to answer.
type scenario struct {
	Name      string            `json:"name"`
	Config    config            `json:"config"`
	OtherApps map[string]config `json:"other_apps"`
	Clients   map[string]client `json:"clients"`
	Steps     []step            `json:"steps"`
	Tags      []string          `json:"tags"`
	Note      string            `json:"note"`
}

// A config is the configuration of one app, as CONTRACT.md lists it. Absent keys are Flask-Login's defaults.
type config map[string]any

func (c config) rememberCookie() string {
	if name, ok := c["remember_cookie_name"].(string); ok {
		return name
	}
	return "remember_token"
}

type client struct {
	UserAgent json.RawMessage `json:"user_agent"`
	IP        string          `json:"ip"`
}

// A step works on the cookies (Ops), then sends one request, if it has a Method.
type step struct {
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Client    string            `json:"client"`
	App       string            `json:"app"`
	Headers   map[string]string `json:"headers"`
	UserAgent json.RawMessage   `json:"user_agent"` // null: no such header; absent: the client's
	IP        string            `json:"ip"`
	Host      string            `json:"host"`
	Ops       []operation       `json:"ops"`
	Loose     map[string]string `json:"loose"`  // field: why a difference does not count
	Strict    []string          `json:"strict"` // fields where it counts all the same
	Observed  observation       `json:"observed"`
}

// String names the step in a report.
func (s step) String() string {
	if s.Method == "" {
		return "(cookie operations)"
	}
	text := s.Method + " " + s.Path
	for _, detail := range []struct{ name, value string }{
		{"client", s.Client}, {"app", s.App}, {"agent", string(s.UserAgent)}, {"from", s.IP}, {"host", s.Host},
	} {
		if detail.value != "" {
			text += " " + detail.name + "=" + detail.value
		}
	}
	if len(s.Headers) > 0 {
		text += fmt.Sprint(" headers=", s.Headers)
	}
	for _, op := range s.Ops {
		text += " after " + op.String()
	}
	return text
}

// An operation changes a client's cookies before the request of a step.
type operation struct {
	Op      string   `json:"op"`
	Client  string   `json:"client"`
	Cookie  string   `json:"cookie"`
	Cookies []string `json:"cookies"`
	How     string   `json:"how"`
	Value   string   `json:"value"`
	Host    string   `json:"host"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Seconds float64  `json:"seconds"`
}

func (o operation) String() string {
	text := o.Op
	for _, word := range []string{o.Client, o.Cookie, o.How, o.Value, o.From, o.To} {
		if word != "" {
			text += " " + word
		}
	}
	return text
}

// loadScenarios reads the recordings, without those about Flask-Login's own cookie format (tag wire).
func loadScenarios(path string) ([]scenario, error) {
	var file struct{ Scenarios []scenario }
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(file.Scenarios, func(s scenario) bool {
		return slices.Contains(s.Tags, "wire")
	}), nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
