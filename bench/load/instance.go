package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// build builds the example.
func build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "example")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/ginlogin/ginlogin/example").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the example: %w\n%s", err, out)
	}
	return binary, nil
}

// An instance is the example, running in a process of its own. Its log is formatted, written and
// lost.
type instance struct {
	cmd              *exec.Cmd
	address, metrics string
}

// start starts an instance in a directory.
func start(ctx context.Context, binary, dir string, env []string) (*instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary)
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0", "TRUSTED_PROXIES=127.0.0.1",
		"SITE_URL=http://127.0.0.1", "SMTP_URL=print",
	}, env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	i := &instance{cmd: cmd}
	if err := i.readAddresses(out); err != nil {
		return nil, errors.Join(err, i.stop())
	}
	go io.Copy(io.Discard, out)
	return i, nil
}

// readAddresses reads what the example says when it starts.
func (i *instance) readAddresses(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for i.address == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "metrics: "); ok {
			i.metrics = url
		}
		if address, ok := strings.CutPrefix(lines.Text(), "listening on http://"); ok {
			i.address = address
		}
	}
	if i.address == "" || i.metrics == "" {
		return errors.New("the example has not said where it listens")
	}
	return nil
}

func (i *instance) stop() error {
	_ = i.cmd.Process.Signal(syscall.SIGTERM)
	if err := i.cmd.Wait(); err != nil {
		return fmt.Errorf("the example: %w", err)
	}
	return nil
}
