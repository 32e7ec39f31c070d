package ginlogin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAChangedPasswordEndsTheOtherLogins(t *testing.T) {
	s, one := newMemberSite(t, nil)
	here, there, closed := s.browser(), s.browser(), s.browser()
	for _, b := range []*browser{here, there, closed} {
		wants(t, "login", b.post("/join"), "200 ok")
		wants(t, "user", b.get("/whoami"), "200 user m")
	}
	closed.put("session", "")
	wants(t, "change", here.post("/password?new=second"), "200 ok")
	wants(t, "here", here.get("/whoami"), "200 user m")
	wants(t, "here, fresh", here.get("/fresh"), "200 true")
	wants(t, "here, the browser closed", here.restore(), "200 user m")
	wants(t, "there", there.get("/whoami"), "200 user ")
	wants(t, "there, the remember cookie", there.cookie("remember_token"), "")
	wants(t, "a remember cookie alone", closed.get("/whoami"), "200 user ")

	one.password = "third" // changed elsewhere
	wants(t, "after a change elsewhere", here.get("/whoami"), "200 user ")
}

func TestAChangedPasswordTakesTheOtherLoginsOutOfTheStore(t *testing.T) {
	store := newShelf()
	s, _ := newMemberSite(t, func(s *site) { s.lm.Logins = store })
	here, there := s.browser(), s.browser()
	here.post("/join")
	there.post("/join")
	copied := here.copyOf("session", "remember_token")
	wants(t, "change", here.post("/password?new=second"), "200 ok")
	wants(t, "rows", store.count(), 1)
	wants(t, "there", there.get("/whoami"), "200 user ")
	wants(t, "a copy from before", copied.get("/whoami"), "200 user ")
	wants(t, "here, which goes on", here.get("/whoami"), "200 user m")
}

func TestRotatingKeysEndsNoBoundLogin(t *testing.T) {
	old, _ := newMemberSite(t, nil)
	b := old.browser()
	b.post("/join")
	visit := func(keys ...string) *browser {
		s, _ := newMemberSite(t, func(s *site) {
			s.lm.SecretKeys = nil
			for _, name := range keys {
				s.lm.SecretKeys = append(s.lm.SecretKeys, keyOf(name))
			}
		})
		next := s.browser()
		next.put("session", b.cookie("session"))
		next.put("remember_token", b.cookie("remember_token"))
		return next
	}
	both := visit("new", "remember")
	before := both.cookie("session")
	wants(t, "with both keys", both.get("/whoami"), "200 user m")
	if both.cookie("session") == before {
		t.Error("the session is not bound with the new key")
	}
	wants(t, "restored with both keys", both.restore(), "200 user m")
	b = both
	newOnly := visit("new")
	wants(t, "re-bound, with the new key only", newOnly.get("/whoami"), "200 user m")
	wants(t, "re-bound, restored", newOnly.restore(), "200 user m")
	b = old.browser()
	b.post("/join")
	wants(t, "not re-bound, with the new key only", visit("new").get("/whoami"), "200 user ")
}

func TestALoginWithoutABindingIsNotOneOfAUserWithAHash(t *testing.T) {
	s, one := newMemberSite(t, nil)
	s.engine.POST("/unbound", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &one.account, ginlogin.Remember(true))) })
	b := s.browser()
	wants(t, "login", b.post("/unbound"), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "remember cookie", b.cookie("remember_token"), "")
}

func TestTheHashLeavesTheServerInNoForm(t *testing.T) {
	s, one := newMemberSite(t, nil)
	one.password = strings.Repeat("tell-tale", 3)
	b := s.browser()
	rep := b.do("POST", "/join")
	if strings.Contains(strings.Join(rep.Header["Set-Cookie"], ""), "tell") {
		t.Error("a cookie has the hash")
	}
}

func TestASessionHashNeedsKeys(t *testing.T) {
	lm := ginlogin.New(func(context.Context, string) (*insured, error) { return nil, nil })
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "SecretKeys") || !strings.Contains(text, "SessionHash") {
			t.Errorf("Middleware panics with %q", text)
		}
	}()
	lm.Middleware()
}

func TestAUserWithAHashIsNotLoggedInWithoutKeys(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = nil })
	s.engine.POST("/join", func(c *gin.Context) {
		err := ginlogin.Login(c, &insured{account: account{ID: "1"}})
		c.String(http.StatusOK, "%v", errors.Is(err, ginlogin.ErrNoSecretKey))
	})
	s.engine.POST("/act", func(c *gin.Context) {
		err := ginlogin.Impersonate(c, &insured{account: account{ID: "2"}})
		c.String(http.StatusOK, "%v", errors.Is(err, ginlogin.ErrNoSecretKey))
	})
	b := s.browser()
	wants(t, "error", b.post("/join"), "200 true")
	wants(t, "user", b.get("/whoami"), "200 user ")
	b.post("/login?id=1")
	wants(t, "acting", b.post("/act"), "200 true")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestLogoutOthersIsForTheCurrentUserOnly(t *testing.T) {
	s, _ := newMemberSite(t, nil)
	s.engine.POST("/others", func(c *gin.Context) {
		answer200(c, ginlogin.LogoutOthers(c, &insured{account: account{ID: c.Query("id")}}))
	})
	b := s.browser()
	wants(t, "without a login", b.post("/others?id=m"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	b.post("/join")
	wants(t, "another user", b.post("/others?id=x"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "no ID", b.post("/others?id="), "400 "+ginlogin.ErrNotAuthenticated.Error())
}

func TestBelowHTTPALoginFromBeforeThePasswordChangedIsNone(t *testing.T) {
	s, one := newMemberSite(t, nil)
	s.engine.GET("/service", func(c *gin.Context) {
		_, ok := ginlogin.UserAs[*insured](ginlogin.Context(c))
		c.String(http.StatusOK, "%v", ok)
	})
	b := s.browser()
	b.post("/join")
	wants(t, "before", b.get("/service"), "200 true")
	one.password = "second"
	wants(t, "after", b.get("/service"), "200 false")
}

func TestLogoutOthersNeedsNoUserLoadedBefore(t *testing.T) {
	for name, logins := range map[string]ginlogin.LoginStore{"without Logins": nil, "with Logins": newShelf()} {
		t.Run(name, func(t *testing.T) {
			s, one := newMemberSite(t, func(s *site) { s.lm.Logins = logins })
			s.engine.POST("/change", func(c *gin.Context) {
				if id, ok := ginlogin.UserID(c); !ok || id != "m" {
					t.Error("UserID knows no user")
				}
				one.password = "second"
				copy := *one
				answer200(c, ginlogin.LogoutOthers(c, &copy))
			})
			b := s.browser()
			b.post("/join")
			wants(t, "change", b.post("/change"), "200 ok")
			wants(t, "user", b.get("/whoami"), "200 user m")
		})
	}
}

// Without a user loader the request names the user. The login in the session has to be
// bound to that user as well.
func TestAChangedPasswordEndsTheFreshnessOfATokensUser(t *testing.T) {
	one := &insured{account: account{ID: "m"}, password: "first"}
	s := newSite(t, cookieStore(), func(s *site) {
		loadWith[*insured](s, nil)
		s.lm.RequestLoader = ginlogin.FromRequest(func(*gin.Context) (*insured, error) { return one, nil })
	})
	s.engine.POST("/join", func(c *gin.Context) { answer200(c, ginlogin.Login(c, one)) })
	b := s.browser()
	b.post("/join")
	wants(t, "before", b.get("/vault"), "200 vault")
	one.password = "second"
	wants(t, "a page for fresh logins", b.do("GET", "/vault").StatusCode, http.StatusFound)
	wants(t, "the user of the token", b.get("/whoami"), "200 user m")
	wants(t, "record", b.get("/data?key="+sessionKey), "200 <nil>")
}
