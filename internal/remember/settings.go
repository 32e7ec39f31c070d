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
		return fmt.Errorf("LoginManager.Remember.Name %q is not a valid cookie name: use letters, digits, '-' and '_'", j.Name)
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
		return fmt.Errorf("LoginManager.Remember.Path is %q: use one that begins with /, and assign single fields of Remember to keep the other defaults", j.Path)
	}
	return nil
}
