package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ginlogin/ginlogin/throttle"
)

var errWrongPassword = errors.New("wrong password")

// A login that allows a browser it does not know ten wrong passwords, and then one every five minutes. A
// browser that has logged in before is not slowed down by the failures of strangers.
func Example() {
	guesses := throttle.New()
	guesses.Now = func() time.Time { return time.Unix(1_700_000_000, 0) } // for the output
	devices := throttle.NewDevices([]byte("a secret key of thirty-two bytes"))

	const userID, passwordHash = "1", "$argon2id$…"
	authenticate := func(password string) error { // by the table of users
		if password != "correct horse" {
			return errWrongPassword
		}
		return nil
	}

	login := func(ctx context.Context, email, password, ip, deviceCookie string) (err error) {
		subjects := []throttle.Subject{guesses.Network.Of(throttle.Network(ip)), guesses.Account.Of(email)}
		if device, ok := devices.ID(deviceCookie, userID, passwordHash); ok {
			subjects = []throttle.Subject{guesses.Device.Of(device), guesses.Devices.Of(userID)}
		}
		done, err := guesses.Attempt(ctx, subjects...)
		if err != nil {
			return err
		}
		defer func() { done(errors.Is(err, errWrongPassword)) }()
		return authenticate(password)
	}

	ctx := context.Background() // in a handler: c.Request.Context()
	for range 10 {
		_ = login(ctx, "ada@example.com", "a guess", "192.0.2.1", "")
	}
	err := login(ctx, "ada@example.com", "correct horse", "198.51.100.7", "")
	var wait *throttle.WaitError
	if errors.As(err, &wait) {
		fmt.Println("429, Retry-After:", wait.Seconds())
	}
	known := devices.New(userID, passwordHash) // the cookie of a browser that has logged in before
	fmt.Println(login(ctx, "ada@example.com", "correct horse", "198.51.100.7", known))
	// Output:
	// 429, Retry-After: 300
	// <nil>
}

// A site has limits of its own. Each registration counts, whatever becomes of it.
func ExampleLimit() {
	guesses := throttle.New()
	registrations := throttle.Limit{Name: "registration", Failures: 2, Every: time.Minute}

	for range 3 {
		done, err := guesses.Attempt(context.Background(), registrations.Of(throttle.Network("2001:db8::1")))
		var wait *throttle.WaitError
		if errors.As(err, &wait) {
			fmt.Println("wait for", wait.After.Round(time.Second))
			continue
		}
		done(true)
		fmt.Println("registered")
	}
	// Output:
	// registered
	// registered
	// wait for 1m0s
}
