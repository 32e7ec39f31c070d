package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// parseOrigins reads where the site is: its address, and further ones, separated by commas, at which passkeys work,
// too. Passkeys are made for the host of the first. Browsers let a page use them on that domain and below it, and
// over HTTPS; localhost is the exception to HTTPS. A site whose address is a number has no passkeys.
func parseOrigins(site, more string) ([]string, error) {
	if site == "" {
		if more != "" {
			return nil, errors.New("PASSKEY_ORIGINS: they are beside SITE_URL, which is not set")
		}
		return nil, nil
	}
	first, err := parseOrigin("SITE_URL", site)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(first.Hostname()); err == nil {
		return nil, nil
	}
	origins := []string{site}
	if more == "" {
		return origins, nil
	}
	for origin := range strings.SplitSeq(more, ",") {
		origin = strings.TrimSpace(origin)
		u, err := parseOrigin("PASSKEY_ORIGINS", origin)
		if err != nil {
			return nil, err
		}
		if domain := first.Hostname(); u.Hostname() != domain && !strings.HasSuffix(u.Hostname(), "."+domain) {
			return nil, fmt.Errorf("PASSKEY_ORIGINS: %s is not below %s, the domain of SITE_URL and so of all passkeys", origin, domain)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// parseOrigin reads one address: a scheme and a host, and no more.
func parseOrigin(variable, origin string) (*url.URL, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("%s: %q is not an address such as https://example.com, without a path and a slash at the end", variable, origin)
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	if local := u.Hostname() == "localhost" || ip.IsLoopback(); u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, fmt.Errorf("%s: %s is not https", variable, origin)
	}
	return u, nil
}
