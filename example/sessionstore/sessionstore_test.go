package sessionstore

import (
	"strings"
	"testing"
)

// A server that is not there is found at the start, and its password is not told.
func TestAServerThatIsNotThere(t *testing.T) {
	const nobody = "127.0.0.1:1" // where nobody listens
	for _, address := range []string{
		"redis://:c0ffee5ecret@" + nobody + "/0", "redis://:c0ffee5ecret@host/name", "redis://:c0ffee5ecret/x@host/0",
		"http://:c0ffee5ecret@" + nobody, "redis://", "127.0.0.1:6379",
	} {
		server, err := OpenRedis(address, [][]byte{make([]byte, 32)})
		if err == nil {
			server.Pool.Close()
			t.Fatal(address)
		}
		if !strings.HasPrefix(err.Error(), "REDIS_URL") || strings.Contains(err.Error(), "c0ffee5ecret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
