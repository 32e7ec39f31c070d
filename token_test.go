package ginlogin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// newTokens returns tokens for members that may change, with a clock.
func newTokens(purpose string, find func(ctx context.Context, id string) (*clubMember, error), clock *testClock) *ginlogin.Tokens[*clubMember] {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{keyOf("new"), keyOf("old")}
	lm.Now = clock.Now
	return &ginlogin.Tokens[*clubMember]{Manager: lm, Purpose: purpose, Lifetime: time.Hour}
}

func TestATokenIsGoodForItsUserItsPurposeAndAWhile(t *testing.T) {
	ada := &clubMember{ID: "ada", Hash: "a"}
	users := map[string]*clubMember{"ada": ada}
	outage := error(nil)
	find := func(_ context.Context, id string) (*clubMember, error) { return users[id], outage }
	clock := &testClock{now: time.Unix(1_800_000_000, 0)}
	resets := newTokens("reset", find, clock)
	good, err := resets.New(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		token string
		tweak func() (undo func())
		want  error
	}{
		{"as it was made", good, nil, nil},
		{"twice, since a GET spends nothing", good, nil, nil},
		{"a second before its end", good, func() func() {
			clock.Advance(time.Hour - time.Second)
			return func() { clock.Advance(time.Second - time.Hour) }
		}, nil},
		{"at its end", good, func() func() { clock.Advance(time.Hour); return func() { clock.Advance(-time.Hour) } }, ginlogin.ErrBadToken},
		{"for an inactive user, who may have to verify an address", good, func() func() { ada.Banned = true; return func() { ada.Banned = false } }, nil},
		{"after the password has changed", good, func() func() { ada.Hash = "b"; return func() { ada.Hash = "a" } }, ginlogin.ErrBadToken},
		{"of a user who is gone", good, func() func() { delete(users, "ada"); return func() { users["ada"] = ada } }, ginlogin.ErrBadToken},
		{"empty", "", nil, ginlogin.ErrBadToken},
		{"cut", good[:len(good)-1], nil, ginlogin.ErrBadToken},
		{"with another user", strings.Replace(good, "YWRh", "Ym9i", 1), nil, ginlogin.ErrBadToken},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.tweak != nil {
				defer row.tweak()()
			}
			u, err := resets.User(t.Context(), row.token)
			if !errors.Is(err, row.want) || row.want == nil && (err != nil || u != ada) {
				t.Errorf("got %v, %v, want %v", u, err, row.want)
			}
		})
	}
	if _, err := newTokens("verify", find, clock).User(t.Context(), good); !errors.Is(err, ginlogin.ErrBadToken) {
		t.Errorf("for another purpose: %v", err)
	}
	outage = errStoreDown
	if _, err := resets.User(t.Context(), good); !errors.Is(err, errStoreDown) || errors.Is(err, ginlogin.ErrBadToken) {
		t.Errorf("in an outage: %v", err)
	}
}

func TestATokenOutlivesANewKeyAndDiesWithItsText(t *testing.T) {
	ada := &clubMember{ID: "ada", Hash: "a"}
	find := func(context.Context, string) (*clubMember, error) { return ada, nil }
	clock := &testClock{now: time.Unix(1_800_000_000, 0)}
	address := "ada@example.com"
	before := newTokens("verify", find, clock)
	before.Manager.SecretKeys = before.Manager.SecretKeys[1:]
	before.Until = func(*clubMember) string { return address }
	token, err := before.New(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	after := newTokens("verify", find, clock)
	after.Until = before.Until
	if _, err := after.User(t.Context(), token); err != nil {
		t.Errorf("after a new key: %v", err)
	}
	address = "ada@example.org"
	if _, err := after.User(t.Context(), token); !errors.Is(err, ginlogin.ErrBadToken) {
		t.Errorf("after a new address: %v", err)
	}
}

func TestTokensSayWhatIsMissing(t *testing.T) {
	find := func(context.Context, string) (*account, error) { return &account{ID: "1"}, nil }
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{keyOf("a")}
	keyless := ginlogin.New(find)
	whole := ginlogin.Tokens[*account]{Manager: lm, Purpose: "p", Lifetime: time.Hour, Until: func(*account) string { return "" }}
	good, err := whole.New(t.Context(), &account{ID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		tokens ginlogin.Tokens[*account]
		want   string
	}{
		"a manager":      {ginlogin.Tokens[*account]{Purpose: "p", Lifetime: time.Hour}, "Tokens.Manager"},
		"a purpose":      {ginlogin.Tokens[*account]{Manager: lm, Lifetime: time.Hour}, "Tokens.Purpose"},
		"a lifetime":     {ginlogin.Tokens[*account]{Manager: lm, Purpose: "p"}, "Tokens.Lifetime"},
		"keys":           {ginlogin.Tokens[*account]{Manager: keyless, Purpose: "p", Lifetime: time.Hour}, "SecretKeys"},
		"what ends them": {ginlogin.Tokens[*account]{Manager: lm, Purpose: "p", Lifetime: time.Hour}, "SessionHash"},
	} {
		_, err := row.tokens.New(t.Context(), &account{ID: "1"})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
		u, err := row.tokens.User(t.Context(), good)
		if u != nil || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s, asked for the user: %v, %v", name, u, err)
		}
	}
	for _, nobody := range []*account{nil, {}} {
		if token, err := whole.New(t.Context(), nobody); token != "" || err == nil {
			t.Errorf("the token of nobody is %q, %v", token, err)
		}
	}
}

// A user who may choose the text, and reads the own token, must not get the signature
// of a token for somebody else.
func TestTheTextThatEndsATokenIsNoSignature(t *testing.T) {
	find := func(_ context.Context, id string) (*clubMember, error) { return &clubMember{ID: id}, nil }
	clock := &testClock{now: time.Unix(1_800_000_000, 0)}
	text := ""
	tokens := newTokens("verify", find, clock)
	tokens.Until = func(*clubMember) string { return text }
	macOf := func(chosen string) string {
		text = chosen
		token, err := tokens.New(t.Context(), &clubMember{ID: "eve"})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(token, ".")[2]
	}
	payload := "t1.1900000000." + macOf("victim@example.com") + ".dmljdGlt"
	forged := payload + "." + macOf(payload)
	text = "victim@example.com"
	if u, err := tokens.User(t.Context(), forged); !errors.Is(err, ginlogin.ErrBadToken) {
		t.Errorf("a forged token is %v's, %v", u, err)
	}
}

// Links are in mails for days: a release has to read those of the one before.
func TestTheLinksOfEarlierReleasesAreStillGood(t *testing.T) {
	for name, link := range map[string]string{
		"":      "t1.1800003600.To22AHjqT6SWdcpWbsL08Qss3F0X8tZpEbYmOMk_51k.YWRh.rhJZJ7psSB6Q9_Qb8UAACZJ4X9wF8L6dY_Ht6cjajIA",
		"staff": "t1.1800003600.sCkVveAfGbqpP-K_j3SmigqQWaeW_dASd4tdR61eSH8.YWRh.RYhK4ujLM0kKX9Cb1aperlTtZ1fDmC_JoBTxqiUFso0",
	} {
		lm := ginlogin.New(func(_ context.Context, id string) (*insured, error) {
			return &insured{account: account{ID: id}, password: "hash"}, nil
		})
		lm.SecretKeys, lm.Name = [][]byte{[]byte("first-secret-of-the-tests-0123456789")}, name
		lm.Now = func() time.Time { return time.Unix(1800000000, 0) }
		links := ginlogin.Tokens[*insured]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}
		u, err := links.User(t.Context(), link)
		if err != nil || u.ID != "ada" {
			t.Errorf("%q: %v, %v", name, u, err)
		}
		again, err := links.New(t.Context(), &insured{account: account{ID: "ada"}, password: "hash"})
		wants(t, "the same link is made", again, link)
		noError(t, err)
	}
}
