package visit

import (
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
)

// IsOpen reports whether the route of c is open although LoginRequired closes all: it
// is one of the views, or has the opener among its handlers behind the middleware of v.
// It is asked of the route's own handlers, and for each request, since one middleware
// may serve several engines.
func (v *Visit) IsOpen(c *gin.Context, views ...string) bool {
	for _, view := range views {
		if redirect.IsView(c.Request, view) {
			return true
		}
	}
	before := v.Depth() // middlewares of other managers
	for _, name := range c.HandlerNames() {
		switch {
		case name == v.m.Middleware:
			before--
		case name == v.m.Opener && before < 0:
			return true
		}
	}
	return false
}

// Differing returns the names of the exported fields in which two structs of one type
// differ.
func Differing(a, b any) (names []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if field := x.Type().Field(i); field.IsExported() && !sameValue(x.Field(i), y.Field(i)) {
			names = append(names, field.Name)
		}
	}
	return names
}

func sameValue(a, b reflect.Value) bool {
	switch {
	case a.Kind() == reflect.Func:
		return a.UnsafePointer() == b.UnsafePointer()
	case a.Kind() == reflect.Slice:
		return reflect.DeepEqual(a.Interface(), b.Interface())
	case !a.Comparable() || !b.Comparable(): // a store that is no pointer and holds a map, for instance
		return a.Comparable() == b.Comparable()
	}
	return a.Equal(b)
}
