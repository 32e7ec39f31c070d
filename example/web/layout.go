package web

import (
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A Layout is the frame of every page. The features do not add to it themselves: site.go lists their
// entries here.
type Layout struct {
	Navigation []Entry // in the bar, and on the home page of users
	Settings   []Entry // below the password on the page of settings
	WaysIn     []Entry // below the form of the login page: other ways to log in

	// Banner returns the banner above every page of this visitor, or nil.
	Banner func(c *gin.Context) *Banner
}

// WaysInTo is WaysIn with links that carry next on.
func (l *Layout) WaysInTo(next string) []Entry {
	ways := slices.Clone(l.WaysIn)
	if next != "" {
		for i := range ways {
			ways[i].Path += "?next=" + url.QueryEscape(next)
		}
	}
	return ways
}

// An Entry leads to a page.
type Entry struct {
	Text, Path string
	Hint       string // in a few words, what is there
	Icon       string // the name of one in icons.html
	Admin      bool   // only administrators see it
}

// A Banner says what a visitor must not forget, with a button that posts to Action.
type Banner struct{ Text, Action, Button string }

const layoutKey = "example/web.layout"

// Use is a middleware that gives the layout to the pages. It stands right behind that of ginlogin, so that
// pages may ask who the visitor is.
func (l *Layout) Use(c *gin.Context) {
	c.Set(layoutKey, l)
	defer c.Set(layoutKey, (*Layout)(nil)) // after the request no user is known
	c.Next()
}

// layoutOf returns nil where no visitor is known.
func layoutOf(c *gin.Context) *Layout {
	layout, _ := c.Value(layoutKey).(*Layout)
	return layout
}

func (l *Layout) addTo(c *gin.Context, data gin.H) {
	data["layout"] = l
	if l.Banner != nil {
		data["banner"] = l.Banner(c)
	}
}

// errorData is the data of a page of errors. It has the navigation of the visitor, unless that is just what
// has failed.
func errorData(c *gin.Context, status int, data gin.H) any {
	layout := layoutOf(c)
	if layout == nil || status >= 500 {
		return data
	}
	if _, err := ginlogin.LoadUser(c); err != nil {
		return data
	}
	layout.addTo(c, data)
	return ginlogin.TemplateData(c, data)
}
