package session

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func TestASessionMayBeSavedAgainInTheRequest(t *testing.T) {
	update := func(mode Mode, key string) func(c *gin.Context, v *Session) error {
		return func(c *gin.Context, v *Session) error { return v.Update(c, mode, set(key, "1")) }
	}
	app := func(key string) func(c *gin.Context, v *Session) error {
		return func(c *gin.Context, _ *Session) error { return appSet(c, key, "1") }
	}
	open := func(c *gin.Context, v *Session) error { return v.Open(c) }
	unsaved := func(c *gin.Context, _ *Session) error { sessions.Default(c).Set("a", "1"); return nil }
	saves := func(c *gin.Context, _ *Session) error { return sessions.Default(c).Save() }
	type steps []func(c *gin.Context, v *Session) error
	for name, steps := range map[string]steps{
		"renew, keep":                           {update(Renew, "a"), update(Keep, "b")},
		"keep, renew":                           {update(Keep, "a"), update(Renew, "b")},
		"keep, keep":                            {update(Keep, "a"), update(Keep, "b")},
		"renew, renew":                          {update(Renew, "a"), update(Renew, "b")},
		"renew, the app":                        {update(Renew, "a"), app("b")},
		"keep, the app":                         {update(Keep, "a"), app("b")},
		"the app, renew":                        {app("a"), update(Renew, "b")},
		"the app, keep":                         {app("a"), update(Keep, "b")},
		"open, the app, renew":                  {open, app("a"), update(Renew, "b")},
		"open, the app, keep":                   {open, app("a"), update(Keep, "b")},
		"open, the app, keep, the app":          {open, app("a"), update(Keep, "x"), app("b")},
		"the app sets, renew, the app saves":    {unsaved, update(Renew, "b"), saves},
		"renew, the app sets, the app saves":    {update(Renew, "b"), unsaved, saves},
		"the app, renew, the app, renew":        {app("a"), update(Renew, "x"), app("b"), update(Renew, "y")},
		"keep, renew, the app, end if empty":    {update(Keep, "a"), update(Renew, "x"), app("b"), update(EndIfEmpty, "y")},
		"the app, the app, open, keep, the app": {app("a"), app("x"), open, update(Keep, "b"), app("y")},
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, s *site) {
				s.page("/do", func(c *gin.Context, v *Session) any {
					http.SetCookie(c.Writer, &http.Cookie{Name: "neighbour", Value: "session="})
					var all error
					for _, step := range steps {
						all = errors.Join(all, step(c, v))
					}
					return all
				})
				for _, before := range []string{"none", "known", "unknown"} {
					b := s.browser()
					switch before {
					case "known":
						b.get("/app/set?key=cart&value=book")
					case "unknown":
						b.put("planted")
					}
					wants(t, before+": answer", b.get("/do"), "<nil>")
					wants(t, before+": first value", b.get("/app/get?key=a"), "1")
					wants(t, before+": second value", b.get("/app/get?key=b"), "1")
					if before == "known" {
						wants(t, "earlier value", b.get("/app/get?key=cart"), "book")
					}
				}
			})
		})
	}
}

// A store that finds the row by the cookie of the request would leave rows behind that no browser
// has the ID of: with Renew, a session of the visitor that lives on.
func TestARequestLeavesOneSessionInTheStore(t *testing.T) {
	update := func(mode Mode) func(c *gin.Context, v *Session) error {
		return func(c *gin.Context, v *Session) error { return v.Update(c, mode, set("k", "v")) }
	}
	app := func(c *gin.Context, _ *Session) error { return appSet(c, "k", "v") }
	end := func(c *gin.Context, v *Session) error {
		return v.Update(c, EndIfEmpty, func(v *Values) { v.Clear(none) })
	}
	type steps []func(c *gin.Context, v *Session) error
	for _, row := range []struct {
		name  string
		steps steps
		want  int
	}{
		{"keep, keep", steps{update(Keep), update(Keep)}, 1},
		{"keep, renew", steps{update(Keep), update(Renew)}, 1},
		{"renew, keep", steps{update(Renew), update(Keep)}, 1},
		{"renew, renew", steps{update(Renew), update(Renew)}, 1},
		{"the app, renew", steps{app, update(Renew)}, 1},
		{"renew, the app", steps{update(Renew), app}, 1},
		{"keep, the end", steps{update(Keep), end}, 0},
		{"renew, the end", steps{update(Renew), end}, 0},
		{"renew, the end, keep", steps{update(Renew), end, update(Keep)}, 1},
	} {
		for _, byCookie := range []bool{true, false} {
			for _, before := range []bool{true, false} {
				rack := newRack()
				rack.byCookie = byCookie
				s := newSite(t, sessions.Sessions("session", rack))
				s.page("/do", func(c *gin.Context, v *Session) any {
					var all error
					for _, step := range row.steps {
						all = errors.Join(all, step(c, v))
					}
					return all
				})
				b := s.browser()
				if before {
					b.get("/app/set?key=cart&value=book")
				}
				what := fmt.Sprintf("%s; by cookie %t, with a session before %t", row.name, byCookie, before)
				wants(t, what+": answer", b.get("/do"), "<nil>")
				wants(t, what+": sessions in the store", rack.size(), row.want)
			}
		}
	}
}

func TestAStoreNeedNotSendACookieThatTheBrowserHas(t *testing.T) {
	rack := newRack()
	rack.thrifty = true
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	b := s.browser()
	wants(t, "renew", b.get("/renew"), "<nil>")
	res, body := b.do("/keep?key=cart&value=book")
	wants(t, "keep", body, "<nil>")
	wants(t, "cookies", len(res.Cookies()), 0)
	wants(t, "values", b.get("/app/get?key=user")+b.get("/app/get?key=cart"), "adabook")
}
