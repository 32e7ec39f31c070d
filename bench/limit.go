package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// A limit is a cookie check written by hand for speed: HMAC-SHA256 over a time and
// an ID, and a map of users. It is the least that a stateless signed cookie can cost
// on Gin, and does less than any library: no encryption, no other values, no
// rotation of keys, no protection, no caching headers.
type limit struct {
	macs sync.Pool
}

const (
	limitLifetime = 30 * 24 * 60 * 60 // seconds
	limitHeader   = sha256.Size + 8   // the MAC and the time, in front of the ID
	limitSize     = 256               // of the longest cookie, decoded
)

// A mac is keyed state and the memory that goes through it: what is handed to a
// hash.Hash could not stay on the stack.
type mac struct {
	hash.Hash
	raw [limitSize]byte
	sum [sha256.Size]byte
}

func newLimit(key []byte) *limit {
	return &limit{macs: sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, key)} }}}
}

func newLimitSite() *site {
	l := newLimit(secret)
	engine := newEngine()
	engine.GET("/private", l.guard, func(c *gin.Context) { greet(c, c.MustGet("user").(*account)) })
	engine.POST("/login", func(c *gin.Context) {
		l.setCookie(c, l.seal(ada.ID, time.Now().Unix()), limitLifetime)
		answer(c, noted)
	})
	engine.POST("/logout", func(c *gin.Context) {
		l.setCookie(c, "", -1)
		answer(c, noted)
	})
	return &site{name: "hand-written limit", handler: engine}
}

func (l *limit) guard(c *gin.Context) {
	id, ok := l.open(cookieValue(c.Request, cookie), time.Now().Unix())
	user := users[id]
	if !ok || user == nil {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	c.Set("user", user)
	c.Next()
}

// cookieValue finds a cookie without allocating.
func cookieValue(r *http.Request, name string) string {
	for _, line := range r.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			pair = strings.TrimLeft(pair, " ")
			if len(pair) > len(name) && pair[len(name)] == '=' && pair[:len(name)] == name {
				return pair[len(name)+1:]
			}
		}
	}
	return ""
}

func (l *limit) open(value string, now int64) (id string, ok bool) {
	if base64.RawURLEncoding.DecodedLen(len(value)) > limitSize {
		return "", false
	}
	m := l.macs.Get().(*mac)
	defer l.macs.Put(m)
	n, err := base64.RawURLEncoding.Decode(m.raw[:], []byte(value))
	if err != nil || n <= limitHeader {
		return "", false
	}
	m.Reset()
	m.Write(m.raw[sha256.Size:n])
	if !hmac.Equal(m.Sum(m.sum[:0]), m.raw[:sha256.Size]) {
		return "", false
	}
	issued := int64(binary.BigEndian.Uint64(m.raw[sha256.Size:]))
	if age := now - issued; age < 0 || age > limitLifetime {
		return "", false
	}
	return string(m.raw[limitHeader:n]), true
}

func (l *limit) seal(id string, now int64) string {
	m := l.macs.Get().(*mac)
	defer l.macs.Put(m)
	binary.BigEndian.PutUint64(m.raw[sha256.Size:], uint64(now))
	n := limitHeader + copy(m.raw[limitHeader:], id)
	m.Reset()
	m.Write(m.raw[sha256.Size:n])
	m.Sum(m.raw[:0])
	return base64.RawURLEncoding.EncodeToString(m.raw[:n])
}

func (l *limit) setCookie(c *gin.Context, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: cookie, Value: value, MaxAge: maxAge, Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
