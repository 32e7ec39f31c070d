package secondfactor_test

import (
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Whoever reads Ada's mails has one factor of the two: neither a link that logs in nor a new password passes the code.
func TestLinksInMailsDoNotPassTheCode(t *testing.T) {
	h, v := open(t)
	secret, _ := ready(t, h, v)
	h.take()
	reader := v.Another()
	reader.Press(h.LoginLink(t, reader)).LeadsTo("/login/code")
	reader.KnownAs("")
	reader.Press(h.ResetLink(t, reader), "new_password=difference engine").LeadsTo("/login")
	reader.Guess(sitetest.AdaEmail, "difference engine").LeadsTo("/login/code")
	reader.KnownAs("")
	reader.Post("/login/code", "code=000000").Is(http.StatusUnprocessableEntity)
	reader.Post("/login/code", "code="+h.next(secret)).LeadsTo("/")
	reader.KnownAs("Ada Lovelace")
}
