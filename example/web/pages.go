// Package web has what all pages share: the layout around them, forms, messages, the pages of errors, and the
// middleware that every answer goes through.
package web

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

var (
	//go:embed *.html
	ownPages embed.FS

	//go:embed static
	staticFiles embed.FS
)

// Templates parses the layout and the pages of all features. A name that two of them use is a mistake in the
// program.
func Templates(features ...fs.FS) *template.Template {
	all := template.New("")
	all.Funcs(template.FuncMap{"icon": func(name string) (template.HTML, error) {
		var drawn strings.Builder
		err := all.ExecuteTemplate(&drawn, "icon-"+name, nil)
		return template.HTML(drawn.String()), err
	}})
	for _, pages := range append([]fs.FS{ownPages}, features...) {
		names, err := fs.Glob(pages, "*.html")
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			if all.Lookup(name) != nil {
				panic("web: there are two pages of the name " + name)
			}
			template.Must(all.ParseFS(pages, name))
		}
	}
	return all
}

// Render shows a page. Gin's templates never see the request; TemplateData gives them .CurrentUser,
// .LoggedIn and .LoginFresh, and loads the user only if a template uses them.
func Render(c *gin.Context, status int, page string, data gin.H) {
	if c.Request.Method != http.MethodHead { // a HEAD has no page to show them
		// Before the page: reading flash messages removes them from the session, and its cookie cannot be
		// set once the page has begun.
		flashes, err := ginlogin.Flashes(c)
		if err != nil {
			c.Error(err)
		}
		data["flashes"] = flashes
	}
	if layout := layoutOf(c); layout != nil {
		layout.addTo(c, data)
	}
	c.HTML(status, page, ginlogin.TemplateData(c, data))
}

// Static serves a file of the folder static.
func Static(name string) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=300")
		c.FileFromFS("static/"+name, http.FS(staticFiles))
	}
}

// Read registers a public page. Gin's GET does not answer HEAD, which is a GET without the body.
func Read(r gin.IRoutes, path string, handler gin.HandlerFunc) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, handler)
}

// Done redirects to a page with a message of success.
func Done(c *gin.Context, message, location string) { Say(c, "success", message, location) }

// Say redirects to a page with a message of the category "success", "info", "warning" or "error". With
// 303 the browser fetches that page, so that reloading it does not send the form again.
func Say(c *gin.Context, category, message, location string) {
	if err := ginlogin.AddFlash(c, category, message); err != nil {
		c.Error(err) // the action is done, even without its message
	}
	c.Redirect(http.StatusSeeOther, location)
}
