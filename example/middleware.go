package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// logRequests writes a line for every request but those of balancers, who ask every second or so. It
// has the path and not the query, which may hold what somebody has typed.
func (s *site) logRequests(c *gin.Context) {
	began := time.Now()
	c.Next()
	path := c.Request.URL.Path
	if path == "/healthz" || path == "/readyz" {
		return
	}
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("path", path), slog.Int("status", c.Writer.Status()),
		slog.Duration("took", time.Since(began)), slog.String("address", c.ClientIP()),
	}
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if len(c.Errors) > 0 {
		attrs = append(attrs, slog.Any("errors", c.Errors.Errors()))
	}
	s.logger.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

func (s *site) recoverPanics() gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, panicked any) {
		s.logger.Error("panic", "error", panicked, "stack", string(debug.Stack()))
		errorPage(c, http.StatusInternalServerError)
	})
}

// requestPatience is how long a request may wait for the engines and for its turn to hash a password.
// It is less than the server's WriteTimeout, so that there is time left to say that it was too long.
const requestPatience = 10 * time.Second

// limitTime has those waits end: an engine that is there and does not answer would hold all visitors.
func limitTime(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestPatience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	// net/http removes the files that came with a form, but knows only of those in the request that it
	// has made. A form is read into this copy.
	defer func() {
		if form := c.Request.MultipartForm; form != nil {
			form.RemoveAll()
		}
	}()
	c.Next()
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
		sentFromElsewhere.answer(c, http.StatusForbidden)
	}
}

const maxBody = 64 << 10

// limitBody reads the form that is sent, and refuses what is longer than any of ours. The limit is for
// every method: a client may send a body with a GET, too, and c.PostForm reads one of multipart/form-data
// whatever the method, into files if it is large.
func limitBody(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	if c.Request.Method != http.MethodPost {
		return
	}
	err := c.Request.ParseForm() // c.PostForm would take a form that cannot be read for an empty one
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		errorPage(c, http.StatusRequestEntityTooLarge)
	case err != nil:
		errorPage(c, http.StatusBadRequest)
	}
}
