package secondfactor

import (
	"context"

	"github.com/ginlogin/ginlogin/example/account"
)

// ID names the second factor that u has now.
func (f *Factor) ID(ctx context.Context, u *account.User) (string, error) {
	found, err := f.find(ctx, u)
	return found.id, err
}

// SpendStep and SpendRecovery spend a code of the second factor with that ID.
func (f *Factor) SpendStep(ctx context.Context, u *account.User, id string, step int64) (bool, error) {
	return f.spendStep(ctx, u, id, step)
}

func (f *Factor) SpendRecovery(ctx context.Context, u *account.User, id, code string) (bool, error) {
	return f.spendRecovery(ctx, u, id, code)
}
