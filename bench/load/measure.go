package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figures are what was measured of one setup.
type figures struct {
	setup       setup
	cookies     int   // bytes of the Cookie header of whoever is logged in
	idle        usage // of all, once the visitors have registered
	pages       []load
	logins      []load
	flood       flood
	soak        []sample
	soaked      result
	soakedUsage usage // with all connections closed again
}

// A load is one thing done by so many connections.
type load struct {
	connections int
	result
	processor time.Duration // of the instances, for each request
	peak      usage         // with these connections open
}

// A flood is how long guarded pages took logged-in visitors, without guesses at passwords and with.
type flood struct {
	calm, flooded          result // who come at their own pace
	fullSpeed, drowned     result // and as fast as they can
	guesses, fasterGuesses result
}

// A sample is the usage at a moment of the soak.
type sample struct {
	at       time.Duration
	requests int
	usage
}

// A bench is a setup that runs.
type bench struct {
	plan
	setup     setup
	instances []*instance
	target    string
	visitors  []*visitor
}

func (s setup) measure(ctx context.Context, p plan, binary, dir string) (f figures, err error) {
	b := &bench{plan: p, setup: s}
	defer func() {
		for _, i := range b.instances {
			err = errors.Join(err, i.stop())
		}
	}()
	for n := range s.instances {
		i, err := start(ctx, binary, filepath.Join(dir, strconv.Itoa(n)), s.env)
		if err != nil {
			return f, err
		}
		b.instances = append(b.instances, i)
	}
	b.target = b.instances[0].address
	if s.behind {
		proxy, err := startProxy(b.instances)
		if err != nil {
			return f, err
		}
		defer proxy.server.Close()
		b.target = proxy.address
	}
	progress("%s: registering", s.name)
	if err := b.register(max(slices.Max(p.connections), floodVisitors)); err != nil {
		return f, err
	}
	defer b.hangUp()
	return b.run(ctx)
}

// register makes visitors with accounts, a few at once.
func (b *bench) register(count int) error {
	crowd := strings.ToLower(rand.Text()) // the database may have others
	for number := range count {
		b.visitors = append(b.visitors, newVisitor(b.target, fmt.Sprintf("visitor%d@%s.example", number, crowd), number))
	}
	for group := range slices.Chunk(b.visitors, 8) {
		failed := make(chan error)
		for _, v := range group {
			go func() { failed <- v.register() }()
		}
		var err error
		for range group {
			err = errors.Join(err, <-failed)
		}
		if err != nil {
			return err
		}
	}
	b.hangUp()
	return nil
}

func (b *bench) hangUp() {
	for _, v := range b.visitors {
		v.hangUp()
	}
}

func (b *bench) run(ctx context.Context) (f figures, err error) {
	f.setup, f.cookies = b.setup, len(b.visitors[0].cookieHeader())
	if f.idle, err = usageOf(ctx, b.instances); err != nil {
		return f, err
	}
	for _, n := range b.connections {
		progress("%s: the page at %d connections", b.setup.name, n)
		page, err := b.load(ctx, n, (*visitor).page)
		if err != nil {
			return f, err
		}
		f.pages = append(f.pages, page)
	}
	if f.flood, err = b.flood(ctx); err != nil {
		return f, err
	}
	if b.soak > 0 && b.setup.soaks {
		if err := b.runSoak(ctx, &f); err != nil {
			return f, err
		}
	}
	for _, n := range b.connections {
		progress("%s: logins at %d connections", b.setup.name, n)
		login, err := b.load(ctx, n, (*visitor).logIn)
		if err != nil {
			return f, err
		}
		f.logins = append(f.logins, login)
	}
	return f, nil
}

// load has n visitors do a thing for the time of a measurement.
func (b *bench) load(ctx context.Context, n int, do func(*visitor) error) (load, error) {
	limited, cancel := context.WithTimeout(ctx, b.duration)
	defer cancel()
	before, err := usageOf(ctx, b.instances)
	if err != nil {
		return load{}, err
	}
	l := load{connections: n, result: hammer(limited, b.visitors[:n], 0, do)}
	if l.peak, err = usageOf(ctx, b.instances); err != nil {
		return load{}, err
	}
	spent := time.Duration((l.peak.processor - before.processor) * float64(time.Second))
	l.processor = spent / time.Duration(max(1, len(l.took)+l.errors))
	b.hangUp()
	return l, ctx.Err()
}

const (
	floodVisitors = 16                    // who are logged in,
	floodPace     = 80 * time.Millisecond // and click that often: 200 pages a second
	floodGuessers = 64
)

// floodRounds is how often calm and flood take turns, so that what else the machine does hits both.
const floodRounds = 5

func (b *bench) flood(ctx context.Context) (f flood, err error) {
	if f.calm, f.flooded, f.guesses, err = b.floodedInTurn(ctx, floodPace); err != nil {
		return f, err
	}
	f.fullSpeed, f.drowned, f.fasterGuesses, err = b.floodedInTurn(ctx, 0)
	return f, err
}

func (b *bench) floodedInTurn(ctx context.Context, pace time.Duration) (calm, flooded, guesses result, err error) {
	progress("%s: visitors every %v, without and with a flood of logins in turn", b.setup.name, pace)
	pages := func() result {
		limited, cancel := context.WithTimeout(ctx, b.duration/floodRounds)
		defer cancel()
		return hammer(limited, b.visitors[:floodVisitors], pace, (*visitor).page)
	}
	for range floodRounds {
		calm = merge([]result{calm, pages()})
		guessing, stop := context.WithCancel(ctx)
		guessed := make(chan result)
		go func() { guessed <- hammer(guessing, b.guessers(), 0, (*visitor).guess) }()
		flooded = merge([]result{flooded, pages()})
		stop()
		guesses = merge([]result{guesses, <-guessed})
	}
	return calm, flooded, guesses, ctx.Err()
}

func (b *bench) guessers() (crowd []*visitor) {
	for range floodGuessers {
		crowd = append(crowd, newVisitor(b.target, "", 0))
	}
	return crowd
}

const soakVisitors = 16

// runSoak has visitors read pages, and one log in and out, until there was enough of both time and
// requests.
func (b *bench) runSoak(ctx context.Context, f *figures) error {
	progress("%s: the soak, %v and %d requests", b.setup.name, b.soak, b.soakRequests)
	soaking, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan result, 2)
	var count counter
	go func() { done <- hammer(soaking, b.visitors[:soakVisitors], 0, count.counting((*visitor).page)) }()
	regular := newVisitor(b.target, b.visitors[0].email, 0)
	go func() {
		done <- hammer(soaking, []*visitor{regular}, time.Second, count.counting((*visitor).logInAndOut))
	}()

	began := time.Now()
	every := max(b.soak/10, time.Second)
	for at := began; ; at = at.Add(every) { // the first sample has what was before
		if !sleepUntil(ctx, at) {
			return ctx.Err()
		}
		u, err := usageOf(ctx, b.instances)
		if err != nil {
			return err
		}
		s := sample{time.Since(began), count.value(), u}
		f.soak = append(f.soak, s)
		progress("  %3.0f s: %7d requests, %.1f MB resident, %.0f goroutines", s.at.Seconds(), s.requests, s.resident/1e6, s.goroutines)
		if s.at >= b.soak && s.requests >= b.soakRequests {
			break
		}
		if s.at >= 4*b.soak {
			return fmt.Errorf("the soak has made only %d requests in %v", s.requests, s.at)
		}
	}
	stop()
	f.soaked = merge([]result{<-done, <-done})
	b.hangUp()
	regular.hangUp()
	var err error
	f.soakedUsage, err = usageOf(ctx, b.instances)
	return err
}
