package session

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"
	gsessions "github.com/gorilla/sessions"
)

// updatePages adds a page for each mode, which sets a value: /keep, /renew and /end; and /clear,
// which removes everything in mode EndIfEmpty.
func updatePages(s *site) {
	for path, mode := range map[string]Mode{"/keep": Keep, "/renew": Renew, "/end": EndIfEmpty} {
		s.page(path, func(c *gin.Context, v *Session) any {
			return v.Update(c, mode, set(c.DefaultQuery("key", "user"), c.DefaultQuery("value", "ada")))
		})
	}
	s.page("/clear", func(c *gin.Context, v *Session) any {
		return v.Update(c, EndIfEmpty, func(v *Values) { v.Clear(none, "cart", "user") })
	})
}

func TestAnUpdateIsThereInTheNextRequest(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		updatePages(s)
		for _, path := range []string{"/keep", "/renew", "/end"} {
			for _, before := range []bool{false, true} {
				b, cart := s.browser(), "<nil>"
				if before {
					b.get("/app/set?key=cart&value=book")
					cart = "book"
				}
				res, body := b.do(path)
				wants(t, path, body, "<nil>")
				wants(t, path+": cookies", len(res.Cookies()), 1)
				wants(t, path+": value", b.get("/app/get?key=user"), "ada")
				wants(t, path+": value from before", b.get("/app/get?key=cart"), cart)
			}
		}
	})
}

func TestKeepLeavesTheSessionItsID(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	for _, path := range []string{"/keep", "/end"} {
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		id := b.cookie()
		wants(t, path, b.get(path), "<nil>")
		wants(t, path+": ID", b.cookie(), id)
	}
}

func TestAPlantedSessionIsDeadAfterRenew(t *testing.T) {
	eachServerStore(t, func(t *testing.T, s *site) {
		updatePages(s)
		attacker, victim := s.browser(), s.browser()
		attacker.get("/app/set?key=cart&value=book")
		planted := attacker.cookie()
		victim.put(planted)

		wants(t, "renew", victim.get("/renew"), "<nil>")
		if victim.cookie() == planted {
			t.Error("the session has kept its ID")
		}
		wants(t, "the victim", victim.get("/app/get?key=user"), "ada")
		wants(t, "the victim's earlier value", victim.get("/app/get?key=cart"), "book")
		wants(t, "the attacker", attacker.get("/app/get?key=user"), "<nil>")
		wants(t, "the attacker's earlier value", attacker.get("/app/get?key=cart"), "<nil>")
	})
}

// Not every session has an ID to compare: without one, the cookie has to be another.
func TestASessionWithoutAnIDGetsANewCookieToo(t *testing.T) {
	rack := newRack()
	rack.hidesID, rack.byCookie = true, true
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	attacker, victim := s.browser(), s.browser()
	attacker.get("/app/set?key=cart&value=book")
	victim.put(attacker.cookie())
	wants(t, "renew", victim.get("/renew"), "<nil>")
	wants(t, "the victim", victim.get("/app/get?key=user"), "ada")
	wants(t, "the attacker", attacker.get("/app/get?key=user"), "<nil>")
}

// A middleware may have taken the session's cookie out of the request by the time that Open looks.
func TestAnUnknownIDIsRenewedThoughItsCookieIsGone(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/renew", func(c *gin.Context, v *Session) any {
		gorillaOf(c)
		c.Request.Header.Del("Cookie")
		return v.Update(c, Renew, set("user", "ada"))
	})
	b := s.browser()
	b.put("planted")
	wants(t, "renew", b.get("/renew"), "<nil>")
	wants(t, "values under the planted ID", len(rack.row("planted")), 0)
	wants(t, "the visitor", b.get("/app/get?key=user"), "ada")
}

func TestOnlyEndIfEmptyEndsASessionThatIsEmpty(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	for path, mode := range map[string]Mode{"/keep": Keep, "/renew": Renew} {
		s.page(path, func(c *gin.Context, v *Session) any { return v.Update(c, mode, func(v *Values) { v.Delete("cart") }) })
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		wants(t, path, b.get(path), "<nil>")
		wants(t, path+": values", fmt.Sprint(rack.row(b.cookie())), "map[]")
		wants(t, path+": a session", b.cookie() != "", true)
	}
}

func TestAnEmptySessionIsDeletedWithItsCookie(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		updatePages(s)
		b := s.browser()
		set, _ := b.do("/app/set?key=cart&value=book")
		res, body := b.do("/clear")
		wants(t, "clear", body, "<nil>")
		if len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge >= 0 {
			t.Fatalf("the cookie is not deleted: %q", res.Header["Set-Cookie"])
		}
		made, deleted := *set.Cookies()[0], *res.Cookies()[0]
		wants(t, "its path and domain", deleted.Path+deleted.Domain, made.Path+made.Domain)
		wants(t, "cookie in the browser", b.cookie(), "")
	})
}

func TestAnEmptySessionIsDeletedOnTheServer(t *testing.T) {
	eachServerStore(t, func(t *testing.T, s *site) {
		updatePages(s)
		b, thief := s.browser(), s.browser()
		b.get("/app/set?key=cart&value=book")
		thief.put(b.cookie())
		wants(t, "before", thief.get("/app/get?key=cart"), "book")
		wants(t, "clear", b.get("/clear"), "<nil>")
		wants(t, "after", thief.get("/app/get?key=cart"), "<nil>")
	})
}

func TestTheSessionMayBeUsedAfterItWasDeletedInTheRequest(t *testing.T) {
	for name, then := range map[string]func(c *gin.Context, v *Session) error{
		"by Update": func(c *gin.Context, v *Session) error { return v.Update(c, Keep, set("k", "v")) },
		"by Update twice": func(c *gin.Context, v *Session) error {
			return errors.Join(v.Update(c, Renew, set("k", "u")), v.Update(c, Keep, set("k", "v")))
		},
		"by the app": func(c *gin.Context, _ *Session) error { return appSet(c, "k", "v") },
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, s *site) {
				s.page("/do", func(c *gin.Context, v *Session) any {
					return errors.Join(v.Update(c, EndIfEmpty, func(v *Values) { v.Clear(none) }), then(c, v))
				})
				b := s.browser()
				b.get("/app/set?key=cart&value=book")
				old := b.cookie()
				wants(t, "answer", b.get("/do"), "<nil>")
				if b.cookie() == old {
					t.Error("the session goes on under the old ID")
				}
				wants(t, "new value", b.get("/app/get?key=k"), "v")
				wants(t, "old value", b.get("/app/get?key=cart"), "<nil>")
			})
		})
	}
}

func TestAStoreThatKeepsTheIDIsRefused(t *testing.T) {
	rack := newRack()
	rack.fixedID = "fixed"
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	b := s.browser()
	b.get("/app/set?key=cart&value=book")
	res, body := b.do("/renew")
	contains(t, "error", body, "ginlogin: saving the session: ", "no new ID")
	wants(t, "cookies", len(res.Cookies()), 0)
	// An attacker who planted the session would find the login there.
	wants(t, "values under the ID", fmt.Sprint(rack.row("fixed")["user"]), "<nil>")
}

// snapshot is what must not change when a save fails.
type snapshot struct {
	header  http.Header
	session gsessions.Session
	options gsessions.Options
	values  map[any]any
}

func take(c *gin.Context) snapshot {
	g := gorillaOf(c)
	return snapshot{c.Writer.Header().Clone(), *g, *g.Options, maps.Clone(g.Values)}
}

// unchanged fails the test if the state of the request differs from the snapshot.
func (before snapshot) unchanged(t *testing.T, c *gin.Context) {
	t.Helper()
	after := take(c)
	before.session.Values, after.session.Values = nil, nil
	if !reflect.DeepEqual(after, before) {
		t.Errorf("got  %+v\nwant %+v", after, before)
	}
}

func TestASaveThatFailsChangesNothing(t *testing.T) {
	edit := func(v *Values) { v.Set("user", "bob"); v.Delete("cart"); v.Set("new", "value") }
	clears := func(v *Values) { v.Clear(none); v.Set("user", "bob"); v.Delete("user") }
	for _, row := range []struct {
		name    string
		refuses func(*gsessions.Session) bool
		mode    Mode
		edit    func(*Values)
	}{
		{"Keep, when no save works", anySave, Keep, edit},
		{"Renew, when no save works", anySave, Renew, edit},
		{"Renew, when the old session cannot be deleted", deletions, Renew, edit},
		{"EndIfEmpty, when no save works", anySave, EndIfEmpty, edit},
		{"EndIfEmpty, when the session cannot be deleted", deletions, EndIfEmpty, clears},
	} {
		for name, first := range map[string]func(c *gin.Context, v *Session) error{
			"first in the request": func(*gin.Context, *Session) error { return nil },
			"after another update": func(c *gin.Context, v *Session) error { return v.Update(c, Keep, set("x", "y")) },
		} {
			t.Run(row.name+", "+name, func(t *testing.T) {
				rack := newRack()
				s := newSite(t, sessions.Sessions("session", rack))
				updatePages(s)
				s.page("/do", func(c *gin.Context, v *Session) any {
					http.SetCookie(c.Writer, &http.Cookie{Name: "app", Value: "1"})
					if err := errors.Join(v.Open(c), first(c, v)); err != nil {
						return err
					}
					before := take(c)
					rack.savesFail(row.refuses)
					err := v.Update(c, row.mode, row.edit)
					rack.savesFail(nil)
					if !errors.Is(err, errStoreDown) || !strings.HasPrefix(err.Error(), "ginlogin: saving the session: ") {
						t.Errorf("the error: got %v", err)
					}
					before.unchanged(t, c)
					return "done"
				})
				b := s.browser()
				b.get("/app/set?key=cart&value=book")
				b.get("/keep")
				id := b.cookie()
				wants(t, "answer", b.get("/do"), "done")
				wants(t, "cookie", b.cookie(), id)
				wants(t, "user", fmt.Sprint(rack.row(id)["user"]), "ada")
				wants(t, "cart", fmt.Sprint(rack.row(id)["cart"]), "book")
				wants(t, "an update afterwards", b.get("/renew?value=eve")+b.get("/app/get?key=user"), "<nil>eve")
			})
		}
	}
}

func TestASaveThatFailsChangesNothingInAForeignSession(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		updatePages(s)
		s.page("/do", func(c *gin.Context, v *Session) any {
			err := v.Update(c, Renew, func(v *Values) {
				v.Clear(func(key string) bool { return key == "user" }, "cart", "user")
				v.Set("user", "bob")
				v.Set("new", "value")
			})
			app := sessions.Default(c)
			return fmt.Sprint(err, " ", app.Get("user"), app.Get("cart"), app.Get("new"))
		})
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		b.get("/keep")
		own.fail(errStoreDown)
		wants(t, "in the request", b.get("/do"), "ginlogin: saving the session: connection refused adabook<nil>")
		wants(t, "in the store", fmt.Sprint(own.saved()), "map[cart:book user:ada]")
	})
}

func TestASessionOfTheAppsOwnMaking(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		updatePages(s)
		readPage(s)
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		for _, path := range []string{"/keep?value=a", "/renew?value=b", "/end?value=c"} {
			wants(t, path, b.get(path), "<nil>")
		}
		wants(t, "values", fmt.Sprint(own.saved()), "map[cart:book user:c]")
		wants(t, "read", b.get("/read"), "cart=book")
		wants(t, "clear", b.get("/clear"), "<nil>")
		wants(t, "values", fmt.Sprint(own.saved()), "map[]")
	})
}

func TestAForeignSessionOnTheServerCannotBeRenewed(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		updatePages(s)
		own.id = "id1"
		b := s.browser()
		contains(t, "renew", b.get("/renew"), "ginlogin: saving the session: ", "cannot be given a new ID", "planted")
		wants(t, "values", fmt.Sprint(own.saved()), "map[]")
		wants(t, "keep", b.get("/keep"), "<nil>")
	})
}

func TestASessionThatTheAppDeletesIsNotSaved(t *testing.T) {
	sealed := cookiestore.NewStore(key("session"))
	for name, middleware := range map[string]gin.HandlerFunc{
		"memstore":             sessions.Sessions("session", memStore()),
		"cookie store":         sessions.Sessions("session", cookieStore()),
		"a store like redis'":  sessions.Sessions("session", newRack()),
		"cookiestore.Sessions": cookiestore.Sessions("session", sealed),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, middleware)
			for path, mode := range map[string]Mode{"/keep": Keep, "/renew": Renew} {
				s.page(path, func(c *gin.Context, v *Session) any {
					sessions.Default(c).Options(sessions.Options{MaxAge: -1})
					err := v.Update(c, mode, set("user", "ada"))
					return fmt.Sprint(err, v.Get("user"), v.Get("cart"))
				})
			}
			s.page("/clear", func(c *gin.Context, v *Session) any {
				sessions.Default(c).Options(sessions.Options{MaxAge: -1})
				return v.Update(c, EndIfEmpty, func(v *Values) { v.Clear(none) })
			})
			b := s.browser()
			b.get("/app/set?key=cart&value=book")
			for _, path := range []string{"/keep", "/renew"} {
				res, body := b.do(path)
				contains(t, path, body, "ginlogin: saving the session: ", "Options.MaxAge is -1", "at most 30 daysbook")
				wants(t, path+": cookies", len(res.Cookies()), 0)
			}
			wants(t, "the session is still there", b.get("/app/get?key=cart"), "book")
			wants(t, "its end is no error", b.get("/clear"), "<nil>")
			wants(t, "the session afterwards", b.get("/app/get?key=cart"), "<nil>")
		})
	}
}

// An update must not leave the app's session marked as written: the app's own Save would write it
// once more.
func TestAnUpdateLeavesNothingForTheAppToSave(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/do", func(c *gin.Context, v *Session) any {
		return errors.Join(v.Update(c, Renew, func(v *Values) { v.Set("user", "ada"); v.Delete("cart") }), sessions.Default(c).Save())
	})
	wants(t, "answer", s.browser().get("/do"), "<nil>")
	_, saves := rack.counts()
	wants(t, "saves", saves, 1)
}

func TestABriefSessionIsBriefUntilTheAppSavesItsOwnData(t *testing.T) {
	for _, test := range []struct{ usual, brief int }{{60 * 60, 600}, {601, 600}, {60, 60}, {0, 600}} {
		rack := newRack()
		s := newSite(t, sessions.Sessions("session", rack))
		s.engine.GET("/", func(c *gin.Context) {
			session := Of(c, "")
			app := sessions.Default(c)
			app.Options(sessions.Options{Path: "/", MaxAge: test.usual})
			if err := session.Update(c, Brief, func(v *Values) { v.Set("_flashes", "[]") }); err != nil {
				t.Error(err)
			}
			if c.Query("cart") != "" {
				app.Set("cart", "book")
				if err := app.Save(); err != nil {
					t.Error(err)
				}
			}
		})
		for path, want := range map[string]int{"/": test.brief, "/?cart=1": test.usual} {
			res, _ := s.browser().do(path)
			if cookies := res.Cookies(); len(cookies) != 1 || cookies[0].MaxAge != want {
				t.Errorf("%s: cookies %v, want one with MaxAge %d", path, cookies, want)
			}
		}
	}
}
