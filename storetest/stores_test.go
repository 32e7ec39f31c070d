package storetest

import (
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/cookiestore"
)

// A kind is one store of gin-contrib/sessions with what is to be expected of it.
// What the stores differ in is here and in no test; README.md is printed from it.
type kind struct {
	name string
	open func(t *testing.T) *backend
	// middleware puts the session into the context; nil is sessions.Sessions.
	middleware func(name string, store sessions.Store) gin.HandlerFunc

	rotation rotation
	outage   outage
	zero     lifetime // what Options.MaxAge 0 means
	month    lifetime // what a lifetime of more than 30 days means
	// What becomes of a login that was ended while another request of the same
	// browser was in flight, and that request saves the session which it has read
	// before: when the logout has emptied the session, and when other data stayed.
	lateSave, lateSaveOfMore revival

	// racy stores have a data race of their own: they write their settings anew at
	// every request, with equal values. Under the race detector they are locked.
	racy bool
	// remark is for what a column cannot say.
	remark string
}

// rotation says what a login does to the session that was there before.
type rotation uint8

const (
	// inCookie: the session is the cookie; there is no ID that could be known to
	// an attacker, and no way to end a copy.
	inCookie rotation = iota
	// newID: the session moves to a new ID and the old one is gone.
	newID
	// newIDOldEmptied: the old ID stays in the store, without anything in it.
	newIDOldEmptied
)

// outage says what becomes of a store that does not answer.
type outage uint8

const (
	// never: there is nothing that could be down.
	never outage = iota
	// told from a bad cookie: guards answer 503.
	told
	// swallowed by the store on load: visitors are nobody while it lasts.
	swallowed
)

type lifetime uint8

const (
	// asAsked: with MaxAge 0 the cookie ends with the browser; more than 30 days
	// are so many.
	asAsked lifetime = iota
	// capped: the browser sends the cookie for so long, the server takes it for 30
	// days, because gin-contrib tells the store and not its codecs.
	capped
	// refused: the store loses such a session at once, and Login says so.
	refused
)

type revival uint8

const (
	// stays: the late save brings nothing back.
	stays revival = iota
	// inBrowser: the late answer brings a cookie that logs this browser in again.
	inBrowser
	// everywhere: and copies of the old cookie are good again.
	everywhere
)

var kinds = []kind{
	{
		name: "cookie", open: openCookie,
		rotation: inCookie, outage: never, month: capped,
		// A copy of the cookie is good all the time: nothing on the server could
		// know better.
		lateSave: everywhere, lateSaveOfMore: everywhere,
		remark: "A copied cookie survives logout.",
	},
	{
		name: "cookiestore", open: openCookiestore,
		rotation: inCookie, outage: never,
		lateSave: everywhere, lateSaveOfMore: everywhere,
		remark: "A copied cookie survives logout.",
	},
	{
		name: "cookiestore.Sessions", open: openCookiestore,
		middleware: func(name string, store sessions.Store) gin.HandlerFunc {
			return cookiestore.Sessions(name, store.(*cookiestore.Store))
		},
		rotation: inCookie, outage: never,
		lateSave: everywhere, lateSaveOfMore: everywhere,
		remark: "A copied cookie survives logout.",
	},
	{
		name: "memstore", open: openMemstore,
		rotation: newID, outage: never, month: capped,
		lateSave: everywhere, lateSaveOfMore: everywhere,
		remark: "Never forgets a session that was not ended: for tests and development.",
	},
	{
		name: "redis", open: openRedis,
		rotation: newID, outage: told,
		// It takes MaxAge <= 0 for a deletion.
		zero: refused, month: capped,
		lateSave: everywhere, lateSaveOfMore: everywhere,
	},
	{
		name: "gorm (SQLite)", open: openGormSQLite,
		rotation: newID, outage: swallowed,
		// It stores the session as expired.
		zero: refused,
		// It finds no row for the request's cookie and makes a new one.
		lateSave: inBrowser, lateSaveOfMore: everywhere,
		racy: true,
	},
	{
		name: "gorm (PostgreSQL)", open: openGormPostgres,
		rotation: newID, outage: swallowed, zero: refused,
		lateSave: inBrowser, lateSaveOfMore: everywhere,
		racy: true,
	},
	{
		name: "postgres", open: openPostgres,
		rotation: newID, outage: told,
		// It updates the row, and there is none any more.
		lateSave: stays, lateSaveOfMore: everywhere,
		racy:   true,
		remark: "With `MaxAge` 0 its `Cleanup`, if you run it, takes every session for expired.",
	},
	{
		name: "memcached", open: openMemcached,
		rotation: newID, outage: told,
		// memcached takes more than 30 days for a date in 1970.
		month:    refused,
		lateSave: everywhere, lateSaveOfMore: everywhere,
		remark: "Forgets sessions when it is full or restarted.",
	},
	{
		name: "memcached (binary)", open: openMemcachedBinary,
		// The deletion, a lifetime of -1, arrives there as one of 136 years.
		rotation: newIDOldEmptied, outage: told, month: refused,
		lateSave: everywhere, lateSaveOfMore: everywhere,
		racy:   true, // its client is
		remark: "Forgets sessions when it is full or restarted.",
	},
}

// eachStore runs a test over all stores, at the same time.
func eachStore(t *testing.T, test func(t *testing.T, k kind)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// eachServerStore runs a test over the stores that keep sessions on the server.
func eachServerStore(t *testing.T, test func(t *testing.T, k kind)) {
	t.Helper()
	eachStore(t, func(t *testing.T, k kind) {
		if k.rotation == inCookie {
			return // the session is the cookie
		}
		test(t, k)
	})
}
