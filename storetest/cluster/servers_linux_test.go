package cluster

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/gomodule/redigo/redis"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// postgresServer is a PostgreSQL of the tests' own.
type postgresServer struct {
	*process
	folder, port string
	binary       string
	owner        *syscall.Credential // nil: whoever runs the tests
	db           *sql.DB
}

// newPostgres makes a cluster of databases, in PostgreSQL's sense of the word, and starts it.
func newPostgres(folder string) (*postgresServer, error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &postgresServer{folder: folder, port: port, binary: filepath.Join(filepath.Dir(initdb), "postgres")}
	if os.Geteuid() == 0 {
		if p.owner, err = credential("postgres"); err != nil {
			return nil, err
		}
		if err := os.Chown(folder, int(p.owner.Uid), int(p.owner.Gid)); err != nil {
			return nil, err
		}
	}
	out, err := p.command(initdb, "-D", p.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if p.db, err = sql.Open("pgx", p.url()); err != nil {
		return nil, err
	}
	return p, p.start()
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// command is one of PostgreSQL's programs, as the user that it runs as.
func (p *postgresServer) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = p.folder, []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner}
	return cmd
}

func (p *postgresServer) data() string { return filepath.Join(p.folder, "data") }
func (p *postgresServer) url() string {
	return "postgres://postgres@127.0.0.1:" + p.port + "/postgres"
}

// start starts the server and waits until it answers.
func (p *postgresServer) start() (err error) {
	p.process, err = launch(p.command(p.binary, "-D", p.data(), "-p", p.port, "-k", p.folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"))
	if err != nil {
		return err
	}
	return p.answers(func() error { return p.db.PingContext(context.Background()) })
}

// stop stops the server at once, whatever is under way.
func (p *postgresServer) stop() error { return p.signal(syscall.SIGQUIT) }

// redisServer is a Redis of the tests' own. It keeps nothing on disk.
type redisServer struct {
	*process
	folder, port, binary string
}

func newRedis(folder string) (*redisServer, error) {
	binary, err := program("redis-server")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &redisServer{folder: folder, port: port, binary: binary}
	return r, r.start()
}

func (r *redisServer) url() string { return "redis://127.0.0.1:" + r.port + "/0" }

func (r *redisServer) start() (err error) {
	r.process, err = launch(exec.Command(r.binary, "--bind", "127.0.0.1", "--port", r.port, "--dir", r.folder,
		"--save", "", "--appendonly", "no"))
	if err != nil {
		return err
	}
	return r.answers(func() error {
		conn, err := redis.DialURL(r.url())
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Do("PING")
		return err
	})
}

func (r *redisServer) stop() error { return r.signal(syscall.SIGKILL) }
