package mail_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/mail"
)

// hostile are messages that would be more than one mail to one address.
var hostile = map[string]mail.Message{
	"a header in the address":    {To: "ada@example.com\r\nBcc: evil@example.com", Subject: "Hello"},
	"a line in the address":      {To: "ada@example.com\nHello", Subject: "Hello"},
	"two addresses":              {To: "ada@example.com, evil@example.com", Subject: "Hello"},
	"an address with a name":     {To: "Ada <ada@example.com>", Subject: "Hello"},
	"a command in the address":   {To: "ada@example.com> NOTIFY=SUCCESS", Subject: "Hello"},
	"no address":                 {Subject: "Hello"},
	"a header in the subject":    {To: "ada@example.com", Subject: "Hello\r\nBcc: evil@example.com"},
	"a line in the subject":      {To: "ada@example.com", Subject: "Hello\nBcc: evil@example.com"},
	"the text in the subject":    {To: "ada@example.com", Subject: "Hello\r\n\r\nLook here"},
	"a subject turned around":    {To: "ada@example.com", Subject: "Hello \u202eevil"},
	"a subject that is no UTF-8": {To: "ada@example.com", Subject: "Hello \xff"},
	"no subject":                 {To: "ada@example.com"},
}

func TestNoMessageIsMoreThanOne(t *testing.T) {
	for name, m := range hostile {
		var out bytes.Buffer
		if err := (&mail.Screen{W: &out}).Send(t.Context(), m); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, printed %q", name, err, &out)
		}
	}
}

func TestAScreenShowsTheMailInAFrame(t *testing.T) {
	var out bytes.Buffer
	m := mail.Message{To: "ada@example.com", Subject: "Your link", Text: "Open it:\n\nhttps://site.example/x\n"}
	if err := (&mail.Screen{W: &out}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{"", "┌─ Mail, printed and not sent", "│ To:      ada@example.com", "│ Subject: Your link", "│",
		"│ Open it:", "│ ", "│ https://site.example/x", "└─", "", ""}, "\n")
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &out, want)
	}
}
