package main

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A throttle slows down those who guess passwords. It counts failures and nothing else: who gives the
// right password uses nothing up, however often. A registration is counted like a failure, whatever
// becomes of it.
//
// The counting is done by golang.org/x/time/rate: by the Go team, under Go's own licence, released
// several times a year, without dependencies. What else was looked at either counts every request,
// because it is made to stand in front of handlers (httprate, tollbooth), or has not been released for
// years (go-limiter, ulule/limiter), or brings several clients for Redis along (throttled). That package
// leaves it to us to keep a limiter for each suspect, and to bound how many there are.
//
// It is all in memory: a restart forgives everybody, and several instances of a site count each for
// itself. If that is too lenient for you, count in the database.
type throttle struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
	swept   time.Time
}

func newThrottle() *throttle {
	return &throttle{now: time.Now, buckets: map[bucketKey]*bucket{}}
}

// A suspect is whom failures are put down to. What kind of suspect it is decides how many.
type suspect struct {
	kind *suspectKind
	name string
}

type suspectKind struct {
	what  string
	burst int           // so many failures at once,
	every time.Duration // and then one more each time that so long has passed
}

// bucketKey does not hold the name: those are of any length, and people type their password where
// their e-mail address should be.
type bucketKey [sha256.Size]byte

func (s suspect) key() bucketKey { return sha256.Sum256([]byte(s.kind.what + "\x00" + s.name)) }

// bucket is what is left to one suspect.
type bucket struct {
	failures *rate.Limiter // each token in it is a failure that is still allowed
	trying   int           // attempts under way; each of them may turn out to be a failure
}

// wait returns how long it is until another attempt may begin.
func (b *bucket) wait(now time.Time) time.Duration {
	left := b.failures.TokensAt(now)
	const rounding = 1e-6
	switch {
	case left-float64(b.trying) >= 1-rounding:
		return 0
	case left >= 1: // it depends on those under way, which take no longer than this
		return time.Second
	}
	return time.Duration((1 - left) / float64(b.failures.Limit()) * float64(time.Second))
}

// guilt returns how long it is until all failures are forgiven.
func (b *bucket) guilt(now time.Time) time.Duration {
	failed := float64(b.failures.Burst()) - b.failures.TokensAt(now)
	return time.Duration(failed / float64(b.failures.Limit()) * float64(time.Second))
}

// unused reports whether b is as good as a new one.
func (b *bucket) unused(now time.Time) bool {
	return b.trying == 0 && b.failures.TokensAt(now) >= float64(b.failures.Burst())
}

// tooManyError says that an attempt has to wait.
type tooManyError struct {
	kind *suspectKind
	wait time.Duration
}

func (e *tooManyError) Error() string {
	return fmt.Sprintf("too many attempts (%s): wait for %v", e.kind.what, e.wait)
}

// seconds is the wait as Retry-After has it.
func (e *tooManyError) seconds() int { return int(math.Ceil(e.wait.Seconds())) }

// attempt asks whether all these suspects may try a password, and returns a *tooManyError if they may
// not. Who may has to call done with how it went. An attempt counts from here on until done is
// called, so that a thousand that are made at the same moment do not all find the buckets full.
func (t *throttle) attempt(suspects ...suspect) (done func(failed bool), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	trying := make([]*bucket, 0, len(suspects))
	done = func(failed bool) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.settle(trying, failed)
	}
	for _, s := range suspects {
		b := t.bucketOf(s, now)
		if wait := b.wait(now); wait > 0 {
			t.settle(trying, false)
			return nil, &tooManyError{s.kind, wait}
		}
		b.trying++
		trying = append(trying, b)
	}
	return done, nil
}

// settle ends an attempt.
func (t *throttle) settle(trying []*bucket, failed bool) {
	for _, b := range trying {
		b.trying--
		if failed {
			b.failures.ReserveN(t.now(), 1)
		}
	}
}

func (t *throttle) bucketOf(s suspect, now time.Time) *bucket {
	key := s.key()
	b, ok := t.buckets[key]
	if !ok {
		t.makeRoom(now)
		b = &bucket{failures: rate.NewLimiter(rate.Every(s.kind.every), s.kind.burst)}
		t.buckets[key] = b
	}
	return b
}

// maxBuckets bounds the memory of a throttle, to about 15 MB. It takes that many suspects within the
// time in which they are forgiven to reach it.
const maxBuckets = 1 << 16

// makeRoom makes room for another bucket. First it drops those that are as good as new. If that is
// not enough, it drops others: that forgives somebody, and that is better than to turn everybody away,
// or to run out of memory.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.buckets) < maxBuckets {
		return
	}
	if now.Sub(t.swept) >= time.Minute { // not for every request of a flood
		t.swept = now
		for key, b := range t.buckets {
			if b.unused(now) {
				delete(t.buckets, key)
			}
		}
	}
	for len(t.buckets) >= maxBuckets {
		key, found := t.leastGuilty(now)
		if !found {
			return
		}
		delete(t.buckets, key)
	}
}

// leastGuilty returns the bucket that has the least to forgive among a few, as the map happens to hand
// them out. Any bucket would do to make room; but then somebody who has used up the failures of an
// account could have them forgiven, with a flood of suspects that fail once each. As it is, the flood
// pushes out its own. Each suspect of a flood that is to weigh more has to fail more often, and most
// failures cost a hash.
func (t *throttle) leastGuilty(now time.Time) (least bucketKey, found bool) {
	const enough = 8
	var guilt time.Duration
	looked := 0
	for key, b := range t.buckets {
		if b.trying > 0 {
			continue
		}
		if g := b.guilt(now); !found || g < guilt {
			least, guilt, found = key, g, true
		}
		if looked++; looked == enough {
			break
		}
	}
	return least, found
}
