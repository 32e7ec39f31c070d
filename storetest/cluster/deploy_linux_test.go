package cluster

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A new first key is deployed in two steps, so that no instance ever meets a cookie it cannot verify:
// first all come to know it, then all come to sign with it. Nobody is logged out or turned away.
func TestANewKeyIsDeployed(t *testing.T) {
	c := newCluster(t)
	visitors := c.visitors()
	newcomer := c.visitor()
	l := startLoad(t, visitors, nil)
	var logins figures
	stop := repeat(t, 1, func(int) {
		newcomer.forget()
		in := newcomer.post("/login", newcomer.credentials(true))
		got, _ := newcomer.look()
		out := newcomer.post("/logout", nil)
		if logins.requests.Add(3); in.status != http.StatusSeeOther || got != right || out.status != http.StatusSeeOther {
			logins.wrong.Add(1)
		}
	})
	old, fresh := c.keys[0], newKey()
	for _, keys := range [][]string{{old, fresh}, {fresh, old}} {
		c.keys = keys
		c.deploy(c.program, c.instances...)
		l.more(100)
	}
	began := time.Now()
	l.recovered(began, everybody)
	stop()
	l.stop()
	l.countLost(visitors, everybody)
	t.Logf("deploy a new first key: %v; beside them %d requests of somebody who logs in and out, %d wrong answers",
		&c.figures, logins.requests.Load(), logins.wrong.Load())
	l.none("login pages", &l.loginPages)
	l.none("times unavailable", &l.unavailable)
	l.none("wrong answers to posts", &logins.wrong)
}

// A program of a future version writes records that the present one cannot read. While both are
// running, the present one takes such a login for none and leaves it alone: who is remembered does not
// notice, others are asked to log in, sometimes. When the deploy is over, everybody is known.
func TestTwoVersionsOfTheRecord(t *testing.T) {
	c := newCluster(t)
	future := c.buildFuture(t)
	before := c.visitors() // their records are of the present version
	c.deploy(future, c.instances[0])
	newest := c.instances[len(c.instances)-1]
	after := make([]*visitor, clients)
	for i := range after {
		after[i] = c.visitor()
		after[i].logInTo(newest, remembered(i))
	}
	sees := func(i *instance, v *visitor) verdict {
		return v.judge(v.copied().sendTo(i, http.MethodGet, "/profile", nil))
	}
	if sees(newest, before[0]) != right || sees(newest, after[0]) != right || sees(c.instances[0], after[0]) != loginPage {
		t.Fatal("the program of the future is none: it is to know records of both versions, and the present one only its own")
	}

	visitors := append(before, after...)
	l := startLoad(t, visitors, nil)
	l.more(600)
	mixed := l.loginPages.Load()
	for i := range visitors {
		if pages := l.each[i].loginPages.Load(); pages > 0 && (i < clients || remembered(i)) {
			t.Errorf("%s was asked to log in", visitors[i].name)
		}
	}
	c.deploy(future, c.instances[:2]...)
	deployed := time.Now()
	l.recovered(deployed, everybody)
	l.stop()
	l.countLost(visitors, everybody)
	t.Logf("two versions of the record: %v; of these %d login pages in the first 600 requests", &c.figures, mixed)
	if mixed == 0 {
		t.Error("nobody has met an instance of the present version")
	}
	l.none("times unavailable", &l.unavailable)
}

// buildFuture builds the example on a ginlogin that writes records of version 2 and reads both.
func (c *cluster) buildFuture(t *testing.T) string {
	t.Helper()
	path := filepath.Join(c.folder, "future")
	if _, err := os.Stat(path); err == nil {
		return path // of the time before
	}
	source, err := filepath.Abs("../../internal/login/record.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for present, later := range map[string]string{
		`const recordVersion = "1"`:       `const recordVersion = "2"`,
		`|| fields[0] != recordVersion {`: `|| fields[0] != recordVersion && fields[0] != "1" {`,
	} {
		if strings.Count(changed, present) != 1 {
			t.Fatalf("%s does not say %s", source, present)
		}
		changed = strings.Replace(changed, present, later, 1)
	}
	replacement := filepath.Join(c.folder, "record.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{replacement: []byte(changed), path + ".json": overlay} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := build(path, "-overlay", path+".json"); err != nil {
		t.Fatal(err)
	}
	return path
}
