package rules

import "testing"

func TestEmailRules(t *testing.T) {
	for _, email := range []string{
		"ada@example.com", "a.b+c@example.co.uk", "o'hara@example.com", "jürgen@müller.example", "x@localhost",
	} {
		if problem := Email(NormalizeEmail(email)); problem != "" {
			t.Errorf("%q: %s", email, problem)
		}
	}
	for _, email := range []string{
		"", "ada", "@example.com", "ada@", "a b@example.com", "ada@example.com\r\nBcc: x@example.com",
		"<ada@example.com>", "Ada <ada@example.com>", `"a b"@example.com`, "ada@example.com (comment)",
		"ada@exam\u202eple.com", "\xff@example.com",
	} {
		if Email(email) == "" {
			t.Errorf("%q passes", email)
		}
	}
}
