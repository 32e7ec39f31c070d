package config

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/mail"
)

// A site that somebody tries out prints its mails, and says so. One for others never does unless it is told to.
func TestMailsArePrintedForTryingOutOnly(t *testing.T) {
	key := strings.Repeat("ab", 32)
	for name, test := range map[string]struct {
		environment map[string]string
		want        string // of the error; "": mails are printed
	}{
		"nothing set":               {nil, ""},
		"a site for others":         {map[string]string{"SECRET_KEYS": key}, "SMTP_URL"},
		"behind a proxy":            {map[string]string{"TRUSTED_PROXIES": "10.0.0.1"}, "SMTP_URL"},
		"without its address":       {map[string]string{"SECRET_KEYS": key, "SMTP_URL": "print"}, "SITE_URL"},
		"told to print":             {map[string]string{"SECRET_KEYS": key, "SMTP_URL": "print", "SITE_URL": "https://example.com"}, ""},
		"a server without the site": {map[string]string{"SMTP_URL": "smtps://mail.example.com"}, "SITE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load(environment(test.environment))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want+": ") {
					t.Errorf("error %v, want one of %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if _, ok := c.Mail.Sender(&out).(*mail.Screen); !ok || !strings.Contains(out.String(), "mails: printed here") {
				t.Errorf("printed: %t; said %q", ok, &out)
			}
		})
	}
}

func TestMailSettings(t *testing.T) {
	good := map[string]string{"SMTP_URL": "smtps://user:c0ffee@mail.example.com", "SITE_URL": "https://example.com"}
	c, err := Load(environment(good))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, ok := c.Mail.Sender(&out).(*mail.SMTP); !ok || out.Len() > 0 || c.Mail.Site != "https://example.com" {
		t.Errorf("got %+v, said %q", c.Mail, &out)
	}
	for _, test := range [][2]string{
		{"SMTP_URL", "mail.example.com"}, {"SMTP_URL", "smtps://user:c0ff/ee@mail.example.com"}, {"MAIL_FROM", "nobody"},
		{"SITE_URL", "example.com"}, {"SITE_URL", "https://example.com/"}, {"SITE_URL", "https://example.com/shop"},
		{"SITE_URL", "http://example.com"}, {"SITE_URL", "https://user@example.com"}, {"SITE_URL", "https://"},
		{"SITE_URL", "https://example.com?x"}, {"SITE_URL", "https://example.com\n"}, {"SITE_URL", "javascript://example.com"},
	} {
		bad := maps.Clone(good)
		bad[test[0]] = test[1]
		if _, err := Load(environment(bad)); err == nil || !strings.Contains(err.Error(), test[0]) || strings.Contains(err.Error(), "c0ff") {
			t.Errorf("%s=%q: error %v", test[0], test[1], err)
		}
	}
	for _, site := range []string{"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		if _, err := Load(environment(map[string]string{"SITE_URL": site})); err != nil {
			t.Errorf("%s: %v", site, err)
		}
	}
}
