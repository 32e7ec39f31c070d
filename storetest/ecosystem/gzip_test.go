package ecosystem

import (
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestGzipInFrontKeepsLogins(t *testing.T) {
	s := behind(t, gzip.Gzip(gzip.DefaultCompression))
	s.keepsLogins()
	s.tellsUsersApart()
	res := s.loggedIn("ada").do("GET", "/guarded")
	wants(t, "the page was compressed", res.Uncompressed, true)
	wants(t, "it varies by encoding, too", res.varies("Accept-Encoding"), true)
}

func TestGzipBehindKeepsLogins(t *testing.T) {
	engine := newEngine(append(known(), gzip.Gzip(gzip.DefaultCompression))...)
	pages(engine)
	s := serve(t, engine)
	s.keepsLogins()
	s.tellsUsersApart()
}

// The page begins with more than gzip and net/http buffer together, and names the
// user at its end.
func TestATemplateMayNameTheUserLateInACompressedPage(t *testing.T) {
	const long = 1 << 20
	engine := newEngine(append([]gin.HandlerFunc{gzip.Gzip(gzip.NoCompression)}, known()...)...)
	engine.SetHTMLTemplate(template.Must(template.New("page").Parse("{{ .filler }}{{ .CurrentUser.GetID }}")))
	pages(engine)
	engine.GET("/page", func(c *gin.Context) {
		c.HTML(http.StatusOK, "page", ginlogin.TemplateData(c, gin.H{"filler": strings.Repeat("a", long)}))
	})
	s := serve(t, engine)
	b := s.loggedIn("ada")
	b.forget("session")
	res := b.do("GET", "/page")
	wants(t, "the end of the page", res.body[min(long, len(res.body)):], "ada")
	wants(t, "cookies of the restored login", res.setsCookies(), "session "+remember)
	wants(t, "the page with them", b.do("GET", "/guarded").body, "Hi ada")
}

// gzip takes Vary from every answer of 400 or more, whoever has set it. What
// names a user is still kept from caches.
func TestGzipInFrontTakesVaryFromErrors(t *testing.T) {
	missing := func(c *gin.Context) { c.String(http.StatusNotFound, "no page for "+ginlogin.CurrentUser(c).GetID()) }
	for _, row := range []struct {
		order string
		chain []gin.HandlerFunc
		kept  bool
	}{
		{"in front", append([]gin.HandlerFunc{gzip.Gzip(gzip.DefaultCompression)}, known()...), false},
		{"behind", append(known(), gzip.Gzip(gzip.DefaultCompression)), false},
		{"absent", known(), true},
	} {
		t.Run(row.order, func(t *testing.T) {
			engine := newEngine(row.chain...)
			pages(engine)
			engine.GET("/missing", missing)
			s := serve(t, engine)
			b := s.loggedIn("ada")
			res := b.do("GET", "/missing")
			wants(t, "the page", res.body, "no page for ada")
			wants(t, "it varies by cookie", res.varies("Cookie"), row.kept)
			wants(t, "its Cache-Control", res.header("Cache-Control"), "private, no-store")
			b.forget("session")
			wants(t, "cookies of an error page that restores a login", b.do("GET", "/missing").setsCookies(), "session "+remember)
		})
	}
}
