package ecosystem

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// proxied is a site whose guarded pages below /app come from another server,
// which is told the user and gets no cookies.
func proxied(t *testing.T, upstream http.HandlerFunc) *site {
	t.Helper()
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		user, _ := ginlogin.FromContext(r.In.Context())
		r.Out.Header.Set("X-User", user.GetID())
		r.Out.Header.Del("Cookie")
	}}
	engine := newEngine(known()...)
	pages(engine)
	engine.Any("/app/*path", ginlogin.LoginRequired(), func(c *gin.Context) {
		proxy.ServeHTTP(c.Writer, c.Request.WithContext(ginlogin.Context(c)))
	})
	return serve(t, engine)
}

func TestAProxyTellsTheServerBehindWhoItIs(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, req *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "theirs", Value: "1"})
		w.Header().Set("Vary", "Accept-Language")
		fmt.Fprintf(w, "%s for %s, cookies %q", req.URL.Path, req.Header.Get("X-User"), req.Header["Cookie"])
	})
	s.keepsLogins()
	b := s.loggedIn("ada")
	b.forget("session")
	res := b.do("GET", "/app/page", "X-User", "root")
	wants(t, "page", res.body, "/app/page for ada, cookies []")
	wants(t, "cookies", res.setsCookies(), "session "+remember+" theirs")
	wants(t, "it varies by cookie", res.varies("Cookie"), true)
	wants(t, "it varies by what the server behind says", res.varies("Accept-Language"), true)
	wants(t, "Cache-Control", res.header("Cache-Control"), "private, no-store")
	wants(t, "a page after it", b.do("GET", "/guarded").body, "Hi ada")
	wants(t, "nobody", s.browser().do("GET", "/app/page").StatusCode, http.StatusFound)
}

// ReverseProxy adds what the server behind says to what stands there. no-store
// rules.
func TestAProxiedPageThatIsPublicIsStillPrivate(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "public, max-age=60") })
	res := s.loggedIn("ada").do("GET", "/app/page")
	wants(t, "Cache-Control", res.header("Cache-Control"), "private, no-store, public, max-age=60")
}

// A session cookie of the server behind takes the place of ours, if it has the
// same name and the proxy lets it pass.
func TestAServerBehindWithOurCookieNameEndsTheLogin(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "theirs", Path: "/", Secure: true})
		http.SetCookie(w, &http.Cookie{Name: remember, Path: "/", Secure: true, MaxAge: -1})
	})
	b := s.loggedIn("ada")
	b.do("GET", "/app/page")
	wants(t, "the next page", b.do("GET", "/guarded").StatusCode, http.StatusFound)
}
