package storesuite

import (
	"fmt"
	"time"

	"github.com/ginlogin/ginlogin"
)

func (s storeTest) externalOrder() {
	const id = "https://id.example/ sid"
	s.expectExternal(id)
	for i, ago := range []int{3, 1, 2} {
		l := aRow(fmt.Sprint("seen ", ago, " ago"), fmt.Sprint("user", i)) // one for each user
		l.ExternalID, l.LastSeen = id, l.LastSeen.Add(-time.Duration(ago)*time.Minute)
		s.create(l)
	}
	other := aRow("other", "user1")
	other.ExternalID = id + "2"
	s.create(other)
	s.expectExternal(id, "seen 1 ago", "seen 2 ago", "seen 3 ago")
	s.expectExternal(other.ExternalID, "other")

	row := s.find("seen 2 ago")
	next := row
	next.ExternalID = ""
	if !s.swap(row, next) {
		s.Fatal("the row was not swapped")
	}
	if err := s.store.DeleteLogin(s.Context(), "seen 1 ago"); err != nil {
		s.Fatal(err)
	}
	s.expectExternal(id, "seen 3 ago")
}

func (s storeTest) externalExpired() {
	live, expired := aRow("live", "ada"), aRow("expired", "ada")
	expired.Expires = time.Now().Add(-time.Hour)
	s.create(live, expired)
	s.expectExternal(live.ExternalID, "live")
}

func (s storeTest) externalDiffer() {
	for i, id := range lookalikes {
		l := aRow(fmt.Sprint("login", i), "ada")
		l.ExternalID = id
		s.create(l)
	}
	for i, id := range lookalikes {
		s.expectExternal(id, fmt.Sprint("login", i))
	}
}

// Ending "" from another system would end the logins that have no external ID.
func (s storeTest) externalEmpty() {
	l := aRow("a", "ada")
	l.ExternalID = ""
	s.create(l)
	s.expectExternal("")
}

func (s storeTest) externalLimit() {
	want := s.createSeen()
	s.expectLimit(want, func(limit int) []ginlogin.StoredLogin { return s.findExternal(aRow("", "").ExternalID, limit) })
}
