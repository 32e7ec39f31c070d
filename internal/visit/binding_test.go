package visit

import (
	"errors"
	"testing"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

// person is a user of the tests; hashed has a SessionHash.
type (
	person struct{ id string }
	hashed struct {
		person
		hash string
	}
)

func (p *person) GetID() string         { return p.id }
func (p *person) IsAuthenticated() bool { return true }
func (p *person) IsActive() bool        { return true }
func (p *person) IsAnonymous() bool     { return false }
func (h *hashed) SessionHash() string   { return h.hash }

// guest is a user whose kind can be nil and is no pointer.
type guest map[string]any

func (guest) GetID() string         { return "" }
func (guest) IsAuthenticated() bool { return false }
func (guest) IsActive() bool        { return false }
func (guest) IsAnonymous() bool     { return true }

// value is a user that is no pointer, and never nil.
type value struct{}

func (value) GetID() string         { return "v" }
func (value) IsAuthenticated() bool { return true }
func (value) IsActive() bool        { return true }
func (value) IsAnonymous() bool     { return false }

func TestANilUserIsNil(t *testing.T) {
	for _, row := range []struct {
		name string
		user User
		want bool
	}{
		{"no user", nil, true},
		{"a nil pointer", (*person)(nil), true},
		{"a nil map", guest(nil), true},
		{"a user", &person{}, false},
		{"a map", guest{}, false},
		{"a user that is no pointer", value{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := IsNil(row.user); got != row.want {
				t.Errorf("IsNil is %t", got)
			}
		})
	}
}

func visitWith(secrets ...string) *Visit {
	var keys [][]byte
	for _, secret := range secrets {
		keys = append(keys, []byte(secret+"-a-secret-of-32-or-more-bytes-"))
	}
	return &Visit{m: &Manager{Bindings: keyring.New(keys, "session hash", "")}}
}

func TestALoginIsBoundToTheSessionHash(t *testing.T) {
	ada := &hashed{person{"1"}, "stamp"}
	bound := func(v *Visit, u User) string {
		t.Helper()
		binding, err := v.binding(u)
		if err != nil {
			t.Fatal(err)
		}
		return binding
	}
	old, both := visitWith("old"), visitWith("new", "old")
	if got := bound(old, &person{"1"}); got != "" {
		t.Errorf("a user without a SessionHash is bound: %q", got)
	}
	if _, err := visitWith().binding(ada); !errors.Is(err, ErrNoSecretKey) {
		t.Errorf("without keys the error is %v", err)
	}
	for _, row := range []struct {
		name    string
		v       *Visit
		user    User
		binding string
		key     int
		newest  string
	}{
		{"by the newest key", old, ada, bound(old, ada), 0, ""},
		{"by an older key, and is bound anew", both, ada, bound(old, ada), 1, bound(both, ada)},
		{"not by a key that was removed", visitWith("new"), ada, bound(old, ada), login.Unbound, ""},
		{"not to another hash", old, &hashed{person{"1"}, "other"}, bound(old, ada), login.Unbound, ""},
		{"not without a binding", old, ada, "", login.Unbound, ""},
		{"not to a user without a SessionHash, who needs none", old, &person{"1"}, "anything", 0, ""},
		{"not to no user", old, nil, bound(old, ada), 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			key, newest := row.v.bindingOf(row.user, row.binding)
			if key != row.key || newest != row.newest {
				t.Errorf("got key %d and %q, want %d and %q", key, newest, row.key, row.newest)
			}
		})
	}
}
