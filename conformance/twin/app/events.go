package app

import (
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// events keeps what ginlogin has told, until somebody takes it.
type events struct {
	mu    sync.Mutex
	names []string
	users []*string // the plain ids, nil for nobody
}

// listen has all events told.
func (e *events) listen(lm *ginlogin.LoginManager) {
	for _, event := range []ginlogin.Event{
		ginlogin.UserLoggedIn, ginlogin.UserLoggedOut, ginlogin.UserLoadedFromCookie, ginlogin.UserLoadedFromRequest,
		ginlogin.UserLoginConfirmed, ginlogin.UserUnauthorized, ginlogin.UserNeedsRefresh, ginlogin.UserAccessed,
		ginlogin.SessionProtected,
	} {
		lm.On(event, func(_ *gin.Context, u ginlogin.User) { e.add(event.String(), u) })
	}
}

func (e *events) add(name string, u ginlogin.User) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var id *string
	if user, ok := u.(*User); ok {
		id = &user.id
	}
	e.names = append(e.names, name)
	e.users = append(e.users, id)
}

// take returns the events since the last time.
func (e *events) take() gin.H {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := gin.H{"events": append([]string{}, e.names...), "users": append([]*string{}, e.users...)}
	e.names, e.users = nil, nil
	return taken
}
