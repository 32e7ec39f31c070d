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
		l := ginlogin.StoredLogin{ID: fmt.Sprint(i), User: "ada", Expires: clock.Add(time.Hour)}
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
	list, err := store.ListLogins(t.Context(), "ada")
	if err != nil || len(list) != 59 {
		t.Errorf("%d logins have not expired (%v), want 59", len(list), err)
	}
	if found < len(list) || found > 128 {
		t.Errorf("%d of %d logins are kept", found, logins)
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
