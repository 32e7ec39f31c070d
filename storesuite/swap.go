package storesuite

import (
	"fmt"
	"sync"
	"time"

	"github.com/ginlogin/ginlogin"
)

func (s storeTest) swapReplaces() {
	old, other := aRow("a", "ada"), aRow("b", "ada")
	s.create(old, other)
	next := ginlogin.StoredLogin{
		ID: "a", User: "grace", Address: "203.0.113.9", UserAgent: "другой",
		Created: old.Created.Add(1 * time.Second), LastSeen: old.LastSeen.Add(2 * time.Second),
		Expires: old.Expires.Add(3 * time.Second), Rotated: old.Rotated.Add(4 * time.Second),
		Used: false, Generation: 9, Presented: 8, Cut: 7,
		Methods: "hwk", ActingUser: "eve", ActingLogin: "other", ActingGeneration: 6,
		ExternalID: "https://other.example/ sid", Device: "key",
	}
	if !s.swap(old, next) {
		s.Fatal("the row was not swapped")
	}
	s.expectFound(next)
	s.expectFound(other)
	s.expectList("grace", "a")
	s.expectList("ada", "b")
	s.expectExternal(next.ExternalID, "a")
	s.expectExternal(other.ExternalID, "b")
}

func (s storeTest) swapCompares() {
	row := aRow("a", "ada")
	row.Device = lookalikes[0]
	s.create(row)
	next := row
	next.Address = "203.0.113.9"
	refused := func(generation, presented int64, device string) {
		s.Helper()
		old := row
		old.Generation += generation
		old.Presented += presented
		old.Device = device
		if s.swap(old, next) {
			s.Errorf("Generation %+d, Presented %+d, Device %q: the row was swapped", generation, presented, device)
		}
		s.expectFound(row)
	}
	for _, change := range []struct{ generation, presented int64 }{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}} {
		refused(change.generation, change.presented, row.Device)
	}
	for _, device := range append(lookalikes[1:], "") {
		refused(0, 0, device)
	}
	// No other field of the old row matters.
	if !s.swap(ginlogin.StoredLogin{Generation: row.Generation, Presented: row.Presented, Device: row.Device}, next) {
		s.Error("the row was not swapped")
	}
	s.expectFound(next)
}

// MySQL counts the rows that changed, not the rows found.
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
		s.Error("SwapLogin has replaced a row that never existed")
	}
	s.create(row, other)
	if err := s.store.DeleteLogin(s.Context(), "a"); err != nil {
		s.Fatal(err)
	}
	if s.swap(row, row) {
		s.Error("SwapLogin has replaced a row that was deleted")
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
			if round%2 == 0 {
				next.Generation, next.Presented = row.Generation+1, row.Generation
			} else {
				next.Device = fmt.Sprint("key ", round, " of device ", i)
			}
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
