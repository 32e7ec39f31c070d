package login

import "testing"

// noticedWithin is how many grace periods of use by both it takes at most until a
// theft is noticed.
const noticedWithin = 4

// A thief has one copy of a remember cookie, and knows when the row was rotated.
type thief struct {
	*browser       // the victim
	mine     jar   // the cookies that the thief plays with
	loot     []jar // all that the thief ever got
	client   Client
	play     strategy
	plays    int
	begun    int64 // the present grace period, with a use by the thief
	shared   int   // grace periods of use by both
	counted  bool  // the present one is among them
}

// A strategy plays once, and says in how many seconds it plays again.
type strategy func(t *thief) (next int64)

// noteThief begins a grace period with a use by the thief, unless one runs.
func (t *thief) noteThief() {
	if t.now >= t.begun+grace {
		t.begun, t.counted = t.now, false
	}
}

// noteVictim counts a grace period that has a use by the victim, too.
func (t *thief) noteVictim() {
	if t.now < t.begun+grace && !t.counted {
		t.shared, t.counted = t.shared+1, true
	}
}

// use sends a request with some cookies, and keeps the answer unless the thief hangs
// up.
func (t *thief) use(j jar, hangUp bool) {
	t.plays++
	t.noteThief()
	v := t.receive(request{jar: j, client: t.client}, t.now)
	t.after(t.between(0, 1), func() {
		a := v.write(t.now)
		if hangUp {
			return
		}
		t.mine.take(a)
		t.loot = append(t.loot, t.mine)
	})
}

// cookieAlone is a jar without its session.
func cookieAlone(j jar) jar { return jar{cookie: j.cookie} }

// sinceRotation is how many seconds ago the row was rotated.
func (t *thief) sinceRotation() int64 { return t.now - t.row.Rotated.Unix() }

var strategies = []struct {
	name string
	play strategy
}{
	{"replays the old cookie once per grace period", func(t *thief) int64 {
		t.use(t.loot[0], true)
		return grace
	}},
	{"replays the old cookie as often as possible", func(t *thief) int64 {
		t.use(t.loot[0], true)
		return 1
	}},
	{"follows the newest cookie", func(t *thief) int64 {
		t.use(t.mine, false)
		return t.between(1, grace)
	}},
	{"follows the newest cookie and throws every session away", func(t *thief) int64 {
		t.use(cookieAlone(t.mine), false)
		return t.between(1, grace)
	}},
	{"follows the newest cookie once per grace period", func(t *thief) int64 {
		t.use(cookieAlone(t.mine), false)
		return grace
	}},
	{"hangs up every other time", func(t *thief) int64 {
		t.use(cookieAlone(t.mine), t.plays%2 == 0)
		return t.between(1, 2*grace)
	}},
	{"waits for hours", func(t *thief) int64 {
		t.use(t.mine, false)
		return t.between(600, 6*3600)
	}},
	{"waits for hours and hangs up", func(t *thief) int64 {
		t.use(t.loot[0], true)
		return t.between(600, 6*3600)
	}},
	{"plays at the victim's restores", func(t *thief) int64 {
		if t.sinceRotation() <= 2 {
			t.use(cookieAlone(t.mine), t.chance(50))
		}
		return 1
	}},
	{"plays only in the grace", func(t *thief) int64 {
		if t.sinceRotation() < grace {
			t.use(cookieAlone(t.mine), false)
			return t.between(1, 20)
		}
		return 1
	}},
	{"plays as soon as the grace has passed", func(t *thief) int64 {
		if t.sinceRotation() == grace {
			t.use(cookieAlone(t.mine), t.chance(50))
		}
		return 1
	}},
	{"mixes all that it has", func(t *thief) int64 {
		j := t.loot[t.random.IntN(len(t.loot))]
		if t.chance(50) {
			j = t.mine
		}
		if t.chance(50) {
			j = cookieAlone(j)
		}
		t.use(j, t.chance(40))
		return t.between(0, 1) * t.between(1, 3*grace)
	}},
}

// steal lets a victim use the site, copies its remember cookie outside the grace, and
// plays both until the theft is noticed or lasts too long.
func steal(seed uint64, play strategy) *thief {
	w := newWorld(seed, Policy{})
	w.policy = policyOf(w)
	b := &browser{world: w, client: aClient, remembered: true, losing: 5}
	b.up = w.between(0, grace-1)
	b.down = grace - 1 - b.up
	b.jar = w.logIn(b.client, 365*day, w.now)
	t := &thief{browser: b, client: anotherClient, play: play}
	b.after(0, t.victim)
	b.after(w.between(2*grace, 4*3600), t.copy)
	w.run(func() bool { return w.alarms > 0 || t.shared > noticedWithin || w.now > begun+30*86400 })
	return t
}

// victim uses the site at least once per grace period.
func (t *thief) victim() {
	t.noteVictim()
	if t.chance(5) {
		t.close()
	}
	for range t.between(1, 3) {
		t.send(look)
	}
	t.after(t.between(1, grace), t.victim)
}

func (t *thief) copy() {
	if t.sinceRotation() < grace {
		t.after(1, t.copy)
		return
	}
	t.mine = cookieAlone(t.jar)
	t.loot = []jar{t.mine}
	t.turn()
}

func (t *thief) turn() { t.after(t.play(t), t.turn) }

func TestMonthsOfTheftAreNoticed(t *testing.T) {
	n := sized(2_400) / len(strategies)
	for _, test := range strategies {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var noticed [noticedWithin + 2]int
			for seed := range n {
				thief := steal(uint64(seed), test.play)
				noticed[thief.shared]++
				if thief.alarms == 0 && thief.shared > noticedWithin {
					t.Fatalf("seed %d: not noticed within %d grace periods of use by both", seed, noticedWithin)
				}
				if thief.alarms == 0 {
					t.Errorf("seed %d: not noticed within a month", seed)
				}
			}
			t.Logf("noticed after 0, 1, 2 … grace periods of use by both: %v", noticed)
		})
	}
}
