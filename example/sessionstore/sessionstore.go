// Package sessionstore keeps the sessions: in cookies, or in Redis if REDIS_URL is set.
package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/boj/redistore"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/redis"
	redigo "github.com/gomodule/redigo/redis"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/database"
)

// Cookies keeps the session in a signed cookie, which the visitor can read but not change. It ends with
// the browser, unless "remember me" is ticked.
func Cookies(keys [][]byte, secure bool) sessions.Store {
	options := ginlogin.SessionOptions()
	options.Secure, options.MaxAge = secure, 0
	store := cookie.NewStore(keyPairs(keys)...)
	store.Options(options)
	return store
}

// Store keeps the session in Redis for so long after its last change; the cookie holds its ID, and ends
// with the browser, too.
func (r *Redis) Store(secure bool, life time.Duration) sessions.Store {
	options := ginlogin.SessionOptions()
	options.Secure, options.MaxAge = secure, int(life/time.Second)
	r.store.Options(options)
	return endsWithBrowser{r.store}
}

// keyPairs returns the keys in the form that the stores want.
func keyPairs(keys [][]byte) [][]byte {
	pairs := make([][]byte, 0, 2*len(keys))
	for _, key := range keys {
		pairs = append(pairs, key, nil) // nil: signed, not encrypted
	}
	return pairs
}

// Redis is a server where sessions are kept.
type Redis struct {
	Pool  *redigo.Pool
	store redis.Store
}

// OpenRedis connects to the Redis at address, a URL. The keys sign the cookies.
func OpenRedis(address string, keys [][]byte) (*Redis, error) {
	u, err := database.ParseURL("REDIS_URL", address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" || strings.Trim(u.Path, "/0123456789") != "" {
		return nil, errors.New("REDIS_URL: write redis://:password@host:6379/0, or rediss:// for TLS")
	}
	pool := &redigo.Pool{
		DialContext: func(ctx context.Context) (redigo.Conn, error) {
			// A server that does not answer counts as down: requests fail soon, instead of piling up.
			const soon = 3 * time.Second
			return redigo.DialURLContext(ctx, address, redigo.DialConnectTimeout(soon),
				redigo.DialReadTimeout(soon), redigo.DialWriteTimeout(soon))
		},
		TestOnBorrow: func(c redigo.Conn, since time.Time) error {
			if time.Since(since) < time.Second {
				return nil
			}
			_, err := c.Do("PING") // it may have been closed at the other end
			return err
		},
		IdleTimeout: 4 * time.Minute, // before a firewall on the way forgets it
		MaxIdle:     32,
		MaxActive:   256,
		Wait:        true, // until one of those is free, rather than to fail
	}
	store, err := redis.NewStoreWithPool(pool, keyPairs(keys)...)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("REDIS_URL: Redis at %s: %w", u.Host, err)
	}
	server := &Redis{pool, store}
	server.Beneath().SetKeyPrefix("ginlogin_example_session_")
	server.Beneath().SetSerializer(redistore.JSONSerializer{}) // there is but text in a session, and JSON can be read
	return server, nil
}

// Beneath returns the store under that of gin-contrib, for its further settings.
func (r *Redis) Beneath() *redistore.RediStore {
	store, err := redis.GetRedisStore(r.store)
	if err != nil {
		panic(err) // only for a store of another package
	}
	return store
}

// Ping asks whether the server is there.
func (r *Redis) Ping(ctx context.Context) error {
	conn, err := r.Pool.GetContext(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = redigo.DoContext(conn, ctx, "PING")
	return err
}

// endsWithBrowser is a store whose cookies have no lifetime, though its sessions have one. The store
// beneath has one setting for both, and takes 0 for a deletion.
type endsWithBrowser struct{ redis.Store }

// Get returns a session that is saved by this store, and not by the one beneath.
func (st endsWithBrowser) Get(req *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(req).Get(st, name)
}

func (st endsWithBrowser) Save(req *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	beneath := headersOnly{}
	if err := st.Store.Save(req, beneath, s); err != nil {
		return err
	}
	for _, c := range (&http.Response{Header: beneath.Header()}).Cookies() {
		if c.MaxAge > 0 { // else it is deleted
			c.MaxAge, c.Expires = 0, time.Time{}
		}
		http.SetCookie(w, c)
	}
	return nil
}

// headersOnly is a response that is never sent.
type headersOnly http.Header

func (h headersOnly) Header() http.Header         { return http.Header(h) }
func (h headersOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headersOnly) WriteHeader(int)             {}
