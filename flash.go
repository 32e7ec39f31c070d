package ginlogin

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// Flash is a message that waits in the session until a page shows it.
type Flash struct{ Category, Message string }

// newFlash makes a message that the session gives back as it is: what is no
// UTF-8 would come back changed, and be added again and again.
func newFlash(category, message string) *Flash {
	return &Flash{strings.ToValidUTF8(category, "\uFFFD"), strings.ToValidUTF8(message, "\uFFFD")}
}

// flashKey is where flashes wait, as one list in one string: gorilla's own lose
// the order between categories, and panic when the app keeps something else
// under the key.
const flashKey = "_flashes"

// AddFlash puts a message into the session for the next page to show, and saves
// the session. A message that is already waiting is not added again, so that a
// visitor who is refused a hundred times is told once.
//
// It returns [ErrHeadersWritten], [ErrNotResolved], or what the session store
// says.
func AddFlash(c *gin.Context, category, message string) error {
	r := resolverOf(c)
	if err := r.writable(c); err != nil {
		return err
	}
	return r.flash(newFlash(category, message), "")
}

// Flashes returns the waiting messages, the oldest first, and removes them from
// the session, which it saves if there were any. Call it before rendering, while
// the session's cookie can still be sent. On an error the messages stay:
// [ErrHeadersWritten], [ErrNotResolved], or what the session store says.
func Flashes(c *gin.Context) ([]Flash, error) {
	r := resolverOf(c)
	if err := r.writable(c); err != nil {
		return nil, err
	}
	r.vary()
	if !r.opened && !r.hasCookies() {
		return nil, nil
	}
	if err := r.openSession(); err != nil {
		return nil, err
	}
	waiting := (&sessionData{r}).flashes()
	if len(waiting) == 0 {
		return nil, nil
	}
	if err := r.saveSession(noSessionIfEmpty, func(s *sessionData) { s.remove(flashKey) }); err != nil {
		return nil, err
	}
	return waiting, nil
}

// flash adds a message, if there is one, and a stored next, if there is one, and
// saves the session if that changed it.
func (r *resolver) flash(message *Flash, next string) error {
	if message == nil && next == "" {
		return nil
	}
	if err := r.openSession(); err != nil {
		return err
	}
	data := &sessionData{r}
	waiting := data.flashes()
	news := message != nil && !slices.Contains(waiting, *message)
	if !news && (next == "" || next == data.get(nextKey)) {
		return nil
	}
	return r.saveSession(sameSessionID, func(s *sessionData) {
		if news {
			s.setFlashes(append(waiting, *message))
		}
		if next != "" {
			s.set(nextKey, next)
		}
	})
}

// flashes returns the waiting messages. What is not ours to read is not ours to
// fail on.
func (s *sessionData) flashes() []Flash {
	var waiting []Flash
	if err := json.Unmarshal([]byte(s.get(flashKey)), &waiting); err != nil {
		return nil
	}
	return waiting
}

func (s *sessionData) setFlashes(waiting []Flash) {
	text, _ := json.Marshal(waiting) // two strings always marshal
	s.set(flashKey, string(text))
}
