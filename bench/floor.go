package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/cookiestore"
)

// A floor does by hand, for one site, what ginlogin has to do for an authenticated
// request on cookiestore.Sessions: a record as long as ginlogin's is decoded, a
// middleware puts one object into the context, and the response gets the headers
// that keep it out of shared caches. With protection, the client is hashed and
// compared with the record. It has no settings, remember cookie, events or stores:
// what ginlogin takes beyond a floor is the price of those.
type floor struct{ protects bool }

func newFloorSite(name string, f floor) *site {
	engine := gin.New()
	if err := engine.SetTrustedProxies(nil); err != nil {
		panic(err)
	}
	engine.Use(onCookiestore(), func(c *gin.Context) {
		c.Set(floorKey, &floorVisit{})
		c.Next()
	})
	engine.GET("/open", func(c *gin.Context) { answer(c, greeting) })
	engine.GET("/private", f.guard, func(c *gin.Context) { greet(c, floorVisitOf(c).user) })
	engine.POST("/login", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Set(floorSessionKey, newFloorRecord(c, ada.ID).encode())
		done(c, s.Save())
	})
	engine.POST("/logout", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Clear()
		done(c, s.Save())
	})
	return &site{name: name, handler: engine}
}

const (
	floorKey        = "floor"
	floorSessionKey = "_login" // as ginlogin's
)

// A floorVisit is what a request has in its context.
type floorVisit struct {
	record floorRecord
	user   *account
}

func floorVisitOf(c *gin.Context) *floorVisit { return c.MustGet(floorKey).(*floorVisit) }

// All responses share the values of their headers.
var (
	floorVary    = []string{"Cookie"}
	floorPrivate = []string{"private, no-store"}
)

func (f floor) guard(c *gin.Context) {
	v := floorVisitOf(c)
	header := c.Writer.Header()
	header["Vary"] = floorVary
	header["Cache-Control"] = floorPrivate
	s := sessions.Default(c).(*cookiestore.Session)
	if !v.record.decode(s.GetString(floorSessionKey)) || f.protects && !v.record.isFrom(c) {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	if v.user = users[v.record.userID]; v.user == nil {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	c.Next()
}

// A floorRecord has the fields of ginlogin's. Those that are empty in an ordinary
// login are kept as they are.
type floorRecord struct {
	fresh                              bool
	loginAt, authAt, began, generation int64
	client, loginID, binding           string
	methods, confirmed, acting, userID string
}

const (
	floorVersion = "1"
	floorClient  = 22 // the length of a client's hash
)

func newFloorRecord(c *gin.Context, userID string) *floorRecord {
	now, client := time.Now().Unix(), floorClientOf(c)
	return &floorRecord{
		fresh: true, loginAt: now, authAt: now, began: now,
		client: string(client[:]), loginID: rand.Text(), userID: userID,
	}
}

func (r *floorRecord) encode() string {
	fresh := "0"
	if r.fresh {
		fresh = "1"
	}
	return strings.Join([]string{
		floorVersion, fresh, strconv.FormatInt(r.loginAt, 10), strconv.FormatInt(r.authAt-r.loginAt, 10),
		strconv.FormatInt(r.began-r.loginAt, 10), strconv.FormatInt(r.generation, 10), r.client, r.loginID,
		r.binding, r.methods, r.confirmed, r.acting, url.QueryEscape(r.userID),
	}, ".")
}

func (r *floorRecord) decode(s string) bool {
	var fields [12]string // in front of the user ID
	for i := range fields {
		dot := strings.IndexByte(s, '.')
		if dot < 0 {
			return false
		}
		fields[i], s = s[:dot], s[dot+1:]
	}
	var numbers [4]int64
	for i := range numbers {
		n, ok := floorNumber(fields[i+2])
		if !ok {
			return false
		}
		numbers[i] = n
	}
	id, err := url.QueryUnescape(s)
	if err != nil || fields[0] != floorVersion {
		return false
	}
	r.fresh, r.loginAt, r.authAt, r.began = fields[1] == "1", numbers[0], numbers[0]+numbers[1], numbers[0]+numbers[2]
	r.generation, r.client, r.loginID, r.binding = numbers[3], fields[6], fields[7], fields[8]
	r.methods, r.confirmed, r.acting, r.userID = fields[9], fields[10], fields[11], id
	return true
}

// floorNumber reads a number that is not negative and cannot overflow.
func floorNumber(s string) (n int64, ok bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// isFrom reports whether the request comes from the client that logged in.
func (r *floorRecord) isFrom(c *gin.Context) bool {
	client := floorClientOf(c)
	return string(client[:]) == r.client
}

// floorClientOf hashes what ginlogin hashes of a client with an IPv4 address.
func floorClientOf(c *gin.Context) (hash [floorClient]byte) {
	client := make([]byte, 0, 256) // on the stack
	client = append(client, c.ClientIP()...)
	client = append(client, '|')
	if agents := c.Request.Header["User-Agent"]; len(agents) > 0 {
		client = append(client, agents[0]...)
	}
	sum := sha256.Sum256(client)
	base64.RawURLEncoding.Encode(hash[:], sum[:16])
	return hash
}
