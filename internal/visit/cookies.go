package visit

import (
	"net/http"
	"time"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// rememberedAs reports whether the remember cookie that counts is a valid one of that
// user: the one that came with the request, or the one that the response sets.
// Exception: a newer cookie of another user, who would be logged in next, counts
// instead.
func (v *Visit) rememberedAs(id string) bool {
	if v.told.remembers != nil {
		return *v.told.remembers == id
	}
	t, _, ok := v.m.Remember.Find(v.c.Request, "", v.judgedAt())
	return ok && t.UserID == id
}

// sendToken sends a remember cookie that ends when t does.
func (v *Visit) sendToken(t login.Token) {
	cookie, err := v.m.Remember.Make(t, v.m.seconds())
	if err != nil {
		v.Report(err)
		return
	}
	v.sendRemember(cookie, t.UserID)
}

func (v *Visit) sendRemember(cookie *http.Cookie, userID string) {
	v.sendCookie(cookie)
	v.deleteOtherRemembers(false)
	v.warnPlainHTTP(cookie.Secure, "LoginManager.Remember.Secure")
	v.warnDropped(cookie, "LoginManager.Remember")
	v.nowRemembers(&userID)
}

// forgetRemember deletes the remember cookie, if the browser has one, and takes
// back one that this response was to set.
func (v *Visit) forgetRemember() {
	if v.m.Remember.Brought(v.c.Request) {
		v.deleteRemember()
		return
	}
	setcookie.Drop(v.c.Writer.Header(), v.m.Remember.Name)
	v.nowRemembers(&nobody)
}

// deleteRemember deletes the remember cookie, whether the request brought it or not.
func (v *Visit) deleteRemember() {
	if !v.m.Remember.Keys.Empty() {
		v.sendCookie(v.m.Remember.Delete())
		v.deleteOtherRemembers(true)
	}
	v.nowRemembers(&nobody)
}

// nobody is the ID that no user has.
var nobody = ""

// nowRemembers notes which user the browser remembers after this response.
func (v *Visit) nowRemembers(userID *string) {
	t := v.told
	t.remembers = userID
	v.tell(t)
}

// RenewEach renews the remember cookie at the start of a request, for handlers that
// never ask for the user. With a login store it waits for the row, which shows
// whether the cookie is the newest.
func (v *Visit) RenewEach() {
	if v.m.Policy.RenewEach && v.m.Store == nil && v.m.Remember.Brought(v.c.Request) && v.identify() == nil {
		id := v.claim.Identity()
		t, _, ok := v.m.Remember.Find(v.c.Request, id, v.judgedAt())
		if id == "" || !ok {
			return
		}
		v.claim.Write.Cookie = login.KeepCookie
		v.renew(t)
	}
}

// renewRemember notes whether the remember cookie beside a good session is to be
// sent again.
func (v *Visit) renewRemember() { v.noteRenewal(&v.claim) }

// renewalDue reports whether renewRemember would note something, once the user has
// loaded.
func (v *Visit) renewalDue() bool {
	claim := v.claim
	v.noteRenewal(&claim)
	return claim.Write.Cookie != v.claim.Write.Cookie
}

func (v *Visit) noteRenewal(c *login.Claim) {
	if v.m.Policy.RenewAfter == 0 && !v.m.Policy.RenewEach || v.told.remembers != nil || !v.m.Remember.Brought(v.c.Request) {
		return
	}
	if t, _, ok := v.m.Remember.Find(v.c.Request, c.Identity(), v.judgedAt()); ok {
		c.Renew(&v.m.Policy, t, v.current(), v.judgedAt())
	}
}

func (v *Visit) renewNow() {
	if t, _, ok := v.m.Remember.Find(v.c.Request, v.claim.Identity(), v.judgedAt()); ok {
		v.renew(t)
	}
}

// renew sends a remember cookie with its own lifetime from now.
func (v *Visit) renew(t login.Token) {
	t.IssuedAt = v.m.seconds()
	v.sendToken(t)
}

// sendCookie sets a cookie in place of one of the same name.
func (v *Visit) sendCookie(cookie *http.Cookie) {
	setcookie.Set(v.c.Writer.Header(), cookie)
	v.Private()
}

// activityName is the name of the cookie that records when a session was last used.
func (v *Visit) activityName() string {
	if v.m.Name == "" {
		return "login_activity"
	}
	return "login_activity_" + v.m.Name
}

// maxActivities is how many cookies of that name are looked at: each costs a MAC.
const maxActivities = 8

// activity returns what the activity cookie says, or nothing.
func (v *Visit) activity() login.Activity {
	if v.m.Policy.Idle == 0 || v.m.Store != nil {
		return login.Activity{}
	}
	var seen login.Activity
	brought := v.c.Request.CookiesNamed(v.activityName())
	for _, cookie := range brought[:min(len(brought), maxActivities)] {
		if text, _, ok := v.m.Activity.Verify(cookie.Value); ok {
			if a, ok := login.DecodeActivity(text); ok {
				seen = seen.Of(&v.claim.Record, a)
			}
		}
	}
	return seen
}

// sendActivity records that the session is in use. The cookie has the scope of the
// session's cookie: a wider one would keep the login of another session alive.
func (v *Visit) sendActivity() {
	rec := &v.claim.Record
	a := login.Activity{LoginID: rec.LoginID, BegunAt: rec.BegunAt, SeenAt: v.judgedAt()}
	v.sendCookie(v.activityCookie(v.m.Activity.Sign(a.Encode()), int(v.m.Policy.Idle/time.Second)))
}

// forgetActivity deletes the activity cookie, if the browser has one.
func (v *Visit) forgetActivity() {
	if v.m.Policy.Idle > 0 && setcookie.Brought(v.c.Request, v.activityName()) {
		v.sendCookie(v.activityCookie("", -1))
	}
}

// activityCookie builds the cookie to set it and to delete it.
func (v *Visit) activityCookie(value string, maxAge int) *http.Cookie {
	cookie, ok := v.session.Cookie()
	if !ok {
		cookie = http.Cookie{Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}
	}
	cookie.Name, cookie.Value = v.activityName(), value
	cookie.HttpOnly, cookie.MaxAge, cookie.Expires = true, maxAge, time.Time{}
	return &cookie
}
