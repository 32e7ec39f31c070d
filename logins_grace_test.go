package ginlogin_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// The victim's browser has got a new remember cookie and sends it with every request.
// So the old one, when it comes back, cannot be a lost answer.
func TestAReplacedRememberCookieIsATheftOnceItsSuccessorWasSent(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	victim.restore()
	s.clock.Advance(time.Hour)
	wants(t, "the victim, in the session and with the new cookie", victim.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the thief", thief.restore(), "200 user ")
	wants(t, "rows", store.count(), 0)
}

func TestALostResponseIsNoTheft(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	old := b.cookie("remember_token")
	for day := range 3 {
		s.clock.Advance(24 * time.Hour)
		b.put("remember_token", old) // the answer of yesterday has never arrived
		wants(t, fmt.Sprintf("day %d", day), b.restore(), "200 user 1")
	}
	s.clock.Advance(24 * time.Hour)
	wants(t, "with the newest cookie", b.restore(), "200 user 1")
	wants(t, "rows", store.count(), 1)
}

func TestParallelRequestsWithOneRememberCookieAllPass(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	cookie := b.cookie("remember_token")
	s.clock.Advance(time.Hour)

	var wg sync.WaitGroup
	fresh := make(chan string, 64)
	for range 64 {
		visitor := b.copyOf("remember_token")
		wg.Go(func() {
			if got := visitor.get("/whoami"); got != "200 user 1" {
				t.Errorf("one of the requests: %s", got)
			}
			if now := visitor.cookie("remember_token"); now != cookie {
				fresh <- now
			}
		})
	}
	wg.Wait()
	close(fresh)
	var live []string
	for value := range fresh {
		live = append(live, value)
	}
	wants(t, "new cookies", len(live), 1)
	wants(t, "generation", store.only(t).Generation, 1)
	s.clock.Advance(time.Hour)
	b.put("remember_token", live[0])
	wants(t, "the new cookie", b.restore(), "200 user 1")
}

// Two requests leave the browser with the same remember cookie. The first gets a new
// one, which the next page sends. The second is a long poll, whose answer arrives last.
// If that answer set the old cookie again, it would be taken for stolen the next day.
func TestAnAnswerThatCameLastWithAnOlderCookieIsNoTheft(t *testing.T) {
	for name, change := range map[string]func(*site){
		"as it is":       func(*site) {},
		"refreshed":      func(s *site) { s.lm.Remember.RefreshEachRequest = true },
		"with a new key": func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("remember")} },
	} {
		t.Run(name, func(t *testing.T) {
			before, store := newStoredSite(t, nil)
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.Logins, s.clock.now = store, before.clock.Now()
				change(s)
			})
			old := before.browser()
			old.post("/login?id=1&remember=1")
			s.clock.Advance(time.Hour)
			b, slow := s.browser(), s.browser()
			b.put("remember_token", old.cookie("remember_token"))
			slow.put("remember_token", old.cookie("remember_token"))
			wants(t, "the first", b.get("/whoami"), "200 user 1")
			rep := slow.do("GET", "/whoami")
			wants(t, "the second", rep.body, "user 1")
			s.clock.Advance(61 * time.Second)
			wants(t, "the next page", b.get("/whoami"), "200 user 1")
			if set := slow.setCookie(rep, "remember_token"); set != nil {
				b.put("remember_token", set.Value)
			}
			for range 3 {
				s.clock.Advance(time.Hour)
				wants(t, "later", b.restore(), "200 user 1")
			}
			wants(t, "rows", store.count(), 1)
		})
	}
}

// Nothing tells it from a thief who came first. Remember.Grace warns of it.
func TestAnAnswerLaterThanTheGracePeriodLooksLikeATheft(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	slow := b.copyOf("remember_token") // of one tab: the answer takes 70 seconds
	wants(t, "slow tab", slow.get("/whoami"), "200 user 1")
	s.clock.Advance(61 * time.Second)
	wants(t, "second tab", b.restore(), "200 user 1")
	s.clock.Advance(9 * time.Second)
	b.put("session", slow.cookie("session")) // now it arrives
	b.put("remember_token", slow.cookie("remember_token"))
	s.told()
	wants(t, "the cookie that was replaced before it came", b.get("/whoami"), "200 user ")
	wants(t, "rows", store.count(), 0)
	wantsText(t, "events", s.told(), "remember_token_stolen")
}

// Within Grace the cookie before the newest is good and leaves no trace. A clock that
// jumps back must not make that period as long as the jump: the thief would be let in
// for as long and not be noticed.
func TestAClockThatJumpsBackDoesNotStretchTheGracePeriod(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	victim.restore()
	s.clock.Advance(30 * time.Second)
	wants(t, "the victim, with the new cookie", victim.restore(), "200 user 1")
	s.clock.Advance(-24 * time.Hour)
	wants(t, "the thief, as a browser whose answer was lost", thief.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the victim, whose cookie was replaced", victim.restore(), "200 user ")
	wantsText(t, "events", s.told(), "remember_token_stolen=1")
	wants(t, "rows", store.count(), 0)
}

// Of two servers one has a clock that is a little behind. A request with the cookie
// before the newest is within the grace there, too. Otherwise it would get one more
// cookie, beside the one that its browser has.
func TestTheGracePeriodHoldsOnAServerWhoseClockIsBehind(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	second := b.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	wants(t, "the first", b.restore(), "200 user 1")
	s.clock.Advance(-2 * time.Second)
	wants(t, "the second", second.get("/whoami"), "200 user 1")
	wants(t, "generation", store.only(t).Generation, 1)
}

func TestAConfirmationInTheGracePeriodLasts(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	b.copyOf("remember_token").get("/whoami")
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	s.clock.Advance(2 * time.Minute)
	wants(t, "fresh", b.get("/vault"), "200 vault")
}
