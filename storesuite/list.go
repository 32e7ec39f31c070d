package storesuite

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ginlogin/ginlogin"
)

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
	// FindLogin may return an expired row, or ErrLoginNotFound.
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

func (s storeTest) listLimit() {
	want := s.createSeen()
	s.expectLimit(want, func(limit int) []ginlogin.StoredLogin { return s.list("ada", limit) })
}

// createSeen makes rows of one user and returns their IDs, the one seen last first.
func (s storeTest) createSeen() (ids []string) {
	for ago := range 5 {
		l := aRow(fmt.Sprint("seen ", ago, " ago"), "ada")
		l.LastSeen = l.LastSeen.Add(-time.Duration(ago) * time.Minute)
		s.create(l)
		ids = append(ids, l.ID)
	}
	return ids
}

func (s storeTest) expectLimit(want []string, list func(limit int) []ginlogin.StoredLogin) {
	s.Helper()
	for limit, rows := range map[int]int{math.MinInt: 0, -1: 0, 0: 0, 1: 1, 2: 2, 5: 5, 6: 5, math.MaxInt: 5} {
		if got := idsOf(list(limit)); !slices.Equal(got, want[:rows]) {
			s.Errorf("limit %d: %q, want %q", limit, got, want[:rows])
		}
	}
}
