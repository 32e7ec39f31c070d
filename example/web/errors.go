package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/throttle"
)

// A Problem is what an error page is about: what has happened, what to do about it, and where.
type Problem struct {
	Title, Text string
	Path, Link  string // the way on
}

// Problems are the error pages that depend only on the status.
var Problems = map[int]Problem{
	http.StatusBadRequest: {"Not understood",
		"Your browser has sent something that we cannot read. Please go back and try again.", "/", "To the home page"},
	http.StatusUnauthorized: {"Please log in",
		"This page is for people who are logged in. Log in, and open it again.", "/login", "Log in"},
	http.StatusForbidden: {"Not for this account",
		"You are logged in, but this page is for administrators. If you are one, log in with that account.",
		"/admin/login", "Log in as an administrator"},
	http.StatusNotFound: {"Page not found",
		"There is no page at this address. Look for a mistake in it, or start from the home page.", "/", "To the home page"},
	http.StatusMethodNotAllowed: {"Method not allowed",
		"This page cannot be opened this way. Start from the home page.", "/", "To the home page"},
	http.StatusRequestEntityTooLarge: {"Too long",
		"You have sent more than this site takes. Please go back and shorten it.", "/", "To the home page"},
	http.StatusInternalServerError: {"Something went wrong",
		"The fault is ours, not yours, and we have a note of it. Please try again.", "/", "To the home page"},
	http.StatusServiceUnavailable: {"Back in a moment",
		"We cannot reach our database. Nothing is lost, and you have not been logged out. Please try again in a minute.",
		"/", "To the home page"},
}

var sentFromElsewhere = Problem{"Sent from another site",
	"This form was sent from another site, so nothing has been done. If you want what it asks for, do it here.",
	"/", "To the home page"}

// ErrorPages renders a page for refusals without a body. The guards leave that to the site, and so does
// Gin where there is no route.
func ErrorPages(c *gin.Context) {
	c.Next()
	if status := c.Writer.Status(); Problems[status] != (Problem{}) {
		ErrorPage(c, status)
	}
}

// ErrorPage answers instead of the handlers that were to follow.
func ErrorPage(c *gin.Context, status int) { Problems[status].Answer(c, status) }

// Answer answers with the page, or with JSON if a program asks.
func (p Problem) Answer(c *gin.Context, status int) {
	c.Abort()
	switch {
	case c.Writer.Written(): // too late for another page
	case isProgram(c):
		c.JSON(status, gin.H{"error": p.Text})
	default:
		c.HTML(status, "error.html", errorData(c, status, gin.H{
			"status": status, "title": p.Title, "text": p.Text, "path": p.Path, "link": p.Link,
		}))
	}
}

// isProgram reports whether the client has more use for JSON than for a page.
func isProgram(c *gin.Context) bool {
	return strings.HasPrefix(c.Request.URL.Path, "/api/") || c.NegotiateFormat(gin.MIMEHTML, gin.MIMEJSON) == gin.MIMEJSON
}

// TooManyRequests answers a visitor who has to wait.
func TooManyRequests(c *gin.Context, err *throttle.WaitError) {
	c.Header("Retry-After", strconv.Itoa(err.Seconds()))
	p := Problem{"Too many attempts", "Too many wrong passwords have come from your network. Please try again in " +
		Lasting(err.After) + ".", "/", "To the home page"}
	p.Answer(c, http.StatusTooManyRequests)
}

// Unavailable answers when the database or the session store fails. ginlogin's guards come here, too,
// and have logged the error: it is an outage, and logs no user out.
func Unavailable(c *gin.Context, _ error) { ErrorPage(c, http.StatusServiceUnavailable) }

// Outage is Unavailable for an error that has not been logged yet.
func Outage(c *gin.Context, err error) {
	c.Error(err)
	Unavailable(c, err)
}
