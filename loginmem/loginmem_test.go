package loginmem_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/storesuite"
)

func TestStoreIsALoginStore(t *testing.T) {
	storesuite.Run(t, func(*testing.T) ginlogin.LoginStore { return loginmem.New() })
}

func TestStoreDeletesExpiredRows(t *testing.T) {
	store := loginmem.New()
	clock := time.Now()
	store.Now = func() time.Time { return clock }
	const logins = 1000
	for i := range logins {
		l := ginlogin.StoredLogin{ID: fmt.Sprint(i), User: "ada", Created: clock, Expires: clock.Add(time.Hour)}
		if err := store.CreateLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Minute)
	}
	found := 0
	for i := range logins {
		if _, err := store.FindLogin(t.Context(), fmt.Sprint(i)); err == nil {
			found++
		}
	}
	list, err := store.ListLogins(t.Context(), "ada", logins)
	if err != nil || len(list) != 59 {
		t.Errorf("%d logins have not expired (%v), want 59", len(list), err)
	}
	if found < len(list) || found > 128 {
		t.Errorf("%d of %d logins are kept", found, logins)
	}
}

func TestStoreDeletesRowsOlderThanADayThatWereNeverUsed(t *testing.T) {
	store := loginmem.New()
	clock := time.Now()
	store.Now = func() time.Time { return clock }
	for _, row := range []ginlogin.StoredLogin{
		{ID: "used", Used: true, Created: clock},
		{ID: "unused", Created: clock},
		{ID: "unused, a second younger", Created: clock.Add(time.Second)},
	} {
		row.Expires = clock.Add(48 * time.Hour)
		if err := store.CreateLogin(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	clock = clock.Add(24 * time.Hour)
	for i := range 64 { // so that the store cleans
		if err := store.CreateLogin(t.Context(), ginlogin.StoredLogin{ID: fmt.Sprint(i), Created: clock, Expires: clock.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	for id, kept := range map[string]bool{"used": true, "unused": false, "unused, a second younger": true} {
		if _, err := store.FindLogin(t.Context(), id); (err == nil) != kept {
			t.Errorf("%s: FindLogin returns %v", id, err)
		}
	}
}

// An app that imports testing gets its flags.
func TestThePackageDoesNotImportTesting(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(strings.Fields(string(output)), "testing") {
		t.Error("loginmem imports testing")
	}
}
