package storesuite

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ginlogin/ginlogin"
)

func (s storeTest) foundAsMade() {
	ascii := aRow("A1b2-C3_d4", "ada")
	unicode := aRow("Ключ-ключ", "żółw 🐢 café cafe\u0301 \u202e 日本")
	unicode.Address, unicode.UserAgent = "fe80::1%en0", "Браузер/1.0 (🐢; \"'\\%_`)\t\n"
	unicode.Generation, unicode.Presented = math.MaxInt64, math.MaxInt64-1
	unicode.Cut, unicode.ActingGeneration = math.MaxInt64-2, math.MaxInt64-3
	unicode.ActingUser, unicode.ActingLogin = "персонал:żółw 🐢", "Ключ"
	unicode.ExternalID, unicode.Device, unicode.Methods = "https://пример.example/ 🐢", "ключ", "pwd otp"
	newer := aRow("newer", "staff:ada")
	newer.Generation, newer.Presented, newer.Used = 0, 0, false
	newer.Created = newer.LastSeen
	s.create(ascii, unicode, newer)
	s.expectFound(ascii)
	s.expectFound(unicode)
	s.expectFound(newer)
	for _, list := range [][]ginlogin.StoredLogin{s.list(unicode.User, noLimit), s.findExternal(unicode.ExternalID, noLimit)} {
		if len(list) != 1 {
			s.Fatalf("%d logins are found, want 1", len(list))
		}
		s.expectRow(list[0], unicode)
	}
}

// The row must not be one that a store may delete by itself.
func (s storeTest) emptyFields() {
	now := time.Now().UTC().Truncate(time.Second)
	l := ginlogin.StoredLogin{ID: "empty", Created: now, Expires: now.Add(time.Hour)}
	s.create(l)
	s.expectFound(l)
	if !s.find("empty").Rotated.IsZero() {
		s.Error("a zero time comes back as another time")
	}
}

func (s storeTest) wholeSeconds() {
	l := aRow("a", "ada")
	l.Created = time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.FixedZone("", 5*3600+45*60))
	l.LastSeen = time.Date(1969, 12, 31, 23, 59, 58, 500_000_000, time.UTC)
	l.Expires = time.Date(2400, 1, 1, 0, 0, 0, 1, time.FixedZone("", -8*3600))
	s.create(l)
	l.Created = time.Date(2024, 2, 29, 18, 14, 59, 0, time.UTC)
	l.LastSeen = time.Date(1969, 12, 31, 23, 59, 58, 0, time.UTC)
	l.Expires = time.Date(2400, 1, 1, 8, 0, 0, 0, time.UTC)
	s.expectFound(l)
}

// A store that shortens a user ID to fit gives one user the logins of another.
func (s storeTest) longUser() {
	usual := aRow("usual", strings.Repeat("u", 255))
	s.create(usual)
	s.expectFound(usual)
	for _, length := range []int{256, 512, 1024, 4096, 70_000} {
		id := fmt.Sprint("a", length)
		long := aRow(id, strings.Repeat("u", length))
		longer := aRow(id+"+", long.User+"!")
		for _, l := range []ginlogin.StoredLogin{long, longer} {
			if s.store.CreateLogin(s.Context(), l) != nil {
				s.expectNotFound(l.ID)
				s.expectList(l.User)
			} else {
				s.expectFound(l)
				s.expectList(l.User, l.ID)
			}
		}
	}
	s.expectList(usual.User, usual.ID)
}

// keyTexts are the texts of a row that must not be shortened, besides its ID and its
// user.
var keyTexts = []struct {
	name string
	set  func(l *ginlogin.StoredLogin, text string)
}{
	{"Methods", func(l *ginlogin.StoredLogin, text string) { l.Methods = text }},
	{"ActingUser", func(l *ginlogin.StoredLogin, text string) { l.ActingUser = text }},
	{"ActingLogin", func(l *ginlogin.StoredLogin, text string) { l.ActingLogin = text }},
	{"ExternalID", func(l *ginlogin.StoredLogin, text string) { l.ExternalID = text }},
	{"Device", func(l *ginlogin.StoredLogin, text string) { l.Device = text }},
}

func (s storeTest) longText() {
	for _, key := range keyTexts {
		for _, length := range []int{255, 256, 512, 1024, 4096, 70_000} {
			text := strings.Repeat("k", length)
			row, long := aRow(fmt.Sprint(key.name, length), "ada"), aRow(fmt.Sprint(key.name, length, " long"), "ada")
			s.create(row)
			next := row
			key.set(&next, text)
			key.set(&long, text)
			if s.store.CreateLogin(s.Context(), long) != nil {
				s.expectNotFound(long.ID)
			} else {
				s.expectFound(long)
			}
			swapped, err := s.store.SwapLogin(s.Context(), row, next)
			switch {
			case err != nil:
				s.expectFound(row)
			case !swapped:
				s.Errorf("%s of %d bytes: the swap is lost, want an error or a swap", key.name, length)
			default:
				s.expectFound(next)
			}
			if length == 255 && (err != nil || !swapped) {
				s.Errorf("%s of %d bytes is refused: %v", key.name, length, err)
			}
		}
	}
}

// Clients choose both. They may be shortened and cleaned.
func (s storeTest) anyUserAgent() {
	for i, agent := range []string{
		strings.Repeat("a", 10_000), strings.Repeat("é", 10_000), "a" + strings.Repeat("🐢", 10_000),
		"\xff\xfe", "a\x00b", "\xc3", strings.Repeat("\xf0\x9f ", 1000), "\xed\xa0\x80",
	} {
		l := aRow(fmt.Sprint(i), "ada")
		l.UserAgent, l.Address = agent, agent
		s.create(l)
		got := s.find(l.ID)
		got.UserAgent, got.Address = agent, agent
		s.expectRow(got, l)
		if !s.swap(l, l) {
			s.Errorf("user agent %.20q: the row was not swapped", agent)
		}
	}
}

func (s storeTest) notFound() {
	s.expectNotFound("nobody")
	s.create(aRow("a", "ada"))
	s.expectNotFound("nobody")
	s.expectNotFound("ada")
	s.expectNotFound("")
}

func (s storeTest) taken() {
	first, second := aRow("a", "ada"), aRow("a", "grace")
	s.create(first)
	err := s.store.CreateLogin(s.Context(), second)
	if err == nil || errors.Is(err, ginlogin.ErrLoginNotFound) {
		s.Errorf("CreateLogin with an ID that exists already returns %v, want an error other than ErrLoginNotFound", err)
	}
	s.expectFound(first)
	s.expectList("grace")
}

// lookalikes are equal under some collations.
var lookalikes = []string{"ada", "Ada", "ADA", "ada ", " ada", "ad\u00e0", "ada\u0300", "ada\u200b", "аda", "ada\t", "ad", "adaa", "ss", "ß", "1", "01", "1.0", "%", "_da"}

func (s storeTest) idsDiffer() {
	var rows []ginlogin.StoredLogin
	for i, id := range lookalikes {
		rows = append(rows, aRow(id, fmt.Sprint("user", i)))
	}
	s.create(rows...)
	for _, l := range rows {
		s.expectFound(l)
	}
	if err := s.store.DeleteLogin(s.Context(), lookalikes[0]); err != nil {
		s.Fatal(err)
	}
	s.expectNotFound(lookalikes[0])
	for i, id := range lookalikes[1:] {
		s.expectList(fmt.Sprint("user", i+1), id)
	}
}
