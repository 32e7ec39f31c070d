package login

import (
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

// The simulations play months of use on the rules alone: a site, browsers, and a
// network between them that loses, delays, doubles and reorders what it carries.
// They run small by default. With CI=true in the environment, as in .ci/run, they
// run in full.
//
//	CI=true go test -race -run Months ./internal/login

// sized returns how many worlds a simulation plays.
func sized(full int) int {
	if os.Getenv("CI") == "true" {
		return full
	}
	return full / 100
}

// A site is the server: one user, one login, the login store, and what package visit
// does with the rules.
type site struct {
	policy   Policy
	row      Row             // of the login store; the zero Row once it has been deleted
	sessions map[int]*Record // kept on the server; nil if browsers keep their sessions
	lastID   int             // of a session
	binding  string          // of the user under the newest key
	alarms   int             // thefts noticed
	logins   int
	blind    bool // the swap compares nothing, to see whether the simulation notices
}

// A jar is what a browser keeps: a session, or its ID, and the remember cookie.
type jar struct {
	id      int
	session *Record
	cookie  *Token
}

// An act is what a request is for.
type act uint8

const (
	look act = iota
	confirm
	endOthers
)

type request struct {
	jar
	client Client
	act    act
	number int
}

// An answer says what becomes of the jar. A drop deletes, else what is not nil is put.
type answer struct {
	jar
	dropSession, dropCookie bool
	user                    bool // the request was from the logged-in user
	rotated                 bool // a new remember cookie is on its way
	ended                   bool // the other logins were ended
}

func (j *jar) take(a answer) {
	if a.dropSession || a.session != nil || a.id != 0 {
		j.session, j.id = a.session, a.id
	}
	if a.dropCookie || a.cookie != nil {
		j.cookie = a.cookie
	}
}

// logIn makes a login, in a new jar.
func (s *site) logIn(client Client, remembered time.Duration, now int64) jar {
	s.logins++
	record := Begin("ada", "LOGIN"+strconv.Itoa(s.logins), s.binding, "", client, true, now)
	s.row = s.policy.Row(&record, "ada", remembered)
	var a answer
	s.put(&a, record)
	if remembered > 0 {
		token := s.policy.Remember(&record, remembered)
		a.cookie = &token
	}
	return a.jar
}

func (s *site) find(id string) Row {
	if s.row.ID != id {
		return Row{}
	}
	return s.row
}

// swap compares as the login stores do.
func (s *site) swap(old, next Row) bool {
	same := s.row.ID == old.ID && s.row.Generation == old.Generation && s.row.Presented == old.Presented
	if !same && !s.blind {
		return false
	}
	s.row = next
	return true
}

// put saves a session, with a new ID if sessions have one.
func (s *site) put(a *answer, record Record) {
	a.dropSession = false
	if s.sessions == nil {
		a.session = &record
		return
	}
	s.lastID++
	a.id = s.lastID
	s.sessions[a.id] = &record
}

// A turn is one request at the site. It has been judged, and nothing is written yet.
type turn struct {
	site      *site
	req       request
	now       int64
	claim     Claim
	row, next Row
	answer    answer
}

// receive judges a request.
func (s *site) receive(req request, now int64) *turn {
	v := &turn{site: s, req: req, now: now}
	record := req.session
	if s.sessions != nil {
		record = s.sessions[req.id]
	}
	if record != nil {
		v.claim.Record = *record
		v.claim.FromSession(&s.policy, &req.client, Activity{}, now)
		v.judge()
	}
	v.fallBack()
	return v
}

// fallBack claims the login of the remember cookie, if the session names none.
func (v *turn) fallBack() {
	t := v.req.cookie
	switch {
	case v.claim.Source != Nobody || v.claim.Refused || t == nil:
	case !v.site.policy.Valid(*t, v.now):
		v.claim.BadCookie()
	default:
		v.claim.FromCookie(*t, t.Binding == v.site.binding, v.req.client, v.now)
		v.judge()
	}
}

// judge asks the login store and loads the user.
func (v *turn) judge() {
	v.askStore()
	if v.claim.Source == Nobody {
		return
	}
	key := 0
	if v.claim.Record.Binding != v.site.binding {
		key = 1
	}
	v.claim.User(&v.site.policy, key, v.site.binding)
	if t := v.req.cookie; t != nil && v.site.policy.Valid(*t, v.now) {
		v.claim.Renew(&v.site.policy, *t, v.row, v.now)
	}
}

func (v *turn) askStore() {
	if v.claim.Source == Nobody {
		return
	}
	v.row = v.site.find(v.claim.Record.LoginID)
	use := Use{Source: v.claim.Source, User: "ada", Generation: v.claim.Record.Generation, Now: v.now}
	f := v.site.policy.Compare(use, v.row, v.claim.Token)
	if v.claim.Source == Session && f.Write != KeepRow {
		f = v.site.policy.Compare(use, v.row, v.req.cookie)
	}
	if f.Verdict == Stolen {
		v.site.row, v.site.alarms = Row{}, v.site.alarms+1
	}
	v.next = f.Next
	v.claim.Row(f)
}

// write writes the row, and then session and cookies. A lost swap is read and judged
// again.
func (v *turn) write(now int64) answer {
	for v.claim.Write.Row != KeepRow {
		if v.site.swap(v.row, v.next) {
			v.row, v.claim.Write.Row = v.next, KeepRow
			break
		}
		v.askStore()
		v.fallBack()
	}
	v.writeSession()
	v.writeCookie()
	v.answer.user = v.claim.Source != Nobody
	if v.answer.user {
		v.act(now)
	}
	return v.answer
}

func (v *turn) writeSession() {
	switch v.claim.Write.Session {
	case PutRecord:
		if v.site.sessions != nil && v.claim.Source == Session {
			record := v.claim.Record
			v.site.sessions[v.req.id] = &record // which keeps its ID
			return
		}
		v.renewSession(v.claim.Record)
	case RemoveRecord, EndSession:
		delete(v.site.sessions, v.req.id)
		v.answer.dropSession = true
	}
}

// renewSession saves the record in a session with a new ID.
func (v *turn) renewSession(record Record) {
	delete(v.site.sessions, v.req.id)
	delete(v.site.sessions, v.answer.id)
	v.site.put(&v.answer, record)
}

func (v *turn) writeCookie() {
	switch v.claim.Write.Cookie {
	case ForgetCookie, ForgetUnseen:
		v.answer.dropCookie = true
	case ResignCookie, RotateCookie:
		t := *v.claim.Token
		t.Binding, t.Generation = v.claim.Record.Binding, v.claim.Record.Generation
		v.answer.cookie, v.answer.rotated = &t, v.claim.Write.Cookie == RotateCookie
	case RenewCookie:
		t := *v.req.cookie
		t.IssuedAt = v.now
		v.answer.cookie = &t
	}
}

func (v *turn) act(now int64) {
	switch v.req.act {
	case confirm:
		v.claim.Record.Confirm(v.row, v.req.client, "pwd", now)
		v.renewSession(v.claim.Record)
	case endOthers:
		v.endOthers(now)
	}
}

// endOthers is LogoutOthers: one swap, and then session and remember cookie at the
// row's generation.
func (v *turn) endOthers(now int64) {
	if !v.claim.FreshWithin(0, now) {
		return
	}
	good := v.goodCookie()
	for !v.site.swap(v.row, v.row.CutOthers(now)) {
		v.askStore()
		if v.claim.Source != Session {
			return
		}
	}
	v.row = v.site.row
	v.claim.Record.Generation = max(v.claim.Record.Generation, v.row.Generation)
	v.renewSession(v.claim.Record)
	v.answer.ended = true
	if good {
		t := *v.req.cookie
		t.Binding, t.Generation = v.claim.Record.Binding, v.claim.Record.Generation
		v.answer.cookie = &t
	}
}

func (v *turn) goodCookie() bool {
	t := v.req.cookie
	if t == nil || !v.site.policy.Valid(*t, v.now) {
		return false
	}
	use := Use{Source: Cookie, User: "ada", Now: v.now}
	verdict := v.site.policy.Compare(use, v.site.find(t.LoginID), t).Verdict
	return verdict == Good || verdict == GoodOnce
}

// A world is a site, its time, and what is about to happen.
type world struct {
	site
	random *rand.Rand
	now    int64
	queue  []event // the next one last
}

type event struct {
	at int64
	do func()
}

func newWorld(seed uint64, policy Policy) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 12)), now: begun}
	w.policy, w.binding = policy, "OLDER"
	if w.random.IntN(2) == 0 {
		w.sessions = map[int]*Record{}
	}
	return w
}

// after has something happen in so many seconds. What happens at one time happens in
// any order.
func (w *world) after(seconds int64, do func()) {
	e := event{w.now + seconds, do}
	w.queue = append(w.queue, e)
	for i := len(w.queue) - 1; i > 0; i-- {
		before := w.queue[i-1]
		if before.at > e.at || before.at == e.at && w.random.IntN(2) == 0 {
			break
		}
		w.queue[i-1], w.queue[i] = e, before
	}
}

// run plays until nothing is left to happen, or stop says so.
func (w *world) run(stop func() bool) {
	for len(w.queue) > 0 && !stop() {
		next := w.queue[len(w.queue)-1]
		w.queue = w.queue[:len(w.queue)-1]
		w.now = next.at
		next.do()
	}
}

// chance is true so many times of a hundred.
func (w *world) chance(percent int) bool { return w.random.IntN(100) < percent }

// between returns a number of seconds, both ends included.
func (w *world) between(low, high int64) int64 { return low + w.random.Int64N(high-low+1) }
