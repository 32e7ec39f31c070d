package ecosystem

import (
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestGzipInFrontKeepsLogins(t *testing.T) {
	s := behind(t, gzip.Gzip(gzip.DefaultCompression))
	keepsLogins(s)
	tellsUsersApart(s)
	res := loggedIn(s, "ada").Do("GET", "/guarded")
	site.Wants(t, "the page was compressed", res.Uncompressed, true)
	site.Wants(t, "it varies by encoding, too", res.Varies("Accept-Encoding"), true)
}

func TestGzipBehindKeepsLogins(t *testing.T) {
	engine := site.Engine(append(known(), gzip.Gzip(gzip.DefaultCompression))...)
	pages(engine)
	s := site.Serve(t, engine)
	keepsLogins(s)
	tellsUsersApart(s)
}

// The page begins with more than gzip and net/http buffer together, and names the
// user at its end.
func TestATemplateMayNameTheUserLateInACompressedPage(t *testing.T) {
	const long = 1 << 20
	engine := site.Engine(append([]gin.HandlerFunc{gzip.Gzip(gzip.NoCompression)}, known()...)...)
	engine.SetHTMLTemplate(template.Must(template.New("page").Parse("{{ .filler }}{{ .CurrentUser.GetID }}")))
	pages(engine)
	engine.GET("/page", func(c *gin.Context) {
		c.HTML(http.StatusOK, "page", ginlogin.TemplateData(c, gin.H{"filler": strings.Repeat("a", long)}))
	})
	s := site.Serve(t, engine)
	b := loggedIn(s, "ada")
	b.Put("session", "")
	res := b.Do("GET", "/page")
	site.Wants(t, "the end of the page", res.Text[min(long, len(res.Text)):], "ada")
	site.Wants(t, "cookies of the restored login", res.Sets(), "session "+remember)
	site.Wants(t, "the page with them", b.Do("GET", "/guarded").Text, "Hi ada")
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
			engine := site.Engine(row.chain...)
			pages(engine)
			engine.GET("/missing", missing)
			s := site.Serve(t, engine)
			b := loggedIn(s, "ada")
			res := b.Do("GET", "/missing")
			site.Wants(t, "the page", res.Text, "no page for ada")
			site.Wants(t, "it varies by cookie", res.Varies("Cookie"), row.kept)
			site.Wants(t, "its Cache-Control", res.Lines("Cache-Control"), "private, no-store")
			b.Put("session", "")
			site.Wants(t, "cookies of an error page that restores a login", b.Do("GET", "/missing").Sets(), "session "+remember)
		})
	}
}
