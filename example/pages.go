package main

import (
	"embed"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

var (
	//go:embed templates
	templateFiles embed.FS
	templates     = template.Must(template.ParseFS(templateFiles, "templates/*.html"))

	//go:embed static
	staticFiles embed.FS
)

// render shows a page. Gin's templates never see the request; TemplateData gives them .CurrentUser,
// .LoggedIn and .LoginFresh, and loads the user only if a template uses them.
func render(c *gin.Context, status int, page string, data gin.H) {
	if c.Request.Method != http.MethodHead { // nobody would read them
		// Before the page: reading flash messages removes them from the session, and its cookie cannot be
		// set once the page has begun.
		flashes, err := ginlogin.Flashes(c)
		if err != nil {
			c.Error(err)
		}
		data["flashes"] = flashes
	}
	c.HTML(status, page, ginlogin.TemplateData(c, data))
}

// static serves the stylesheet or the icon.
func static(name string) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=300")
		c.FileFromFS("static/"+name, http.FS(staticFiles))
	}
}

func home(c *gin.Context) {
	// This page shows who is logged in. While the database is down it must not say "nobody".
	if _, err := ginlogin.LoadUser(c); err != nil {
		unavailable(c, err)
		return
	}
	render(c, http.StatusOK, "home.html", gin.H{"title": "Home", "page": "home"})
}

func profile(c *gin.Context) {
	render(c, http.StatusOK, "profile.html", gin.H{"title": "Your profile", "page": "profile"})
}
