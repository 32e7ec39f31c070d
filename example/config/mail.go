package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/ginlogin/ginlogin/example/mail"
)

// Mail is how mails are sent, and where their links lead.
type Mail struct {
	SMTP mail.Sender // nil: mails are printed
	Site string      // what links in mails begin with, without a slash at the end; "": where the site listens
}

// Sender sends the mails, or prints them to out, and says so there.
func (m Mail) Sender(out io.Writer) mail.Sender {
	if m.SMTP != nil {
		return m.SMTP
	}
	fmt.Fprintln(out, "mails: printed here and not sent; SMTP_URL sends them")
	return &mail.Screen{W: out}
}

// printMails is the value of SMTP_URL by which an operator asks for mails to be printed.
const printMails = "print"

// loadMail reads how mails are sent. Mails are printed where somebody tries the site out. What shows that it is
// for others, its keys or its proxies, asks for a server: in a log, the links would open every account to whoever
// reads it. For the same sites SITE_URL is needed, because the Host header is whatever a client writes: a link
// made of it would carry its token to any host that an attacker names.
func loadMail(getenv func(string) string) (Mail, error) {
	address, site := getenv("SMTP_URL"), getenv("SITE_URL")
	forOthers := getenv("SECRET_KEYS") != "" || getenv("TRUSTED_PROXIES") != ""
	switch {
	case forOthers && address == "":
		return Mail{}, fmt.Errorf("SMTP_URL: a site for others (SECRET_KEYS or TRUSTED_PROXIES is set) needs a mail server, "+
			"as smtps://user:password@mail.example.com; or %q, to have mails printed, with their links that log people in", printMails)
	case forOthers && site == "":
		return Mail{}, errors.New("SITE_URL: a site for others needs its own address, as https://example.com, for the links in its mails")
	}
	if address == "" || address == printMails {
		return Mail{Site: site}, nil
	}
	if site == "" {
		return Mail{}, errors.New("SITE_URL: mails that are sent need it, as https://example.com, for their links")
	}
	u, err := parseOrigin("SITE_URL", site)
	if err != nil {
		return Mail{}, nil // which parseOrigins says
	}
	sender, err := mail.NewSMTP(address, cmp.Or(getenv("MAIL_FROM"), "no-reply@"+u.Hostname()), nil)
	if err != nil {
		return Mail{}, fmt.Errorf("SMTP_URL, MAIL_FROM: %w", err)
	}
	return Mail{SMTP: sender, Site: site}, nil
}
