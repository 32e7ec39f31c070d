package throttle

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// A mapStore is a Store in memory, and fails as the test says.
type mapStore struct {
	mu      sync.Mutex
	numbers map[string]int64
	loads   int
	swaps   int
	failing error
	stuck   bool
}

func (s *mapStore) Load(ctx context.Context, key string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.failing != nil {
		return 0, s.failing
	}
	return s.numbers[key], ctx.Err()
}

func (s *mapStore) Swap(ctx context.Context, key string, old, new int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swaps++
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if s.stuck || s.numbers[key] != old {
		return false, nil
	}
	if s.numbers == nil {
		s.numbers = map[string]int64{}
	}
	s.numbers[key] = new
	return true, nil
}

// instances returns instances of a site that share a store and a clock.
func instances(n int, store Store) (sites []*Throttle, c *clock) {
	c = &clock{time.Now()}
	for range n {
		site := New()
		site.Now, site.Store = c.now, store
		sites = append(sites, site)
	}
	return sites, c
}

func TestInstancesWithAStoreShareTheLimit(t *testing.T) {
	sites, clock := instances(3, &mapStore{})
	for i := range few.Failures {
		if got := sites[i%3].try(t, true, few.Of("eve")); got != 0 {
			t.Fatalf("failure %d has to wait %v", i, got)
		}
	}
	for i, site := range sites {
		if got := site.try(t, true, few.Of("eve")); got != time.Minute {
			t.Errorf("on instance %d one too many has to wait %v", i, got)
		}
	}
	clock.pass(time.Minute)
	if got := sites[1].try(t, true, few.Of("eve")); got != 0 {
		t.Errorf("after the wait an attempt has to wait %v", got)
	}
	if got := sites[2].try(t, true, few.Of("eve")); got != time.Minute {
		t.Errorf("a second attempt after the wait has to wait %v", got)
	}
}

func TestInstancesWithoutAStoreAllowNTimesTheLimit(t *testing.T) {
	sites, _ := instances(3, nil)
	failures := 0
	for _, site := range sites {
		for site.try(t, true, few.Of("eve")) == 0 {
			failures++
		}
	}
	if failures != 3*few.Failures {
		t.Errorf("%d failures, want %d", failures, 3*few.Failures)
	}
}

func TestAttemptsUnderWayCountOnAllInstances(t *testing.T) {
	sites, _ := instances(4, &mapStore{})
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		allowed int
	)
	for i := range 200 {
		wg.Go(func() {
			if _, err := sites[i%4].Attempt(t.Context(), few.Of("eve")); err == nil {
				mu.Lock()
				defer mu.Unlock()
				allowed++
			}
		})
	}
	wg.Wait()
	if allowed != few.Failures {
		t.Errorf("%d attempts at once, want %d", allowed, few.Failures)
	}
}

func TestARefusedAttemptWritesNothing(t *testing.T) {
	store := &mapStore{}
	sites, _ := instances(1, store)
	for sites[0].try(t, true, few.Of("eve")) == 0 {
	}
	swaps := store.swaps
	for range 50 {
		sites[0].try(t, true, few.Of("eve"))
	}
	if store.swaps != swaps {
		t.Errorf("%d writes", store.swaps-swaps)
	}
}

func TestAnOutageOfTheStoreIsNoWait(t *testing.T) {
	outage := errors.New("the database is down")
	store := &mapStore{failing: outage}
	sites, _ := instances(1, store)
	_, err := sites[0].Attempt(t.Context(), few.Of("eve"))
	var wait *WaitError
	if !errors.Is(err, outage) || errors.As(err, &wait) {
		t.Errorf("error is %v", err)
	}
}

func TestAnAttemptWhoseEndIsNotNotedStaysCounted(t *testing.T) {
	store := &mapStore{}
	sites, _ := instances(1, store)
	done, err := sites[0].Attempt(t.Context(), few.Of("eve"))
	if err != nil {
		t.Fatal(err)
	}
	store.failing = errors.New("the database is down")
	done(false)
	store.failing = nil
	left := 0
	for sites[0].try(t, true, few.Of("eve")) == 0 {
		left++
	}
	if left != few.Failures-1 {
		t.Errorf("%d failures are left, want %d", left, few.Failures-1)
	}
}

func TestASuccessIsNotedThoughTheClientHasHungUp(t *testing.T) {
	sites, _ := instances(1, &mapStore{})
	ctx, hangUp := context.WithCancel(t.Context())
	for range 3 * few.Failures {
		done, err := sites[0].Attempt(ctx, few.Of("eve"))
		if err != nil {
			t.Fatal(err)
		}
		hangUp()
		done(false)
		ctx, hangUp = context.WithCancel(t.Context())
	}
	hangUp()
}

func TestAStoreThatNeverSwapsIsAnError(t *testing.T) {
	sites, _ := instances(1, &mapStore{stuck: true})
	if _, err := sites[0].Attempt(t.Context(), few.Of("eve")); err != errNeverSwaps {
		t.Errorf("error is %v", err)
	}
}

func TestAStoreMayDropWhatIsForgiven(t *testing.T) {
	store := &mapStore{}
	sites, clock := instances(1, store)
	done, err := sites[0].Attempt(t.Context(), few.Of("eve"))
	if err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Minute)
	clear(store.numbers)
	done(false)
	if len(store.numbers) != 0 {
		t.Errorf("the store has %v", store.numbers)
	}
	for range few.Failures {
		if got := sites[0].try(t, true, few.Of("eve")); got != 0 {
			t.Errorf("has to wait %v", got)
		}
	}
}

func TestTheStoreDoesNotSeeNames(t *testing.T) {
	store := &mapStore{}
	sites, _ := instances(1, store)
	sites[0].try(t, true, few.Of("my password"))
	for key := range store.numbers {
		// Pinned: another key would forgive everything at an upgrade.
		if key != few.Of("my password").storeKey() || len(key) != 64 || strings.Contains(key, "password") {
			t.Errorf("key is %q", key)
		}
	}
	const pinned = "83bba2493d725e9dfaa954a6e8bc08d175a03d5bba971ad2e379725c26b1e444"
	if got := few.Of("my password").storeKey(); got != pinned {
		t.Errorf("key is %s, want %s", got, pinned)
	}
}

func TestTheMomentAtWhichAllIsForgiven(t *testing.T) {
	limit := Limit{"x", 3, 10 * time.Millisecond}
	for _, tt := range []struct {
		name          string
		forgiven, now int64
		next          int64
		wait          time.Duration
	}{
		{"nothing is counted yet", 0, 1000, 1010, 0},
		{"all was forgiven long ago", 500, 1000, 1010, 0},
		{"one failure is counted", 1010, 1000, 1020, 0},
		{"two failures are counted", 1020, 1000, 1030, 0},
		{"three failures are counted", 1030, 1000, 1040, 10 * time.Millisecond},
		{"the third is nearly forgiven", 1030, 1009, 1040, time.Millisecond},
		{"the third is forgiven", 1030, 1010, 1040, 0},
	} {
		if next, wait := limit.after(tt.forgiven, tt.now); next != tt.next || wait != tt.wait {
			t.Errorf("%s: %d and %v, want %d and %v", tt.name, next, wait, tt.next, tt.wait)
		}
	}
}
