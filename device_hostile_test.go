package ginlogin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/device/devicetest"
)

// challenge begins a refresh of that session, and returns the challenge.
func (s *site) challenge(session string) string {
	s.t.Helper()
	rep := s.send(device.HeaderID, session)
	wants(s.t, "a refresh without a proof", rep.StatusCode, http.StatusForbidden)
	challenge, _, ok := strings.Cut(strings.TrimPrefix(rep.Header.Get(device.HeaderChallenge), `"`), `";id="`+session+`"`)
	if !ok {
		s.t.Fatalf("Secure-Session-Challenge is %q", rep.Header.Get(device.HeaderChallenge))
	}
	return challenge
}

func TestHostileRegistrations(t *testing.T) {
	s, store := newBoundSite(t, nil)
	key := devicetest.New()
	challenge := s.offer(s.browser(), "/login?id=1")
	row := store.only(t)
	unsigned := devicetest.Header()
	unsigned["alg"], unsigned["jwk"] = "none", key.JWK()
	foreign := devicetest.Header()
	foreign["jwk"] = devicetest.New().JWK()
	for name, proof := range map[string]string{
		"nothing":                "",
		"text":                   "a.b.c",
		"alg none":               key.Sign(unsigned, map[string]any{"jti": challenge}),
		"another key in it":      key.Sign(foreign, map[string]any{"jti": challenge}),
		"without its key":        key.Refresh(challenge),
		"no challenge":           key.Register("x"),
		"a changed challenge":    key.Register(challenge[:len(challenge)-1]),
		"another login in it":    key.Register(strings.Replace(challenge, row.ID, "OTHER", 1)),
		"a challenge to refresh": key.Register(device.LoginOf(challenge) + ".1." + strings.Repeat("A", 43)),
		"huge":                   key.Register(strings.Repeat("x", 100_000)),
	} {
		rep := s.send(device.HeaderResponse, proof)
		wants(t, name, rep.StatusCode, http.StatusBadRequest)
		wantsNoCookies(t, name, rep)
		wants(t, name+": the row", store.only(t), row)
	}
	s.clock.Advance(2 * time.Minute)
	wants(t, "late", s.send(device.HeaderResponse, key.Register(challenge)).StatusCode, http.StatusBadRequest)
	wants(t, "the row", store.only(t), row)
}

func TestARegistrationIsGoodOnce(t *testing.T) {
	s, store := newBoundSite(t, nil)
	victim, thief := devicetest.New(), devicetest.New()
	b := s.browser()
	challenge := s.offer(b, "/login?id=1")
	rep := s.send(device.HeaderResponse, victim.Register(challenge))
	wants(t, "the first", rep.StatusCode, http.StatusOK)
	wantsText(t, "its cookie", strings.Join(rep.Header["Set-Cookie"], "\n"), deviceCookie+"=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax")
	for name, proof := range map[string]string{"another key": thief.Register(challenge), "the same again": victim.Register(challenge)} {
		wants(t, name, s.send(device.HeaderResponse, proof).StatusCode, http.StatusBadRequest)
		wants(t, name+": the row", store.only(t).Device, "?"+victim.Stored())
	}
	session := device.Session(store.only(t).ID, victim.Stored())
	rep = s.send(device.HeaderID, session, device.HeaderResponse, victim.Refresh(s.challenge(session)))
	wants(t, "the confirmation", rep.StatusCode, http.StatusOK)
	wants(t, "its body", rep.body, "")
	wants(t, "after it", s.send(device.HeaderResponse, thief.Register(challenge)).StatusCode, http.StatusBadRequest)

	// ConfirmLogin offers no registration, which could replace the key.
	rep = b.do("POST", "/confirm")
	wants(t, "offer", rep.Header.Get(device.HeaderRegistration), "")
	wants(t, "the row", store.only(t).Device, victim.Stored())
}

func TestHostileRefreshes(t *testing.T) {
	s, store := newBoundSite(t, nil)
	_, d := s.bound("/login?id=1")
	key, session := d.Key(), d.Session()
	row := store.only(t)
	_, other := s.bound("/login?id=2")
	fresh := s.challenge(session)
	none := devicetest.Header()
	none["alg"] = "none"
	wantsAnswer := func(name string, rep reply, status int) {
		t.Helper()
		wants(t, name, rep.StatusCode, status)
		wantsNoCookies(t, name, rep)
	}
	for name, proof := range map[string]string{
		"another key":           devicetest.New().Refresh(fresh),
		"another login's key":   other.Key().Refresh(fresh),
		"a key brought along":   devicetest.New().Register(fresh),
		"its own brought along": key.Register(fresh),
		"alg none":              key.Sign(none, map[string]any{"jti": fresh}),
		"text":                  "a.b.c",
		"huge":                  key.Refresh(strings.Repeat("x", 100_000)),
	} {
		wantsAnswer(name, s.send(device.HeaderID, session, device.HeaderResponse, proof), http.StatusBadRequest)
	}
	for name, challenge := range map[string]string{
		"another login's challenge": s.challenge(other.Session()),
		"no challenge of ours":      "x",
		"a changed one":             strings.Replace(fresh, ".1", ".2", 1),
	} {
		wantsAnswer(name, s.send(device.HeaderID, session, device.HeaderResponse, key.Refresh(challenge)), http.StatusForbidden)
	}
	for name, id := range map[string]string{
		"another key's session": device.Session(row.ID, other.Key().Stored()),
		"no session":            "x", "no login": ".x", "the login alone": row.ID, "more": session + ".x",
	} {
		rep := s.send(device.HeaderID, id, device.HeaderResponse, key.Refresh(fresh))
		wantsAnswer(name, rep, http.StatusOK)
		wants(t, name, rep.body, string(device.End(id)))
	}
	wantsAnswer("a huge session", s.send(device.HeaderID, strings.Repeat("x", 1025)), http.StatusBadRequest)
	wants(t, "the longest session", s.send(device.HeaderID, strings.Repeat("x", 1024)).StatusCode, http.StatusOK)
	now, err := store.FindLogin(t.Context(), row.ID)
	noError(t, err)
	wants(t, "the row", now, row)
}

func TestAnOverheardProofGainsNoTime(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	b, d := s.bound("/login?id=1")
	s.clock.Advance(time.Hour)
	b.get("/secret")
	proof, session := d.Proof(), d.Session()
	s.clock.Advance(100 * time.Second)
	thief := b.copyOf("session")
	rep := thief.do("POST", devicePath, device.HeaderID, session, device.HeaderResponse, proof)
	wants(t, "sent again", rep.StatusCode, http.StatusOK)
	wants(t, "the copy", thief.get("/secret"), "200 secret")
	s.clock.Advance(500 * time.Second)
	wants(t, "ten minutes after the challenge", thief.do("GET", "/secret").StatusCode, http.StatusTemporaryRedirect)
	rep = thief.do("POST", devicePath, device.HeaderID, session, device.HeaderResponse, proof)
	wants(t, "sent again then", rep.StatusCode, http.StatusForbidden)
	wantsRefused(t, "the copy then", thief)
}

func TestADeviceCookieOfAnotherLoginOpensNothing(t *testing.T) {
	s, _ := newBoundSite(t, nil)
	victim, _ := s.bound("/login?id=1")
	mallory, _ := s.bound("/login?id=2")
	s.clock.Advance(time.Hour)
	mallory.get("/secret")
	thief := victim.copyOf("session")
	thief.put(deviceCookie, mallory.cookie(deviceCookie))
	wants(t, "with Mallory's cookie", thief.do("GET", "/secret").StatusCode, http.StatusTemporaryRedirect)
	wantsRefused(t, "again", thief)
}

// Two browsers that have the answer to one login register at once.
func TestOfTwoRegistrationsAtOnceOneWins(t *testing.T) {
	s, store := newBoundSite(t, nil)
	challenge := s.offer(s.browser(), "/login?id=1")
	won := make(chan bool)
	keys := []*devicetest.Key{devicetest.New(), devicetest.New()}
	for _, key := range keys {
		go func() { won <- s.send(device.HeaderResponse, key.Register(challenge)).StatusCode == http.StatusOK }()
	}
	if first, second := <-won, <-won; first == second {
		t.Error("both or neither have won")
	}
	row := store.only(t)
	ended := 0
	for _, key := range keys {
		session := device.Session(row.ID, key.Stored())
		if s.send(device.HeaderID, session).body == string(device.End(session)) {
			ended++
		}
	}
	wants(t, "sessions that end", ended, 1)
}
