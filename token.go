package ginlogin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// ErrBadToken is what [Tokens.User] returns for an invalid token: forged, expired, for
// another purpose, of a user who no longer exists, or ended by a change of what Until
// returns. A visitor must not learn which of these it is.
var ErrBadToken = errors.New("ginlogin: the token is not valid")

// Tokens make tokens for links in e-mails: to reset a password, to verify an address, to
// log in without a password. A token names a user and is valid for one purpose and a
// limited time. It is not stored, but signed with a key derived from
// LoginManager.SecretKeys.
//
//	var resets = ginlogin.Tokens[*Account]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}
//
// A token is valid until the text that Until returns changes: setting the new password
// ends the link. Two clicks at once both find the token valid: if only one may succeed,
// your database has to decide, by a compare-and-swap.
//
// Let the link lead to a page with a button, and spend the token in its POST: mail
// scanners follow links. Give known and unknown addresses the same answer.
type Tokens[U User] struct {
	// Manager has the keys, the user loader and the clock.
	Manager *LoginManager
	// Purpose is what the tokens are for: a token of one purpose is invalid for any other.
	Purpose string
	// Lifetime is how long a token is valid, a second or more.
	Lifetime time.Duration
	// Until returns the text whose change ends a user's tokens: the address, for its
	// verification; the time of the last login, for a link that logs in. Default: nil,
	// which means the user's [SessionHasher.SessionHash]; a type without one needs Until.
	Until func(u U) string
}

// New returns a token for u, made of letters, digits, '-', '_' and '.'.
func (t *Tokens[U]) New(_ context.Context, u U) (string, error) {
	ring, err := t.ring()
	if err != nil {
		return "", err
	}
	if visit.IsNil(u) || u.GetID() == "" {
		return "", errors.New("ginlogin: Tokens: the user is nil or has no ID")
	}
	until, err := t.until(u)
	if err != nil {
		return "", err
	}
	link := login.Link{UserID: u.GetID(), ExpiresAt: t.Manager.Now().Add(t.Lifetime).Unix(), Until: ring.MAC(untilPrefix + until)}
	return ring.Sign(link.Encode()), nil
}

// User returns the user of a token, active or not: an account may be inactive until its
// address is verified. It returns [ErrBadToken] for an invalid token; any other error is
// an outage or a wrong setting.
func (t *Tokens[U]) User(ctx context.Context, token string) (U, error) {
	var none U
	ring, err := t.ring()
	if err != nil {
		return none, err
	}
	text, _, ok := ring.Verify(token)
	if !ok {
		return none, ErrBadToken
	}
	link, ok := login.DecodeLink(text)
	if !ok || link.Expired(t.Manager.Now().Unix()) {
		return none, ErrBadToken
	}
	found, err := t.Manager.find(ctx, link.UserID)
	if err != nil {
		return none, err
	}
	u, ok := found.(U)
	if !ok {
		return none, ErrBadToken
	}
	until, err := t.until(u)
	if err != nil {
		return none, err
	}
	if ring.Find(untilPrefix+until, link.Until) < 0 {
		return none, ErrBadToken
	}
	return u, nil
}

func (t *Tokens[U]) ring() (*keyring.Ring, error) {
	switch {
	case t.Manager == nil || t.Manager.load == nil:
		return nil, errors.New("ginlogin: Tokens.Manager is nil or has no user loader: set it to a manager made with New and a loader")
	case t.Purpose == "":
		return nil, errors.New("ginlogin: Tokens.Purpose is empty: name what the link is for")
	case t.Lifetime < time.Second:
		return nil, fmt.Errorf("ginlogin: Tokens.Lifetime is %v: use a second or more", t.Lifetime)
	case len(t.Manager.SecretKeys) == 0:
		return nil, ErrNoSecretKey
	}
	return keyring.New(t.Manager.SecretKeys, "token "+t.Purpose, t.Manager.Name), nil
}

// untilPrefix keeps the MAC of a text that a user may choose, an address for instance,
// from being the signature of a token: no token begins like this.
const untilPrefix = "until "

func (t *Tokens[U]) until(u U) (string, error) {
	if t.Until != nil {
		return t.Until(u), nil
	}
	if hasher, ok := any(u).(SessionHasher); ok {
		return hasher.SessionHash(), nil
	}
	return "", fmt.Errorf("ginlogin: Tokens.Until is nil, and %T has no SessionHash, so nothing could end a token early: set Until", u)
}
