package passkeys

import (
	"context"
	"errors"

	"github.com/ginlogin/ginlogin/example/account"
)

// UseTwice notes two uses of the user's passkey that were judged at the same moment, and reports whether the second
// was refused.
func (p *Passkeys) UseTwice(ctx context.Context, domain string, u *account.User) (refused bool, err error) {
	found, err := p.list(ctx, domain, u)
	if err != nil {
		return false, err
	}
	used := found[0].Credential
	used.Authenticator.SignCount++
	if err := p.noteUse(ctx, found[0], &used); err != nil {
		return false, err
	}
	return errors.Is(p.noteUse(ctx, found[0], &used), errChanged), nil
}
