package visit

import (
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// chooseSession opens the session at once if its cookie came twice. Otherwise a handler
// could read the session that the store takes, and save it over the one that counts,
// before anything asks who the user is. An outage is kept for later calls.
func (v *Visit) chooseSession() {
	if !v.mayBeSeveral() || v.session.Open(v.c) != nil {
		return
	}
	v.refuseOneName()
	if name := v.m.warned.sessionName.Load(); name != nil && v.session.Several() {
		v.warnSeveral(&v.m.warned.sessions, *name, "the session store's Options")
	}
}

// mayBeSeveral reports whether the session's cookie came twice. Before the first session
// was opened its name is not known, and any will do.
func (v *Visit) mayBeSeveral() bool {
	if name := v.m.warned.sessionName.Load(); name != nil {
		return setcookie.Several(v.c.Request, *name)
	}
	return setcookie.Repeats(v.c.Request)
}

// newerLogin reports which of two sessions has the newer login. It looks at the logins
// of all managers, so that all of them choose the same session.
func newerLogin(a, b map[any]any) bool {
	x, y := newestLogin(a), newestLogin(b)
	return x.NewerThan(&y)
}

func newestLogin(values map[any]any) (newest login.Record) {
	for key, value := range values {
		name, _ := key.(string)
		text, _ := value.(string)
		var r login.Record
		if isRecordKey(name) && r.Decode(text) && r.NewerThan(&newest) {
			newest = r
		}
	}
	return newest
}

// deleteOtherRemembers makes the response delete the remember cookies beside the one
// that it sets, if several valid ones came; with replaces set, also if one came, which
// may have been set with another Domain or Path, and would log the user in again.
func (v *Visit) deleteOtherRemembers(replaces bool) {
	if !replaces && !setcookie.Several(v.c.Request, v.m.Remember.Name) {
		return
	}
	if brought, valid := v.countRemembers(); valid > 1 || valid == 1 && replaces {
		setcookie.DeleteOthers(v.c.Request, v.c.Writer.Header(), v.m.Remember.Name, valid > 1 || valid == brought)
	}
}

// countRemembers returns how many remember cookies came and how many are valid.
func (v *Visit) countRemembers() (brought, valid int) {
	brought, valid = v.m.Remember.Count(v.c.Request, v.judgedAt())
	if valid > 1 {
		v.warnSeveral(&v.m.warned.remembers, v.m.Remember.Name, "LoginManager.Remember")
	}
	return brought, valid
}
