package cookiestore_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

var key = bytes.Repeat([]byte("k"), 32) // in earnest: 32 random bytes from the configuration

func Example() {
	gin.SetMode(gin.ReleaseMode)
	store := cookiestore.NewStore(key)

	r := gin.New()
	r.Use(cookiestore.Sessions("session", store))
	r.GET("/visit", func(c *gin.Context) {
		session := sessions.Default(c)
		visits, _ := session.Get("visits").(int)
		session.Set("visits", visits+1)
		if err := session.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.String(http.StatusOK, "%d", visits+1)
	})

	var cookies []*http.Cookie
	for range 3 {
		req := httptest.NewRequest(http.MethodGet, "/visit", nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		cookies = w.Result().Cookies()
		fmt.Println(w.Body)
	}
	// Output:
	// 1
	// 2
	// 3
}

// The store in gin-contrib's own middleware: only the import and the call of NewStore change.
func ExampleNewStore() {
	gin.SetMode(gin.ReleaseMode)
	store := cookiestore.NewStore(key)

	r := gin.New()
	r.Use(sessions.Sessions("session", store))
	r.GET("/", func(c *gin.Context) {
		session := sessions.Default(c)
		session.AddFlash("hello")
		fmt.Println(session.Flashes(), session.Save())
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	// Output: [hello] <nil>
}

// A new key goes in front. The old one can be dropped when the cookies it sealed have expired.
func ExampleNewStore_rotation() {
	newKey, oldKey := bytes.Repeat([]byte("n"), 32), bytes.Repeat([]byte("o"), 32)
	store := cookiestore.NewStore(newKey, oldKey)
	store.Options(sessions.Options{MaxAge: 7 * 24 * 60 * 60, Secure: true, HttpOnly: true})
}

// Sessions of gin-contrib/sessions/cookie go on, and are written in the new format when they are next saved.
func ExampleStore_MigrateFrom() {
	oldAuthenticationKey, oldEncryptionKey := []byte("secret"), []byte("0123456789abcdef")
	store := cookiestore.NewStore(key)
	store.MigrateFrom(oldAuthenticationKey, oldEncryptionKey)
}
