package app

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A User is a row of the user table. As with Flask-Login's mixin, being authenticated is being active.
type User struct {
	ginlogin.UserMixin
	id, name, storedID string
	active             bool
}

// GetID returns what is stored in session and cookie: the id, or the alternative token.
func (u *User) GetID() string { return u.storedID }

// IsActive says whether the user may log in.
func (u *User) IsActive() bool { return u.active }

// IsAuthenticated says the same.
func (u *User) IsAuthenticated() bool { return u.active }

// users is the user table and its loaders, which count how often they are asked.
type users struct {
	alternativeTokens bool

	mu           sync.Mutex
	rows         map[string]row
	loadedIDs    []string
	requestLoads int
}

type row struct {
	name       string
	active     bool
	deleted    bool
	generation int
}

func newUsers(alternativeTokens bool) *users {
	u := &users{alternativeTokens: alternativeTokens}
	u.reset()
	return u
}

func (u *users) reset() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.rows = map[string]row{
		"1":          {name: "Notch", active: true},
		"2":          {name: "Steve", active: true},
		"3":          {name: "Creeper"},
		"Müsli ☃":    {name: "Müller", active: true},
		`a|b;c, "d"`: {name: "Alex", active: true},
	}
	u.loadedIDs, u.requestLoads = []string{}, 0
}

// change edits a row; an unknown id is ignored.
func (u *users) change(id string, edit func(*row)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r, ok := u.rows[id]; ok {
		edit(&r)
		u.rows[id] = r
	}
}

// find returns the user of an id, deleted ones too; nil if there never was one.
func (u *users) find(id string) *User {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.user(id)
}

func (u *users) user(id string) *User {
	r, ok := u.rows[id]
	if !ok {
		return nil
	}
	stored := id
	if u.alternativeTokens {
		stored = fmt.Sprintf("alt:%s:%d", id, r.generation)
	}
	return &User{id: id, name: r.name, storedID: stored, active: r.active}
}

func (u *users) existing(id string) *User {
	if u.rows[id].deleted {
		return nil
	}
	return u.user(id)
}

func (u *users) byStoredID(stored string) *User {
	for id := range u.rows {
		if found := u.existing(id); found != nil && found.storedID == stored {
			return found
		}
	}
	return nil
}

// load is the user loader.
func (u *users) load(_ context.Context, stored string) (*User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.loadedIDs = append(u.loadedIDs, stored)
	return u.byStoredID(stored), nil
}

// loadFromRequest is the request loader: the user of an API key, or else, with sessionFallback, the one that the
// session names.
func (u *users) loadFromRequest(sessionFallback bool) func(c *gin.Context) (*User, error) {
	return func(c *gin.Context) (*User, error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.requestLoads++
		if keys := c.Request.Header.Values("X-Api-Key"); len(keys) > 0 {
			return u.byAPIKey(keys[0]), nil
		}
		if stored, ok := ginlogin.UserID(c); ok && sessionFallback {
			return u.byStoredID(stored), nil
		}
		return nil, nil
	}
}

func (u *users) byAPIKey(key string) *User {
	id, ok := strings.CutPrefix(key, "key-")
	if !ok {
		return nil
	}
	return u.existing(id)
}

// takeCalls returns what the loaders were asked since the last time.
func (u *users) takeCalls() gin.H {
	u.mu.Lock()
	defer u.mu.Unlock()
	calls := gin.H{"user_loader": len(u.loadedIDs), "user_ids": u.loadedIDs, "request_loader": u.requestLoads}
	u.loadedIDs, u.requestLoads = []string{}, 0
	return calls
}
