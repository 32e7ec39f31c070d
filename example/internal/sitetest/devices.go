package sitetest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// What browsers call themselves.
const (
	Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	IPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
		"Version/18.5 Mobile/15E148 Safari/604.1"
)

var deviceOnPage = regexp.MustCompile(`(?s)<li>\s*<span class="mark">.*?name="id" value="([^"]+)".*?</li>`)

// Devices returns the entries of the visitor's devices page: the HTML of each by its ID.
func (v *Visitor) Devices() map[string]string {
	v.T.Helper()
	entries := map[string]string{}
	for _, match := range deviceOnPage.FindAllStringSubmatch(v.Get("/devices").Is(http.StatusOK).Text, -1) {
		entries[match[1]] = match[0]
	}
	return entries
}

// OtherDevice returns the ID of the one login on the devices page that is not this one.
func (v *Visitor) OtherDevice() string {
	v.T.Helper()
	var ids []string
	for id, entry := range v.Devices() {
		if !strings.Contains(entry, "This device") {
			ids = append(ids, id)
		}
	}
	if len(ids) != 1 {
		v.T.Fatalf("%d other devices, want one", len(ids))
	}
	return ids[0]
}

// LaptopAndPhone are two visitors with Ada's account, the phone remembered.
func LaptopAndPhone(v *Visitor) (laptop, phone *Visitor) {
	v.T.Helper()
	laptop, phone = v.Another(), v.Another()
	laptop.UserAgent, phone.UserAgent, phone.Address = Firefox, IPhone, "192.0.2.7"
	laptop.LogIn()
	phone.LogIn("remember=1")
	return laptop, phone
}

// AddLogin adds a login of the user to the database, which was seen so many minutes ago.
func (s *Site) AddLogin(t *testing.T, user string, age int) {
	t.Helper()
	now := s.Now().UTC().Truncate(time.Second)
	seen := now.Add(-time.Duration(age) * time.Minute)
	if err := s.Logins.CreateLogin(t.Context(), ginlogin.StoredLogin{
		ID: fmt.Sprint("login-", age), User: user, Address: "192.0.2.44", UserAgent: IPhone,
		Created: seen, LastSeen: seen, Expires: now.Add(24 * time.Hour), Used: true, Rotated: now,
	}); err != nil {
		t.Fatal(err)
	}
}
