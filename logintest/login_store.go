package logintest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// TestLoginStore tests whether a store does what [ginlogin.LoginStore] says. Call
// it from a test of the store:
//
//	func TestLoginStore(t *testing.T) {
//		logintest.TestLoginStore(t, func(t *testing.T) ginlogin.LoginStore { return newEmptyStore(t) })
//	}
//
// newStore returns an empty store, for one subtest. Run it with -race, too.
func TestLoginStore(t *testing.T, newStore func(t *testing.T) ginlogin.LoginStore) {
	for _, fact := range []struct {
		name string
		test func(s storeTest)
	}{
		{"a row is found as it was made", storeTest.foundAsMade},
		{"empty fields stay empty", storeTest.emptyFields},
		{"times are whole seconds in UTC", storeTest.wholeSeconds},
		{"a long user is kept whole or refused", storeTest.longUser},
		{"a user agent of any length and any bytes is no error", storeTest.anyUserAgent},
		{"an ID without a row is ErrLoginNotFound", storeTest.notFound},
		{"an ID of any bytes is ErrLoginNotFound", storeTest.anyID},
		{"an ID that is taken is refused", storeTest.taken},
		{"IDs differ in case and trailing spaces", storeTest.idsDiffer},
		{"a swap replaces the whole row and no other", storeTest.swapReplaces},
		{"a swap compares Generation and Presented", storeTest.swapCompares},
		{"a swap that changes nothing is one", storeTest.swapOfNothing},
		{"a swap does not bring back a row", storeTest.swapOfDeleted},
		{"of 64 swaps at once one wins", storeTest.swapsAtOnce},
		{"a row deleted among swaps stays deleted", storeTest.deleteAmongSwaps},
		{"a list begins with the login seen last", storeTest.listOrder},
		{"a list leaves out what has expired", storeTest.listExpired},
		{"a list is of one user only", storeTest.listOfOneUser},
		{"deleting removes one row", storeTest.deleteOne},
		{"deleting what is not there is no error", storeTest.deleteNothing},
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

// aRow returns a row of which no two fields are alike.
func aRow(id, user string) ginlogin.StoredLogin {
	now := time.Now().UTC().Truncate(time.Second)
	return ginlogin.StoredLogin{
		ID: id, User: user,
		Created: now.Add(-3 * time.Hour), LastSeen: now.Add(-time.Minute), Expires: now.Add(24 * time.Hour),
		Address: "2001:db8::1", UserAgent: "Mozilla/5.0",
		Generation: 7, Presented: 6, Rotated: now.Add(-time.Hour),
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

func (s storeTest) list(user string) []ginlogin.StoredLogin {
	s.Helper()
	list, err := s.store.ListLogins(s.Context(), user)
	if err != nil {
		s.Fatalf("ListLogins(%.80q): %v", user, err)
	}
	return list
}

func (s storeTest) expectFound(want ginlogin.StoredLogin) {
	s.Helper()
	s.expectRow(s.find(want.ID), want)
}

func (s storeTest) expectRow(got, want ginlogin.StoredLogin) {
	s.Helper()
	// == would tell apart times that are equal.
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
	var got []string
	for _, l := range s.list(user) {
		got = append(got, l.ID)
	}
	if !slices.Equal(got, ids) {
		s.Errorf("the logins of %q are %q, want %q", user, got, ids)
	}
}

func (s storeTest) foundAsMade() {
	ascii := aRow("A1b2-C3_d4", "ada")
	unicode := aRow("Ключ-ключ", "żółw 🐢 café cafe\u0301 \u202e 日本")
	unicode.Address, unicode.UserAgent = "fe80::1%en0", "Браузер/1.0 (🐢; \"'\\%_`)\t\n"
	unicode.Generation, unicode.Presented = math.MaxInt64, math.MaxInt64-1
	newer := aRow("newer", "staff:ada")
	newer.Generation, newer.Presented = 0, 0
	s.create(ascii, unicode, newer)
	s.expectFound(ascii)
	s.expectFound(unicode)
	s.expectFound(newer)
	if list := s.list(unicode.User); len(list) == 1 {
		s.expectRow(list[0], unicode)
	} else {
		s.Errorf("the user has %d logins, want 1", len(list))
	}
}

func (s storeTest) emptyFields() {
	l := ginlogin.StoredLogin{ID: "empty"}
	s.create(l)
	s.expectFound(l)
	if !s.find("empty").Expires.IsZero() {
		s.Error("a zero time does not come back as one")
	}
}

func (s storeTest) wholeSeconds() {
	l := aRow("a", "ada")
	l.Created = time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.FixedZone("", 5*3600+45*60))
	l.LastSeen = time.Date(1969, 12, 31, 23, 59, 58, 500_000_000, time.UTC)
	l.Expires = time.Date(2400, 1, 1, 0, 0, 0, 1, time.FixedZone("", -8*3600))
	s.create(l)
	l.Created = time.Date(2024, 2, 29, 18, 14, 59, 0, time.UTC)
	l.LastSeen = time.Date(1969, 12, 31, 23, 59, 58, 0, time.UTC)
	l.Expires = time.Date(2400, 1, 1, 8, 0, 0, 0, time.UTC)
	s.expectFound(l)
}

// A store that cut a user to what it has room for would give one user the logins
// of another.
func (s storeTest) longUser() {
	usual := aRow("usual", strings.Repeat("u", 255))
	s.create(usual)
	s.expectFound(usual)
	for _, length := range []int{256, 512, 1024, 4096, 70_000} {
		id := fmt.Sprint("a", length)
		long := aRow(id, strings.Repeat("u", length))
		longer := aRow(id+"+", long.User+"!")
		for _, l := range []ginlogin.StoredLogin{long, longer} {
			if s.store.CreateLogin(s.Context(), l) != nil {
				s.expectNotFound(l.ID)
				s.expectList(l.User)
			} else {
				s.expectFound(l)
				s.expectList(l.User, l.ID)
			}
		}
	}
	s.expectList(usual.User, usual.ID)
}

// Clients choose it. It may be cut and cleaned.
func (s storeTest) anyUserAgent() {
	for i, agent := range []string{
		strings.Repeat("a", 10_000), strings.Repeat("é", 10_000), "a" + strings.Repeat("🐢", 10_000),
		"\xff\xfe", "a\x00b", "\xc3", strings.Repeat("\xf0\x9f ", 1000), "\xed\xa0\x80",
	} {
		l := aRow(fmt.Sprint(i), "ada")
		l.UserAgent, l.Address = agent, agent
		s.create(l)
		got := s.find(l.ID)
		got.UserAgent, got.Address = agent, agent
		s.expectRow(got, l)
		if !s.swap(l, l) {
			s.Errorf("user agent %.20q: the row was not swapped", agent)
		}
	}
}

func (s storeTest) notFound() {
	s.expectNotFound("nobody")
	s.create(aRow("a", "ada"))
	s.expectNotFound("nobody")
	s.expectNotFound("ada")
	s.expectNotFound("")
}

// Clients choose the ID in the form that ends a login.
func (s storeTest) anyID() {
	s.create(aRow("a", "ada"))
	for _, id := range []string{"", "\xff", "a\x00", "\x00", "a\xc3", strings.Repeat("a", 4096), strings.Repeat("🐢", 70_000)} {
		s.expectNotFound(id)
		if err := s.store.DeleteLogin(s.Context(), id); err != nil {
			s.Errorf("DeleteLogin(%.80q): %v", id, err)
		}
		if err := s.store.DeleteLogins(s.Context(), "grace", id); err != nil {
			s.Errorf("DeleteLogins except %.80q: %v", id, err)
		}
		s.expectList("ada" + id + "\xff\x00")
		if err := s.store.DeleteLogins(s.Context(), "ada"+id+"\xff\x00", ""); err != nil {
			s.Errorf("DeleteLogins(%.80q): %v", id, err)
		}
	}
	s.expectList("ada", "a")
}

func (s storeTest) taken() {
	first, second := aRow("a", "ada"), aRow("a", "grace")
	s.create(first)
	err := s.store.CreateLogin(s.Context(), second)
	if err == nil || errors.Is(err, ginlogin.ErrLoginNotFound) {
		s.Errorf("CreateLogin with an ID that is taken returns %v", err)
	}
	s.expectFound(first)
	s.expectList("grace")
}

// lookalikes are taken for one another by some collations.
var lookalikes = []string{"ada", "Ada", "ADA", "ada ", " ada", "ad\u00e0", "ada\u0300", "ada\u200b", "аda", "ada\t", "ad", "adaa", "ss", "ß", "1", "01", "1.0", "%", "_da"}

func (s storeTest) idsDiffer() {
	var rows []ginlogin.StoredLogin
	for i, id := range lookalikes {
		rows = append(rows, aRow(id, fmt.Sprint("user", i)))
	}
	s.create(rows...)
	for _, l := range rows {
		s.expectFound(l)
	}
	if err := s.store.DeleteLogin(s.Context(), lookalikes[0]); err != nil {
		s.Fatal(err)
	}
	s.expectNotFound(lookalikes[0])
	for i, id := range lookalikes[1:] {
		s.expectList(fmt.Sprint("user", i+1), id)
	}
}

func (s storeTest) swapReplaces() {
	old, other := aRow("a", "ada"), aRow("b", "ada")
	s.create(old, other)
	next := ginlogin.StoredLogin{
		ID: "a", User: "grace", Address: "203.0.113.9", UserAgent: "другой",
		Created: old.Created.Add(1 * time.Second), LastSeen: old.LastSeen.Add(2 * time.Second),
		Expires: old.Expires.Add(3 * time.Second), Rotated: old.Rotated.Add(4 * time.Second),
		Generation: 9, Presented: 8,
	}
	if !s.swap(old, next) {
		s.Fatal("the row was not swapped")
	}
	s.expectFound(next)
	s.expectFound(other)
	s.expectList("grace", "a")
	s.expectList("ada", "b")
}

func (s storeTest) swapCompares() {
	row := aRow("a", "ada")
	s.create(row)
	next := row
	next.Address = "203.0.113.9"
	for _, change := range []struct{ generation, presented int64 }{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}} {
		old := row
		old.Generation += change.generation
		old.Presented += change.presented
		if s.swap(old, next) {
			s.Errorf("Generation %+d, Presented %+d: the row was swapped", change.generation, change.presented)
		}
		s.expectFound(row)
	}
	// Nothing else of the old row counts.
	if !s.swap(ginlogin.StoredLogin{Generation: row.Generation, Presented: row.Presented}, next) {
		s.Error("the row was not swapped")
	}
	s.expectFound(next)
}

// MySQL counts the rows that changed, not those that it found.
func (s storeTest) swapOfNothing() {
	row := aRow("a", "ada")
	s.create(row)
	for range 3 {
		if !s.swap(row, row) {
			s.Error("the row was not swapped")
		}
	}
	s.expectFound(row)
}

func (s storeTest) swapOfDeleted() {
	row, other := aRow("a", "ada"), aRow("b", "ada")
	if s.swap(row, row) {
		s.Error("a row that never was was swapped")
	}
	s.create(row, other)
	if err := s.store.DeleteLogin(s.Context(), "a"); err != nil {
		s.Fatal(err)
	}
	if s.swap(row, row) {
		s.Error("a row that is gone was swapped")
	}
	s.expectNotFound("a")
	s.expectList("ada", "b")
}

// atOnce runs f n times at once and waits.
func atOnce(n int, f func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	group.Wait()
}

func (s storeTest) swapsAtOnce() {
	row := aRow("a", "ada")
	s.create(row)
	for round := range 4 {
		var mu sync.Mutex
		var winners []ginlogin.StoredLogin
		atOnce(64, func(i int) {
			next := row
			next.Generation, next.Presented = row.Generation+1, row.Generation
			next.UserAgent = fmt.Sprint("browser ", i)
			switch swapped, err := s.store.SwapLogin(s.Context(), row, next); {
			case err != nil:
				s.Errorf("SwapLogin: %v", err)
			case swapped:
				mu.Lock()
				winners = append(winners, next)
				mu.Unlock()
			}
		})
		if len(winners) != 1 {
			s.Fatalf("round %d: %d of 64 swaps won", round, len(winners))
		}
		row = winners[0]
		s.expectFound(row)
	}
}

func (s storeTest) deleteAmongSwaps() {
	for round := range 16 {
		row := aRow(fmt.Sprint(round), "ada")
		s.create(row)
		atOnce(4, func(i int) {
			if i == 0 {
				err := s.store.DeleteLogin(s.Context(), row.ID)
				if round%2 == 1 {
					err = s.store.DeleteLogins(s.Context(), row.User, "")
				}
				if err != nil {
					s.Errorf("delete: %v", err)
				}
				return
			}
			for range 8 {
				if _, err := s.store.SwapLogin(s.Context(), row, row); err != nil {
					s.Errorf("SwapLogin: %v", err)
				}
			}
		})
		s.expectNotFound(row.ID)
	}
	s.expectList("ada")
}

func (s storeTest) listOrder() {
	s.expectList("ada")
	for i, ago := range []int{3, 1, 4, 0, 2} {
		l := aRow(fmt.Sprint("seen ", ago, " ago"), "ada")
		l.LastSeen = l.LastSeen.Add(-time.Duration(ago) * time.Minute)
		l.Created = l.Created.Add(time.Duration(i) * time.Minute)
		s.create(l)
	}
	s.expectList("ada", "seen 0 ago", "seen 1 ago", "seen 2 ago", "seen 3 ago", "seen 4 ago")

	row := s.find("seen 4 ago")
	next := row
	next.LastSeen = next.LastSeen.Add(time.Hour)
	if !s.swap(row, next) {
		s.Fatal("the row was not swapped")
	}
	s.expectList("ada", "seen 4 ago", "seen 0 ago", "seen 1 ago", "seen 2 ago", "seen 3 ago")
}

func (s storeTest) listExpired() {
	live, expired, now := aRow("live", "ada"), aRow("expired", "ada"), aRow("now", "ada")
	expired.Expires = time.Now().Add(-time.Hour)
	now.Expires = time.Now()
	s.create(live, expired, now)
	s.expectList("ada", "live")
	// An expired row may be found or be gone.
	if _, err := s.store.FindLogin(s.Context(), "expired"); err != nil && !errors.Is(err, ginlogin.ErrLoginNotFound) {
		s.Errorf("FindLogin of an expired row: %v", err)
	}
	s.expectFound(live)
}

func (s storeTest) listOfOneUser() {
	for i, user := range lookalikes {
		s.create(aRow(fmt.Sprint("login", i), user))
	}
	for i, user := range lookalikes {
		s.expectList(user, fmt.Sprint("login", i))
	}
	s.expectList("nobody")
	s.expectList("")
}

func (s storeTest) deleteOne() {
	kept := aRow("b", "ada")
	s.create(aRow("a", "ada"), kept)
	if err := s.store.DeleteLogin(s.Context(), "a"); err != nil {
		s.Fatal(err)
	}
	s.expectNotFound("a")
	s.expectFound(kept)
	s.create(aRow("a", "grace")) // the ID is free again
}

func (s storeTest) deleteNothing() {
	for range 2 {
		if err := s.store.DeleteLogin(s.Context(), "nobody"); err != nil {
			s.Errorf("DeleteLogin: %v", err)
		}
		if err := s.store.DeleteLogins(s.Context(), "nobody", ""); err != nil {
			s.Errorf("DeleteLogins: %v", err)
		}
		if err := s.store.DeleteLogins(s.Context(), "nobody", "none"); err != nil {
			s.Errorf("DeleteLogins except: %v", err)
		}
	}
}

func (s storeTest) deleteUser() {
	deleteLogins := func(user, except string) {
		s.Helper()
		if err := s.store.DeleteLogins(s.Context(), user, except); err != nil {
			s.Fatal(err)
		}
	}
	for i, user := range lookalikes {
		s.create(aRow(fmt.Sprint("login", i), user))
	}
	expired := aRow("expired", "ada")
	expired.Expires = time.Now().Add(-time.Hour)
	s.create(aRow("this", "ada"), aRow("that", "ada"), expired)

	deleteLogins("ada", "this")
	s.expectList("ada", "this")
	s.expectNotFound("expired")
	deleteLogins("ada", "login1") // another user's
	s.expectList("ada")
	deleteLogins("Ada", "")
	s.expectList("Ada")
	for i, user := range lookalikes[2:] {
		s.expectList(user, fmt.Sprint("login", i+2))
	}
}

func (s storeTest) sqlIsText() {
	texts := []string{"' OR '1'='1", `" OR ""="`, "a'; DELETE FROM ginlogin_logins; --", "a\\", "\\'", "?", "$1", ":id", "{table}", "NULL", "%s", "/*"}
	for i, text := range texts {
		s.expectNotFound(text)
		l := aRow(text, text)
		l.Address, l.UserAgent = texts[(i+1)%len(texts)], texts[(i+2)%len(texts)]
		s.create(l)
		s.expectFound(l)
		s.expectList(text, text)
		if !s.swap(l, l) {
			s.Errorf("%q: the row was not swapped", text)
		}
	}
	for i, text := range texts {
		for _, err := range []error{
			s.store.DeleteLogins(s.Context(), text, text),
			s.store.DeleteLogin(s.Context(), text+" "),
			s.store.DeleteLogin(s.Context(), text),
		} {
			if err != nil {
				s.Errorf("delete %q: %v", text, err)
			}
		}
		s.expectNotFound(text)
		for _, text := range texts[i+1:] {
			s.expectList(text, text)
		}
	}
}

func (s storeTest) cancelled() {
	row := aRow("a", "ada")
	s.create(row)
	next := row
	next.Generation++
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	_, findErr := s.store.FindLogin(ctx, "a")
	_, missErr := s.store.FindLogin(ctx, "nobody")
	swapped, swapErr := s.store.SwapLogin(ctx, row, next)
	_, listErr := s.store.ListLogins(ctx, "ada")
	for name, err := range map[string]error{
		"CreateLogin":            s.store.CreateLogin(ctx, aRow("b", "ada")),
		"FindLogin":              findErr,
		"FindLogin of nothing":   missErr,
		"SwapLogin":              swapErr,
		"DeleteLogin":            s.store.DeleteLogin(ctx, "a"),
		"DeleteLogin of nothing": s.store.DeleteLogin(ctx, "nobody"),
		"ListLogins":             listErr,
		"DeleteLogins":           s.store.DeleteLogins(ctx, "ada", ""),
	} {
		if err == nil || errors.Is(err, ginlogin.ErrLoginNotFound) {
			s.Errorf("%s returns %v", name, err)
		}
	}
	if swapped {
		s.Error("SwapLogin says that it did")
	}
	s.expectFound(row)
	s.expectList("ada", "a")
}
