package main

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
)

// sessionStore keeps the session in a signed cookie, which the visitor can read but not change. With
// Redis the session is kept there, and the cookie holds its ID.
func (s *site) sessionStore() sessions.Store {
	options := ginlogin.SessionOptions()
	options.Secure = s.secureCookies
	if s.redis != nil {
		options.MaxAge = int(s.timeouts.sessionLife() / time.Second)
		s.redis.store.Options(options)
		return endsWithBrowser{s.redis.store}
	}
	store := cookie.NewStore(keyPairs(s.keys)...)
	options.MaxAge = 0 // the session ends with the browser, unless "remember me" is ticked
	store.Options(options)
	return store
}

// keyPairs returns the keys in the form that the stores want.
func keyPairs(keys [][]byte) [][]byte {
	pairs := make([][]byte, 0, 2*len(keys))
	for _, key := range keys {
		pairs = append(pairs, key, nil) // nil: signed, not encrypted
	}
	return pairs
}

// sessionLife is how long Redis keeps a session after its last change. The cookie ends with the
// browser, but nobody tells the server when that is closed. A login that has been idle for too long is
// over anyway, and activity is noted in the session every minute, so a little more than IDLE_TIMEOUT
// loses nobody anything; longer would cost memory, because everybody who is shown the login page has a
// session. Without that timeout it is the 30 days that the cookie store takes a session for good.
func (t timeouts) sessionLife() time.Duration {
	const month = 30 * 24 * time.Hour
	if t.idle == 0 {
		return month
	}
	return min(t.idle+2*time.Minute, month)
}

// redisServer is where sessions are kept.
type redisServer struct {
	pool  *redigo.Pool
	store redis.Store
}

// openRedis connects to the Redis at address, a URL. The keys sign the cookies.
func openRedis(address string, keys [][]byte) (*redisServer, error) {
	u, err := parseURL("REDIS_URL", address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" || strings.Trim(u.Path, "/0123456789") != "" {
		return nil, errors.New("REDIS_URL: write redis://:password@host:6379/0, or rediss:// for TLS")
	}
	pool := &redigo.Pool{
		DialContext: func(ctx context.Context) (redigo.Conn, error) {
			// A server that does not answer is as good as none: pages say so soon, instead of piling up.
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
	server := &redisServer{pool, store}
	server.beneath().SetKeyPrefix("ginlogin_example_session_")
	server.beneath().SetSerializer(redistore.JSONSerializer{}) // there is but text in a session, and JSON can be read
	return server, nil
}

func (r *redisServer) beneath() *redistore.RediStore {
	store, err := redis.GetRedisStore(r.store)
	if err != nil {
		panic(err) // only for a store of another package
	}
	return store
}

func (r *redisServer) ping(ctx context.Context) error {
	conn, err := r.pool.GetContext(ctx)
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

// Get returns a session that is saved here, and not beneath.
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

// headersOnly is a response that nobody gets.
type headersOnly http.Header

func (h headersOnly) Header() http.Header         { return http.Header(h) }
func (h headersOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headersOnly) WriteHeader(int)             {}
