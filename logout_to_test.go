package ginlogin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestLogoutToLogsOutByPostAndRedirects(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, nil)
	s.engine.Any("/leave", ginlogin.LogoutTo("/bye?why=you"))
	b := s.browser()
	b.post("/data?key=cart&value=book")
	b.post("/login?id=1&remember=1")
	for _, method := range []string{"GET", "HEAD"} {
		rep := b.do(method, "/leave")
		wants(t, method+": status", rep.StatusCode, http.StatusMethodNotAllowed)
		wants(t, method+": body, which the app renders for browsers", rep.body, "")
		wants(t, method+": Allow", rep.Header.Get("Allow"), "POST")
		wantsNoCookies(t, method, rep)
	}
	store.failSaves(errStoreDown)
	wants(t, "during an outage", b.post("/leave"), "503 ")
	wants(t, "a script during an outage", b.post("/leave", "Accept", "application/json"), `503 {"error":"service unavailable"}`)
	store.failSaves(nil)
	wants(t, "the login stands", b.get("/whoami"), "200 user 1")
	s.told()
	rep := b.do("POST", "/leave")
	wants(t, "answer", answerOf(rep), "303 | Location: /bye?why=you")
	wants(t, "events", s.told(), "user_accessed user_logged_out=1")
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "the remember cookie", b.cookie("remember_token"), "")
	wants(t, "the session's other data", b.get("/data?key=cart"), "200 <nil>")
	wants(t, "a second click", answerOf(b.do("POST", "/leave")), "303 | Location: /bye?why=you")
}

func TestLogoutToAnswersAnOutageAsTheGuardsDo(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, err error) { c.String(http.StatusBadGateway, "%v", errors.Is(err, errStoreDown)) }
	})
	s.engine.POST("/leave", ginlogin.LogoutTo("/"))
	b := s.browser()
	b.post("/login?id=1")
	store.failSaves(errStoreDown)
	wants(t, "answer", b.post("/leave"), "502 true")
}

func TestLogoutToPanicsWithoutAPathToRedirectTo(t *testing.T) {
	for _, path := range []string{"", "bye", "javascript:alert(1)", "/bye\r\nX: y"} {
		wantsText(t, path, panicText(func() { ginlogin.LogoutTo(path) }), "ginlogin: LogoutTo")
	}
	for _, path := range []string{"/", "/bye?why=you", "https://sso.example/logout"} {
		wants(t, path, panicText(func() { ginlogin.LogoutTo(path) }), "")
	}
}

// RFC 9110 lets caches keep a 405.
func TestWhatLogoutToRefusesIsPrivateAndAudited(t *testing.T) {
	s, read := newAuditedSite(t, func(*site) {})
	s.engine.Any("/leave", ginlogin.LogoutTo("/bye"))
	b := s.browser()
	for _, row := range []struct {
		method string
		header []string
		status int
		audit  string
	}{
		{"GET", nil, 405, ""},
		{"HEAD", []string{"Accept", "application/json"}, 405, ""},
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403,
			`level=WARN msg=cross_site_refused address=127.0.0.1 reason="posted from https://evil.example"`},
		{"POST", []string{"Origin", "null"}, 403, `level=WARN msg=cross_site_refused address=127.0.0.1 reason="posted from null"`},
		{"DELETE", []string{"Origin", "https://evil.example"}, 403, `level=WARN msg=cross_site_refused address=127.0.0.1 reason="posted from https://evil.example"`},
	} {
		rep := b.do(row.method, "/leave", row.header...)
		wants(t, row.method, rep.StatusCode, row.status)
		wants(t, row.method+": Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
		wants(t, row.method+": audit", read(), row.audit)
	}
	b.post("/login?id=1", "Sec-Fetch-Site", "cross-site")
	wants(t, "a login", read(), `level=WARN msg=cross_site_refused address=127.0.0.1 reason="posted from "`)
}
