package config

import (
	"slices"
	"strings"
	"testing"
)

func loadOrigins(site, more string) (Config, error) {
	return Load(environment(map[string]string{"SITE_URL": site, "PASSKEY_ORIGINS": more}))
}

func TestOrigins(t *testing.T) {
	for _, row := range []struct {
		site, more string
		want       []string
	}{
		{"", "", nil},
		{"https://example.com", "", []string{"https://example.com"}},
		{"http://localhost:8080", "", []string{"http://localhost:8080"}},
		{"https://example.com", "https://shop.example.com, https://example.com:8443",
			[]string{"https://example.com", "https://shop.example.com", "https://example.com:8443"}},
		{"http://127.0.0.1:8080", "", nil}, // good for links, and not for passkeys
		{"https://[2001:db8::1]", "", nil},
	} {
		c, err := loadOrigins(row.site, row.more)
		if err != nil || !slices.Equal(c.Origins, row.want) {
			t.Errorf("%q, %q: %q, %v", row.site, row.more, c.Origins, err)
		}
	}
}

func TestWrongOrigins(t *testing.T) {
	for _, row := range []struct{ site, more, want string }{
		{"example.com", "", "SITE_URL: \"example.com\" is not an address such as"},
		{"https://example.com/app", "", "SITE_URL: "},
		{"https://ada@example.com", "", "is not an address such as"},
		{"http://example.com", "", "is not https"},
		{"ftp://localhost", "", "is not https"},
		{"", "https://example.com", "SITE_URL, which is not set"},
		{"https://example.com", "https://shop.example.com,", "PASSKEY_ORIGINS: \"\" is not an address"},
		{"https://example.com", "http://shop.example.com", "is not https"},
		{"https://shop.example.com", "https://example.com", "is not below shop.example.com"},
		{"https://example.com", "https://badexample.com", "is not below example.com"},
	} {
		if _, err := loadOrigins(row.site, row.more); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q, %q: %v, want %q", row.site, row.more, err, row.want)
		}
	}
}
