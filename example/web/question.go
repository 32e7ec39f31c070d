package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// A Question is a page that asks before an action that cannot be undone, so that one click too many does not
// do it.
type Question struct {
	Title, Text string
	Button      string            // says what it does
	Action      string            // where the form is posted to
	Fields      map[string]string // what the form holds, hidden
	Back        string            // the page that the visitor came from
	Harmless    bool              // the button need not warn
	Page        string            // the entry of the navigation that is current
}

// Ask shows the question.
func (q Question) Ask(c *gin.Context) {
	Render(c, http.StatusOK, "question.html", gin.H{"title": q.Title, "page": q.Page, "question": q})
}
