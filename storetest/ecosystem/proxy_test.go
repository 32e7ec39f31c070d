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
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// proxied is a site whose guarded pages below /app come from another server,
// which is told the user and gets no cookies.
func proxied(t *testing.T, upstream http.HandlerFunc) *site.Site {
	t.Helper()
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Del("X-User")
		if user, ok := ginlogin.UserAs[*site.Account](r.In.Context()); ok {
			r.Out.Header.Set("X-User", user.ID)
		}
		r.Out.Header.Del("Cookie")
	}}
	engine := site.Engine(known()...)
	pages(engine)
	engine.Any("/app/*path", ginlogin.LoginRequired(), func(c *gin.Context) {
		proxy.ServeHTTP(c.Writer, c.Request.WithContext(ginlogin.Context(c)))
	})
	return site.Serve(t, engine)
}

func TestAProxyTellsTheServerBehindWhoItIs(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, req *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "theirs", Value: "1"})
		w.Header().Set("Vary", "Accept-Language")
		fmt.Fprintf(w, "%s for %s, cookies %q", req.URL.Path, req.Header.Get("X-User"), req.Header["Cookie"])
	})
	keepsLogins(s)
	b := loggedIn(s, "ada")
	b.Put("session", "")
	res := b.Do("GET", "/app/page", "X-User", "root")
	site.Wants(t, "page", res.Text, "/app/page for ada, cookies []")
	site.Wants(t, "cookies", res.Sets(), "session "+remember+" theirs")
	site.Wants(t, "it varies by cookie", res.Varies("Cookie"), true)
	site.Wants(t, "it varies by what the server behind says", res.Varies("Accept-Language"), true)
	site.Wants(t, "Cache-Control", res.Lines("Cache-Control"), "private, no-store")
	site.Wants(t, "a page after it", b.Do("GET", "/guarded").Text, "Hi ada")
	site.Wants(t, "nobody", s.Browser().Do("GET", "/app/page").StatusCode, http.StatusFound)
}

// ReverseProxy adds what the server behind says to what stands there. no-store
// rules.
func TestAProxiedPageThatIsPublicIsStillPrivate(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "public, max-age=60") })
	res := loggedIn(s, "ada").Do("GET", "/app/page")
	site.Wants(t, "Cache-Control", res.Lines("Cache-Control"), "private, no-store, public, max-age=60")
}

// A session cookie of the server behind takes the place of ours, if it has the
// same name and the proxy lets it pass.
func TestAServerBehindWithOurCookieNameEndsTheLogin(t *testing.T) {
	s := proxied(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "theirs", Path: "/", Secure: true})
		http.SetCookie(w, &http.Cookie{Name: remember, Path: "/", Secure: true, MaxAge: -1})
	})
	b := loggedIn(s, "ada")
	b.Do("GET", "/app/page")
	site.Wants(t, "the next page", b.Do("GET", "/guarded").StatusCode, http.StatusFound)
}
