package secondfactor_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/secondfactor"
)

// A request that has checked a code comes to spend it when the second factor is another one already.
func TestACodeOfTheSecondFactorBefore(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		v.LogIn()
		h.turnOn(v)
		f := &secondfactor.Factor{DB: h.DB, Now: h.Now}
		ada, err := h.Users.FindByID(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		before, err := f.ID(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		v.Post("/settings/code/off").LeadsTo("/settings/code")
		_, recovery := h.turnOn(v)
		now, err := f.ID(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]bool{before: false, now: true} {
			if spent, err := f.SpendStep(t.Context(), ada, id, h.Now().Unix()); spent != want || err != nil {
				t.Errorf("the code: %t, %v, want %t", spent, err, want)
			}
			if spent, err := f.SpendRecovery(t.Context(), ada, id, recovery[0]); spent != want || err != nil {
				t.Errorf("the recovery code: %t, %v, want %t", spent, err, want)
			}
		}
	})
}

// A login that is under way makes its row after the others have been ended. The new stamp ends it all the same.
func TestEachChangeGivesANewStamp(t *testing.T) {
	h, v := open(t)
	v.LogIn()
	stamp := func() string {
		t.Helper()
		ada, err := h.Users.FindByID(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return ada.SessionHash()
	}
	first := stamp()
	h.turnOn(v)
	second := stamp()
	v.Post("/settings/code/off").LeadsTo("/settings/code")
	if third := stamp(); first == second || second == third {
		t.Errorf("the stamps are %q, %q and %q", first, second, third)
	}
}

// What is encrypted in the database is no secret to be confirmed.
func TestASecretAtRestIsNoSetup(t *testing.T) {
	h, v := open(t)
	v.LogIn()
	secret, _ := h.turnOn(v)
	var keyID string
	var sealed []byte
	if err := h.DB.QueryRowContext(t.Context(), `SELECT key_id, secret FROM second_factors`).Scan(&keyID, &sealed); err != nil {
		t.Fatal(err)
	}
	v.Post("/settings/code/new", "sealed="+keyID+"."+base64.RawURLEncoding.EncodeToString(sealed), "code="+h.code(secret)).
		LeadsTo("/settings/code/new")
	v.Get("/settings/code").Is(http.StatusOK).Says("On")
}
