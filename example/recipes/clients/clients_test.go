package clients_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/clients"
)

func init() { gin.SetMode(gin.ReleaseMode) }

func find(_ context.Context, id string) (*clients.Account, error) {
	return &clients.Account{ID: id}, nil
}

func Example() {
	r := clients.Site(find, []byte("a secret key of thirty-two bytes"))
	ask := func(path, header string) {
		req := httptest.NewRequest("GET", "https://site.example"+path, nil)
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
		req.Header.Set("HX-Current-URL", "https://site.example/board")
		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, req)
		answer := recorder.Header()
		fmt.Println(recorder.Code, cmp.Or(answer.Get("Location"), answer.Get("HX-Redirect"), recorder.Body.String()))
	}
	ask("/notes", "Accept: text/html,*/*;q=0.8") // a browser
	ask("/notes", "Accept: application/json")    // a program
	ask("/notes", "Sec-Fetch-Mode: cors")        // fetch() in a page
	ask("/api/notes", "Accept: text/html")       // a browser again
	ask("/notes", "HX-Request: true")            // htmx, for a part of the page /board
	// Output:
	// 302 /login?next=%2Fnotes
	// 401 {"error":"login required"}
	// 401 {"error":"login required"}
	// 401 {"error":"login required"}
	// 401 /login?next=%2Fboard
}
