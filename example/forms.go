package main

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
)

// form is a page with a form on it. It is shown again, with what was typed, until all is well.
type form struct {
	page   string            // the template
	data   gin.H             // for the template: the title, and what was typed, but for passwords
	errors map[string]string // for each field, what is wrong with it; "form" is all of it
}

// newForm makes a form. It hands on the page that the visitor was on the way to, from the address of
// the form into a hidden field of it; NextURL drops what would lead to another site.
func newForm(c *gin.Context, page string, data gin.H) *form {
	data["next"] = ginlogin.NextURL(c, "")
	return &form{page: page, data: data, errors: map[string]string{}}
}

// check notes what is wrong with a field, if anything is.
func (f *form) check(field, problem string) {
	if problem != "" {
		f.errors[field] = problem
	}
}

func (f *form) show(c *gin.Context) { f.render(c, http.StatusOK) }

// refuse shows the form again, with the problem beside the field.
func (f *form) refuse(c *gin.Context, status int, field, problem string) {
	f.check(field, problem)
	f.render(c, status)
}

// fail shows the form again after an outage, so that nobody has to type all of it twice.
func (f *form) fail(c *gin.Context, err error) {
	c.Error(err)
	f.refuse(c, http.StatusServiceUnavailable, "form",
		"We cannot reach our database, and nothing has been done. Please try again in a minute.")
}

// tooMany answers whoever has to wait before the next attempt. The form is there for those who have a
// reason to come back to it; an address that has guessed so often gets a page that costs nothing.
func (f *form) tooMany(c *gin.Context, field string, err *throttle.WaitError) {
	if err.Limit.Name == "network" {
		tooManyRequests(c, err)
		return
	}
	c.Header("Retry-After", strconv.Itoa(err.Seconds()))
	problem, cure := "Too many wrong passwords.", "Please try again in "+lasting(err.After)
	switch err.Limit.Name {
	case "account":
		cure += ", or log in on a device that you have used here before"
	case registrations.Name:
		problem = "Too many registrations have come from your network."
	}
	f.refuse(c, http.StatusTooManyRequests, field, problem+" "+cure+".")
}

func (f *form) render(c *gin.Context, status int) {
	f.data["errors"] = f.errors
	render(c, status, f.page, f.data)
}
