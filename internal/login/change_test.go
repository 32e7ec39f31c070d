package login

import (
	"testing"
	"time"
)

func TestANewLogin(t *testing.T) {
	want := Record{
		UserID: "ada", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now,
		Client: "AAAAAAAAAAAAAAAAAAAAAA", LoginID: "LOGIN", Binding: "BINDING",
	}
	if got := Begin("ada", "LOGIN", "BINDING", "", aClient, true, now); got != want {
		t.Errorf("fresh:\n got %+v\nwant %+v", got, want)
	}
	want.Fresh = false
	if got := Begin("ada", "LOGIN", "BINDING", "", aClient, false, now); got != want {
		t.Errorf("stale:\n got %+v\nwant %+v", got, want)
	}
}

func TestTheRememberCookieOfALogin(t *testing.T) {
	record := Record{
		UserID: "ada", Fresh: true, LoginAt: begun, AuthAt: now, BegunAt: now - 5, Generation: 3, Client: "C",
		LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd otp", Confirmed: "hwk",
	}
	for _, test := range []struct {
		name     string
		absolute time.Duration
		d        time.Duration
		lifetime int64
	}{
		{"lasts as long as it is asked to", 0, 90 * day, 90 * 86400},
		{"lasts whole seconds", 0, 2*time.Second - 1, 1},
		{"lasts no longer than its login", time.Hour, day, 3600},
		{"lasts no longer than its login, however short that is", 1, day, 0},
		{"lasts shorter than its login", day, time.Hour, 3600},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Policy{Absolute: test.absolute}
			want := Token{
				UserID: "ada", IssuedAt: now, Lifetime: test.lifetime, LoginAt: begun, AuthAt: now,
				LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd otp",
			}
			if got := p.Remember(&record, test.d); got != want {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestTheRowOfALogin(t *testing.T) {
	record := Record{UserID: "ada", LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN", Methods: "pwd otp"}
	for _, test := range []struct {
		name    string
		policy  Policy
		d       time.Duration
		expires int64
	}{
		{"that is not remembered expires with its session", stored, 0, now + 30*86400},
		{"that is remembered expires with its remember cookie", stored, 90*day + time.Second, now + 90*86400 + 1},
		{"that idles out expires a minute later", Policy{Idle: time.Hour}, 0, now + 3660},
		{"that has an absolute timeout expires then", Policy{Absolute: day}, 90 * day, now + 86400},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := Row{
				ID: "LOGIN", User: "shop:ada", Created: moment(now), LastSeen: moment(now), Rotated: moment(now),
				Expires: moment(test.expires), Methods: "pwd otp",
			}
			if got := test.policy.Row(&record, "shop:ada", test.d); got != want {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestRowsTellWholeSecondsInUTC(t *testing.T) {
	if got, want := moment(now), time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAConfirmationMakesALoginFresh(t *testing.T) {
	before := Record{
		UserID: "ada", LoginAt: begun, AuthAt: begun, BegunAt: begun + 60, Generation: 3, Client: string(aClient[:]),
		LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd", Confirmed: "pwd", Acting: "ACTING",
	}
	for _, test := range []struct {
		name       string
		row        Row
		generation int64
	}{
		{"without a login store", Row{}, 3},
		{"at the row's generation", rowAt(5, 5, 0, outOfGrace), 5},
		{"never at an older one", rowAt(2, 2, 0, outOfGrace), 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, want := before, before
			want.Fresh, want.AuthAt, want.BegunAt, want.Generation = true, now, now, test.generation
			want.Client, want.Confirmed = string(anotherClient[:]), "hwk otp"
			got.Confirm(test.row, anotherClient, "hwk otp", now)
			if got != want {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestLogoutOthersBindsTheSessionThatGoesOn(t *testing.T) {
	for _, test := range []struct {
		name       string
		row        Row
		generation int64
	}{
		{"without a login store", Row{}, 5},
		{"at the row's generation", rowAt(7, 7, 7, now), 7},
		{"never at an older one", rowAt(4, 4, 4, now), 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, want := sessionRecord(), sessionRecord()
			want.Binding, want.Generation = "NEWEST", test.generation
			if got.KeepAlone(test.row, "NEWEST"); got != want {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

// What existed before LogoutOthers is not good after it, and what a request under way
// is about to issue is not either.
func TestLogoutOthersEndsAllCopies(t *testing.T) {
	row := rowAt(5, 4, 0, outOfGrace).CutOthers(now)
	for _, test := range []struct {
		name       string
		source     Source
		generation int64
		want       Verdict
	}{
		{"the session of before", Session, 5, Cut},
		{"a session that a restore under way is about to make", Session, 6, Cut},
		{"the session that goes on", Session, 7, Good},
		{"the remember cookie of before", Cookie, 5, Cut},
		{"the one before that", Cookie, 4, Cut},
		{"one that is under way", Cookie, 6, Cut},
		{"the one that is issued again", Cookie, 7, Good},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, later := range []int64{0, 59, 60, 1e5} {
				use := Use{Source: test.source, User: "ada", Generation: test.generation, Now: now + later}
				if got := stored.Compare(use, row, cookieOf(test.generation)); got.Verdict != test.want {
					t.Errorf("%d seconds later: %v, want %v", later, got.Verdict, test.want)
				}
			}
		})
	}
}
