package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// LogRequests writes a line for every request, except those of load balancers, which come about every second. It
// has the path and not the query, which may hold typed text.
func LogRequests(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) { logRequest(c, logger) }
}

func logRequest(c *gin.Context, logger *slog.Logger) {
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
	logger.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// RecoverPanics answers with an error page where a handler panics.
func RecoverPanics(logger *slog.Logger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, panicked any) {
		logger.Error("panic", "error", panicked, "stack", string(debug.Stack()))
		ErrorPage(c, http.StatusInternalServerError)
	})
}

// requestPatience is how long a request may wait for the engines and for its turn to hash a password.
// It is less than the server's WriteTimeout, so that there is time left to say that it was too long.
const requestPatience = 10 * time.Second

// LimitTime ends those waits: otherwise an engine that does not answer would block all visitors.
func LimitTime(c *gin.Context) {
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

// ContentSecurityPolicy lets a page load only our stylesheet and icon, and run no script: injected markup can do
// nothing.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// AllowScript also lets this page run the site's scripts, which may send requests to the site. Scripts in the
// page itself stay forbidden.
func AllowScript(c *gin.Context) {
	c.Header("Content-Security-Policy", ContentSecurityPolicy+"; script-src 'self'; connect-src 'self'")
}

// SetHeaders sets the headers that defend pages in browsers.
func SetHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not "no-referrer": that hides the Origin of our own forms, too, which RefuseCrossSite needs.
	h.Set("Referrer-Policy", "same-origin")
}

var crossOrigin = http.NewCrossOriginProtection()

// RefuseCrossSite refuses forms that another site has made a visitor's browser send here. The
// browser says where a form comes from, so our own need no token.
func RefuseCrossSite(c *gin.Context) {
	if err := crossOrigin.Check(c.Request); err != nil {
		c.Error(err)
		sentFromElsewhere.Answer(c, http.StatusForbidden)
	}
}

// MaxBody is how many bytes a form may have.
const MaxBody = 64 << 10

// LimitBody ends what is longer than any form of ours. The limit is for every method: a client may send a body
// with a GET, too, and c.PostForm reads one of multipart/form-data whatever the method, into files if it is
// large.
func LimitBody(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MaxBody)
}

// ReadForm reads the form that is posted, and refuses one that is too long or cannot be read.
func ReadForm(c *gin.Context) {
	if c.Request.Method != http.MethodPost {
		return
	}
	err := c.Request.ParseForm() // c.PostForm would treat an unreadable form as an empty one
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		ErrorPage(c, http.StatusRequestEntityTooLarge)
	case err != nil:
		ErrorPage(c, http.StatusBadRequest)
	}
}
