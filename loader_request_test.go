package ginlogin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// byToken makes the site find a user by the request's Token, after the session
// and the remember cookie.
func byToken(s *site) {
	s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) {
		id := c.GetHeader("Token")
		if id == "" {
			return nil, nil
		}
		s.users.mu.Lock()
		defer s.users.mu.Unlock()
		s.users.asked = append(s.users.asked, "token "+id)
		return s.users.rows[id], s.users.err
	})
}

// GORM's Find leaves a zero struct when no row has the token, and returns no error.
func TestAZeroStructFromARequestLoaderIsNoUser(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(*gin.Context) (*account, error) { return &account{}, nil })
	})
	b := s.browser()
	wants(t, "a guard", b.do("GET", "/secret").StatusCode, http.StatusFound)
	wants(t, "the user", b.get("/home"), "200 [Log in] Home () fresh=false")
	wants(t, "events", strings.Contains(s.told(), "user_loaded_from_request"), false)
}

func TestARequestLoaderThatFailsIsAnOutage(t *testing.T) {
	s := newSite(t, memStore(), byToken)
	b := s.browser()
	s.users.fail(errStoreDown)
	wants(t, "user", b.get("/whoami", "Token", "1"), "503 outage")
	wants(t, "guard", b.do("GET", "/secret", "Token", "1").StatusCode, http.StatusServiceUnavailable)
	wants(t, "without a token", b.get("/whoami"), "200 user ")
	b.put("remember_token", "nonsense")
	wantsNoCookies(t, "a bad cookie is not deleted now", b.do("GET", "/whoami", "Token", "1"))
	s.users.fail(nil)
	wants(t, "but afterwards", b.get("/whoami", "Token", "1")+b.cookie("remember_token"), "200 user 1")
}

// What a loader returns beside an error counts for nothing.
func TestAUserBesideAnErrorIsNoUser(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return s.users.rows["1"], errStoreDown }
	})
	b := s.browser()
	wants(t, "user", b.get("/whoami"), "503 outage")
	wants(t, "guard", b.do("GET", "/secret").StatusCode, http.StatusServiceUnavailable)
}

func TestFromRequestOfNilIsNoLoader(t *testing.T) {
	wants(t, "nil", ginlogin.FromRequest[*account](nil) == nil, true)
	lm := ginlogin.New[*account](nil)
	lm.RequestLoader = ginlogin.FromRequest[*account](nil)
	wantsText(t, "a manager without any loader", panicText(func() { lm.Middleware() }), "ginlogin: LoginManager has no loader")
}

func TestAManagerMayHaveOnlyARequestLoader(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) { loadWith[*account](s, nil); byToken(s) })
	b := s.browser()
	wants(t, "with a token", b.get("/secret", "Token", "1"), "200 secret")
	wants(t, "without one", b.do("GET", "/secret").StatusCode, http.StatusFound)

	b.post("/login?id=2&remember=1")
	wants(t, "a login that cannot be loaded", b.get("/whoami"), "200 user ")
	wants(t, "its remember cookie stays", b.cookie("remember_token") != "", true)
	wants(t, "a token beside it", b.get("/whoami", "Token", "1"), "200 user 1")
	s.shows("/about", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		id, ok := ginlogin.UserID(c)
		return fmt.Sprintf("%q %v fresh=%v", id, ok, ginlogin.LoginFresh(c))
	})
	wants(t, "the user of the token", b.get("/about", "Token", "1"), `200 "" false fresh=false`)
	s.shows("/below", func(c *gin.Context) any {
		_, ok := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
		return ok
	})
	wants(t, "below HTTP", b.get("/below"), "200 false")

	s.shows("/stream", func(c *gin.Context) any {
		on, err := ginlogin.StillLoggedIn(ginlogin.Context(c))
		return fmt.Sprint(on, err)
	})
	wants(t, "a stream without a token", b.get("/stream"), "200 false <nil>")
	wants(t, "a stream of the user of the token", b.get("/stream", "Token", "1"), "200 true <nil>")
	wants(t, "a stream of the login, which the token loads", b.get("/stream", "Token", "2"), "200 true <nil>")
}

func TestAUserOfTheRequestNeverTouchesTheSession(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, byToken)
	s.shows("/about", func(c *gin.Context) any {
		u, ok := ginlogin.UserAs[*account](c)
		id, identified := ginlogin.UserID(c)
		return fmt.Sprintf("%s %v %q %v fresh=%v remembered=%v", u.Name, ok, id, identified, ginlogin.LoginFresh(c), ginlogin.LoginRemembered(c))
	})
	b := s.browser()
	for range 2 {
		rep := b.do("GET", "/whoami", "Token", "1")
		wants(t, "user", rep.body, "user 1")
		wantsNoCookies(t, "answer", rep)
		wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
		wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	}
	reads, saves := rack.counts()
	wants(t, "reads", reads, 0)
	wants(t, "saves", saves, 0)
	wants(t, "all about the user", b.get("/about", "Token", "1"), `200 Ada true "" false fresh=false remembered=false`)
	wants(t, "a page for fresh logins", b.do("GET", "/vault", "Token", "1").StatusCode, http.StatusFound)

	b.post("/data?key=cart&value=book")
	rack.counts()
	wantsNoCookies(t, "with a session of a visitor", b.do("GET", "/secret", "Token", "1"))
	_, saves = rack.counts()
	wants(t, "saves", saves, 0)
	wants(t, "the next request without a token", b.get("/whoami"), "200 user ")
}

func TestAVanishedLoginDoesNotVouchForTheUserOfTheRequest(t *testing.T) {
	s := newSite(t, memStore(), byToken)
	s.shows("/about", func(c *gin.Context) any {
		u := ginlogin.CurrentUser(c)
		id, _ := ginlogin.UserID(c)
		return fmt.Sprintf("%s %q fresh=%v", u.GetID(), id, ginlogin.LoginFresh(c))
	})
	b := s.browser()
	b.post("/login?id=2")
	s.users.drop("2")
	wants(t, "another user", b.get("/about", "Token", "1"), `200 1 "" fresh=false`)
}
