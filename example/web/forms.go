package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
)

// Form is a page with a form on it. It is shown again, with the values that were typed, until all
// are valid.
type Form struct {
	page   string            // the template
	data   gin.H             // for the template: the title, and what was typed, but for passwords
	errors map[string]string // for each field, what is wrong with it; "form" is all of it
	focus  string            // the first of them
}

// NewForm makes a form. It copies the page that the visitor asked for from the address of the form
// into a hidden field; NextURL drops a page on another site.
func NewForm(c *gin.Context, page string, data gin.H) *Form {
	data["next"] = ginlogin.NextURL(c, "")
	return &Form{page: page, data: data, errors: map[string]string{}}
}

// Check notes what is wrong with a field, if anything is.
func (f *Form) Check(field, problem string) {
	if problem != "" {
		if len(f.errors) == 0 {
			f.focus = field
		}
		f.errors[field] = problem
	}
}

// HasProblems reports whether anything is wrong.
func (f *Form) HasProblems() bool { return len(f.errors) > 0 }

// Show shows the form.
func (f *Form) Show(c *gin.Context) { f.Render(c, http.StatusOK) }

// Refuse shows the form again, with the problem beside the field.
func (f *Form) Refuse(c *gin.Context, status int, field, problem string) {
	f.Check(field, problem)
	f.Render(c, status)
}

// Fail shows the form again after an outage, so that the visitor does not have to fill it in again.
func (f *Form) Fail(c *gin.Context, err error) {
	c.Error(err)
	f.Refuse(c, http.StatusServiceUnavailable, "form",
		"We cannot reach our database, and nothing has been done. Please try again in a minute.")
}

// TooMany answers a visitor who has to wait before the next attempt. A visitor may come back to the
// form; a network that has guessed too often gets a page that costs nothing.
func (f *Form) TooMany(c *gin.Context, field string, err *throttle.WaitError) {
	if err.Limit.Name == "network" {
		TooManyRequests(c, err)
		return
	}
	c.Header("Retry-After", strconv.Itoa(err.Seconds()))
	problem, cure := "Too many wrong passwords.", "Please try again in "+Lasting(err.After)
	switch err.Limit.Name {
	case "account":
		cure += ", or log in on a device that you have used here before"
	case "registration":
		problem = "Too many registrations have come from your network."
	case "code", "code on a device":
		problem = "Too many wrong codes."
	}
	f.Refuse(c, http.StatusTooManyRequests, field, problem+" "+cure+".")
}

// Render shows the form with the problems that were noted.
func (f *Form) Render(c *gin.Context, status int) {
	f.data["errors"], f.data["focus"] = f.errors, f.focus
	Render(c, status, f.page, f.data)
}

// RefuseLogin shows the form again when ginlogin.Login or FinishLogin has returned err.
func (f *Form) RefuseLogin(c *gin.Context, err error) {
	if errors.Is(err, ginlogin.ErrInactiveUser) { // the password was right, so the reason may be shown
		f.Refuse(c, http.StatusForbidden, "form", "This account has been deactivated. Please write to the people who run this site.")
		return
	}
	f.Fail(c, err)
}
