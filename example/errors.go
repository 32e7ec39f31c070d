package main

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// errorPage answers instead of the handlers that were to follow. It does not ask who the visitor is:
// that may be just what has failed, and it must work where no session is at hand.
func errorPage(c *gin.Context, status int, title, text string) {
	c.Abort()
	switch {
	case c.Writer.Written(): // too late for another page
	case strings.HasPrefix(c.Request.URL.Path, "/api/"):
		c.JSON(status, gin.H{"error": text})
	default:
		c.HTML(status, "error.html", gin.H{"bare": true, "status": status, "title": title, "text": text})
	}
}

func notFound(c *gin.Context) {
	errorPage(c, http.StatusNotFound, "Page not found", "There is no page at this address.")
}

func methodNotAllowed(c *gin.Context) {
	errorPage(c, http.StatusMethodNotAllowed, "Not this way", "This address cannot be opened like that.")
}

// tooManyRequests answers whoever has to wait.
func tooManyRequests(c *gin.Context, err *tooManyError) {
	c.Header("Retry-After", strconv.Itoa(err.seconds()))
	errorPage(c, http.StatusTooManyRequests, "Too many attempts",
		"Too many wrong passwords have come from your network. Please try again in "+lasting(err.wait)+".")
}

// unavailable answers when the database or the session store fails. ginlogin's guards come here, too,
// and have logged the error: it is an outage, and nobody is logged out by it.
func unavailable(c *gin.Context, _ error) {
	errorPage(c, http.StatusServiceUnavailable, "Back in a moment",
		"We cannot reach our database. Nothing is lost; please try again in a minute.")
}
