package password

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
)

func TestCommon(t *testing.T) {
	for _, tt := range []struct {
		name     string
		password string
		want     bool
	}{
		{"the commonest", "123456", true},
		{"the second", "password", true},
		{"a common one of eight digits", "12345678", true},
		{"a keyboard walk", "1qaz2wsx", true},
		{"a name", "elizabeth", true},
		{"one with digits at its end", "password123", true},
		{"capitals make no difference", "PassWord", true},
		{"a sign at the end makes no difference", "Password1!", true},
		{"signs on both sides make no difference", "**princess**", true},
		{"signs and digits for letters make no difference", "P@$$w0rd", true},
		{"digits for letters and a sign at the end", "Pr1nc3ss!", true},

		{"a long passphrase of random words", "correct horse battery staple", false},
		{"two words", "difference engine", false},
		{"a common word within others", "my password is none of yours", false},
		{"a common password twice", "elizabethelizabeth", false},
		{"many digits after a common password", "password58391047", false},
		{"words of another script", "αβγδεζηθ", false},
		{"signs alone", "!?!?!?!?", false},
		{"a line break between two common ones", "password\n12345678", false},
		{"nothing", "", false},
		{"a common password and spaces, longer than any", "password" + strings.Repeat(" ", MaxLength), false},
	} {
		if got := Common(tt.password); got != tt.want {
			t.Errorf("%s: %q: %t, want %t", tt.name, tt.password, got, tt.want)
		}
	}
}

func TestRandomPasswordsAreNotCommon(t *testing.T) {
	for range 1000 {
		if text := rand.Text(); Common(text) || Common(text[:10]) {
			t.Errorf("%q is common", text)
		}
	}
}

func TestTheListIsSortedAndLongEnough(t *testing.T) {
	list := common()
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Error("the list is not sorted, or has a password twice")
	}
	long := 0
	for _, p := range list {
		if len(p) >= 8 {
			long++
		}
		if p != strings.ToLower(p) || !Common(p) {
			t.Errorf("%q is not found", p)
		}
	}
	if len(list) != 12325 || long < 10000 {
		t.Errorf("the list has %d passwords, %d of them of 8 characters; Common's comment says otherwise", len(list), long)
	}
	if len(commonList) > 60_000 {
		t.Errorf("the list is %d bytes in every download of the module", len(commonList))
	}
}
