package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// The demo account, for a first look. Everybody may know its password: anybody can register, so it
// opens nothing that is not open anyway.
const (
	demoEmail    = "demo@example.com"
	demoPassword = "look-around-a-little"
)

// demoAccount makes sure that there is the demo account, and says how to log in to it.
func (us *Users) demoAccount(ctx context.Context) (string, error) {
	return us.demo(ctx, demoEmail, "Demo", demoPassword, roleMember)
}

// demoAdmin makes sure that there is a first administrator, and says how to log in. Nobody may guess
// that password. It comes of the secret key: so it is another one on every site, is the same at every
// start, and is written down nowhere; and who has the key can log in as anybody anyway.
func (us *Users) demoAdmin(ctx context.Context, key []byte) (string, error) {
	secret, err := hkdf.Key(sha256.New, key, nil, "ginlogin example: password of the first administrator", 10)
	if err != nil {
		return "", err
	}
	return us.demo(ctx, "admin@example.com", "Admin", hex.EncodeToString(secret), roleAdmin)
}

func (us *Users) demo(ctx context.Context, email, name, password, role string) (string, error) {
	_, err := us.create(ctx, email, name, password, role)
	if errors.Is(err, errEmailTaken) {
		_, err = us.Authenticate(ctx, email, password)
	}
	if errors.Is(err, errWrongCredentials) {
		return email + " (its password has been changed)", nil
	}
	return email + " " + password, err
}
