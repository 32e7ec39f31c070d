package main

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
)

func (s *site) logRequests() gin.HandlerFunc {
	return gin.LoggerWithConfig(gin.LoggerConfig{Output: s.log, SkipPaths: []string{"/healthz"}})
}

func (s *site) recoverPanics() gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(s.log, func(c *gin.Context, _ any) {
		errorPage(c, http.StatusInternalServerError, "Something went wrong",
			"The fault is ours, not yours. Please try again.")
	})
}

// contentSecurityPolicy lets a page load nothing but our stylesheet and icon, and run no script at
// all: markup that somebody has smuggled into a page can do nothing.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func setHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not "no-referrer": that hides the Origin of our own forms, too, which refuseCrossSite needs.
	h.Set("Referrer-Policy", "same-origin")
}

var crossOrigin = http.NewCrossOriginProtection()

// refuseCrossSite refuses forms that another site has made a visitor's browser send here. The
// browser says where a form comes from, so our own need no token.
func refuseCrossSite(c *gin.Context) {
	if err := crossOrigin.Check(c.Request); err != nil {
		c.Error(err)
		errorPage(c, http.StatusForbidden, "Sent from another site",
			"This form was sent from another site, so nothing has been done.")
	}
}

const maxBody = 64 << 10

// limitBody reads the form that is sent, and refuses what is longer than any of ours.
func limitBody(c *gin.Context) {
	if c.Request.Method != http.MethodPost {
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	err := c.Request.ParseForm() // c.PostForm would take a form that cannot be read for an empty one
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		errorPage(c, http.StatusRequestEntityTooLarge, "Too long", "That is more than this site takes.")
	case err != nil:
		errorPage(c, http.StatusBadRequest, "Not understood", "Your browser has sent something we cannot read.")
	}
}
