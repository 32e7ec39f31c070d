package cookiestore

import (
	"encoding/binary"
	"sync"
	"testing"
)

func TestKeysMustBeThereAndLongEnough(t *testing.T) {
	mustPanic(t, "needs a key", func() { NewStore() })
	mustPanic(t, "key 1 of NewStore has 31 bytes", func() { NewStore(make([]byte, 31)) })
	mustPanic(t, "key 2 of NewStore has 0 bytes", func() { NewStore(testKey, nil) })
}

func TestTheFirstKeySealsAndAllKeysOpen(t *testing.T) {
	values := map[any]any{"name": "ada"}
	before := NewStore(otherKey)
	rotated := NewStore(testKey, otherKey)
	after := NewStore(testKey)

	old := issue(t, before, "session", values).Value
	if opens(rotated, "session", old) == nil {
		t.Error("the rotated store refuses a cookie of the old key")
	}
	if opens(after, "session", old) != nil {
		t.Error("a key that was dropped still opens cookies")
	}
	fresh := issue(t, rotated, "session", values).Value
	if opens(after, "session", fresh) == nil {
		t.Error("the rotated store does not seal with its first key")
	}
	if opens(before, "session", fresh) != nil {
		t.Error("the rotated store seals with its last key")
	}
}

func TestKeysWithTheSameIDAreAllTried(t *testing.T) {
	sealing, twins := NewStore(testKey), NewStore(otherKey, testKey)
	twins.ring.keys[0].id = twins.ring.keys[1].id
	if opens(twins, "session", issue(t, sealing, "session", map[any]any{"a": 1}).Value) == nil {
		t.Error("the second key with the ID was not tried")
	}
}

func TestASubkeySealsItsShareAndNoMore(t *testing.T) {
	k := NewStore(testKey).ring.keys[0]
	first := k.current()
	if first.seals.Load() != 1 || k.current() != first {
		t.Fatal("the subkey changes too early")
	}
	first.seals.Store(sealsPerSubkey - 1)
	if k.current() != first {
		t.Error("the last cookie of the share has another subkey")
	}
	second := k.current()
	if second == first || second.salt == first.salt {
		t.Fatal("the subkey is used beyond its share")
	}
	if second.seals.Load() != 1 {
		t.Errorf("the first cookie of the next subkey counts %d", second.seals.Load())
	}
}

func TestSubkeysAreSharedByAllThatSeal(t *testing.T) {
	k := NewStore(testKey).ring.keys[0]
	k.current().seals.Store(sealsPerSubkey - 50)
	var wg sync.WaitGroup
	salts := make(chan [saltSize]byte, 100)
	for range 100 {
		wg.Go(func() { salts <- k.current().salt })
	}
	wg.Wait()
	close(salts)
	count := map[[saltSize]byte]int{}
	for salt := range salts {
		count[salt]++
	}
	if len(count) != 2 {
		t.Errorf("100 cookies around the change have %d salts, want 2: %v", len(count), count)
	}
}

func TestTwoProcessesHaveDifferentSalts(t *testing.T) {
	a, b := NewStore(testKey).ring.keys[0].current(), NewStore(testKey).ring.keys[0].current()
	if a.salt == b.salt {
		t.Error("the salt is not random")
	}
}

func TestTheCacheKeepsFourSubkeysOfOneSet(t *testing.T) {
	var c subkeyCache
	var all []*subkey
	for i := range uint64(cacheWays) {
		s := &subkey{}
		binary.LittleEndian.PutUint64(s.salt[:], i<<56|7) // all in set 7
		all = append(all, s)
		c.put(s)
	}
	for i, s := range all {
		if c.get(s.salt) != s {
			t.Errorf("subkey %d is lost", i)
		}
	}
	fifth := &subkey{salt: [saltSize]byte{7, 0, 0, 0, 0, 1, 0, 2}}
	if c.get(fifth.salt) != nil {
		t.Fatal("found a subkey that was never put")
	}
	c.put(fifth)
	if c.get(fifth.salt) != fifth || c.get(all[2].salt) != nil || c.get(all[1].salt) != all[1] {
		t.Error("a full set should give up one place for the newest")
	}
}

func TestOnlyWhatOpensACookieIsCached(t *testing.T) {
	sealing, reading := NewStore(testKey), NewStore(testKey)
	cookie := issue(t, sealing, "session", map[any]any{"a": 1})
	sealed, _ := encoding.DecodeString(cookie.Value)
	salt := [saltSize]byte(sealed[keyIDSize:])
	cache := &reading.ring.keys[0].opened

	sealed[len(sealed)-1] ^= 1
	opens(reading, "session", encoding.EncodeToString(sealed))
	if cache.get(salt) != nil {
		t.Error("a forged cookie takes a place in the cache")
	}
	opens(reading, "session", cookie.Value)
	if cache.get(salt) == nil {
		t.Error("a good cookie does not")
	}
}

func TestAPolicyAgainstTheKeyShowsWhenTheStoreIsBuilt(t *testing.T) {
	mustPanic(t, "the key cannot be used", func() { expand(testKey, "", 256*32) })
}
