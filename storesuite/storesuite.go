// Package storesuite tests implementations of [ginlogin.LoginStore]. Call [Run]
// from a test of your store, and run that with -race, too:
//
//	func TestMyStoreIsALoginStore(t *testing.T) {
//		storesuite.Run(t, func(t *testing.T) ginlogin.LoginStore { return newEmptyStore(t) })
//	}
package storesuite

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// Run tests that a store does what [ginlogin.LoginStore] says. newStore returns an
// empty store for one subtest.
func Run(t *testing.T, newStore func(t *testing.T) ginlogin.LoginStore) {
	for _, fact := range []struct {
		name string
		test func(s storeTest)
	}{
		{"a row is found as it was made", storeTest.foundAsMade},
		{"empty fields stay empty", storeTest.emptyFields},
		{"times are whole seconds in UTC", storeTest.wholeSeconds},
		{"a long user is kept whole or refused", storeTest.longUser},
		{"a long text is kept whole or refused", storeTest.longText},
		{"a user agent of any length and any bytes is no error", storeTest.anyUserAgent},
		{"an ID without a row is ErrLoginNotFound", storeTest.notFound},
		{"an ID of any bytes is ErrLoginNotFound", storeTest.anyID},
		{"an ID that exists already is refused", storeTest.taken},
		{"IDs differ in case and trailing spaces", storeTest.idsDiffer},
		{"a swap replaces the whole row and no other", storeTest.swapReplaces},
		{"a swap compares Generation, Presented and Device", storeTest.swapCompares},
		{"a swap that changes nothing succeeds", storeTest.swapOfNothing},
		{"a swap does not bring back a row", storeTest.swapOfDeleted},
		{"of 64 swaps at once one wins", storeTest.swapsAtOnce},
		{"a row deleted among swaps stays deleted", storeTest.deleteAmongSwaps},
		{"a list begins with the login seen last", storeTest.listOrder},
		{"a list leaves out expired rows", storeTest.listExpired},
		{"a list is of one user only", storeTest.listOfOneUser},
		{"a list has limit rows at most", storeTest.listLimit},
		{"an external ID finds its rows in the order of a list", storeTest.externalOrder},
		{"an external ID does not find expired rows", storeTest.externalExpired},
		{"external IDs differ in case and trailing spaces", storeTest.externalDiffer},
		{"the external ID \"\" finds nothing", storeTest.externalEmpty},
		{"an external ID finds limit rows at most", storeTest.externalLimit},
		{"deleting removes one row", storeTest.deleteOne},
		{"deleting a row that is not there is no error", storeTest.deleteNothing},
		{"deleting a user's rows spares the exception and other users", storeTest.deleteUser},
		{"SQL in an ID or a user is text", storeTest.sqlIsText},
		{"a cancelled context is an error and changes nothing", storeTest.cancelled},
	} {
		t.Run(fact.name, func(t *testing.T) {
			fact.test(storeTest{t, newStore(t)})
		})
	}
}

// storeTest is a test of one empty store. Its methods fail the test where the
// store returns an error.
type storeTest struct {
	*testing.T
	store ginlogin.LoginStore
}

// aRow returns a row whose fields all differ.
func aRow(id, user string) ginlogin.StoredLogin {
	now := time.Now().UTC().Truncate(time.Second)
	return ginlogin.StoredLogin{
		ID: id, User: user,
		Created: now.Add(-3 * time.Hour), LastSeen: now.Add(-time.Minute), Expires: now.Add(24 * time.Hour),
		Used: true, Address: "2001:db8::1", UserAgent: "Mozilla/5.0",
		Generation: 7, Presented: 6, Cut: 5, Rotated: now.Add(-time.Hour),
		Methods: "pwd otp", ActingUser: "staff:grace", ActingLogin: "acting", ActingGeneration: 4,
		ExternalID: "https://id.example/ sid", Device: "?key",
	}
}

func (s storeTest) create(rows ...ginlogin.StoredLogin) {
	s.Helper()
	for _, l := range rows {
		if err := s.store.CreateLogin(s.Context(), l); err != nil {
			s.Fatalf("CreateLogin(%q of %q): %v", l.ID, l.User, err)
		}
	}
}

func (s storeTest) find(id string) ginlogin.StoredLogin {
	s.Helper()
	l, err := s.store.FindLogin(s.Context(), id)
	if err != nil {
		s.Fatalf("FindLogin(%.80q): %v", id, err)
	}
	return l
}

func (s storeTest) swap(old, next ginlogin.StoredLogin) bool {
	s.Helper()
	swapped, err := s.store.SwapLogin(s.Context(), old, next)
	if err != nil {
		s.Fatalf("SwapLogin(%q): %v", next.ID, err)
	}
	return swapped
}

// noLimit is more rows than any test makes.
const noLimit = 1000

func (s storeTest) list(user string, limit int) []ginlogin.StoredLogin {
	s.Helper()
	list, err := s.store.ListLogins(s.Context(), user, limit)
	if err != nil {
		s.Fatalf("ListLogins(%.80q, %d): %v", user, limit, err)
	}
	return list
}

func (s storeTest) findExternal(id string, limit int) []ginlogin.StoredLogin {
	s.Helper()
	list, err := s.store.FindExternal(s.Context(), id, limit)
	if err != nil {
		s.Fatalf("FindExternal(%.80q, %d): %v", id, limit, err)
	}
	return list
}

func (s storeTest) expectFound(want ginlogin.StoredLogin) {
	s.Helper()
	s.expectRow(s.find(want.ID), want)
}

func (s storeTest) expectRow(got, want ginlogin.StoredLogin) {
	s.Helper()
	// == could find equal times different.
	times := func(l *ginlogin.StoredLogin) (texts []string) {
		for _, t := range []*time.Time{&l.Created, &l.LastSeen, &l.Expires, &l.Rotated} {
			texts = append(texts, t.Format(time.RFC3339Nano+" MST"))
			*t = time.Time{}
		}
		return texts
	}
	if got, want := times(&got), times(&want); !slices.Equal(got, want) {
		s.Errorf("the times are\n%q, want\n%q", got, want)
	}
	if got != want {
		s.Errorf("the row is\n%+v, want\n%+v", got, want)
	}
}

func (s storeTest) expectNotFound(id string) {
	s.Helper()
	if _, err := s.store.FindLogin(s.Context(), id); !errors.Is(err, ginlogin.ErrLoginNotFound) {
		s.Errorf("FindLogin(%.80q) returns %v, want ErrLoginNotFound", id, err)
	}
}

func (s storeTest) expectList(user string, ids ...string) {
	s.Helper()
	if got := idsOf(s.list(user, noLimit)); !slices.Equal(got, ids) {
		s.Errorf("the logins of %.80q are %q, want %q", user, got, ids)
	}
}

func (s storeTest) expectExternal(id string, ids ...string) {
	s.Helper()
	if got := idsOf(s.findExternal(id, noLimit)); !slices.Equal(got, ids) {
		s.Errorf("the logins with the external ID %.80q are %q, want %q", id, got, ids)
	}
}

func idsOf(list []ginlogin.StoredLogin) (ids []string) {
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	return ids
}
