package links_test

import "github.com/ginlogin/ginlogin/example/mail"

func bySubject(sent []mail.Message) map[string]mail.Message {
	found := map[string]mail.Message{}
	for _, m := range sent {
		found[m.Subject] = m
	}
	return found
}
