package cluster

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// engines are what all clusters of these tests run on, and the program they run.
type engines struct {
	folder   string
	postgres *postgresServer
	redis    *redisServer
	program  string
}

// running is what TestMain ends.
var running engines

// startEngines starts them once.
var startEngines = sync.OnceValues(func() (*engines, error) {
	folder, err := os.MkdirTemp("", "ginlogin-cluster-")
	if err != nil {
		return nil, err
	}
	e := &running
	e.folder, e.program = folder, filepath.Join(folder, "example")
	// Only the database is for the user that it runs as; to get there, that one has to pass.
	databases := filepath.Join(folder, "postgres")
	if err := errors.Join(os.Chmod(folder, 0o711), os.Mkdir(databases, 0o700)); err != nil {
		return e, err
	}
	if e.postgres, err = newPostgres(databases); err != nil {
		return e, fmt.Errorf("PostgreSQL: %w", err)
	}
	if e.redis, err = newRedis(folder); err != nil {
		return e, fmt.Errorf("Redis: %w", err)
	}
	return e, build(e.program)
})

// build builds the example.
func build(path string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-buildvcs=false", "-o", path}, args...)...)
	cmd.Dir = "../../example" // a module of its own, also without the workspace
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the example: %w: %s", err, out)
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	running.close()
	os.Exit(code)
}

func (e *engines) close() {
	if e.postgres != nil && e.postgres.process != nil {
		e.postgres.db.Close()
		_ = e.postgres.stop()
	}
	if e.redis != nil && e.redis.process != nil {
		_ = e.redis.stop()
	}
	if e.folder != "" {
		os.RemoveAll(e.folder)
	}
}

// cluster is a site on three instances.
type cluster struct {
	*engines
	figures
	t         *testing.T
	met       int // visitors
	keys      []string
	settings  []string // more environment variables of the instances
	balancer  *balancer
	front     *httptest.Server
	instances []*instance
}

// instance is one of the processes.
type instance struct {
	*process
	host string
}

// newCluster starts three instances behind a balancer.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	e, err := startEngines()
	if err != nil {
		needs(t, err)
	}
	c := &cluster{engines: e, t: t, keys: []string{newKey()}, balancer: newBalancer()}
	c.front = httptest.NewTLSServer(c.balancer.handler())
	c.front.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 2 * clients // each browser keeps its own
	t.Cleanup(func() {
		c.front.Close()
		c.balancer.close()
		for _, i := range c.instances {
			if err := i.signal(syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			i.check(t)
		}
	})
	for range 3 {
		c.add(c.program)
	}
	return c
}

func newKey() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return hex.EncodeToString(key)
}

// add starts another instance of the program, with the keys as they are, and has the balancer know it.
func (c *cluster) add(program string) *instance {
	c.t.Helper()
	i := c.startInstance(program)
	c.instances = append(c.instances, i)
	c.balancer.add(i.host)
	return i
}

// startInstance starts an instance that no visitors are sent to.
func (c *cluster) startInstance(program string) *instance {
	c.t.Helper()
	cmd := exec.Command(program)
	cmd.Dir = c.folder
	cmd.Env = []string{
		"ADDR=127.0.0.1:0", "LOG_FORMAT=json", "SHUTDOWN_DELAY=1s", "TRUSTED_PROXIES=127.0.0.1", "SITE_URL=http://127.0.0.1", "SMTP_URL=print",
		"DATABASE_URL=" + c.postgres.url(), "REDIS_URL=" + c.redis.url(), "SECRET_KEYS=" + strings.Join(c.keys, ","),
	}
	cmd.Env = append(cmd.Env, c.settings...)
	p, err := launch(cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	i := &instance{process: p}
	if err := p.answers(func() error {
		_, rest, _ := strings.Cut(p.log.String(), "listening on http://")
		host, _, complete := strings.Cut(rest, "\n")
		if i.host = host; !complete {
			return errors.New("it does not listen yet")
		}
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
	return i
}

// end stops an instance gently.
func (c *cluster) end(i *instance) {
	c.t.Helper()
	if err := i.signal(syscall.SIGTERM); err != nil {
		c.t.Error(err)
	}
	i.check(c.t)
}

// check fails the test if the log tells of a panic. Of a test that has failed it shows what went wrong
// in the instance.
func (i *instance) check(t *testing.T) {
	shown := 0
	lines := bufio.NewScanner(strings.NewReader(i.log.String()))
	for lines.Scan() {
		var line struct{ Level, Msg string }
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case err != nil: // what it says at the start
		case line.Msg == "panic":
			t.Errorf("%s: %s", i.host, lines.Text())
		case line.Level == "ERROR" && t.Failed() && shown < 5:
			t.Logf("%s: %s", i.host, lines.Text())
			shown++
		}
	}
}

// deploy puts instances of the program in the place of others, without a gap: each new one is ready
// before an old one is told to stop, and that one goes on until the balancer knows.
func (c *cluster) deploy(program string, old ...*instance) {
	c.t.Helper()
	var ends sync.WaitGroup
	for _, i := range old {
		c.add(program)
		ends.Go(func() {
			c.end(i)
			c.balancer.remove(i.host)
		})
	}
	ends.Wait()
	c.instances = slices.DeleteFunc(c.instances, func(i *instance) bool { return slices.Contains(old, i) })
}
