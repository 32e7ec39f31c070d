package renewing

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

const composed, decomposed = "caf\u00e9 lovelace", "cafe\u0301 lovelace" // of Windows, and of a Mac

// table has Ada. While it is readOnly, hashes cannot be renewed.
type table struct {
	account  Account
	readOnly bool
	renewed  int
}

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	if id != tb.account.ID {
		return nil, ginlogin.ErrUserNotFound
	}
	account := tb.account
	return &account, nil
}

func (tb *table) FindByEmail(ctx context.Context, email string) (*Account, error) {
	if email != "ada@example.com" {
		return nil, nil
	}
	return tb.FindByID(ctx, "ada")
}

func (tb *table) SwapHash(_ context.Context, id, old, hash string) (bool, error) {
	if tb.readOnly {
		return false, errors.New("the database is read-only")
	}
	if id != tb.account.ID || old != tb.account.PasswordHash {
		return false, nil
	}
	tb.account.PasswordHash = hash
	tb.renewed++
	return true, nil
}

func logIn(b *browser.Browser, typed string) string {
	return b.Post("/login", "email", "ada@example.com", "password", typed)
}

// oldHash is one of a program that took the password as it was typed.
func oldHash(typed string) string {
	salt := []byte("sixteen bytes !!")
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=19456,t=2,p=1$%s$%s", encode(salt), encode(argon2.IDKey([]byte(typed), salt, 2, 19456, 1, 32)))
}

func TestAnOldHashIsRenewedAndThenEveryKeyboardLogsIn(t *testing.T) {
	bcryptHash, err := bcrypt.GenerateFromPassword([]byte(decomposed), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{string(bcryptHash), oldHash(decomposed)} {
		tb := &table{account: Account{ID: "ada", PasswordHash: hash, Stamp: "a stamp"}}
		b := browser.Open(t, Site(tb, []byte("a secret key of thirty-two bytes")))
		phone := b.Another()
		b.Want(logIn(b, "wrong"), "401 wrong e-mail address or password")
		b.Want(b.Post("/login", "email", "nobody@example.com", "password", decomposed), "401 wrong e-mail address or password")
		tb.readOnly = true
		phone.Want(logIn(phone, decomposed), "303 /")
		tb.readOnly = false
		b.Want(logIn(b, decomposed), "303 /")
		if tb.renewed != 1 || !strings.HasPrefix(tb.account.PasswordHash, "$argon2id$") {
			t.Errorf("after %d renewals the hash is %s", tb.renewed, tb.account.PasswordHash)
		}
		b.Want(logIn(b, composed), "303 /")
		b.Want(logIn(b, decomposed), "303 /")
		phone.Want(phone.Get("/"), "200 welcome") // the renewed hash has not logged it out
		if tb.renewed != 1 {
			t.Errorf("the hash is renewed %d times", tb.renewed)
		}
	}
}
