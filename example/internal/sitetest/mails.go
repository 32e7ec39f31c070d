package sitetest

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/mail"
)

// Mailboxes keep the mails that a site has sent.
type Mailboxes struct {
	mu   sync.Mutex
	sent []mail.Message
}

// Send is that of mail.Sender. It takes what a mail server would take.
func (m *Mailboxes) Send(_ context.Context, message mail.Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, message)
	return nil
}

// Mails has the site send the mails that wait, and returns them.
func (s *Site) Mails(t *testing.T) []mail.Message {
	t.Helper()
	var boxes Mailboxes
	ended, end := context.WithCancel(t.Context())
	end() // at its end the queue does what is left
	s.Site.Mails.Run(ended, &boxes)
	return boxes.sent
}

// Mail is Mails for a site that sends just one, to that address.
func (s *Site) Mail(t *testing.T, to string) mail.Message {
	t.Helper()
	sent := s.Mails(t)
	if len(sent) != 1 || sent[0].To != to {
		t.Fatalf("%d mails %+v, want one to %s", len(sent), sent, to)
	}
	return sent[0]
}

var linkInMail = regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(Address) + `(/\S*)$`)

// LinkIn returns the path and query of the link in a mail, as a visitor follows it.
func LinkIn(t *testing.T, m mail.Message) string {
	t.Helper()
	found := linkInMail.FindAllStringSubmatch(m.Text, -1)
	if len(found) != 1 {
		t.Fatalf("%d links in the mail:\n%s", len(found), m.Text)
	}
	return found[0][1]
}

// TokenIn returns the token of a link.
func TokenIn(link string) string {
	_, query, _ := strings.Cut(link, "?token=")
	token, _, _ := strings.Cut(query, "&")
	return token
}

// Press presses the button of the page that a link leads to: it posts the token and further fields.
func (v *Visitor) Press(link string, fields ...string) *Page {
	v.T.Helper()
	path, _, _ := strings.Cut(link, "?")
	return v.Post(path, append([]string{"token=" + TokenIn(link)}, fields...)...)
}

// ResetLink asks for a new password for Ada, and returns the link.
func (s *Site) ResetLink(t *testing.T, v *Visitor) string {
	t.Helper()
	v.Post("/forgot", "email="+AdaEmail).Is(http.StatusOK).Says("Look into your mailbox")
	return s.linkOf(t, "Choose a new password")
}

// LoginLink asks for a link that logs Ada in with v's browser, and returns it.
func (s *Site) LoginLink(t *testing.T, v *Visitor, fields ...string) string {
	t.Helper()
	v.Post("/login/link", append([]string{"email=" + AdaEmail}, fields...)...).Is(http.StatusOK)
	return s.linkOf(t, "Your link to log in")
}

// linkOf returns the link in the mail to Ada that has the subject, of those that wait.
func (s *Site) linkOf(t *testing.T, subject string) string {
	t.Helper()
	sent := s.Mails(t)
	for _, m := range sent {
		if m.To == AdaEmail && m.Subject == subject {
			return LinkIn(t, m)
		}
	}
	t.Fatalf("no mail %q to Ada among %+v", subject, sent)
	return ""
}

// Verified says that Ada has the mailbox.
func Verified(t *testing.T, s *Site) {
	t.Helper()
	s.Exec(t, `UPDATE users SET email_verified = TRUE WHERE email = $1`, AdaEmail)
}
