package loginsql

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ginlogin/ginlogin"
)

func TestWhatClientsSendIsCutBetweenCharactersAndCleaned(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"a browser", "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"},
		{"just short enough", strings.Repeat("a", 512), strings.Repeat("a", 512)},
		{"too long", strings.Repeat("a", 513), strings.Repeat("a", 512)},
		{"two bytes over the end", strings.Repeat("a", 511) + "é", strings.Repeat("a", 511)},
		{"two bytes at the end", strings.Repeat("a", 510) + "éé", strings.Repeat("a", 510) + "é"},
		{"four bytes over the end", strings.Repeat("a", 509) + "🐢", strings.Repeat("a", 509)},
		{"no UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"half a character", "a\xc3", "a\uFFFD"},
		{"half a surrogate pair", "\xed\xa0\x80", "\uFFFD"},
		{"a zero byte", "a\x00b", "a\uFFFDb"},
		{"no UTF-8 that grows", strings.Repeat("a\xff", 400), strings.Repeat("a\uFFFD", 128)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := clean(row.text); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestKeysAreNeverCutNorCleaned(t *testing.T) {
	for key, good := range map[string]bool{
		"": true, "ada": true, "ada ": true, "日本": true,
		strings.Repeat("a", 512): true, strings.Repeat("a", 513): false, strings.Repeat("é", 257): false,
		"a\xff": false, "a\x00": false,
	} {
		if isKey(key) != good {
			t.Errorf("isKey(%.40q) is %v", key, !good)
		}
	}
}

func TestARowWithATextThatDoesNotFitIsRefused(t *testing.T) {
	long := strings.Repeat("a", 513)
	for field, row := range map[string]ginlogin.StoredLogin{
		"ID": {ID: long}, "User": {User: long}, "Methods": {Methods: long}, "ActingUser": {ActingUser: long},
		"ActingLogin": {ActingLogin: long}, "ExternalID": {ExternalID: long}, "Device": {Device: long},
	} {
		store, script := scripted(t, SQLite)
		createErr := store.CreateLogin(t.Context(), row)
		_, swapErr := store.SwapLogin(t.Context(), ginlogin.StoredLogin{}, row)
		for _, err := range []error{createErr, swapErr} {
			if err == nil || !strings.HasPrefix(err.Error(), "loginsql: the "+field+" of a login has 513 bytes: ") || len(script.seen) > 0 {
				t.Errorf("%s: %v after %q", field, err, script.seen)
			}
		}
	}
}

func TestARowComesBackAsItWasWritten(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2030, 1, day, 2, 3, 4, 0, time.UTC) }
	want := ginlogin.StoredLogin{
		ID: "a", User: "ada", Created: at(1), LastSeen: at(2), Expires: at(3), Used: true, Address: "192.0.2.1", UserAgent: "Mozilla/5.0",
		Generation: 4, Presented: 5, Cut: 6, Rotated: at(7), Methods: "pwd", ActingUser: "eve", ActingLogin: "b", ActingGeneration: 8,
		ExternalID: "sid", Device: "laptop",
	}
	store, script := scripted(t, PostgreSQL)
	if err := store.CreateLogin(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	script.row = append([]any{}, script.given...)
	script.row[2] = "no number"
	if got, err := store.FindLogin(t.Context(), "a"); got != (ginlogin.StoredLogin{}) || err == nil {
		t.Errorf("a row that cannot be read is %v, %v", got, err)
	}
	script.row = script.given
	if got, err := store.FindLogin(t.Context(), "a"); got != want || err != nil {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("Mozilla/5.0")
	f.Add(strings.Repeat("🐢\xf0\x00", 200))
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text)
		if len(got) > maxText || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("clean(%q) is %q", text, got)
		}
		if clean(got) != got {
			t.Errorf("clean changes %q again", got)
		}
		if len(text) <= maxText && isKey(text) && got != text {
			t.Errorf("clean changes %q to %q", text, got)
		}
	})
}
