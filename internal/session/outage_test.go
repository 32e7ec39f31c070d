package session

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
)

// readPage adds a page that reads one value, or answers with the error of Open.
func readPage(s *site) {
	s.page("/read", func(c *gin.Context, v *Session) any {
		if err := v.Open(c); err != nil {
			return err
		}
		return "cart=" + v.Get("cart")
	})
}

func TestAnOutageIsAnErrorAndChangesNothing(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	readPage(s)
	for mode, path := range map[Mode]string{Keep: "/keep", Renew: "/renew", EndIfEmpty: "/end"} {
		s.page(path, func(c *gin.Context, v *Session) any {
			return v.Update(c, mode, func(v *Values) { t.Error("an edit of a session that cannot be read"); v.Clear(none) })
		})
	}
	s.page("/twice", func(c *gin.Context, v *Session) any {
		return fmt.Sprint(v.Open(c) != nil, v.Open(c) != nil, v.Update(c, Keep, none2) != nil, v.Opened())
	})
	b := s.browser()
	b.get("/app/set?key=cart&value=book")
	id, kept := b.cookie(), rack.row(b.cookie())

	rack.readsFail(errStoreDown)
	rack.counts()
	for _, path := range []string{"/read", "/keep", "/renew", "/end"} {
		res, body := b.do(path)
		wants(t, path, body, "ginlogin: reading the session: connection refused")
		wants(t, path+": cookies", len(res.Cookies()), 0)
	}
	wants(t, "the error stays for the request", b.get("/twice"), "true true true true")
	_, saves := rack.counts()
	wants(t, "saves", saves, 0)
	rack.readsFail(nil)

	wants(t, "cookie", b.cookie(), id)
	if row := rack.row(id); !reflect.DeepEqual(row, kept) {
		t.Errorf("the store has %v, want %v", row, kept)
	}
	wants(t, "afterwards", b.get("/read"), "cart=book")
}

func none(string) bool { return false }
func none2(*Values)    {}

func TestTheErrorOfTheStoreCanBeFound(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/open", func(c *gin.Context, v *Session) any { return errors.Is(v.Open(c), errStoreDown) })
	b := s.browser()
	b.put("any")
	rack.readsFail(errStoreDown)
	wants(t, "found", b.get("/open"), "true")
}

func TestAnOutageThatEndsWithinTheRequestIsNone(t *testing.T) {
	for name, do := range map[string]func(c *gin.Context, v *Session) error{
		"reading":  func(c *gin.Context, v *Session) error { return v.Open(c) },
		"updating": func(c *gin.Context, v *Session) error { return v.Update(c, Keep, set("size", "large")) },
		"renewing": func(c *gin.Context, v *Session) error { return v.Update(c, Renew, set("size", "large")) },
	} {
		t.Run(name, func(t *testing.T) {
			rack := newRack()
			rack.byIsNew = true
			s := newSite(t, sessions.Sessions("session", rack))
			s.page("/do", func(c *gin.Context, v *Session) any { return errors.Join(do(c, v), appSet(c, "colour", "blue")) })
			b := s.browser()
			b.get("/app/set?key=cart&value=book")
			id := b.cookie()
			rack.nextReadsFail(errStoreDown)
			wants(t, "answer", b.get("/do"), "<nil>")
			wants(t, "the ID has stayed", b.cookie() == id, name != "renewing")
			wants(t, "sessions in the store", rack.size(), 1)
			wants(t, "old value", b.get("/app/get?key=cart"), "book")
			wants(t, "new value", b.get("/app/get?key=colour"), "blue")
		})
	}
}

func TestAVisitorWithoutACookieCostsNoSecondRead(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	readPage(s)
	wants(t, "answer", s.browser().get("/read"), "cart=")
	reads, _ := rack.counts()
	wants(t, "reads", reads, 1)
}

func TestTheStoresErrors(t *testing.T) {
	var object map[string]string
	undecodable := securecookie.DecodeMulti("session", "nonsense", &object, securecookie.CodecsFromPairs(key("k"))...)
	for _, row := range []struct {
		name   string
		err    error
		outage bool
	}{
		{"a cookie that securecookie cannot decode is no session", undecodable, false},
		{"a file that is gone is no session", fmt.Errorf("open: %w", fs.ErrNotExist), false},
		{"a session that is no JSON is no session", json.Unmarshal([]byte("x"), &object), false},
		{"JSON of something else is no session", json.Unmarshal([]byte("[1]"), &object), false},
		{"a session that is no gob is no session", errors.New("gob: duplicate type received"), false},
		{"a cache miss of memcached is no session", errors.New("gc: memcache: cache miss"), false},
		{"a cache miss of the binary memcached client is no session", errors.New("mc: not found"), false},
		{"a broken disk is an outage", fs.ErrPermission, true},
		{"a broken network is an outage", errors.New("dial tcp: connection refused"), true},
		{"memcached being down is an outage", errors.New("memcache: no servers configured or available"), true},
		{"a timeout is an outage", context.DeadlineExceeded, true},
		{"an error that mentions gob is an outage", errors.New("no gob: timeout"), true},
		{"a key that cannot be used is an outage", securecookie.MultiError{errors.New("securecookie: no codecs")}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, sessions.Sessions("session", rack))
			readPage(s)
			s.page("/renew", func(c *gin.Context, v *Session) any { return v.Update(c, Renew, set("cart", "book")) })
			b := s.browser()
			b.put("any")
			rack.readsFail(row.err)
			res, body := b.do("/read")
			if row.outage {
				contains(t, "read", body, "ginlogin: reading the session: ", row.err.Error())
			} else {
				wants(t, "read", body, "cart=")
			}
			wants(t, "cookies", len(res.Cookies()), 0)
			wants(t, "a new session is possible", b.get("/renew") == "<nil>", !row.outage)
		})
	}
}

// backdated returns a cookie of gorilla's as it would be had it been made so long before.
func backdated(t *testing.T, value string, age time.Duration) string {
	t.Helper()
	raw, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.SplitN(string(raw), "|", 3)[1]
	dated := strconv.FormatInt(time.Now().Add(-age).Unix(), 10) + "|" + content
	mac := hmac.New(sha256.New, key("session"))
	mac.Write([]byte("session|" + dated))
	return base64.URLEncoding.EncodeToString(append([]byte(dated+"|"), mac.Sum(nil)...))
}

// flipped returns another character of base64.
func flipped(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestACookieThatDoesNotDecodeIsAnEmptySession(t *testing.T) {
	for kind, store := range map[string]func(keyName string) sessions.Store{
		"cookie store": func(name string) sessions.Store { return stored(cookie.NewStore(key(name))) },
		"memstore":     func(name string) sessions.Store { return stored(memstore.NewStore(key(name))) },
	} {
		s := newSite(t, sessions.Sessions("session", store("session")))
		readPage(s)
		s.page("/renew", func(c *gin.Context, v *Session) any { return v.Update(c, Renew, set("cart", "pen")) })
		known := s.browser()
		known.get("/app/set?key=cart&value=book")
		good := known.cookie()
		foreign := newSite(t, sessions.Sessions("session", store("foreign"))).browser()
		foreign.get("/app/set?key=cart&value=book")
		for name, value := range map[string]string{
			"nonsense":                  "nonsense",
			"a tampered one":            good[:10] + flipped(good[10]) + good[11:],
			"one that was cut":          good[:len(good)/2],
			"one with a foreign key":    foreign.cookie(),
			"an expired one":            backdated(t, good, 31*24*time.Hour),
			"one that is far too long":  strings.Repeat("a", 5000),
			"one with bytes of no text": "%%%",
		} {
			t.Run(kind+": "+name, func(t *testing.T) {
				b := s.browser()
				b.put(value)
				res, body := b.do("/read")
				wants(t, "read", body, "cart=")
				wants(t, "cookies", len(res.Cookies()), 0)
				wants(t, "renew", b.get("/renew"), "<nil>")
				wants(t, "afterwards", b.get("/read"), "cart=pen")
			})
		}
		b := s.browser()
		b.put(backdated(t, good, time.Minute))
		wants(t, kind+": a cookie of a minute ago", b.get("/read"), "cart=book")
	}
}

func TestASessionOfAnUnknownIDGetsAnIDOfItsOwn(t *testing.T) {
	for mode, name := range map[Mode]string{Keep: "Keep", Renew: "Renew"} {
		t.Run(name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, sessions.Sessions("session", rack))
			s.page("/update", func(c *gin.Context, v *Session) any { return v.Update(c, mode, set("cart", c.Query("value"))) })
			one, two := s.browser(), s.browser()
			for _, b := range []*browser{one, two} { // both have the cookie of a session that the store has lost
				b.put("planted")
			}
			wants(t, "one", one.get("/update?value=book"), "<nil>")
			wants(t, "two", two.get("/update?value=pen"), "<nil>")
			if one.cookie() == "planted" || two.cookie() == "planted" || one.cookie() == two.cookie() {
				t.Errorf("the visitors' IDs are %q and %q", one.cookie(), two.cookie())
			}
			wants(t, "values under the planted ID", len(rack.row("planted")), 0)
			wants(t, "one's value", one.get("/app/get?key=cart"), "book")
			wants(t, "two's value", two.get("/app/get?key=cart"), "pen")
		})
	}
}

func TestASessionThatTheAppHasSavedIsNotReadAgain(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/do", func(c *gin.Context, v *Session) any {
		err := appSet(c, "cart", "book")
		sessions.Default(c).Set("size", "large") // not saved yet
		return fmt.Sprint(err, v.Open(c), v.Get("cart"), v.Get("size"))
	})
	b := s.browser()
	b.put("unknown")
	wants(t, "values", b.get("/do"), "<nil> <nil>booklarge")
	reads, _ := rack.counts()
	wants(t, "reads", reads, 1)
}

func TestReadingTheRequestsCookieNeedsNoGoodCookie(t *testing.T) {
	err := isNoSession(errStoreDown, &http.Cookie{Value: strings.Repeat("a", 4097)})
	wants(t, "a cookie beyond 4096 bytes is no session", err, true)
	err = isNoSession(errStoreDown, &http.Cookie{Value: strings.Repeat("a", 4096)})
	wants(t, "a cookie of 4096 bytes may be one", err, false)
}
