package throttle

import (
	"crypto/sha256"
	"time"

	"golang.org/x/time/rate"
)

// A key identifies a subject without its name. Names have any length, and people
// type their password where their e-mail address belongs.
type key [sha256.Size]byte

func (s Subject) key() key { return sha256.Sum256([]byte(s.limit.Name + "\x00" + s.name)) }

// A bucket is the count of one subject.
type bucket struct {
	limit    string        // its name
	failures *rate.Limiter // each token is a failure that is still allowed
	trying   int           // attempts under way; each of them may fail
}

// wait returns how long it is until another attempt may begin.
func (b *bucket) wait(now time.Time) time.Duration {
	left := b.failures.TokensAt(now)
	const rounding = 1e-6
	switch {
	case left-float64(b.trying) >= 1-rounding:
		return 0
	case left >= 1: // it depends on the attempts under way, which take no longer than this
		return time.Second
	}
	return time.Duration((1 - left) / float64(b.failures.Limit()) * float64(time.Second))
}

// forgiven returns how long it is until all failures are forgiven.
func (b *bucket) forgiven(now time.Time) time.Duration {
	failed := float64(b.failures.Burst()) - b.failures.TokensAt(now)
	return time.Duration(failed / float64(b.failures.Limit()) * float64(time.Second))
}

// unused reports whether b equals a new bucket.
func (b *bucket) unused(now time.Time) bool {
	return b.trying == 0 && b.failures.TokensAt(now) >= float64(b.failures.Burst())
}

func (t *Throttle) attemptInMemory(subjects []Subject) (settle func(failed bool), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.Now()
	trying := make([]*bucket, 0, len(subjects))
	for _, s := range subjects {
		b := t.bucketOf(s, now)
		if wait := b.wait(now); wait > 0 {
			t.settle(trying, false)
			return nil, &WaitError{s.limit, wait}
		}
		b.trying++
		trying = append(trying, b)
	}
	return func(failed bool) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.settle(trying, failed)
	}, nil
}

// settle ends an attempt.
func (t *Throttle) settle(trying []*bucket, failed bool) {
	for _, b := range trying {
		b.trying--
		if failed {
			b.failures.ReserveN(t.Now(), 1)
		}
	}
}

func (t *Throttle) bucketOf(s Subject, now time.Time) *bucket {
	k := s.key()
	b, ok := t.buckets[k]
	if !ok {
		t.makeRoom(now, s.limit.Name)
		b = &bucket{limit: s.limit.Name, failures: rate.NewLimiter(rate.Every(s.limit.Every), s.limit.Failures)}
		t.buckets[k] = b
	}
	return b
}

// makeRoom makes room for another bucket of the limit with that name. It drops the unused ones first. If there
// are none, it drops others: forgiving a few failures is better than refusing every
// attempt, and better than running out of memory.
func (t *Throttle) makeRoom(now time.Time, limit string) {
	if len(t.buckets) < t.MaxSubjects {
		return
	}
	if now.Sub(t.swept).Abs() >= time.Minute { // not for each request of a flood
		t.swept = now
		for k, b := range t.buckets {
			if b.unused(now) {
				delete(t.buckets, k)
			}
		}
	}
	for len(t.buckets) >= t.MaxSubjects {
		k, found := t.soonestForgiven(now, limit)
		if !found {
			return
		}
		delete(t.buckets, k)
	}
}

// soonestForgiven returns the bucket that is forgiven soonest, among a few in the map's random order. Any
// bucket would make room. But then an attacker who has used up the failures of an account could have them
// forgiven by a flood of subjects that fail once each. With this rule such a flood drops its own buckets: a
// subject stays longer only if it fails more often, and most failures cost a hash.
//
// Buckets of the new subject's own limit come first: a failure of another limit may cost the attacker nothing
// and be forgiven later, for instance a mail to an address.
func (t *Throttle) soonestForgiven(now time.Time, limit string) (soonest key, found bool) {
	const enough = 8
	var least time.Duration
	var own bool // the soonest is of that limit
	looked := 0
	for k, b := range t.buckets {
		if b.trying > 0 {
			continue
		}
		d, same := b.forgiven(now), b.limit == limit
		if !found || same && !own || same == own && d < least {
			soonest, least, own, found = k, d, same, true
		}
		if looked++; looked == enough {
			break
		}
	}
	return soonest, found
}
