package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"
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
		"password is address":  {"ADMIN_PASSWORD", firstAdmin, []string{"not your e-mail"}},
		"no log format":        {"LOG_FORMAT", "xml", []string{"json"}},
		"no delay":             {"SHUTDOWN_DELAY", "5", []string{"90m"}},
		"no timeout":           {"IDLE_TIMEOUT", "-1s", []string{"90m", "for ever"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadConfig(environment(map[string]string{test.variable: test.value}))
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
	_, err := loadConfig(environment(map[string]string{"SECRET_KEYS": "x", "LOG_FORMAT": "x", "TRUSTED_PROXIES": "x"}))
	for _, want := range []string{"SECRET_KEYS", "LOG_FORMAT", "TRUSTED_PROXIES"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

// Engines that are not there are found at the start, and their passwords are not told.
func TestEnginesThatAreNotThere(t *testing.T) {
	const nobody = "127.0.0.1:1" // where nobody listens
	for _, address := range []string{
		"postgres://u:c0ffee5ecret@" + nobody + "/x", "postgres://u:c0ffee5ecret/x@host/x", "postgres://u:c0ffee5ecret@h:x/x",
		"mysql://u:c0ffee5ecret@" + nobody + "/x",
	} {
		db, err := openDatabase(t.Context(), address)
		if err == nil {
			db.Close()
			t.Fatal(address)
		}
		if !strings.HasPrefix(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "c0ffee5ecret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"redis://:c0ffee5ecret@" + nobody + "/0", "redis://:c0ffee5ecret@host/name", "redis://:c0ffee5ecret/x@host/0",
		"http://:c0ffee5ecret@" + nobody, "redis://", "127.0.0.1:6379",
	} {
		server, err := openRedis(address, [][]byte{make([]byte, 32)})
		if err == nil {
			server.pool.Close()
			t.Fatal(address)
		}
		if !strings.HasPrefix(err.Error(), "REDIS_URL") || strings.Contains(err.Error(), "c0ffee5ecret") {
			t.Errorf("%s: %v", address, err)
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
		if got := (timeouts{idle: idle}).sessionLife(); got != want {
			t.Errorf("with an idle timeout of %v: %v, want %v", idle, got, want)
		}
	}
}

func TestLogsInJSON(t *testing.T) {
	var out bytes.Buffer
	c, err := loadConfig(environment(map[string]string{"LOG_FORMAT": "json"}))
	if err != nil {
		t.Fatal(err)
	}
	_, v := open(t, func(s *site) { s.logger = c.newLogger(&out) })
	v.get("/login?next=/secret")
	v.get("/healthz")
	v.get("/readyz")
	var line struct {
		Level, Msg, Method, Path, Address string
		Status                            int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if line.Level != "INFO" || line.Msg != "request" || line.Method != "GET" || line.Path != "/login" || line.Status != 200 || line.Address != "127.0.0.1" {
		t.Errorf("%s", &out)
	}
}
