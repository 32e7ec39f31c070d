package throttle

import (
	"context"
	"encoding/hex"
	"errors"
	"time"
)

// A Store keeps the counts for several instances of a site, in a database or in
// Redis. It has no rules of its own: it keeps one number for each key, the moment at
// which all failures are forgiven, in milliseconds of Unix time.
//
// A key is 64 hexadecimal digits, a hash of the limit's name and the subject's. Anyone who
// can read the store can test guesses against it, so protect it like the table of users.
//
// The rate of attempts in the store is bounded by the limits: an attempt that is
// refused reads once for each subject and writes nothing.
type Store interface {
	// Load returns the number of key, or 0 if there is none.
	Load(ctx context.Context, key string) (int64, error)

	// Swap replaces old by new, in one atomic step, and reports whether it did: false if
	// the number is no longer old. An old of 0 means that there is no number. The store
	// may delete the key once the moment new has passed.
	Swap(ctx context.Context, key string, old, new int64) (swapped bool, err error)
}

// A lost swap is read and judged again. Only attempts that are allowed or taken back
// write, so under a flood a subject loses about as many swaps as its limit has failures.
// More lost swaps mean that the store never swaps.
const maxSwaps = 1000

var errNeverSwaps = errors.New("throttle: the Store's Swap never replaced the number: it has to report true when it does")

// returnTimeout bounds taking an attempt back, which a client must not stop by hanging up.
const returnTimeout = 5 * time.Second

// attemptInStore counts the attempt as a failure at once, and takes that back if it
// succeeds. Then attempts under way on all instances count, and an instance that stops in
// the middle forgives nothing.
func (t *Throttle) attemptInStore(ctx context.Context, subjects []Subject) (settle func(failed bool), err error) {
	taken := make([]Subject, 0, len(subjects))
	giveBack := func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnTimeout)
		defer cancel()
		for _, s := range taken {
			// An error is not reported: the attempt has been made, and stays counted as a
			// failure, which is the safe side.
			_ = s.giveBack(ctx, t.Store)
		}
	}
	for _, s := range subjects {
		wait, err := s.take(ctx, t.Store, t.Now())
		if err != nil || wait > 0 {
			giveBack()
		}
		if err != nil {
			return nil, err
		}
		if wait > 0 {
			return nil, &WaitError{s.limit, wait}
		}
		taken = append(taken, s)
	}
	return func(failed bool) {
		if !failed {
			giveBack()
		}
	}, nil
}

// storeKey is the key of the subject in a Store.
func (s Subject) storeKey() string {
	k := s.key()
	return hex.EncodeToString(k[:])
}

// take counts one failure, or returns how long it is until that is allowed.
func (s Subject) take(ctx context.Context, store Store, now time.Time) (wait time.Duration, err error) {
	err = swap(ctx, store, s.storeKey(), func(forgiven int64) (int64, bool) {
		var next int64
		next, wait = s.limit.after(forgiven, now.UnixMilli())
		return next, wait == 0
	})
	return wait, err
}

// giveBack takes one failure back.
func (s Subject) giveBack(ctx context.Context, store Store) error {
	return swap(ctx, store, s.storeKey(), func(forgiven int64) (int64, bool) {
		// Without a number all is forgiven already.
		return forgiven - s.limit.Every.Milliseconds(), forgiven != 0
	})
}

// after returns the moment at which all is forgiven once there is another failure,
// and how long it is until that failure is allowed. This is the generic cell rate
// algorithm.
func (l Limit) after(forgiven, now int64) (next int64, wait time.Duration) {
	every := l.Every.Milliseconds()
	next = max(forgiven, now) + every
	return next, max(0, time.Duration(next-now-int64(l.Failures)*every)*time.Millisecond)
}

// swap replaces the number of key by what judge returns, unless that reports false.
func swap(ctx context.Context, store Store, key string, judge func(old int64) (new int64, ok bool)) error {
	for range maxSwaps {
		old, err := store.Load(ctx, key)
		if err != nil {
			return err
		}
		new, ok := judge(old)
		if !ok {
			return nil
		}
		swapped, err := store.Swap(ctx, key, old, new)
		if err != nil || swapped {
			return err
		}
	}
	return errNeverSwaps
}
