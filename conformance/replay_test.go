package conformance

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/conformance/twin/app"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the session library logs every forged cookie
	os.Exit(m.Run())
}

// The recordings: those that the contract came with, and those of oracle/scenarios.py.
var recordings = []string{"testdata/flask-login.json", "testdata/more.json"}

func recordedScenarios(t *testing.T) []scenario {
	t.Helper()
	var all []scenario
	for _, path := range recordings {
		scenarios, err := loadScenarios(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, scenarios...)
	}
	return all
}

func knownDeviations(t *testing.T) deviations {
	t.Helper()
	var known deviations
	if err := readJSON("testdata/deviations.json", &known); err != nil {
		t.Fatal(err)
	}
	return known
}

// newTwin makes the twin of a configuration.
func newTwin(c config) (http.Handler, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	parsed, err := app.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	return app.New(parsed)
}

// An outcome is what playing a scenario came to: the differences that no deviation explains, as lines to read, and
// the deviations that were met.
type outcome struct {
	unexplained []string
	met         []string // keys of deviations.json
}

// play plays a scenario to the apps that newApp makes.
func play(t *testing.T, s scenario, known deviations, newApp func(config) (http.Handler, error)) (o outcome) {
	t.Helper()
	r, err := newReplay(s, newApp)
	if err != nil {
		t.Fatal(err)
	}
	for i, st := range s.Steps {
		got, err := r.step(st)
		if err != nil {
			t.Fatalf("step %d, %s: %v", i+1, st, err)
		}
		for _, d := range compareStep(st, got) {
			if _, key, ok := known.allowing(s.Name, i+1, d.path); ok {
				o.met = append(o.met, key)
			} else {
				o.unexplained = append(o.unexplained, fmt.Sprintf("step %d, %s: %s", i+1, st, d))
			}
		}
	}
	return o
}

func TestTwinAnswersAsFlaskLogin(t *testing.T) {
	known := knownDeviations(t)
	for _, s := range recordedScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			o := play(t, s, known, newTwin)
			if n := len(o.unexplained); n > 0 {
				t.Errorf("%s (%d differences)", o.unexplained[0], n)
			}
			for key := range known[s.Name] {
				if !slices.Contains(o.met, key) {
					t.Errorf("deviations.json allows %q, and there is no such difference", key)
				}
			}
		})
	}
}

func TestEveryDeviationNamesAScenarioAndARowOfTheDesign(t *testing.T) {
	row := regexp.MustCompile(`^D[1-9][0-9]?$`)
	names := []string{}
	for _, s := range recordedScenarios(t) {
		names = append(names, s.Name)
	}
	for name, fields := range knownDeviations(t) {
		if !slices.Contains(names, name) {
			t.Errorf("deviations.json: there is no scenario %q", name)
		}
		for field, reason := range fields {
			if !row.MatchString(reason) {
				t.Errorf("deviations.json: %s: %s: the reason %q is not the number of a row", name, field, reason)
			}
		}
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The figures stand in three documents, for readers who never run this.
func TestTheDocumentsHaveTheFiguresOfTheComparison(t *testing.T) {
	known, all := knownDeviations(t), len(recordedScenarios(t))
	showing := map[string]int{}
	for _, fields := range known {
		seen := map[string]bool{}
		for _, reason := range fields {
			if !seen[reason] {
				seen[reason] = true
				showing[reason]++
			}
		}
	}
	results := readText(t, "README.md")
	for reason, n := range showing {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %s \| .* \| %d \|$`, reason, n))
		if !row.MatchString(results) {
			t.Errorf("README.md does not say that %d scenarios show %s", n, reason)
		}
	}
	for _, file := range []string{"README.md", "../README.md", "../docs/deviations.md"} {
		text := readText(t, file)
		for _, figure := range []int{all, len(known), all - len(known)} {
			if !regexp.MustCompile(fmt.Sprintf(`\b%d\b`, figure)).MatchString(text) {
				t.Errorf("%s does not have the figure %d", file, figure)
			}
		}
	}
}

func TestScenarioNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range recordedScenarios(t) {
		if seen[s.Name] {
			t.Errorf("two scenarios are called %q", s.Name)
		}
		seen[s.Name] = true
	}
}

// A comparison that cannot fail proves nothing: an app that does nothing must not pass.
func TestReplayRejectsAnAppThatDoesNothing(t *testing.T) {
	idle := func(config) (http.Handler, error) {
		answers := http.NewServeMux()
		answers.HandleFunc("/events", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"events": [], "users": []}`)
		})
		answers.HandleFunc("/loader-calls", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"user_loader": 0, "user_ids": [], "request_loader": 0}`)
		})
		answers.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"ok": true}`)
		})
		return answers, nil
	}
	for _, s := range recordedScenarios(t) {
		if slices.ContainsFunc(s.Steps, func(st step) bool { return len(st.Ops) > 0 }) {
			continue // there are no cookies to tamper with
		}
		if o := play(t, s, nil, idle); len(o.unexplained) == 0 {
			t.Errorf("%s: an app that does nothing passes", s.Name)
		}
	}
}
