package remember

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// Check returns what is wrong with the attributes of the cookie. Browsers drop a cookie
// whose attributes contradict each other, and the site would only find out from users
// who are not remembered. The texts name the settings as the application has written
// them.
func (j *Jar) Check() error {
	if err := (&http.Cookie{Name: j.Name}).Valid(); err != nil {
		return fmt.Errorf("LoginManager.Remember.Name %q is not a valid cookie name", j.Name)
	}
	if err := (&http.Cookie{Name: j.Name, Path: j.Path, Domain: j.Domain}).Valid(); err != nil {
		return fmt.Errorf("LoginManager.Remember: Domain %q or Path %q: %w", j.Domain, j.Path, err)
	}
	kept := j.cookie("")
	kept.SameSite = 0 // Flask-Login accepts None without Secure; that is warned of when it is sent
	if why := setcookie.Dropped(kept); why != "" {
		return fmt.Errorf("LoginManager.Remember.%s", why)
	}
	if !strings.HasPrefix(j.Path, "/") {
		return fmt.Errorf("LoginManager.Remember.Path is %q: it begins with /; assign single fields so that the defaults of the others stay", j.Path)
	}
	return nil
}
