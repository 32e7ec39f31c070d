package ginlogin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"log/slog"
	"reflect"
	"slices"
	"sync"

	"github.com/gin-gonic/gin"
)

// SessionHasher may be implemented by a user type. When SessionHash changes, all
// logins of the user end, except the one that [RebindLogin] keeps. Return something
// that changes with the credentials and only then: a random stamp in the user's
// row, replaced with each new password. The password's hash will do if you never
// renew it at a login, as package password suggests when the parameters change: that
// would log the user out. It is Django's get_session_auth_hash.
//
// The hash itself never leaves the server: sessions and remember cookies contain
// its HMAC under a key derived from LoginManager.SecretKeys, which have to be set.
type SessionHasher interface{ SessionHash() string }

// RebindLogin binds the current login to the present SessionHash of u, the
// current user, and gives the session a new ID where sessions live on the server.
// Call it after a change of the password: all other logins end, by their hash or
// because their rows in LoginManager.Logins, if that is set, are deleted. With
// Logins this login continues under a new ID, so that copies of its cookies end too;
// without both, copies end only if sessions live on the server. It is Django's
// update_session_auth_hash.
//
// On an error nothing has changed: [ErrNotAuthenticated] when u is not the user
// logged in by a session or a remember cookie, or when another request is just
// rebinding this login, [ErrNoSecretKey],
// [ErrHeadersWritten], [ErrNotResolved], or what the stores say. Only if Logins
// cannot delete the other logins has this one been rebound already; call it again.
func RebindLogin(c *gin.Context, u User) error {
	return changeLogin(c, func(r *resolver) error { return r.rebind(u) })
}

func (r *resolver) rebind(u User) error {
	if err := r.identify(); err != nil {
		return err
	}
	id, err := loginID(u)
	if err != nil {
		return err
	}
	// The user is not loaded: the old binding says no more, once the password has
	// changed.
	if err := r.mustBeStored(); err != nil {
		return err
	}
	if current, _ := r.identity(); current != id {
		return ErrNotAuthenticated
	}
	rec := r.record
	if rec.binding, err = r.m.binding(u); err != nil {
		return err
	}
	if err := r.move(rec, u); err != nil {
		return err
	}
	r.auditLine(slog.LevelInfo, "login_rebound", id, r.record.loginID, "credentials changed")
	if r.m.Logins == nil {
		return nil
	}
	return r.endOthers(r.m.storedUser(id))
}

// rebindOnCommit binds the login with the newest key once the user has loaded.
func (r *resolver) rebindOnCommit(u User) {
	if b, err := r.m.binding(u); err == nil {
		r.record.binding = b
		r.pending.session = writeRecord
		if r.from == fromCookie && r.pending.remember == leave {
			r.pending.remember = resign
		}
	}
}

// hashesSessions reports whether the type U has a SessionHash.
func hashesSessions[U User]() bool {
	return reflect.TypeFor[U]().Implements(reflect.TypeFor[SessionHasher]())
}

// binding returns what the logins of u are bound to: "" if its type has no
// SessionHash.
func (m *manager) binding(u User) (string, error) {
	hasher, ok := u.(SessionHasher)
	switch {
	case !ok:
		return "", nil
	case len(m.bindingKeys) == 0:
		return "", ErrNoSecretKey
	}
	return m.bindingKeys[0].bind(hasher.SessionHash()), nil
}

// A bindingKey makes bindings. It keeps HMACs that have its key: to give it to one
// takes longer than all else.
type bindingKey struct{ macs sync.Pool }

func newBindingKeys(keys [][]byte) []*bindingKey {
	binding := make([]*bindingKey, len(keys))
	for i, key := range keys {
		binding[i] = &bindingKey{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
	}
	return binding
}

func (k *bindingKey) bind(sessionHash string) string {
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(sessionHash))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// bound reports whether a login with that binding is still one of u, and whether
// the newest key says so. A login without a binding is not: it may be from before
// the type had a SessionHash, or from somebody who hopes that it is.
func (m *manager) bound(u User, binding string) (ok, newest bool) {
	hasher, hashes := u.(SessionHasher)
	if !hashes {
		return true, true
	}
	sessionHash := hasher.SessionHash()
	key := slices.IndexFunc(m.bindingKeys, func(k *bindingKey) bool {
		return hmac.Equal([]byte(k.bind(sessionHash)), []byte(binding))
	})
	return key >= 0, key == 0
}
