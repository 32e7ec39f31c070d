package ecosystem

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func TestHTTP2KeepsLogins(t *testing.T) {
	s := behind(t)
	wants(t, "the protocol", s.browser().do("GET", "/guarded").Proto, "HTTP/2.0")
	s.keepsLogins()
}

func TestHTTP1KeepsLogins(t *testing.T) {
	s := behind(t)
	s.Client().Transport.(*http.Transport).ForceAttemptHTTP2 = false
	s.Client().Transport.(*http.Transport).Protocols = onlyHTTP1()
	wants(t, "the protocol", s.browser().do("GET", "/guarded").Proto, "HTTP/1.1")
	s.keepsLogins()
	s.tellsUsersApart()
}

func onlyHTTP1() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}

// A proxy in front may send everybody's requests over one connection.
func TestUsersOnOneHTTP2ConnectionAreToldApart(t *testing.T) {
	s := behind(t)
	first := s.loggedIn("user0")
	users := []*browser{first}
	for i := 1; i < 6; i++ {
		b := s.browser()
		b.Transport = first.Transport
		wants(t, "login", b.do("POST", fmt.Sprintf("/login?id=user%d", i)).body, "done")
		users = append(users, b)
	}
	var streams sync.WaitGroup
	for i, b := range users {
		for range 4 {
			streams.Go(func() {
				for range 5 {
					wants(t, "page", b.do("GET", "/guarded").body, fmt.Sprintf("Hi user%d", i))
				}
			})
		}
	}
	streams.Wait()
}
