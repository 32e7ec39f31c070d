// Package mail sends the mails of the site in the background: over SMTP, or onto the screen of who tries it out.
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/ginlogin/ginlogin/example/rules"
)

// Message is a mail of plain text. There is no HTML and no image from elsewhere: nothing tells a third party who
// reads it when, and what a link says is where it leads.
type Message struct{ To, Subject, Text string }

// Check refuses what would not be one mail to one address: a line break in a header begins another header, or the
// text. The forms refuse such addresses, too; this is the last place that can.
func (m Message) Check() error {
	switch {
	case rules.Email(m.To) != "":
		return errors.New("mail: the recipient is not one e-mail address")
	case m.Subject == "" || !rules.IsText(m.Subject):
		return errors.New("mail: the subject is not one line of text")
	}
	return nil
}

// A Sender sends a message, or says why it could not.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Screen prints mails instead of sending them. Whoever reads along can log in with their links: it is for a site
// on one's own machine.
type Screen struct {
	W io.Writer

	mu sync.Mutex
}

// Send prints the mail in a frame, so that it can be found among the lines of the log.
func (s *Screen) Send(_ context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	text := strings.ReplaceAll(strings.TrimSpace(m.Text), "\n", "\n│ ")
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintf(s.W, "\n┌─ Mail, printed and not sent\n│ To:      %s\n│ Subject: %s\n│\n│ %s\n└─\n\n", m.To, m.Subject, text)
	return err
}
