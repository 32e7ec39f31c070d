package storetest

import (
	"bytes"
	"encoding/gob"
	"slices"
	"testing"

	"github.com/boj/redistore"
	redisstore "github.com/gin-contrib/sessions/redis"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

type cart struct{ Books []string }

// A program that has forgotten a type, or changed its serializer, finds sessions
// that it cannot read. Their visitors must not be answered 503 for a month. All
// other stores say so by the error of a bad cookie.
func TestAStoredSessionThatCannotBeReadIsEmpty(t *testing.T) {
	redis := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == "redis" })]
	for name, spoil := range map[string]func(*backend){
		"a type that is not known any more": func(b *backend) {
			gob.RegisterName("storetest.cart", cart{})
			var stored bytes.Buffer
			if err := gob.NewEncoder(&stored).Encode(map[any]any{"cart": cart{}}); err != nil {
				t.Fatal(err)
			}
			b.overwrite(bytes.ReplaceAll(stored.Bytes(), []byte("storetest.cart"), []byte("storetest.lost")))
		},
		"another serializer": func(b *backend) {
			must(redisstore.GetRedisStore(b.store))(t).SetSerializer(redistore.JSONSerializer{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, redis)
			b := s.browser()
			b.does("login-remember 1")
			spoil(s.backend)
			site.Wants(t, "remembered users come back", b.does("who", "fresh"), "user 1, fresh false")
			spoil(s.backend)
			site.Wants(t, "others log in", b.does("login 2"), "")
			site.Wants(t, "later", b.does("who"), "user 2")
		})
	}
}
