// Bench races ginlogin against its peers and against a cookie check written by
// hand for speed, all in one run, and prints what each request costs.
//
//	go run ./bench            # from the root of the repository; about four minutes
//	go run ./bench -rounds 31 # a first impression
//	go run ./bench -write     # and put the tables and the plot into bench/
//
// Redis and PostgreSQL are taken from REDIS_URL and POSTGRES_URL, by default
// those of this machine; without them their rows are left out.
//
// The module also pins the tools that check ginlogin's code. It is a module of its
// own, so that users of ginlogin download none of it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/bench/internal/paper"
)

func main() {
	rounds := flag.Int("rounds", 301, "how many batches each entrant runs")
	batch := flag.Duration("batch", 2*time.Millisecond, "how long a batch takes")
	write := flag.Bool("write", false, "write the tables into README.md and the plot into plot.svg")
	flag.Parse()
	quiet()
	if err := run(*rounds, *batch, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds int, batch time.Duration, write bool) error {
	servers, closeServers := openServers()
	defer closeServers()
	races := allRaces(servers)
	for _, race := range races {
		fmt.Fprintln(os.Stderr, race.title)
		if err := race.run(rounds, batch); err != nil {
			return fmt.Errorf("%s: %w", race.title, err)
		}
	}
	report := newReport(races, servers, rounds, batch)
	if _, err := os.Stdout.WriteString(report.markdown()); err != nil || !write {
		return err
	}
	dir, err := home()
	if err != nil {
		return err
	}
	return errors.Join(
		paper.ReplaceIn(filepath.Join(dir, "README.md"), "./bench", report.markdown()),
		os.WriteFile(filepath.Join(dir, "plot.svg"), report.plot(), 0o644),
	)
}

// home returns the directory of this command: it is started there or in the root
// of the repository.
func home() (string, error) {
	for _, dir := range []string{".", "bench"} {
		if _, err := os.Stat(filepath.Join(dir, "race.go")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("run it in the root of the repository, or in bench")
}

// quiet has log lines formatted and thrown away, as a server does that writes
// them: io.Discard would spare the formatting.
func quiet() {
	gin.SetMode(gin.ReleaseMode)
	log.SetOutput(nowhere{})
	slog.SetDefault(slog.New(slog.NewTextHandler(nowhere{}, nil)))
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
