package login

import (
	"testing"
	"time"
)

// tokens are the payloads of remember cookies that browsers keep for a year. None of
// them may change.
var tokens = []struct {
	name, text string
	token      Token
}{
	{
		"of a login just made",
		"r1.1700000000.31536000.1700000000.1700000000.0.LOGIN...NDI",
		Token{UserID: "42", IssuedAt: now, Lifetime: 31536000, LoginAt: now, AuthAt: now, LoginID: "LOGIN"},
	},
	{
		"with every field",
		"r1.1700000000.86400.1699996400.1699996460.12.LOGIN.BINDING.pwd+otp.YWRh",
		Token{
			UserID: "ada", IssuedAt: now, Lifetime: 86400, LoginAt: begun, AuthAt: begun + 60, Generation: 12,
			LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd otp",
		},
	},
	{
		"with a user ID in UTF-8, with dots and with bytes that are none",
		"r1.1.2.3.4.5.LOGIN...w6kuLuKCrP8A",
		Token{UserID: "é..€\xff\x00", IssuedAt: 1, Lifetime: 2, LoginAt: 3, AuthAt: 4, Generation: 5, LoginID: "LOGIN"},
	},
	{
		"with methods whose dots are escaped",
		"r1.1.2.3.4.5.LOGIN..a%2Eb+%25.MQ",
		Token{UserID: "1", IssuedAt: 1, Lifetime: 2, LoginAt: 3, AuthAt: 4, Generation: 5, LoginID: "LOGIN", Methods: "a.b %"},
	},
	{
		"with negative numbers",
		"r1.-1.-2.-3.-4.-5.LOGIN...MQ",
		Token{UserID: "1", IssuedAt: -1, Lifetime: -2, LoginAt: -3, AuthAt: -4, Generation: -5, LoginID: "LOGIN"},
	},
}

func TestATokenIsWrittenAndReadAsItsText(t *testing.T) {
	for _, test := range tokens {
		t.Run(test.name, func(t *testing.T) {
			if text := test.token.Encode(); text != test.text {
				t.Errorf("Encode:\n got %s\nwant %s", text, test.text)
			}
			if token, ok := DecodeToken(test.text); !ok || token != test.token {
				t.Errorf("DecodeToken:\n got %+v\nwant %+v", token, test.token)
			}
		})
	}
}

func TestTextThatIsNoTokenIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"no text", ""},
		{"another version", "r2.1.2.3.4.5.LOGIN...MQ"},
		{"another purpose", "a1.1.2.3.4.5.LOGIN...MQ"},
		{"a field too few", "r1.1.2.3.4.5.LOGIN..MQ"},
		{"a field too many", "r1.1.2.3.4.5.LOGIN....MQ"},
		{"no user", "r1.1.2.3.4.5.LOGIN..."},
		{"a user that is not base64", "r1.1.2.3.4.5.LOGIN...M!"},
		{"a user with padding", "r1.1.2.3.4.5.LOGIN...MQ=="},
		{"a time of issue that is no number", "r1.x.2.3.4.5.LOGIN...MQ"},
		{"a lifetime that is no number", "r1.1.x.3.4.5.LOGIN...MQ"},
		{"a time of login that is no number", "r1.1.2.x.4.5.LOGIN...MQ"},
		{"a time of authentication that is no number", "r1.1.2.3.x.5.LOGIN...MQ"},
		{"a generation that is no number", "r1.1.2.3.4.x.LOGIN...MQ"},
		{"no generation", "r1.1.2.3.4..LOGIN...MQ"},
		{"methods that are half escaped", "r1.1.2.3.4.5.LOGIN..%2.MQ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if token, ok := DecodeToken(test.text); ok || token != (Token{}) {
				t.Errorf("read as %+v, %v", token, ok)
			}
		})
	}
}

func FuzzToken(f *testing.F) {
	for _, test := range tokens {
		f.Add(test.text)
	}
	f.Add("r1.+1.007.-0.9223372036854775807.5.LOGIN.B.%2e%41.QR")
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := DecodeToken(text)
		if !ok {
			return
		}
		written := token.Encode()
		if again, ok := DecodeToken(written); !ok || again != token {
			t.Errorf("%q is %+v, written as %q, which is %+v", text, token, written, again)
		}
	})
}

func TestOfTwoRememberCookiesTheNewerCounts(t *testing.T) {
	newer := Token{LoginID: "A", LoginAt: 10, Generation: 2, IssuedAt: 20}
	for _, test := range []struct {
		name string
		u    Token
		want bool
	}{
		{"of one login, the higher generation", Token{LoginID: "A", LoginAt: 10, Generation: 1, IssuedAt: 20}, true},
		{"of one login, the higher generation, also if it was issued earlier", Token{LoginID: "A", LoginAt: 10, Generation: 1, IssuedAt: 30}, true},
		{"of one login, not the lower generation", Token{LoginID: "A", LoginAt: 10, Generation: 3, IssuedAt: 20}, false},
		{"of one login, not the lower generation, also if it was issued later", Token{LoginID: "A", LoginAt: 10, Generation: 3, IssuedAt: 15}, false},
		{"of one generation, the one issued later", Token{LoginID: "A", LoginAt: 10, Generation: 2, IssuedAt: 19}, true},
		{"of one generation, not the one issued earlier", Token{LoginID: "A", LoginAt: 10, Generation: 2, IssuedAt: 21}, false},
		{"of two logins, the later one, whatever generation", Token{LoginID: "B", LoginAt: 9, Generation: 9, IssuedAt: 19}, true},
		{"of two logins, the later one, also if the earlier one was renewed since", Token{LoginID: "B", LoginAt: 9, Generation: 2, IssuedAt: 30}, true},
		{"of two logins, not the earlier one", Token{LoginID: "B", LoginAt: 11, Generation: 1, IssuedAt: 11}, false},
		{"a cookie is not newer than itself", newer, false},
		{"of two logins made and issued at once, neither", Token{LoginID: "B", LoginAt: 10, Generation: 2, IssuedAt: 20}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := newer.NewerThan(test.u); got != test.want {
				t.Errorf("got %v", got)
			}
			if test.want && test.u.NewerThan(newer) {
				t.Error("each is newer than the other")
			}
		})
	}
}

// Which of three cookies counts must not depend on the order in which they come.
func TestRememberCookiesHaveOneOrder(t *testing.T) {
	var all []Token
	for _, loginID := range []string{"A", "B", "C"} {
		for _, loginAt := range []int64{10, 11} {
			for _, generation := range []int64{0, 1, 2} {
				for _, issuedAt := range []int64{11, 12, 13} {
					all = append(all, Token{LoginID: loginID, LoginAt: loginAt, Generation: generation, IssuedAt: issuedAt})
				}
			}
		}
	}
	for _, a := range all {
		for _, b := range all {
			for _, c := range all {
				if a.NewerThan(b) && !a.NewerThan(c) && !c.NewerThan(b) {
					t.Fatalf("%+v is newer than %+v, and %+v is as new as both", a, b, c)
				}
			}
		}
	}
}

func TestARememberCookieIsValidWithinItsLifetime(t *testing.T) {
	token := Token{IssuedAt: now, Lifetime: 100, LoginAt: begun}
	endless, absolute := Policy{}, Policy{Absolute: time.Hour + 50*time.Second}
	for _, test := range []struct {
		name   string
		policy Policy
		now    int64
		want   bool
	}{
		{"when issued", endless, now, true},
		{"a second before it ends", endless, now + 99, true},
		{"not when it ends", endless, now + 100, false},
		{"by a clock that was set back", endless, now - 5000, true},
		{"a second before the absolute timeout of its login", absolute, now + 49, true},
		{"not from the absolute timeout of its login on", absolute, now + 50, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.policy.Valid(token, test.now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if token.ExpiresAt() != now+100 {
		t.Errorf("it ends at %d", token.ExpiresAt())
	}
}

func TestARememberCookieIsSentAgain(t *testing.T) {
	const grace = time.Minute
	var (
		never  = Policy{Grace: grace}
		each   = Policy{Grace: grace, RenewEach: true}
		hourly = Policy{Grace: grace, RenewAfter: time.Hour}
		stored = Policy{Grace: grace, RenewEach: true, Stored: true}
		aged   = Policy{Grace: grace, RenewAfter: time.Hour, Stored: true}
	)
	token := Token{LoginID: "A", Generation: 3, IssuedAt: now - 3600}
	with := func(generation, rotated int64) Row {
		return Row{ID: "A", Generation: generation, Rotated: moment(rotated)}
	}
	for _, test := range []struct {
		name   string
		policy Policy
		token  Token
		row    Row
		want   bool
	}{
		{"never without a setting", never, token, Row{}, false},
		{"with RefreshEachRequest each time", each, Token{LoginID: "A", IssuedAt: now}, Row{}, true},
		{"with RenewAfter at that age", hourly, token, Row{}, true},
		{"with RenewAfter of next to nothing", Policy{RenewAfter: 1}, Token{LoginID: "A", IssuedAt: now - 1}, Row{}, true},
		{"with RenewAfter not a second before", hourly, Token{LoginID: "A", IssuedAt: now - 3599}, Row{}, false},
		{"without a login store whatever the row says", each, token, with(9, now), true},
		{"with a login store outside the grace", stored, token, with(3, now-60), true},
		{"with a login store, as its clock may be behind, after the grace either way", stored, token, with(3, now+60), true},
		{"not in the last second of the grace", stored, token, with(3, now-59), false},
		{"not in the last second of the grace of a server whose clock is ahead", stored, token, with(3, now+59), false},
		{"not the cookie of an older generation", stored, token, with(4, now-60), false},
		{"the cookie of a generation that the row has not seen yet", stored, token, with(2, now-60), true},
		{"not the cookie of another login", stored, token, Row{ID: "B", Generation: 3, Rotated: moment(now - 60)}, false},
		{"not where the row is not known", stored, token, Row{}, false},
		{"with a login store and RenewAfter at that age", aged, token, with(3, now-60), true},
		{"with a login store and RenewAfter not before", aged, Token{LoginID: "A", Generation: 3, IssuedAt: now - 3599}, with(3, now-60), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.policy.Renews(test.token, test.row, now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
