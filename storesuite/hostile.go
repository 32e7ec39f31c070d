package storesuite

import (
	"context"
	"errors"
	"strings"

	"github.com/ginlogin/ginlogin"
)

// A client can put any ID into the form that ends a
// login.
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
		s.expectExternal("ada" + id + "\xff\x00")
		if err := s.store.DeleteLogins(s.Context(), "ada"+id+"\xff\x00", ""); err != nil {
			s.Errorf("DeleteLogins(%.80q): %v", id, err)
		}
	}
	s.expectList("ada", "a")
}

func (s storeTest) sqlIsText() {
	texts := []string{"' OR '1'='1", `" OR ""="`, "a'; DELETE FROM ginlogin_logins; --", "a\\", "\\'", "?", "$1", ":id", "{table}", "NULL", "%s", "/*"}
	for i, text := range texts {
		s.expectNotFound(text)
		l := aRow(text, text)
		l.Address, l.UserAgent = texts[(i+1)%len(texts)], texts[(i+2)%len(texts)]
		l.ExternalID, l.Device, l.Methods, l.ActingUser, l.ActingLogin = text, text, text, text, text
		s.create(l)
		s.expectFound(l)
		s.expectList(text, text)
		s.expectExternal(text, text)
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
	_, listErr := s.store.ListLogins(ctx, "ada", noLimit)
	_, externalErr := s.store.FindExternal(ctx, row.ExternalID, noLimit)
	for name, err := range map[string]error{
		"CreateLogin":            s.store.CreateLogin(ctx, aRow("b", "ada")),
		"FindLogin":              findErr,
		"FindLogin of nothing":   missErr,
		"SwapLogin":              swapErr,
		"DeleteLogin":            s.store.DeleteLogin(ctx, "a"),
		"DeleteLogin of nothing": s.store.DeleteLogin(ctx, "nobody"),
		"ListLogins":             listErr,
		"FindExternal":           externalErr,
		"DeleteLogins":           s.store.DeleteLogins(ctx, "ada", ""),
	} {
		if err == nil || errors.Is(err, ginlogin.ErrLoginNotFound) {
			s.Errorf("%s returns %v", name, err)
		}
	}
	if swapped {
		s.Error("with a cancelled context SwapLogin reports a swap")
	}
	s.expectFound(row)
	s.expectList("ada", "a")
}
