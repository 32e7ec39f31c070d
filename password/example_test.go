package password_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginlogin/ginlogin/password"
)

// A login that treats an unknown name as it treats a wrong password, and renews
// the hashes it finds to be out of date.
func Example() {
	ctx := context.Background() // in a handler: c.Request.Context()

	// Stands for a table of accounts; this one comes from an older site.
	hashes := map[string]string{
		"ada": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	}

	login := func(name, typed string) string {
		renew, err := password.Verify(ctx, hashes[name], typed) // "" if there is no such name
		if errors.Is(err, password.ErrMismatch) {
			return "wrong name or password"
		}
		if err != nil {
			return "cannot log in just now" // and log err
		}
		if renew {
			if hash, err := password.Hash(ctx, typed); err == nil {
				hashes[name] = hash
			}
		}
		return "welcome"
	}

	fmt.Println(login("eve", "U*U"))
	fmt.Println(login("ada", "guess"))
	fmt.Println(login("ada", "U*U"))
	fmt.Println(hashes["ada"][:31])
	fmt.Println(login("ada", "U*U"))
	// Output:
	// wrong name or password
	// wrong name or password
	// welcome
	// $argon2id$v=19$m=19456,t=2,p=1$
	// welcome
}

// The hash goes into a text column; 97 characters with the default parameters.
func ExampleHash() {
	hash, err := password.Hash(context.Background(), "correct horse battery staple")
	if err != nil {
		fmt.Println(err) // password.ErrTooLong, or the request has ended
		return
	}
	fmt.Println(len(hash))
	// Output: 97
}

// A test suite hashes with parameters that cost next to nothing.
func ExampleHasher() {
	passwords := password.New()
	passwords.Memory = 64
	passwords.Time = 1

	hash, _ := passwords.Hash(context.Background(), "correct horse battery staple")
	renew, err := passwords.Verify(context.Background(), hash, "correct horse battery staple")
	fmt.Println(renew, err)
	// Output: false <nil>
}

// A new password has a least length, and is none of the commonest.
func ExampleCommon() {
	for _, chosen := range []string{"Password1!", "correct horse battery staple"} {
		fmt.Printf("%s: %t\n", chosen, password.Common(chosen))
	}
	// Output:
	// Password1!: true
	// correct horse battery staple: false
}
