package main

import (
	"strconv"
	"time"

	"github.com/ginlogin/ginlogin"
)

// User is somebody with an account.
type User struct {
	ginlogin.UserMixin // authenticated, active, not anonymous

	ID        int64
	Email     string
	Name      string
	CreatedAt time.Time
	HasToken  bool

	passwordHash string // unexported, so that no template and no JSON can show it
}

// GetID returns what ginlogin writes to the session and the remember cookie, and hands to
// Users.FindByID at the next request.
func (u *User) GetID() string { return strconv.FormatInt(u.ID, 10) }
