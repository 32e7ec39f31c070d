package ginlogin

import "context"

func SetLoad[U User](lm *LoginManager, load func(ctx context.Context, id string) (U, error)) {
	lm.load = untyped(load)
}
