package config

import (
	"fmt"
	"net/url"
	"strings"
)

// parseOrigins reads the addresses of the site, separated by commas. The host of the first is the domain that
// passkeys are made for. Browsers let a page use them only on that domain, or below it, and over HTTPS; localhost
// is the exception to HTTPS.
func parseOrigins(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	var origins []string
	var domain string
	for origin := range strings.SplitSeq(text, ",") {
		origin = strings.TrimSuffix(strings.TrimSpace(origin), "/")
		u, err := url.Parse(origin)
		switch {
		case err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host:
			return nil, fmt.Errorf("ORIGINS: %q is not an address such as https://example.com", origin)
		case u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost"):
			return nil, fmt.Errorf("ORIGINS: %s is not https, which passkeys need", origin)
		case !strings.ContainsFunc(u.Hostname(), isLetter) || strings.Contains(u.Hostname(), ":"):
			return nil, fmt.Errorf("ORIGINS: %s has a number for a host, and passkeys need a name", origin)
		}
		if domain == "" {
			domain = u.Hostname()
		}
		if u.Hostname() != domain && !strings.HasSuffix(u.Hostname(), "."+domain) {
			return nil, fmt.Errorf("ORIGINS: %s is not below %s, which is the first and so the domain of all passkeys", origin, domain)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' }
