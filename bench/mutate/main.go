// Mutate checks the tests of a package: it changes one point of the code at a time
// and reports the changes that no test notices.
//
//	go run ./bench/mutate ./internal/login                     # every mutant
//	go run ./bench/mutate -n 150 -seed 7 ./internal/login      # 150 of them, always the same
//	go run ./bench/mutate -by ". ./internal/visit" -skip Slow ./internal/visit   # judged by the tests of two packages
//	go run ./bench/mutate -test "go test . ./loginsql" .       # judged by another command, which is slow
//
// The mutants are negated conditions, exchanged comparisons, && for ||, + for -, a ! that
// is removed, numbers that are one off, true for false, and statements that are
// not carried out. Texts, comments and log calls stay as they are. A mutant that
// does not compile does not count. One whose tests fail, crash or hang is noticed.
// The others are printed as
//
//	file:line: before → after
//
// A mutant that means the same as the original cannot be noticed. Put its line into
// a file and name it with -equivalent: it is listed apart and does not count.
//
// The tests run with -short. All mutants of a package are compiled into one test binary,
// and only the tests run that call the changed function: what a mutant takes is the
// time of these. The working tree is never changed: the go command reads the mutants by
// -overlay.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"
)

// An order is what the command line asks for.
type order struct {
	packages   []string
	most       int // mutants; 0 is all
	seed       uint64
	timeout    time.Duration // of the tests of one mutant; 0 is tenfold what the original takes
	command    []string      // the tests; none: those of judges
	judges     []string      // the packages whose tests judge; none: the package itself
	skip       *regexp.Regexp
	equivalent string    // file
	atOnce     int       // mutants; 0 is one
	progress   io.Writer // gets each survivor as soon as it is known; may be nil
}

func main() {
	var o order
	flag.IntVar(&o.most, "n", 0, "how many mutants to try, chosen at random; 0 is all")
	flag.Uint64Var(&o.seed, "seed", 1, "chooses which")
	flag.DurationVar(&o.timeout, "timeout", 0, "how long the tests of a mutant may take; 0 is ten times as long as without a change, and ten seconds at least")
	test := flag.String("test", "", "the command that runs the tests, such as \"go test ./internal/login\"; the default is the package's own tests, which is faster")
	by := flag.String("by", "", "the directories of the packages whose tests judge, with blanks between; the default is the package itself")
	skip := flag.String("skip", "", "a pattern of tests that are left out, as for go test")
	flag.StringVar(&o.equivalent, "equivalent", "", "file with the lines of mutants that mean the same as the original")
	flag.IntVar(&o.atOnce, "j", 2, "how many mutants to try at a time; the tests of each may use all processors")
	verbose := flag.Bool("v", false, "print each survivor on standard error as soon as it is known")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./bench/mutate [flags] PACKAGE_DIR...")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.packages, o.command = flag.Args(), strings.Fields(*test)
	o.judges = strings.Fields(*by)
	if *skip != "" {
		o.skip = regexp.MustCompile(*skip)
	}
	if *verbose {
		o.progress = os.Stderr
	}
	if len(o.packages) == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func (o order) run(ctx context.Context, out io.Writer) error {
	equivalent, err := readEquivalent(o.equivalent)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var mutants []mutant
	trials := map[string]*trial{}
	for _, dir := range o.packages {
		found, err := mutantsOf(dir)
		if err != nil {
			return err
		}
		mutants = append(mutants, found...)
		if trials[dir], err = newTrial(ctx, o, dir, work, found); err != nil {
			return err
		}
	}
	shuffle(mutants, o.seed)
	results, err := o.tryAll(ctx, mutants, trials)
	if err != nil {
		return err
	}
	return newSummary(results, equivalent, mutants).print(out)
}

func shuffle(mutants []mutant, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
}

// A result is what has become of a mutant.
type result struct {
	mutant
	fate
}

// tryAll tries mutants in their order until so many have compiled. Each step waits
// for the mutants in hand, so that the same seed counts the same mutants.
func (o order) tryAll(ctx context.Context, mutants []mutant, trials map[string]*trial) ([]result, error) {
	most := o.most
	if most <= 0 {
		most = len(mutants)
	}
	var counted []result
	for len(mutants) > 0 && len(counted) < most {
		n := min(max(o.atOnce, 1), len(mutants), most-len(counted))
		results, err := tryEach(ctx, mutants[:n], trials)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			if r.fate == doesNotCompile {
				continue
			}
			counted = append(counted, r)
			if r.fate == survived && o.progress != nil {
				fmt.Fprintf(o.progress, "%d: %s\n", len(counted), r)
			}
		}
		mutants = mutants[n:]
	}
	return counted, nil
}

func tryEach(ctx context.Context, mutants []mutant, trials map[string]*trial) ([]result, error) {
	results, errs := make([]result, len(mutants)), make(chan error, len(mutants))
	for i, m := range mutants {
		go func() {
			fate, err := trials[m.dir].try(ctx, m)
			results[i] = result{m, fate}
			errs <- err
		}()
	}
	for range mutants {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	return results, nil
}
