package acting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
)

// A Visit is one time that an administrator acted as the user.
type Visit struct {
	Admin        string // the name
	Login        string // ginlogin's ID, as long as it goes on
	Began, Ended time.Time
}

// Lasted says for how long, if that is known.
func (v Visit) Lasted() string {
	if v.Ended.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d min", max(1, int(v.Ended.Sub(v.Began).Round(time.Minute)/time.Minute)))
}

// shown is how many visits the page of devices lists.
const shown = 10

// Visits returns the last times that administrators acted as the current user, the newest first.
func (a *Acting) Visits(c *gin.Context) ([]Visit, error) {
	user, _ := ginlogin.UserAs[*account.User](c)
	rows, err := a.DB.QueryContext(c.Request.Context(), `
		SELECT users.name, acted.login, acted.began, acted.ended FROM acted JOIN users ON users.id = acted.admin_id
		WHERE acted.user_id = $1 ORDER BY acted.began DESC, acted.id LIMIT $2`, user.ID, shown)
	if err != nil {
		return nil, fmt.Errorf("listing who acted as user %d: %w", user.ID, err)
	}
	defer rows.Close()
	var visits []Visit
	for rows.Next() {
		var v Visit
		var began, ended int64
		if err := rows.Scan(&v.Admin, &v.Login, &began, &ended); err != nil {
			return nil, err
		}
		v.Began = time.Unix(began, 0).UTC()
		if ended != 0 {
			v.Ended = time.Unix(ended, 0).UTC()
		}
		visits = append(visits, v)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range visits {
		if err := a.judge(c.Request.Context(), &visits[i]); err != nil {
			return nil, err
		}
	}
	return visits, nil
}

// judge empties Login unless the visit goes on.
func (a *Acting) judge(ctx context.Context, v *Visit) error {
	if v.Login == "" {
		return nil
	}
	if v.Ended.IsZero() && a.Now().Sub(v.Began) < time.Hour {
		_, err := a.Manager.Logins.FindLogin(ctx, v.Login)
		if !errors.Is(err, ginlogin.ErrLoginNotFound) {
			return err
		}
	}
	v.Login = ""
	return nil
}

func (a *Acting) noteEnd(ctx context.Context, login string) error {
	_, err := a.DB.ExecContext(context.WithoutCancel(ctx), `UPDATE acted SET ended = $1 WHERE login = $2 AND ended = 0`, a.Now().Unix(), login)
	return err
}

// forget removes the visit that note has written, because it did not begin.
func (a *Acting) forget(ctx context.Context, id string) error {
	_, err := a.DB.ExecContext(ctx, `DELETE FROM acted WHERE id = $1`, id)
	return err
}
