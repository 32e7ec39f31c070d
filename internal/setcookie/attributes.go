package setcookie

import (
	"fmt"
	"net/http"
	"strings"
)

// Dropped returns why browsers drop the cookie, or "": its attributes contradict each other,
// or the prefix of its name. Browsers drop it silently.
func Dropped(c *http.Cookie) string {
	isHost := hasPrefix(c.Name, "__Host-")
	isHTTP := hasPrefix(c.Name, "__Http-") || hasPrefix(c.Name, "__Host-Http-")
	switch {
	case isHost && (!c.Secure || c.Domain != "" || c.Path != "/"):
		return fmt.Sprintf("Name %q needs Secure, Path / and no Domain", c.Name)
	case (isHTTP || hasPrefix(c.Name, "__Secure-")) && !c.Secure:
		return fmt.Sprintf("Name %q needs Secure", c.Name)
	case isHTTP && !c.HttpOnly:
		return fmt.Sprintf("Name %q needs HttpOnly", c.Name)
	case c.Partitioned && !c.Secure:
		return "Partitioned needs Secure"
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return "SameSite None needs Secure"
	}
	return ""
}

// hasPrefix compares as browsers do, regardless of case.
func hasPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}
