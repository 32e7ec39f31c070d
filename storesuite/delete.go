package storesuite

import (
	"fmt"
	"time"
)

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
