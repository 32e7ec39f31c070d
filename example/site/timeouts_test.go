package site_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestIdleTimeout(t *testing.T) {
	var clock sitetest.Clock
	_, v := sitetest.Open(t, clock.Runs, func(s *sitetest.Site) { s.Config.Timeouts = config.Timeouts{Idle: time.Hour} })
	forgotten, remembered := v.Another(), v.Another()
	forgotten.LogIn()
	remembered.LogIn("remember=1")
	remembered.Get("/settings").Is(http.StatusOK)
	clock.Advance(time.Hour)
	forgotten.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	remembered.Get("/profile").Is(http.StatusOK).Says("Not confirmed recently")
	remembered.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
}

func TestAbsoluteTimeout(t *testing.T) {
	var clock sitetest.Clock
	_, v := sitetest.Open(t, clock.Runs, func(s *sitetest.Site) { s.Config.Timeouts = config.Timeouts{Absolute: time.Hour} })
	forgotten, remembered := v.Another(), v.Another()
	forgotten.LogIn()
	remembered.LogIn("remember=1")
	clock.Advance(time.Hour)
	for _, v := range []*sitetest.Visitor{forgotten, remembered} {
		v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
		v.KnownAs("")
	}
}

func TestFreshFor(t *testing.T) {
	var clock sitetest.Clock
	_, v := sitetest.Open(t, clock.Runs, func(s *sitetest.Site) { s.Config.Timeouts = config.Timeouts{Fresh: time.Hour} })
	v.LogIn()
	clock.Advance(time.Hour)
	v.KnownAs("Ada Lovelace")
	v.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
	p := v.Post("/confirm", "password="+sitetest.AdaPassword, "next=/settings").LeadsTo("/settings")
	v.Follow(p).Is(http.StatusOK)
}

func TestNoTimeouts(t *testing.T) {
	_, v := sitetest.Open(t, func(s *sitetest.Site) { s.Config.Timeouts = config.Timeouts{} })
	v.LogIn("remember=1")
	v.Get("/settings").Is(http.StatusOK)
}
