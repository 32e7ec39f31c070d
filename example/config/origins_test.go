package config

import (
	"slices"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		"https://example.com":   {"https://example.com"},
		"https://example.com/":  {"https://example.com"},
		"http://localhost:8080": {"http://localhost:8080"},
		"https://example.com, https://shop.example.com:8443": {"https://example.com", "https://shop.example.com:8443"},
	} {
		c, err := Load(environment(map[string]string{"ORIGINS": text}))
		if err != nil || !slices.Equal(c.Origins, want) {
			t.Errorf("%q: %q, %v", text, c.Origins, err)
		}
	}
	for text, want := range map[string]string{
		"example.com":                                  "is not an address such as",
		"https://example.com/app":                      "is not an address such as",
		"https://example.com,":                         "is not an address such as",
		"https://Ada@example.com":                      "is not an address such as",
		"http://example.com":                           "is not https",
		"ftp://localhost":                              "is not https",
		"https://192.0.2.1":                            "has a number for a host",
		"https://[2001:db8::1]":                        "has a number for a host",
		"https://shop.example.com,https://example.com": "is not below shop.example.com",
		"https://example.com,https://badexample.com":   "is not below example.com",
	} {
		if _, err := Load(environment(map[string]string{"ORIGINS": text})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
