// Load puts the example under load, and says what comes of it.
//
//	go run ./bench/load                      # from the root of the repository; about twenty minutes
//	go run ./bench/load -duration 2s -soak 0 # a first impression
//	go run ./bench/load -write               # and put the tables into bench/load/README.md
//
// It builds the example and starts it: once as it comes, with SQLite and sessions in cookies, then
// one and three of it on PostgreSQL and Redis behind a proxy. PostgreSQL is taken from POSTGRES_URL, by
// default that of this machine, where it gets a schema of its own that is removed at the end; redis-server
// is started. Without them only the first is measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ginlogin/ginlogin/bench/internal/paper"
)

// plan is what is to be measured.
type plan struct {
	connections  []int
	duration     time.Duration // of each measurement
	soak         time.Duration // at least so long,
	soakRequests int           // and so many requests
	alone        bool          // without servers
}

func main() {
	connections := flag.String("connections", "1,16,64,256", "how many connections at once, separated by commas")
	duration := flag.Duration("duration", 10*time.Second, "how long each measurement takes")
	soak := flag.Duration("soak", 5*time.Minute, "how long the soak of one instance takes at least; 0 leaves it out")
	requests := flag.Int("requests", 1_000_000, "how many requests the soak takes at least")
	alone := flag.Bool("alone", false, "measure only one instance, on SQLite and cookies")
	write := flag.Bool("write", false, "write the tables into README.md")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	counts, err := parseCounts(*connections)
	if err == nil {
		err = run(ctx, plan{counts, *duration, *soak, *requests, *alone}, *write)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func parseCounts(list string) (counts []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-connections: %q is not a number of connections", text)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

func run(ctx context.Context, p plan, write bool) error {
	dir, err := os.MkdirTemp("", "ginlogin_load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := build(ctx, dir)
	if err != nil {
		return err
	}
	setups, closeServers, missing := allSetups(ctx, p, dir)
	defer closeServers()
	r := &report{date: time.Now(), plan: p, missing: missing}
	for _, s := range setups {
		figures, err := s.measure(ctx, p, binary, filepath.Join(dir, strconv.Itoa(len(r.setups))))
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.setups = append(r.setups, figures)
	}
	fmt.Print(r.markdown())
	if !write {
		return nil
	}
	file, err := readme()
	if err != nil {
		return err
	}
	return paper.ReplaceIn(file, "./bench/load", r.markdown())
}

// readme finds the file: the command is started in its directory, in bench, or in the root of the
// repository.
func readme() (string, error) {
	for _, dir := range []string{".", "load", "bench/load"} {
		if _, err := os.Stat(filepath.Join(dir, "hammer.go")); err == nil {
			return filepath.Join(dir, "README.md"), nil
		}
	}
	return "", fmt.Errorf("run it in the root of the repository, or in bench/load")
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
