package main

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
)

// The sites by their names, as the tables and the bars have them.
const (
	handWritten     = "hand-written limit"
	handFloorOff    = "hand-written floor, no protection"
	handFloor       = "hand-written floor"
	loginByFloor    = "hand-written floor, login"
	ginJWT          = "gin-jwt, HS256"
	scsMemory       = "scs, memory"
	authbossCookie  = "authboss, cookie"
	handCookie      = "hand-rolled, cookie"
	handMemstore    = "hand-rolled, memstore"
	handOurs        = "hand-rolled, cookiestore.Sessions"
	onStock         = "ginlogin, cookie"
	onStockOff      = "ginlogin, cookie, no protection"
	onMemory        = "ginlogin, memstore"
	onStore         = "ginlogin, sessions.Sessions(cookiestore)"
	onStoreOff      = "ginlogin, sessions.Sessions(cookiestore), no protection"
	onOurs          = "ginlogin, cookiestore.Sessions"
	onOursOff       = "ginlogin, cookiestore.Sessions, no protection"
	aloneStock      = "sessions.Sessions(cookie) alone"
	aloneStore      = "sessions.Sessions(cookiestore) alone"
	aloneOurs       = "cookiestore.Sessions alone"
	handRedis       = "hand-rolled, redis"
	onRedisStore    = "ginlogin, redis"
	foreignCookies  = "_ga=GA1.1.1029384756.1760000000; _ga_7QX2M4ZP0L=GS2.1.s1760000000$o3$g1$t1760000321; theme=dark"
	withMemoryRows  = "ginlogin, cookiestore.Sessions, logins in memory"
	withSQLiteRows  = "ginlogin, cookiestore.Sessions, logins in SQLite"
	withPostgreRows = "ginlogin, cookiestore.Sessions, logins in PostgreSQL"
	selectSQLite    = "one prepared SELECT alone, SQLite"
	selectPostgre   = "one prepared SELECT alone, PostgreSQL"
)

// builders make the sites anew for each race, so that what one leaves in its memory
// is not in the way of the next.
var builders = map[string]func(content) *site{
	handWritten:    func(content) *site { return newLimitSite() },
	handFloorOff:   func(content) *site { return newFloorSite(handFloorOff, floor{}) },
	handFloor:      func(content) *site { return newFloorSite(handFloor, floor{protects: true}) },
	ginJWT:         func(content) *site { return newJWTSite() },
	scsMemory:      func(fill content) *site { return newSCSSite(fill) },
	authbossCookie: func(content) *site { return newAuthbossSite() },
	handCookie:     func(fill content) *site { return newHandRolledSite(handCookie, onCookie(), fill) },
	handMemstore:   func(fill content) *site { return newHandRolledSite(handMemstore, onMemstore(), fill) },
	handOurs:       func(fill content) *site { return newHandRolledSite(handOurs, onCookiestore(), fill) },
	onStock:        func(fill content) *site { return newGinloginSite(onStock, onCookie(), fill) },
	onStockOff:     func(fill content) *site { return newGinloginSite(onStockOff, onCookie(), fill, noProtection) },
	onMemory:       func(fill content) *site { return newGinloginSite(onMemory, onMemstore(), fill) },
	onStore:        func(fill content) *site { return newGinloginSite(onStore, onCookiestoreBelowGinContrib(), fill) },
	onStoreOff: func(fill content) *site {
		return newGinloginSite(onStoreOff, onCookiestoreBelowGinContrib(), fill, noProtection)
	},
	onOurs:     func(fill content) *site { return newGinloginSite(onOurs, onCookiestore(), fill) },
	onOursOff:  func(fill content) *site { return newGinloginSite(onOursOff, onCookiestore(), fill, noProtection) },
	aloneStock: func(content) *site { return newSessionsSite(aloneStock, onCookie()) },
	aloneStore: func(content) *site { return newSessionsSite(aloneStore, onCookiestoreBelowGinContrib()) },
	aloneOurs:  func(content) *site { return newSessionsSite(aloneOurs, onCookiestore()) },
}

// everybody is who enters the main races, in the order of the tables.
var everybody = []string{
	handWritten, handFloorOff, handFloor,
	onOursOff, onOurs, onStoreOff, onStore, onStockOff, onStock, onMemory,
	handOurs, handCookie, handMemstore, authbossCookie, ginJWT, scsMemory,
}

// A kind is one kind of request.
type kind func(s *site) *entrant

func authenticated(s *site) *entrant {
	return &entrant{
		site: s, method: http.MethodGet, path: "/private", status: http.StatusOK, body: greeting,
		cookies: func() (string, error) { return s.cookiesAfter(http.MethodPost, "/login") },
	}
}

// untouched comes from somebody who is logged in, to a route that does not ask.
func untouched(s *site) *entrant {
	e := authenticated(s)
	e.path = "/open"
	return e
}

func anonymous(s *site) *entrant {
	return &entrant{site: s, method: http.MethodGet, path: "/private", status: http.StatusUnauthorized}
}

func foreign(s *site) *entrant {
	e := anonymous(s)
	e.cookies = func() (string, error) { return foreignCookies, nil }
	return e
}

func withTampered(s *site) *entrant {
	e := anonymous(s)
	e.cookies = func() (string, error) {
		cookies, err := s.cookiesAfter(http.MethodPost, "/login")
		return tampered(cookies), err
	}
	return e
}

func login(s *site) *entrant {
	return &entrant{site: s, method: http.MethodPost, path: "/login", status: http.StatusOK, body: noted}
}

func logout(s *site) *entrant {
	e := authenticated(s)
	e.method, e.path, e.body, e.oneUse = http.MethodPost, "/logout", noted, s.keeps
	return e
}

// remembered comes with the remember cookie alone: the session has ended.
func remembered(s *site) *entrant {
	e := authenticated(s)
	e.cookies = func() (string, error) {
		cookies, err := s.cookiesAfter(http.MethodPost, "/remember")
		for pair := range strings.SplitSeq(cookies, "; ") {
			if strings.HasPrefix(pair, "remember_token=") {
				return pair, nil
			}
		}
		return "", err
	}
	return e
}

func raceOf(title string, k kind, names ...string) *race {
	r := &race{title: title}
	for _, name := range names {
		s := builders[name](content{})
		s.keeps = name == scsMemory || name == handMemstore || name == onMemory
		r.entrants = append(r.entrants, k(s))
	}
	return r
}

// The titles of the races that tables and bars ask for.
const (
	theAuthenticated = "authenticated"
	theUntouched     = "untouched"
	theAnonymous     = "anonymous, no cookies"
	theForeign       = "anonymous, foreign cookies"
	theTampered      = "tampered cookie"
	theLogin         = "login"
	theLogout        = "logout"
	theRemembered    = "restored by the remember cookie"
	theOptions       = "what options cost"
	theProcessors    = "two processors"
	theServers       = "redis"
	theRedisLogin    = "redis, login"
	theRows          = "login store"
)

func allRaces(servers *servers) []*race {
	without := append([]string{aloneStock, aloneStore, aloneOurs}, everybody...)
	races := []*race{
		raceOf(theAuthenticated, authenticated, everybody...),
		raceOf(theUntouched, untouched, without...),
		raceOf(theAnonymous, anonymous, everybody...),
		raceOf(theForeign, foreign, everybody...),
		raceOf(theTampered, withTampered, everybody...),
		raceOf(theLogin, login, everybody...),
		raceOf(theLogout, logout, everybody...),
		rememberedRace(),
	}
	races = append(races, contentRaces()...)
	races = append(races, optionsRace(), processorsRace())
	return append(races, serverRaces(servers)...)
}

// rememberedRace has a login by the floor, too: a restore also makes a login, and
// has no floor of its own.
func rememberedRace() *race {
	r := raceOf(theRemembered, remembered, onOursOff, onOurs, onStoreOff, onStore, onStockOff, onStock, onMemory)
	s := builders[handFloor](content{})
	s.name = loginByFloor
	r.entrants = append(r.entrants, login(s))
	return r
}

const contentTitle = "session of "

// contents are the sessions of the races by content. In all, with the login and the
// lengths, 2,800 bytes make a session of 3,000, which is what fits into 4,096 bytes of
// cookie without gob.
var contents = []struct {
	title string
	fill  content
}{
	{"login only", content{}},
	{"512 bytes", content{bytes: 512}},
	{"3,000 bytes", content{bytes: 2800}},
	{"8 keys", content{keys: 7}},
	{"64 keys", content{keys: 63}},
}

var contentNames = []string{handWritten, onOurs, onStore, onStock, onMemory, handCookie, handMemstore, scsMemory}

func contentRaces() []*race {
	var races []*race
	for _, c := range contents {
		r := &race{title: contentTitle + c.title}
		for _, name := range contentNames {
			s := builders[name](c.fill)
			if _, err := s.cookiesAfter(http.MethodPost, "/login"); err != nil {
				continue // the stock cookie store cannot hold it
			}
			r.entrants = append(r.entrants, authenticated(s))
		}
		races = append(races, r)
	}
	return races
}

const theDefault = "basic protection, the default"

// optionsRace has ginlogin on cookiestore.Sessions with one option more each.
func optionsRace() *race {
	r := &race{title: theOptions}
	add := func(name string, settings ...setting) {
		r.entrants = append(r.entrants, authenticated(newGinloginSite(name, onCookiestore(), content{}, settings...)))
	}
	add("no protection", noProtection)
	add(theDefault)
	add("strong protection", func(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectStrong })
	add("IdleTimeout", func(lm *ginlogin.LoginManager) { lm.IdleTimeout = time.Hour })
	add("AbsoluteTimeout", func(lm *ginlogin.LoginManager) { lm.AbsoluteTimeout = 24 * time.Hour })
	r.entrants = append(r.entrants, authenticated(newHashedSite("SessionHash", onCookiestore())))
	add("Logins in memory", func(lm *ginlogin.LoginManager) { lm.Logins = loginmem.New() })
	add("AuditLog at info", func(lm *ginlogin.LoginManager) { lm.AuditLog = auditTo(nowhere{}, slog.LevelInfo) })
	add("AuditLog at debug: a line per request", func(lm *ginlogin.LoginManager) { lm.AuditLog = auditTo(nowhere{}, slog.LevelDebug) })
	return r
}

var processorNames = []string{handWritten, onOurs, onStore, onStock, onMemory, handCookie, handMemstore, ginJWT, scsMemory}

// processorsRace has each site twice, with one processor and with two. The second
// is found by its name with twoProcessors.
func processorsRace() *race {
	r := &race{title: theProcessors}
	for _, name := range processorNames {
		one := authenticated(builders[name](content{}))
		two := authenticated(builders[name](content{}))
		two.processors = 2
		two.site.name += twoProcessors
		r.entrants = append(r.entrants, one, two)
	}
	return r
}

const twoProcessors = ", 2"
