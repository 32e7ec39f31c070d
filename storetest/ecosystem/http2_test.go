package ecosystem

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestHTTP2KeepsLogins(t *testing.T) {
	s := behind(t)
	site.Wants(t, "the protocol", s.Browser().Do("GET", "/guarded").Proto, "HTTP/2.0")
	keepsLogins(s)
}

func TestHTTP1KeepsLogins(t *testing.T) {
	s := behind(t)
	s.Client().Transport.(*http.Transport).ForceAttemptHTTP2 = false
	s.Client().Transport.(*http.Transport).Protocols = onlyHTTP1()
	site.Wants(t, "the protocol", s.Browser().Do("GET", "/guarded").Proto, "HTTP/1.1")
	keepsLogins(s)
	tellsUsersApart(s)
}

func onlyHTTP1() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}

// A proxy in front may send everybody's requests over one connection.
func TestUsersOnOneHTTP2ConnectionAreToldApart(t *testing.T) {
	s := behind(t)
	first := loggedIn(s, "user0")
	users := []*site.Browser{first}
	for i := 1; i < 6; i++ {
		b := s.Browser()
		b.Transport = first.Transport
		site.Wants(t, "login", b.Do("POST", fmt.Sprintf("/login?id=user%d", i)).Text, "done")
		users = append(users, b)
	}
	var streams sync.WaitGroup
	for i, b := range users {
		for range 4 {
			streams.Go(func() {
				for range 5 {
					site.Wants(t, "page", b.Do("GET", "/guarded").Text, fmt.Sprintf("Hi user%d", i))
				}
			})
		}
	}
	streams.Wait()
}
