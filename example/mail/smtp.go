package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP sends mails by a server. Mails with links that let people in are not sent in the clear: the server has to
// offer TLS, unless it is on this machine.
type SMTP struct {
	from    string
	options []gomail.Option
	host    string
}

// smtpPatience is how long the server may take for an answer.
const smtpPatience = 10 * time.Second

// NewSMTP returns a sender for an address such as smtps://user:password@mail.example.com, or smtp:// for a server
// that begins in the clear (STARTTLS). trust is nil but in tests.
func NewSMTP(address, from string, trust *tls.Config) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return nil, errors.New("it is not an address such as smtps://user:password@mail.example.com (write / in a password as %2F and @ as %40)")
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, errors.New("the sender is not an e-mail address, such as Example <no-reply@example.com>")
	}
	s := &SMTP{from: from, host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(smtpPatience)}}
	switch local := isLocal(u.Hostname()); {
	case u.Scheme == "smtps":
		s.add(gomail.WithSSLPort(false))
	case local:
		s.add(gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	default:
		s.add(gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		s.add(gomail.WithPort(port)) // last: the others set the port that is usual for them
	}
	if trust != nil {
		s.add(gomail.WithTLSConfig(trust))
	}
	if password, ok := u.User.Password(); ok {
		s.add(gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	_, err = gomail.NewClient(s.host, s.options...)
	return s, err
}

func (s *SMTP) add(options ...gomail.Option) { s.options = append(s.options, options...) }

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send sends a mail. Its error names no address and no link.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.From(s.from); err != nil {
		return err
	}
	if err := message.To(m.To); err != nil {
		return errors.New("mail: the recipient is not one e-mail address")
	}
	message.Subject(m.Subject)
	message.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from those who are on holiday (RFC 3834)
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	client, err := gomail.NewClient(s.host, s.options...) // one for each mail: it holds one connection
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, message)
	var refused *gomail.SendError // its text has the recipient, and whatever the server says
	if errors.As(err, &refused) {
		return fmt.Errorf("mail: %v: the server says %d", refused.Reason, refused.ErrorCode())
	}
	return err
}
