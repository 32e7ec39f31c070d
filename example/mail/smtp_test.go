package mail_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/mail"
)

// server is a mail server that takes one mail.
type server struct {
	address string
	trust   *tls.Config

	mu   sync.Mutex
	text strings.Builder
}

// got is the commands, and the mail as it was sent. Each line is in it before it is answered.
func (s *server) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *server) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.WriteString(line)
}

// serve starts a server, which speaks TLS from the beginning if secure.
func serve(t *testing.T, secure bool) *server {
	t.Helper()
	certificate := httptest.NewTLSServer(nil)
	t.Cleanup(certificate.Close)
	roots := certificate.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		listener = tls.NewListener(listener, &tls.Config{Certificates: certificate.TLS.Certificates})
	}
	t.Cleanup(func() { listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s := &server{address: net.JoinHostPort("127.0.0.1", port), trust: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
	go s.talk(listener)
	return s
}

func (s *server) talk(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	lines, inMail := bufio.NewReader(conn), false
	fmt.Fprint(conn, "220 mail.example.com\r\n")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		s.note(line)
		switch word := strings.ToUpper(strings.TrimSpace(line)); {
		case inMail && line == ".\r\n":
			inMail = false
			fmt.Fprint(conn, "250 taken\r\n")
		case inMail:
		case strings.HasPrefix(word, "EHLO"):
			fmt.Fprint(conn, "250-mail.example.com\r\n250 AUTH PLAIN\r\n")
		case word == "DATA":
			inMail = true
			fmt.Fprint(conn, "354 go on\r\n")
		case strings.HasPrefix(word, "AUTH"):
			fmt.Fprint(conn, "235 welcome\r\n")
		case strings.HasPrefix(word, "RCPT TO:<NOBODY@"):
			fmt.Fprint(conn, "550 no such user nobody@example.com\r\n")
		case word == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 fine\r\n")
		}
	}
}

const from = "Example <no-reply@site.example>"

var letter = mail.Message{To: "ada@example.com", Subject: "Grüße", Text: "Open it:\n\n" +
	"https://site.example/reset?token=" + strings.Repeat("abcdefghij", 20) + "\n.\nThe end.\n"}

// A mail goes out over TLS, with the password of the account at the server, to one address, and arrives as written.
func TestAMailArrivesOverTLS(t *testing.T) {
	s := serve(t, true)
	sender, err := mail.NewSMTP("smtps://user:p%40ss@"+s.address, from, s.trust)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := s.got()
	for _, want := range []string{"AUTH PLAIN", "MAIL FROM:<no-reply@site.example>", "RCPT TO:<ada@example.com>",
		"Auto-Submitted: auto-generated\r\n", "Subject: =?UTF-8?q?Gr=C3=BC=C3=9Fe?=\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the server has not got %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "RCPT TO"); n != 1 {
		t.Errorf("%d recipients", n)
	}
	_, body, _ := strings.Cut(got, "DATA\r\n")
	parsed, err := netmail.ReadMessage(strings.NewReader(strings.ReplaceAll(body, "\r\n..", "\r\n.")))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
	if err != nil || !strings.HasPrefix(strings.ReplaceAll(string(text), "\r\n", "\n"), letter.Text) {
		t.Errorf("the text is %q, %v", text, err)
	}
}

// Nothing hostile gets as far as the server.
func TestNoHostileMailIsSent(t *testing.T) {
	sender, err := mail.NewSMTP("smtp://127.0.0.1:1", from, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range hostile {
		if err := sender.Send(t.Context(), m); err == nil || !strings.HasPrefix(err.Error(), "mail: the ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that is not on this machine has to be the one that it says it is.
func TestAnUnknownCertificateGetsNoMail(t *testing.T) {
	s := serve(t, true)
	sender, err := mail.NewSMTP("smtps://user:secret@"+s.address, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), letter); err == nil {
		t.Error("no error")
	}
	if got := s.got(); got != "" {
		t.Errorf("the server has got %q", got)
	}
}

// On this machine there need not be TLS. What the server says of the recipient is not repeated: it goes to the log.
func TestAnErrorNamesNobody(t *testing.T) {
	s := serve(t, false)
	sender, err := mail.NewSMTP("smtp://"+s.address, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := letter
	m.To = "nobody@example.com"
	if err := sender.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "nobody") || !strings.Contains(err.Error(), "550") {
		t.Errorf("error %v", err)
	}
}

// In the clear, a mail leaves this machine for no server: somebody on the way may have removed the offer of TLS.
func TestNoMailLeavesInTheClear(t *testing.T) {
	s := serve(t, false)
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.NewSMTP("smtp://user:secret@"+net.JoinHostPort(ownAddress(t), port), from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), letter); err == nil {
		t.Error("no error")
	}
	if got := s.got(); strings.Contains(got, "MAIL FROM") || strings.Contains(got, "AUTH ") {
		t.Errorf("the server has got %q", got)
	}
}

// ownAddress is an address of this machine that is not a loopback.
func ownAddress(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but the loopback")
	return ""
}

func TestSMTPSettings(t *testing.T) {
	for _, address := range []string{"http://mail.example.com", "mail.example.com", "smtp://", "smtps://mail.example.com/x",
		"smtp://mail.example.com?tls=none", "smtps://user:c0ff/ee@mail.example.com", "smtps://mail.example.com:99999", "::"} {
		if _, err := mail.NewSMTP(address, from, nil); err == nil || strings.Contains(err.Error(), "c0ff") {
			t.Errorf("%q: error %v", address, err)
		}
	}
	for _, sender := range []string{"", "nobody", "a@example.com, b@example.com", "x\r\nBcc: <evil@example.com>"} {
		if _, err := mail.NewSMTP("smtps://mail.example.com", sender, nil); err == nil {
			t.Errorf("the sender %q passes", sender)
		}
	}
}
