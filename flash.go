package ginlogin

import (
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// Flash is a message that waits in the session until a page shows it.
type Flash struct{ Category, Message string }

// AddFlash puts a message into the session, for the next page to show, and saves the
// session. It adds no second copy of a waiting message. It drops the message if
// another site posts a form without the visitor's session cookie: a new session
// would replace the visitor's.
//
// It returns [ErrHeadersWritten], [ErrNotResolved], or an error of the session
// store.
func AddFlash(c *gin.Context, category, message string, opts ...AskOption) error {
	v := asked(c, opts)
	if err := v.Writable(c); err != nil {
		return err
	}
	return v.Leave(visit.NewFlash(category, message))
}

// Flashes returns the waiting messages, the oldest first, and removes them from
// the session, which it saves if there were any. Call it before rendering, while
// the session's cookie can still be sent. On an error the messages stay:
// [ErrHeadersWritten], [ErrNotResolved], or an error of the session store.
func Flashes(c *gin.Context, opts ...AskOption) ([]Flash, error) {
	v := asked(c, opts)
	if err := v.Writable(c); err != nil {
		return nil, err
	}
	waiting, err := v.TakeFlashes()
	var flashes []Flash
	for _, f := range waiting {
		flashes = append(flashes, Flash{f.Category, f.Message})
	}
	return flashes, err
}
