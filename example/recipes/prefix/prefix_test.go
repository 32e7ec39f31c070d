package prefix

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// open returns a browser before a proxy that has the shop under /shop and says elsewhere which cookies it gets.
func open(t *testing.T) *browser.Browser {
	t.Helper()
	backend := httptest.NewServer(restore(newSite([]byte("a secret key of thirty-two bytes"))))
	t.Cleanup(backend.Close)
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}}
	front := http.NewServeMux()
	front.Handle("/shop/", http.StripPrefix("/shop", proxy))
	front.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) { _, _ = w.Write([]byte(req.Header.Get("Cookie"))) })
	return browser.Open(t, front)
}

func TestRedirectsStayUnderThePrefix(t *testing.T) {
	b := open(t)
	b.Want(b.Get("/shop/orders?page=2"), "302 /shop/login?next=%2Fshop%2Forders%3Fpage%3D2")
	b.Want(b.Post("/shop/login?next=%2Fshop%2Forders%3Fpage%3D2"), "303 /shop/orders?page=2")
	b.Want(b.Get("/shop/orders?page=2"), "200 orders, seen from 127.0.0.1")
	b.Want(b.Get("/shop/%6Frders"), "200 orders, seen from 127.0.0.1")
	b.Want(b.Get("/wiki"), "200") // another site on the host: no cookies
	b.Want(b.Post("/shop/login"), "303 /shop/profile")
	b.Want(b.Post("/shop/logout"), "303 /shop/login")
	b.Want(b.Get("/shop/orders"), "302 /shop/login?next=%2Fshop%2Forders")
}
