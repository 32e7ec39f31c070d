// Package throttle slows down guessing of passwords, of codes, and of anything else
// that a client may try many times.
//
// It counts failures and nothing else. A right password does not count, however often
// it is given. A failure is counted against one or more subjects, and each subject has
// a [Limit]:
//
//	guesses := throttle.New()
//
//	done, err := guesses.Attempt(ctx,
//		guesses.Network.Of(throttle.Network(c.ClientIP())),
//		guesses.Account.Of(email))
//	var wait *throttle.WaitError
//	if errors.As(err, &wait) {
//		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
//		… // 429
//	}
//
// An attempt counts from Attempt until done is called, so a thousand requests at
// the same moment do not all find the limit unused.
//
// # Owners are not locked out
//
// OWASP ASVS 5.0 (6.3.1) asks for controls against guessing, and (6.1.1) that they
// lock no owner out of an account. The two pull in opposite directions: a limit per
// account can be used up by an attacker who will never guess the password. Three
// things keep the owner in:
//
//   - An account is never locked. A new attempt is free after Limit.Every, and
//     attempts that are refused do not put that off.
//   - A browser that has logged in to the account before is a known device. It has
//     limits of its own, Device and Devices, which strangers cannot use up. See
//     [Devices].
//   - A user who is logged in and confirms the password has a limit of its own, User.
//
// What remains: during an attack, an owner with a new device has to try until an
// attempt is free. A site that sends mail can help with a link that makes the new
// device a known one.
//
// NIST SP 800-63B-4 (3.2.2) allows 100 consecutive failures before the password has to
// be disabled. With the default limits strangers need more than seven hours for 100
// failures. This package disables nothing: a site that has to follow NIST to the
// letter counts consecutive failures in its table of users as well.
//
// # Memory and instances
//
// The counts are in memory, and MaxSubjects bounds them. A restart forgives all
// failures. Each of N instances of a site counts for itself, so together they allow N
// times the limit. To share the counts, set Store.
package throttle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Throttle counts failures. Make one with [New], set its fields before the first
// attempt, and keep it: it holds the counts. It is safe for concurrent use.
type Throttle struct {
	// Account limits the failures of strangers at one account. Its subject is the name
	// that was typed, in the spelling that the site compares, whether the account
	// exists or not: then the wait does not reveal which accounts exist. The default
	// is 10, then one every 5 minutes: enough for an owner to try several passwords.
	Account Limit

	// Network limits the failures from one network, at all accounts together. It
	// stops a client that tries one password with every account. Its subject is what
	// the function [Network] returns. The default is 50, then one a minute: behind
	// one address there may be an office or a village.
	Network Limit

	// Device limits the failures on one known device: another person may sit at it.
	// Its subject is the ID that [Devices.ID] returns. The default is that of Account.
	Device Limit

	// Devices limits the failures on all known devices of one account together.
	// Without it, a person who knows the password could make many known devices, and
	// guess at the next password with all of them. The default is 50, then one a
	// minute.
	Devices Limit

	// User limits the failures of a user who is logged in and confirms the password.
	// Its subject is the ID of the user. The ID of the session or of the login would
	// be wrong: a user can have a new one at any time. The default is that of Account.
	User Limit

	// MaxSubjects bounds how many subjects are kept in memory, at about 240 bytes
	// each. Beyond it, a new subject replaces one of its own kind that would be
	// forgiven soon. The default is 65536, about 15 MB.
	MaxSubjects int

	// Store keeps the counts instead of the memory, so that several instances of a
	// site share them. The default is nil: in memory.
	Store Store

	// Now is the clock. The default is time.Now.
	Now func() time.Time

	mu      sync.Mutex
	buckets map[key]*bucket
	swept   time.Time
}

// New returns a Throttle with the default limits.
func New() *Throttle {
	return &Throttle{
		Account:     Limit{"account", 10, 5 * time.Minute},
		Network:     Limit{"network", 50, time.Minute},
		Device:      Limit{"device", 10, 5 * time.Minute},
		Devices:     Limit{"devices", 50, time.Minute},
		User:        Limit{"user", 10, 5 * time.Minute},
		MaxSubjects: 1 << 16,
		Now:         time.Now,
		buckets:     map[key]*bucket{},
	}
}

// A Limit is how often subjects of one kind may fail. A site can have limits of
// its own besides those of [Throttle], for registrations or for codes:
//
//	registrations := throttle.Limit{Name: "registration", Failures: 20, Every: time.Minute}
type Limit struct {
	Name     string        // of the kind; subjects of different kinds are counted separately
	Failures int           // as many at once, at least 1,
	Every    time.Duration // and one more after each such time; at least a millisecond
}

// Of returns the subject of this kind with that name. Names may have any length and
// hold what people type: only a hash of a name is kept.
func (l Limit) Of(name string) Subject { return Subject{l, name} }

// check returns an error that says which field is out of its range.
func (l Limit) check() error {
	if l.Failures < 1 {
		return fmt.Errorf("throttle: limit %q: Failures is %d, want at least 1", l.Name, l.Failures)
	}
	if l.Every < time.Millisecond {
		return fmt.Errorf("throttle: limit %q: Every is %v, want at least 1ms", l.Name, l.Every)
	}
	return nil
}

// A Subject is what failures are counted against: an account, a network, a device.
// [Limit.Of] makes one.
type Subject struct {
	limit Limit
	name  string
}

// A WaitError is the error of [Throttle.Attempt] when a subject has failed too often.
type WaitError struct {
	Limit Limit         // of the subject that has to wait
	After time.Duration // how long until another attempt may begin
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("throttle: too many failures (%s): wait for %v", e.Limit.Name, e.After)
}

// Seconds returns the wait for the header Retry-After: in whole seconds, rounded up.
func (e *WaitError) Seconds() int { return int(math.Ceil(e.After.Seconds())) }

var errNotNew = errors.New("throttle: MaxSubjects or Now is not set: make a Throttle with New")

// Attempt asks whether all subjects may try now. If so, try, and call done once with
// whether that failed. Only a wrong password is a failure: an outage is not. Defer the
// call, so that a panic does not leave the attempt under way for ever:
//
//	failed := false
//	defer func() { done(failed) }()
//
// If a subject has to wait, the error is a [*WaitError], and the attempt is not
// counted against any subject. Other errors are those of the Store, or name the field
// of a limit that is out of range.
//
// The order of the subjects decides which of them the error names. Put the network
// first and the account second.
func (t *Throttle) Attempt(ctx context.Context, subjects ...Subject) (done func(failed bool), err error) {
	if t.MaxSubjects < 1 || t.Now == nil || t.buckets == nil {
		return nil, errNotNew
	}
	for _, s := range subjects {
		if err := s.limit.check(); err != nil {
			return nil, err
		}
	}
	var settle func(failed bool)
	if t.Store != nil {
		settle, err = t.attemptInStore(ctx, subjects)
	} else {
		settle, err = t.attemptInMemory(subjects)
	}
	if err != nil {
		return nil, err
	}
	var once sync.Once // a deferred call and another one are one attempt
	return func(failed bool) { once.Do(func() { settle(failed) }) }, nil
}
