package cookiestore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrTooLarge is in the error of a Save whose session does not fit into a cookie. The text names the largest keys of the session
// with their sizes, and never a value. The cookie in the browser stays as it is.
var ErrTooLarge = errors.New("cookiestore: the session is too large for a cookie")

const named = 3 // keys in the error

func tooLarge(name string, size int, values map[any]any) error {
	return fmt.Errorf("%w: %q needs %d bytes of name and value, and browsers keep %d; largest: %s: store less, or keep the data elsewhere and store its ID",
		ErrTooLarge, name, size, maxCookie, strings.Join(largest(values), ", "))
}

// largest describes the largest entries, with their sizes before encryption and base64.
func largest(values map[any]any) []string {
	type entry struct {
		key  string
		size int
	}
	entries := make([]entry, 0, len(values))
	for k, v := range values {
		var e encoder
		if e.entry(k, v) == nil {
			entries = append(entries, entry{keyName(k), len(e.out)})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(b.size-a.size, strings.Compare(a.key, b.key))
	})
	var texts []string
	for _, e := range entries[:min(named, len(entries))] {
		texts = append(texts, fmt.Sprintf("%s with %d", e.key, e.size))
	}
	return texts
}
