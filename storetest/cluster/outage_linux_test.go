package cluster

import (
	"syscall"
	"testing"
	"time"
)

// An instance is killed while everybody is at work, and those who are remembered come back from a
// closed browser each time, with cookies that are being replaced. Nobody notices.
func TestAnInstanceIsKilledUnderLoad(t *testing.T) {
	c := newCluster(t)
	visitors := c.visitors()
	l := startLoad(t, visitors, func(i int, v *visitor) {
		if remembered(i) {
			v.closeBrowser()
		}
	})
	for range 3 {
		l.more(100)
		c.letTimePass(t)
		victim := c.instances[0]
		if err := victim.signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		l.recovered(killed, everybody)
		l.more(100)
		c.balancer.remove(victim.host)
		c.instances = c.instances[1:]
		c.add(c.program)
	}
	l.more(100)
	l.stop()
	l.countLost(visitors, everybody)
	t.Logf("kill -9 an instance, three times: %v", &c.figures)
	l.none("login pages", &l.loginPages)
	l.none("times unavailable", &l.unavailable)
}

// With Redis, all sessions are gone. Who is remembered comes back without noticing, others are asked to
// log in.
func TestRedisIsRestartedUnderLoad(t *testing.T) {
	c := newCluster(t)
	visitors := c.visitors()
	l := startLoad(t, visitors, nil)
	l.more(150)
	if err := c.redis.stop(); err != nil {
		t.Fatal(err)
	}
	down := l.unavailable.Load()
	eventually(t, "pages are unavailable", func() bool { return l.unavailable.Load() > down+50 })
	if err := c.redis.start(); err != nil {
		t.Fatal(err)
	}
	up := time.Now()
	l.recovered(up, remembered)
	l.more(200)
	l.stop()
	l.countLost(visitors, remembered)
	t.Logf("restart Redis: %v; half of the visitors are remembered, and came back by themselves", &c.figures)
	for i, v := range visitors {
		switch pages := l.each[i].loginPages.Load(); {
		case remembered(i) && pages > 0:
			t.Errorf("%s is remembered, and was asked to log in", v.name)
		case forgotten(i):
			v.isKnown(t, false)
			v.logIn(false)
			v.isKnown(t, true)
		}
	}
}

// Without PostgreSQL nobody can be told who they are. That is all: nobody is logged out.
func TestPostgresIsStoppedUnderLoad(t *testing.T) {
	c := newCluster(t)
	visitors := c.visitors()
	l := startLoad(t, visitors, nil)
	l.more(150)
	if err := c.postgres.stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.postgres.db.Ping() != nil {
			_ = c.postgres.start()
		}
	})
	down := l.unavailable.Load()
	eventually(t, "pages are unavailable", func() bool { return l.unavailable.Load() > down+100 })
	if err := c.postgres.start(); err != nil {
		t.Fatal(err)
	}
	up := time.Now()
	l.recovered(up, everybody)
	l.more(150)
	l.stop()
	l.countLost(visitors, everybody)
	t.Logf("stop PostgreSQL: %v", &c.figures)
	l.none("login pages", &l.loginPages)
	for _, v := range visitors {
		if a := v.get("/settings"); a.status != 200 {
			t.Errorf("the login of %s is not as fresh as it was: %d %q", v.name, a.status, a.to)
		}
	}
}
