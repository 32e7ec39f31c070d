package ginlogin_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// twoSteps is a site whose routes /first and /second take these options.
func twoSteps(t *testing.T, first, second []ginlogin.LoginOption) (*site, *shelf) {
	t.Helper()
	s, store := newStoredSite(t, nil)
	s.engine.POST("/first", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, s.users.get("1"), first...)) })
	s.engine.POST("/second", func(c *gin.Context) { answer200(c, ginlogin.FinishLogin(c, s.users.get("1"), second...)) })
	s.shows("/pending", func(c *gin.Context) any {
		name := "none"
		if u, ok := ginlogin.PendingUser[*account](c); ok {
			name = u.Name
		}
		_, ofCopy := ginlogin.PendingUser[*account](c.Copy())
		wants(t, "pending, asked by a copy of the context", ofCopy, false)
		return name
	})
	return s, store
}

func TestALoginHasTheOptionsOfBothSteps(t *testing.T) {
	type options = []ginlogin.LoginOption
	hour, twoHours := ginlogin.RememberFor(time.Hour), ginlogin.RememberFor(2*time.Hour)
	for _, row := range []struct {
		name          string
		first, second options
		fresh         bool
		remembered    int // for so many seconds
		external      string
	}{
		{"none", nil, nil, true, 0, ""},
		{"not fresh by the first", options{ginlogin.NotFresh()}, nil, false, 0, ""},
		{"not fresh by the second", nil, options{ginlogin.NotFresh()}, false, 0, ""},
		{"remembered by the first", options{ginlogin.Remember(true)}, nil, true, 365 * 24 * 3600, ""},
		{"remembered by the second", nil, options{ginlogin.Remember(true)}, true, 365 * 24 * 3600, ""},
		{"a time by the first", options{hour}, nil, true, 3600, ""},
		{"a time by the second", nil, options{hour}, true, 3600, ""},
		{"of two times that of the second", options{hour}, options{twoHours}, true, 7200, ""},
		{"an external ID by the first", options{ginlogin.ExternalID("a")}, nil, true, 0, "a"},
		{"an external ID by the second", nil, options{ginlogin.ExternalID("a")}, true, 0, "a"},
		{"of two external IDs that of the second", options{ginlogin.ExternalID("a")}, options{ginlogin.ExternalID("b")}, true, 0, "b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, store := twoSteps(t, row.first, row.second)
			b := s.browser()
			wants(t, "first step", b.post("/first"), "200 ok")
			rep := b.do("POST", "/second")
			wants(t, "second step", rep.body, "ok")
			wants(t, "fresh", b.get("/fresh"), fmt.Sprintf("200 %t", row.fresh))
			wants(t, "external ID", store.only(t).ExternalID, row.external)
			remembered := 0
			if cookie := b.setCookie(rep, "remember_token"); cookie != nil {
				remembered = cookie.MaxAge
			}
			wants(t, "remembered for", remembered, row.remembered)
		})
	}
}

func TestABannedUserIsPendingOnlyByForce(t *testing.T) {
	force := []ginlogin.LoginOption{ginlogin.Force()}
	for _, row := range []struct {
		name          string
		first, second []ginlogin.LoginOption
		pending, done string
	}{
		{"without", nil, nil, "200 none", "400 " + ginlogin.ErrInactiveUser.Error()},
		{"by the first step", force, nil, "200 Ada", "200 ok"},
		{"by the second step", nil, force, "200 none", "200 ok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _ := twoSteps(t, row.first, row.second)
			b := s.browser()
			b.post("/first")
			s.users.get("1").Inactive = true
			wants(t, "pending", b.get("/pending"), row.pending)
			wants(t, "second step", b.post("/second"), row.done)
		})
	}
}

func TestOutagesBetweenTheSteps(t *testing.T) {
	s, _ := twoSteps(t, nil, nil)
	b := s.browser()
	b.post("/first")
	s.reported()
	s.users.fail(errStoreDown)
	wants(t, "the loader: pending", b.get("/pending"), "200 none")
	wants(t, "reported", len(s.reported()), 1)
	s.users.fail(nil)
	wants(t, "afterwards", b.get("/pending"), "200 Ada")
	wants(t, "cached by nobody", b.do("GET", "/pending").Header.Get("Cache-Control"), "private, no-store")

	rack := newRack()
	s = newSite(t, rack, nil)
	s.engine.POST("/first", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, s.users.get("1"))) })
	s.shows("/second", func(c *gin.Context) any { return errors.Is(ginlogin.FinishLogin(c, s.users.get("1")), errStoreDown) })
	b = s.browser()
	b.post("/first")
	rack.readsFail(errStoreDown)
	wants(t, "the session store", b.get("/second"), "200 true")
}

// What a visitor has put into the session since the first step is that user's.
func TestALoginOfAnotherUserThanThePendingOneClearsTheSession(t *testing.T) {
	for id, want := range map[string]string{"1": "200 book", "2": "200 <nil>"} {
		s, _ := twoSteps(t, nil, nil)
		b := s.browser()
		b.post("/first")
		b.post("/data?key=cart&value=book")
		wants(t, "login of "+id, b.post("/login?id="+id), "200 /")
		wants(t, "data after the login of "+id, b.get("/data?key=cart"), want)
		wants(t, "pending", b.get("/pending"), "200 none")
	}
}

func TestNoUserAndBannedUsersTakeNoStep(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/first", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, nil)) })
	s.engine.POST("/first/banned", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, &account{ID: "1", Inactive: true})) })
	s.engine.POST("/second", func(c *gin.Context) { answer200(c, ginlogin.FinishLogin(c, nil)) })
	b := s.browser()
	wantsText(t, "first", b.post("/first"), "400 ginlogin: ", "nil")
	wants(t, "first of a banned user", b.post("/first/banned"), "400 "+ginlogin.ErrInactiveUser.Error())
	wantsText(t, "second", b.post("/second"), "400 ginlogin: FinishLogin", "nil")
}
