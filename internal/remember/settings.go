package remember

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
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
	// The name promises attributes, and browsers hold the cookie to it.
	if strings.HasPrefix(j.Name, "__Host-") && (!j.Secure || j.Domain != "" || j.Path != "/") {
		return fmt.Errorf("LoginManager.Remember.Name %q needs Secure, Path / and no Domain", j.Name)
	}
	if strings.HasPrefix(j.Name, "__Secure-") && !j.Secure {
		return fmt.Errorf("LoginManager.Remember.Name %q needs Secure", j.Name)
	}
	if j.Partitioned && !j.Secure {
		return errors.New("LoginManager.Remember.Partitioned needs Secure")
	}
	if !strings.HasPrefix(j.Path, "/") {
		return fmt.Errorf("LoginManager.Remember.Path is %q: it begins with /; assign single fields so that the defaults of the others stay", j.Path)
	}
	return nil
}
