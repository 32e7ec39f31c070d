package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ginlogin/ginlogin"
)

// A stagedStore is a login store in memory whose calls are scheduling points: a
// request that plays against others stops before each call, and its schedule says
// when the call takes effect. Calls of other requests take effect at once.
//
// It needs no lock. Only one request runs at a time.
type stagedStore struct {
	rows    map[string]ginlogin.StoredLogin
	deleted map[string]bool // IDs whose rows were deleted in this schedule
	calls   []storeCall
	playing bool

	// passwords are those of the users, which a schedule may change. Only where one does
	// are users read and written in turns, since that makes twice as many schedules.
	passwords   map[string]string
	stagesUsers bool

	// revived is the ID of a row that came back after it was deleted, or "".
	revived string

	// These break the store on purpose: a swap replaces the row whatever its generation
	// is, or makes the row if it was deleted; a row does not note its generation, or who
	// acts; a new password is not noted.
	swapsBlindly, swapsRevive, forgetsGenerations, forgetsActors, keepsPasswords bool
}

// A storeCall is a call of the schedule, in the order in which calls took effect.
type storeCall struct {
	player int
	method string
	id     string // of the row, of the row that DeleteLogins keeps, or of the user
	done   bool   // false for a lost swap and a row that is not there

	user   string                 // of DeleteLogins
	raised bool                   // the swap made a new generation
	listed []ginlogin.StoredLogin // what was there
}

func (s *stagedStore) reset(rows map[string]ginlogin.StoredLogin) {
	s.rows, s.deleted, s.calls, s.revived = map[string]ginlogin.StoredLogin{}, map[string]bool{}, nil, ""
	maps.Copy(s.rows, rows)
}

// commutes reports whether two calls of different requests do the same in either
// order.
func (c storeCall) commutes(with storeCall) bool {
	return c.reads() && with.reads() || c.ofOneRow() && with.ofOneRow() && c.id != with.id
}

func (c storeCall) reads() bool {
	return c.method == "find" || c.method == "list" || c.method == "read user"
}

func (c storeCall) ofOneRow() bool { return c.method != "list" && c.method != "delete all but" }

// enter waits for the call's turn.
func (s *stagedStore) enter(ctx context.Context, method, id string) int {
	p, ok := ctx.Value(playerKey{}).(*player)
	switch {
	case ok:
		p.await(storeCall{player: p.number, method: method, id: id})
		return p.number
	case s.playing:
		panic("a store call does not have the context of its request, so it cannot be scheduled")
	}
	return noPlayer
}

func (s *stagedStore) note(player int, method, id string, done bool) {
	s.noteCall(storeCall{player: player, method: method, id: id, done: done})
}

func (s *stagedStore) noteCall(call storeCall) {
	if s.playing {
		s.calls = append(s.calls, call)
	}
}

// user is the site's user loader.
func (s *stagedStore) user(ctx context.Context, id string) (*stagedUser, error) {
	if s.stagesUsers {
		p := s.enter(ctx, "read user", "user "+id)
		s.note(p, "read user", "user "+id, true)
	}
	return &stagedUser{id: id, password: s.passwords[id]}, nil
}

// changePassword changes what the user's logins are bound to.
func (s *stagedStore) changePassword(ctx context.Context, id string) {
	p := s.enter(ctx, "write user", "user "+id)
	if !s.keepsPasswords {
		s.passwords = map[string]string{id: "another"}
	}
	s.note(p, "write user", "user "+id, true)
}

func (s *stagedStore) CreateLogin(ctx context.Context, row ginlogin.StoredLogin) error {
	p := s.enter(ctx, "create", row.ID)
	if _, taken := s.rows[row.ID]; taken {
		return errors.New("the ID is taken")
	}
	s.put(row)
	s.note(p, "create", row.ID, true)
	return nil
}

func (s *stagedStore) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	p := s.enter(ctx, "find", id)
	row, found := s.rows[id]
	s.note(p, "find", id, found)
	if !found {
		return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
	}
	return row, nil
}

func (s *stagedStore) SwapLogin(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	p := s.enter(ctx, "swap", next.ID)
	row, found := s.rows[next.ID]
	swapped := found && (s.swapsBlindly || sameVersion(row, old)) || !found && s.swapsRevive
	raised := swapped && next.Generation > row.Generation
	if s.forgetsGenerations {
		next.Generation = row.Generation
	}
	if swapped {
		s.put(next)
	}
	s.noteCall(storeCall{player: p, method: "swap", id: next.ID, done: swapped, raised: raised})
	return swapped, nil
}

// sameVersion compares what a swap has to compare.
func sameVersion(row, old ginlogin.StoredLogin) bool {
	return row.Generation == old.Generation && row.Presented == old.Presented && row.Device == old.Device
}

func (s *stagedStore) DeleteLogin(ctx context.Context, id string) error {
	p := s.enter(ctx, "delete", id)
	_, found := s.rows[id]
	s.delete(id)
	s.note(p, "delete", id, found)
	return nil
}

func (s *stagedStore) DeleteLogins(ctx context.Context, user, except string) error {
	p := s.enter(ctx, "delete all but", except)
	for id, row := range s.rows {
		if row.User == user && id != except {
			s.delete(id)
		}
	}
	s.noteCall(storeCall{player: p, method: "delete all but", id: except, done: true, user: user})
	return nil
}

func (s *stagedStore) put(row ginlogin.StoredLogin) {
	if s.forgetsActors {
		row.ActingUser = ""
	}
	s.rows[row.ID] = row
	if s.deleted[row.ID] {
		s.revived = row.ID
	}
}

func (s *stagedStore) delete(id string) {
	if _, found := s.rows[id]; found {
		delete(s.rows, id)
		s.deleted[id] = true
	}
}

func (s *stagedStore) ListLogins(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	p := s.enter(ctx, "list", user)
	rows := s.matching(limit, func(row ginlogin.StoredLogin) bool { return row.User == user })
	s.noteCall(storeCall{player: p, method: "list", id: user, done: true, listed: rows})
	return slices.Clone(rows), nil
}

func (s *stagedStore) FindExternal(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	p := s.enter(ctx, "list", id)
	s.note(p, "list", id, true)
	return s.matching(limit, func(row ginlogin.StoredLogin) bool { return id != "" && row.ExternalID == id }), nil
}

func (s *stagedStore) matching(limit int, wanted func(ginlogin.StoredLogin) bool) []ginlogin.StoredLogin {
	var rows []ginlogin.StoredLogin
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		if wanted(s.rows[id]) {
			rows = append(rows, s.rows[id])
		}
	}
	slices.SortStableFunc(rows, func(a, b ginlogin.StoredLogin) int { return b.LastSeen.Compare(a.LastSeen) })
	return rows[:min(len(rows), max(limit, 0))]
}

// text is what the rows are, for comparing two states of the store.
func (s *stagedStore) text() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		fmt.Fprintln(&b, s.rows[id])
	}
	return b.String()
}
