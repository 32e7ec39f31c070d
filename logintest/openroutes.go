package logintest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// OpenRoutes returns the routes that let a stranger in, sorted, such as "GET /about",
// to test that none is open by mistake:
//
//	got := logintest.OpenRoutes(t, router)
//	want := []string{"GET /login", "POST /login"}
//	if !slices.Equal(got, want) {
//		t.Errorf("open routes: %q, want %q", got, want)
//	}
//
// It requests every route without a login, POST and DELETE too, with "x" for each
// parameter: use a test database. A route is closed if a guard answers: with a 401
// that names a scheme in WWW-Authenticate. It is open otherwise, even if its handler
// panics, or answers 401 itself as a login does to a wrong password.
func OpenRoutes(t testing.TB, router *gin.Engine) []string {
	t.Helper()
	var open []string
	for _, route := range router.Routes() {
		if strings.Contains(route.Path, routePrefix) {
			continue // of Login
		}
		if letsIn(router, route.Method, examplePath(route.Path)) {
			open = append(open, route.Method+" "+route.Path)
		}
	}
	slices.Sort(open)
	return open
}

// letsIn reports whether a program without a login gets past the guards.
func letsIn(router http.Handler, method, path string) (open bool) {
	defer func() {
		if recover() != nil {
			open = true // the handler ran
		}
	}()
	req := httptest.NewRequest(method, "https://site.example"+path, nil)
	req.Header.Set("Accept", "application/json") // which is answered 401 and not redirected
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, req)
	return recorder.Code != http.StatusUnauthorized || recorder.Header().Get("WWW-Authenticate") == ""
}

// examplePath returns a path that the route of a pattern serves.
func examplePath(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if at := strings.IndexAny(segment, ":*"); at >= 0 {
			segments[i] = segment[:at] + "x"
		}
	}
	return strings.Join(segments, "/")
}
