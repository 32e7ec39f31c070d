package device_test

import (
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/keyring"
)

func ringOf(secrets ...string) *keyring.Ring {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = []byte(strings.Repeat(secret, 32))
	}
	return keyring.New(keys, "device", "")
}

// Chromium reads no other forms, and rows and browsers store these.
func TestTheFormsOfHeadersAndAnswers(t *testing.T) {
	keys := ringOf("k")
	for name, tt := range map[string]struct{ got, want string }{
		"registration": {device.Registration("/p", "c"), `(ES256);path="/p";challenge="c"`},
		"challenge":    {device.Challenge("c", "s"), `"c";id="s"`},
		"instructions": {
			string(device.Instructions("s", "/p", "__Host-c")),
			`{"session_identifier":"s","refresh_url":"/p","scope":{"include_site":false},"credentials":[{"type":"cookie",` +
				`"name":"__Host-c","attributes":"Path=/; Secure; HttpOnly; SameSite=Lax"}],"allowed_refresh_initiators":["*"]}`,
		},
		"end":        {string(device.End("s")), `{"session_identifier":"s","continue":false}`},
		"session":    {device.Session("LOGIN", "key"), "LOGIN.LHDhK3oGRvkiefQnx7OOcw"},
		"cookie":     {device.MakeCookie(keys, "LOGIN", "key", 1800000000), "1800000000.MMczKYRS7O5N8sWWp1pQE50vhfV37IGz7SYlUbuodS4"},
		"to refresh": {device.MakeChallenge(keys, device.ToRefresh, "LOGIN", "key", 7), "LOGIN.7.yA8FK197mCJtukSlFknowI2vaebFYMUG8rWngNtIlu4"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", name, tt.got, tt.want)
		}
	}
}

func TestASessionNamesItsLogin(t *testing.T) {
	for session, want := range map[string]string{device.Session("LOGIN", "key"): "LOGIN", "LOGIN": "LOGIN", "": "", ".": "", "a.b.c": "a"} {
		if got := device.LoginOf(session); got != want {
			t.Errorf("LoginOf(%q) = %q, want %q", session, got, want)
		}
	}
	if device.Session("LOGIN", "key") == device.Session("LOGIN", "another") {
		t.Error("two keys have one session")
	}
}

func TestAChallengeIsForOnePurposeLoginAndDevice(t *testing.T) {
	keys := ringOf("k")
	challenge := device.MakeChallenge(keys, device.ToRegister, "LOGIN", "?key", 1_800_000_000)
	if device.LoginOf(challenge) != "LOGIN" {
		t.Errorf("%q does not name its login", challenge)
	}
	for name, tt := range map[string]struct {
		challenge, login, device string
		purpose                  device.Purpose
		keys                     *keyring.Ring
		want                     bool
	}{
		"as made":                  {challenge, "LOGIN", "?key", device.ToRegister, keys, true},
		"after a new key":          {challenge, "LOGIN", "?key", device.ToRegister, ringOf("n", "k"), true},
		"without that key":         {challenge, "LOGIN", "?key", device.ToRegister, ringOf("n"), false},
		"without any key":          {challenge, "LOGIN", "?key", device.ToRegister, ringOf(), false},
		"for another purpose":      {challenge, "LOGIN", "?key", device.ToRefresh, keys, false},
		"for another login":        {challenge, "OTHER", "?key", device.ToRegister, keys, false},
		"for another device":       {challenge, "LOGIN", "key", device.ToRegister, keys, false},
		"with another login in it": {strings.Replace(challenge, "LOGIN", "OTHER", 1), "OTHER", "?key", device.ToRegister, keys, false},
		"with another moment":      {strings.Replace(challenge, "18", "19", 1), "LOGIN", "?key", device.ToRegister, keys, false},
		"without its login":        {strings.TrimPrefix(challenge, "LOGIN."), "LOGIN", "?key", device.ToRegister, keys, false},
		"with more behind it":      {challenge + "x", "LOGIN", "?key", device.ToRegister, keys, false},
		"nothing":                  {"", "", "", device.ToRegister, keys, false},
		"a dot":                    {".", "", "", device.ToRegister, keys, false},
	} {
		issued, ok := device.ReadChallenge(tt.keys, tt.challenge, tt.purpose, tt.login, tt.device)
		if ok != tt.want || ok && issued != 1_800_000_000 {
			t.Errorf("%s: %d, %v; want %v", name, issued, ok, tt.want)
		}
	}
}

func TestACookieIsForOneLoginAndKey(t *testing.T) {
	keys := ringOf("k")
	cookie := device.MakeCookie(keys, "LOGIN", "key", 1_800_000_000)
	for name, tt := range map[string]struct {
		value, login, key string
		want              bool
	}{
		"as made":           {cookie, "LOGIN", "key", true},
		"of another login":  {cookie, "OTHER", "key", false},
		"of another key":    {cookie, "LOGIN", "other", false},
		"made longer":       {strings.Replace(cookie, "18", "19", 1), "LOGIN", "key", false},
		"a challenge":       {device.MakeChallenge(keys, device.ToRefresh, "LOGIN", "key", 1_800_000_000)[len("LOGIN."):], "LOGIN", "key", false},
		"a moment":          {"1800000000", "LOGIN", "key", false},
		"nothing":           {"", "", "", false},
		"a line break more": {"1800000000\n." + cookie[len("1800000000."):], "LOGIN", "key", false},
	} {
		until, ok := device.ReadCookie(keys, tt.value, tt.login, tt.key)
		if ok != tt.want || ok && until != 1_800_000_000 {
			t.Errorf("%s: %d, %v; want %v", name, until, ok, tt.want)
		}
	}
}

func TestWhetherABrowserHasSkippedASession(t *testing.T) {
	for line, want := range map[string]bool{
		`quota_exceeded;session_identifier="s"`:                                       true,
		`unreachable;session_identifier="other"`:                                      false,
		`unreachable;session_identifier="other", server_error;session_identifier="s"`: true,
		`server_error`:                         true,
		`server_error;session_identifier="s2"`: false,
		`server_error;session_identifier="xs"`: false,
	} {
		if got := device.Skipped([]string{line}, "s"); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
	if device.Skipped(nil, "s") {
		t.Error("no line: skipped")
	}
}
