package visit

import (
	"reflect"

	"github.com/ginlogin/ginlogin/internal/login"
)

// binding returns what the logins of u are bound to: "" if its type has no
// SessionHash.
func (v *Visit) binding(u User) (string, error) {
	hash, ok := hashOf(u)
	switch {
	case !ok:
		return "", nil
	case v.m.Bindings.Empty():
		return "", ErrNoSecretKey
	}
	return v.m.Bindings.MAC(hash), nil
}

// bindingOf returns which key binds a login to u, and the binding under the newest
// key if it is an older one. A login without a binding is not bound to a user who
// has a SessionHash: it may be from before the type had one, or forged to look so.
func (v *Visit) bindingOf(u User, binding string) (key int, newest string) {
	hash, ok := hashOf(u)
	if !ok {
		return 0, ""
	}
	if key = v.m.Bindings.Find(hash, binding); key < 0 {
		return login.Unbound, ""
	}
	if key > 0 {
		newest = v.m.Bindings.MAC(hash)
	}
	return key, newest
}

// bound reports whether a login with that binding is still one of u: its password
// has not changed since.
func (m *Manager) bound(u User, binding string) bool {
	hash, hashes := hashOf(u)
	return !hashes || m.Bindings.Find(hash, binding) >= 0
}

// hashOf returns what the logins of u are bound to, and false if to nothing.
func hashOf(u User) (string, bool) {
	if hasher, ok := u.(interface{ SessionHash() string }); ok {
		return hasher.SessionHash(), true
	}
	return "", false
}

// IsNil finds a nil pointer inside the interface, too: compared with nil, a nil
// *Account in a User would pass for a user.
func IsNil(u User) bool {
	if u == nil {
		return true
	}
	switch v := reflect.ValueOf(u); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.Interface:
		return v.IsNil()
	}
	return false
}
