// Package rules checks what people enter as an address, a name and a password. Each function returns "", or a
// text that says what to enter instead.
package rules

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ginlogin/ginlogin/password"
)

// NormalizeEmail returns the one spelling of an e-mail address that the database knows.
func NormalizeEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

// Email checks an address that is normalized.
func Email(email string) string {
	address, err := mail.ParseAddress(email)
	switch {
	case email == "":
		return "Enter your e-mail address."
	case err != nil || address.Address != email || !IsText(email):
		return "Enter an e-mail address, such as name@example.com."
	case len(email) > 254: // RFC 5321
		return "Enter an e-mail address of at most 254 characters."
	}
	return ""
}

// Name checks the name of a person.
func Name(name string) string { return Label(name, 100, "Enter your name.") }

// Label checks a name of at most so many characters; none says that there is none.
func Label(name string, most int, none string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return none
	case !IsText(name):
		return "Enter a name of letters that can be shown."
	case utf8.RuneCountInString(name) > most:
		return fmt.Sprintf("Enter a name of at most %d characters.", most)
	}
	return ""
}

const minPasswordLength = 8

// Password follows NIST SP 800-63B: a password is long enough, is not what attackers try
// first, and needs no capitals, digits or signs.
func Password(plain, email string) string {
	switch {
	case plain == "":
		return "Enter a password."
	case utf8.RuneCountInString(plain) < minPasswordLength:
		return fmt.Sprintf("Enter a password of %d characters or more.", minPasswordLength)
	case len(plain) > password.MaxLength:
		return "Enter a shorter password."
	case email != "" && strings.EqualFold(plain, email):
		return "Enter a password that is not your e-mail address."
	case password.Common(plain):
		return "This password is among the first that others would try. Enter another one."
	}
	return ""
}

// IsText reports whether s can be stored and shown: valid UTF-8 without control characters.
func IsText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}
