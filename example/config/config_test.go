package config

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/demo"
)

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestSecretKeysFromTheEnvironment(t *testing.T) {
	one, two := bytes.Repeat([]byte{0xfb}, 32), bytes.Repeat([]byte{0xef}, 40)
	for name, text := range map[string]string{
		"hex":               hex.EncodeToString(one) + "," + hex.EncodeToString(two),
		"base64":            base64.StdEncoding.EncodeToString(one) + "," + base64.StdEncoding.EncodeToString(two),
		"base64 for URLs":   base64.RawURLEncoding.EncodeToString(one) + ", " + base64.URLEncoding.EncodeToString(two),
		"one kind of each ": hex.EncodeToString(one) + " ," + base64.RawStdEncoding.EncodeToString(two),
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := parseSecretKeys(text)
			if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], one) || !bytes.Equal(keys[1], two) {
				t.Errorf("keys %x, %v", keys, err)
			}
		})
	}
}

// Each error names the variable and the cure, and shows no secret.
func TestConfigurationErrors(t *testing.T) {
	long, secret := strings.Repeat("ab", 32), "c0ffee5ecret"
	for name, test := range map[string]struct {
		variable, value string
		want            []string
	}{
		"short key":            {"SECRET_KEYS", long + ",c0ffee5ec2e7", []string{"key 2 has 6 bytes", "32", "openssl rand -hex 32"}},
		"key that is none":     {"SECRET_KEYS", secret + "!", []string{"key 1", "hex", "base64", "openssl rand -hex 32"}},
		"comma at the end":     {"SECRET_KEYS", long + ",", []string{"key 2 has 0 bytes"}},
		"proxy by name":        {"TRUSTED_PROXIES", "10.0.0.0/8,balancer", []string{`"balancer"`, "192.0.2.1"}},
		"proxy with more bits": {"TRUSTED_PROXIES", "10.1.2.3/8", []string{"10.0.0.0/8 meant"}},
		"short password":       {"ADMIN_PASSWORD", "c0ffee5", []string{"8 characters or more"}},
		"common password":      {"ADMIN_PASSWORD", "Changeme", []string{"among the first"}},
		"long password":        {"ADMIN_PASSWORD", strings.Repeat(secret, 100), []string{"shorter"}},
		"password is address":  {"ADMIN_PASSWORD", demo.AdminEmail, []string{"not your e-mail"}},
		"no log format":        {"LOG_FORMAT", "xml", []string{"json"}},
		"no delay":             {"SHUTDOWN_DELAY", "5", []string{"90m"}},
		"no device":            {"DEVICE_BOUND", "on", []string{"90m"}},
		"no timeout":           {"IDLE_TIMEOUT", "-1s", []string{"90m", "for ever"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(environment(map[string]string{test.variable: test.value}))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, test.variable+": ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q tells the secret", err)
			}
		})
	}
	_, err := Load(environment(map[string]string{"SECRET_KEYS": "x", "LOG_FORMAT": "x", "TRUSTED_PROXIES": "x"}))
	for _, want := range []string{"SECRET_KEYS", "LOG_FORMAT", "TRUSTED_PROXIES"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

// Redis keeps a session a little longer than its login may be idle.
func TestSessionLife(t *testing.T) {
	for idle, want := range map[time.Duration]time.Duration{
		2 * time.Hour:       2*time.Hour + 2*time.Minute,
		0:                   30 * 24 * time.Hour,
		60 * 24 * time.Hour: 30 * 24 * time.Hour,
	} {
		if got := (Timeouts{Idle: idle}).SessionLife(); got != want {
			t.Errorf("with an idle timeout of %v: %v, want %v", idle, got, want)
		}
	}
}

func TestLoadTimeouts(t *testing.T) {
	load := func(environment map[string]string) (Timeouts, error) {
		return loadTimeouts(func(name string) string { return environment[name] })
	}
	standard, err := load(nil)
	if err != nil || standard != (Timeouts{2 * time.Hour, 720 * time.Hour, 30 * time.Minute}) {
		t.Errorf("the timeouts are %v by themselves, %v", standard, err)
	}
	got, err := load(map[string]string{"IDLE_TIMEOUT": "61s", "ABSOLUTE_TIMEOUT": "0", "FRESH_FOR": "1h30m"})
	if err != nil || got != (Timeouts{61 * time.Second, 0, 90 * time.Minute}) {
		t.Errorf("the timeouts are %v, %v", got, err)
	}
	for _, bad := range []string{"soon", "30", "-1h", "10ms", " 1h"} {
		for _, name := range []string{"IDLE_TIMEOUT", "ABSOLUTE_TIMEOUT", "FRESH_FOR"} {
			if _, err := load(map[string]string{name: bad}); err == nil {
				t.Errorf("%s=%q passes", name, bad)
			}
		}
	}
	if _, err := load(map[string]string{"IDLE_TIMEOUT": "1m"}); err == nil {
		t.Error("an idle timeout of a minute passes")
	}
}
