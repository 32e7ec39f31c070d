package session

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

var modes = map[string]Mode{"Keep": Keep, "Renew": Renew, "EndIfEmpty": EndIfEmpty, "Forget": Forget, "Brief": Brief}

func TestAnUpdateLeavesOneSessionOfSeveral(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		for name, mode := range modes {
			s.choosing("/app/"+name, func(c *gin.Context, v *Session) any {
				// The app's save comes after the update, and must not bring the others back.
				return errors.Join(v.Update(c, mode, set("k", "v")), appSet(c, "cart", "book"))
			})
			one, two := s.visited("1"), s.visited("2")
			b := s.shopper().keeps(one, "shop.test", "/app").keeps(two, "", "/").keeps("planted", "app.shop.test", "/app/")
			wants(t, name, b.get("/app/"+name), "<nil>")
			wants(t, name+": cookies", len(b.cookies()), 1)
			read := func(key string) string { return b.get("/app/get?key=" + key) }
			wants(t, name+": the session", read(visitNumber)+read("k")+read("cart"), "2vbook")
			if isServerStore(t) {
				wants(t, name+": the other one", s.sends("/app/get?key="+visitNumber, one), "<nil>")
			}
		}
	})
}

func TestEndingOneSessionOfSeveralEndsAll(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		for name, mode := range map[string]Mode{"EndIfEmpty": EndIfEmpty, "Forget": Forget} {
			s.choosing("/app/"+name, func(c *gin.Context, v *Session) any {
				return v.Update(c, mode, func(values *Values) { values.Clear(func(string) bool { return false }) })
			})
			one, two := s.visited("1"), s.visited("2")
			b := s.shopper().keeps(one, "app.shop.test", "/").keeps(two, "shop.test", "/app/")
			wants(t, name, b.get("/app/"+name), "<nil>")
			wants(t, name+": cookies", len(b.cookies()), 0)
			if isServerStore(t) {
				wants(t, name+": one", s.sends("/app/get?key="+visitNumber, one), "<nil>")
				wants(t, name+": two", s.sends("/app/get?key="+visitNumber, two), "<nil>")
			}
		}
	})
}

// A single cookie that was set with another Domain or Path would be there again after a save under
// the present ones.
func TestForgettingDeletesACookieOfAnotherDomainOrPath(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		for page, edit := range map[string]func(*Values){
			"/app/empty": func(v *Values) { v.Clear(func(string) bool { return false }) },
			"/app/rest":  func(v *Values) { v.Delete(visitNumber); v.Set("rest", "1") },
		} {
			s.page(page, func(c *gin.Context, v *Session) any {
				return errors.Join(v.Update(c, Forget, edit), appSet(c, "notice", "logged out"))
			})
			for _, kept := range []struct{ domain, path string }{
				{"", "/"}, {"", "/app"}, {"", "/app/"}, {"shop.test", "/"}, {"shop.test", "/app"}, {"app.shop.test", "/"},
			} {
				b := s.shopper().keeps(s.visited("1"), kept.domain, kept.path)
				what := page + " with " + kept.domain + kept.path
				wants(t, what, b.get(page), "<nil>")
				wants(t, what+": what is forgotten", b.get("/app/get?key="+visitNumber), "<nil>")
				wants(t, what+": what the app saved afterwards", b.get("/app/get?key=notice"), "logged out")
				wants(t, what+": cookies", len(b.cookies()), 1)
			}
		}
	})
}

// Another app's cookie of the same name means nothing here, and is not this app's to delete.
func TestACookieOfAnotherAppStays(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		for name, mode := range modes {
			s.choosing("/app/"+name, func(c *gin.Context, v *Session) any {
				return v.Update(c, mode, func(values *Values) { values.Clear(func(string) bool { return false }); values.Set("k", "v") })
			})
			s.choosing("/app/read/"+name, func(c *gin.Context, v *Session) any { _ = v.Open(c); return v.Get("k") })
			b := s.shopper().keeps("another-app's", "shop.test", "/").keeps(s.visited("1"), "", "/")
			wants(t, name, b.get("/app/"+name), "<nil>")
			wants(t, name+": the other app's", slices.Contains(b.cookies(), "another-app's"), true)
			wants(t, name+": the session", b.get("/app/read/"+name), "v")
		}
	})
}

func TestForgettingLeavesTheCookieOfAnotherApp(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.page("/app/forget", func(c *gin.Context, v *Session) any { return v.Update(c, Forget, set("k", "v")) })
		s.page("/app/again", func(c *gin.Context, v *Session) any {
			return errors.Join(appSet(c, "cart", "book"), v.Update(c, Forget, set("k", "v")))
		})
		for _, page := range []string{"/app/forget", "/app/again"} {
			b := s.shopper().keeps("another-app's", "shop.test", "/")
			wants(t, page, b.get(page), "<nil>")
			wants(t, page+": the other app's", slices.Contains(b.cookies(), "another-app's"), true)
			wants(t, page+": cookies", len(b.cookies()), 2)
		}
	})
}

func TestTheOthersThatCannotBeEndedStopTheUpdate(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	rack.rows["a"], rack.rows["b"] = map[any]any{visitNumber: "1"}, map[any]any{visitNumber: "2"}
	rack.savesFail(deletions)
	s.choosing("/update", func(c *gin.Context, v *Session) any {
		return fmt.Sprint(errors.Is(v.Update(c, Keep, set(visitNumber, "3")), errStoreDown), v.Get(visitNumber))
	})
	res, body := s.send("/update", "a", "b")
	wants(t, "update", body, "true2")
	wants(t, "cookies", len(res.Cookies()), 0)
	wants(t, "the session", rack.row("b")[visitNumber] == "2", true)
}

// A store that looks for the session by the cookie must not find the planted one.
func TestBesideAPlantedCookieTheSessionIsSavedWhereItWas(t *testing.T) {
	rack := newRack()
	rack.byCookie = true
	s := newSite(t, sessions.Sessions("session", rack))
	rack.rows["a"] = map[any]any{visitNumber: "1"}
	s.choosing("/update", func(c *gin.Context, v *Session) any { return v.Update(c, Keep, set("k", "v")) })
	wants(t, "update", s.sends("/update", "planted", "a"), "<nil>")
	wants(t, "the session", rack.row("a")["k"] == "v", true)
	wants(t, "sessions", rack.size(), 1)
}
