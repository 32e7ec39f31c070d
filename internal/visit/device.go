package visit

import (
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"runtime"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

var (
	errToProve    = errors.New("ginlogin: the device cookie has expired or is another login's: it is deleted, and the browser repeats the request")
	errDeviceDown = errors.New("ginlogin: the browser says that it could not renew its device cookie")
)

// A Device is what binding logins to devices needs.
type Device struct {
	Keys   *keyring.Ring // sign challenges and device cookies
	Path   string        // where browsers register and refresh
	Cookie string        // the name of the device cookie
}

// NewDevice returns what a manager of that name needs. The manager's Policy says whether
// logins are bound.
func NewDevice(secrets [][]byte, name string) *Device {
	d := &Device{keyring.New(secrets, "device", name), "/.ginlogin/device", "__Host-login_device"}
	if name != "" {
		d.Path += "/" + name
		d.Cookie += "_" + name
	}
	return d
}

// NameOf returns the name of a function.
func NameOf(function gin.HandlerFunc) string {
	return runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
}

// AnswerDevice answers a request in which a browser registers a key or refreshes its
// device cookie, and reports whether the request is one of these. Its challenge or its
// session identifier names the login: after a link from another site it has no cookies.
//
// It is answered also while DeviceBound is 0: other instances may bind logins already.
func (v *Visit) AnswerDevice() bool {
	d := v.m.Device
	if d == nil || v.c.Request.Method != http.MethodPost || v.c.Request.URL.Path != d.Path {
		return false
	}
	v.c.Abort()
	v.Private()
	switch session := respond.HeaderOf(v.c.Request.Header, device.HeaderID); {
	case session == "":
		v.registerDevice()
	case len(session) > device.MaxSession: // the answer would repeat it
		v.c.Status(http.StatusBadRequest)
	default:
		v.refreshDevice(session)
	}
	v.c.Writer.WriteHeaderNow()
	return true
}

// registerDevice answers a registration.
func (v *Visit) registerDevice() {
	d := v.m.Device
	token, err := device.ParseRegistration(respond.HeaderOf(v.c.Request.Header, device.HeaderResponse))
	if err != nil {
		v.c.Status(http.StatusBadRequest)
		return
	}
	v.changeDevice(device.LoginOf(token.Challenge), func(row login.Row) (login.Row, bool) {
		proof := v.proof(&token, device.ToRegister, row.ID, row.Device, token.Key)
		next, ok := v.m.Policy.RegisterDevice(row, proof, token.Key, v.judgedAt())
		if !ok {
			v.c.Status(http.StatusBadRequest)
		}
		return next, ok
	}, func(row login.Row) {
		v.auditDevice("device_registered", row)
		v.sendDevice(row, v.m.Policy.FirstDevice(v.judgedAt()))
		session := device.Session(row.ID, row.DeviceKey())
		v.c.Data(http.StatusOK, "application/json", device.Instructions(session, d.Path, d.Cookie))
	})
}

// refreshDevice answers a refresh.
func (v *Visit) refreshDevice(session string) {
	var proof login.DeviceProof
	var bound bool
	v.changeDevice(device.LoginOf(session), func(row login.Row) (login.Row, bool) {
		key := row.DeviceKey()
		proof = v.refreshProof(row.ID, key)
		bound = row.IsBound()
		sameKey := session == device.Session(row.ID, key)
		verdict, next := v.m.Policy.RefreshDevice(row, sameKey, proof, v.judgedAt())
		switch verdict {
		case login.RefreshEnds:
			v.c.Data(http.StatusOK, "application/json", device.End(session))
		case login.RefreshAgain:
			challenge := device.MakeChallenge(v.m.Device.Keys, device.ToRefresh, row.ID, key, v.judgedAt())
			v.c.Header(device.HeaderChallenge, device.Challenge(challenge, session))
			v.c.Status(http.StatusForbidden)
		case login.RefreshRefused:
			v.c.Status(http.StatusBadRequest)
		}
		return next, verdict == login.RefreshGood
	}, func(row login.Row) {
		if !bound {
			v.auditDevice("device_bound", row)
		}
		v.sendDevice(row, v.m.Policy.NextDevice(proof))
		v.c.Status(http.StatusOK) // and nothing more: instructions would have the browser drop what it knows
	})
}

// refreshProof reads the proof of a refresh.
func (v *Visit) refreshProof(id, key string) login.DeviceProof {
	text := respond.HeaderOf(v.c.Request.Header, device.HeaderResponse)
	if text == "" {
		return login.DeviceProof{}
	}
	token, err := device.ParseRefresh(text)
	if err != nil {
		return login.DeviceProof{Brought: true}
	}
	return v.proof(&token, device.ToRefresh, id, key, key)
}

// proof returns which checks a token passes that has to answer a challenge for that device.
// The signature costs the most, so it is verified last.
func (v *Visit) proof(token *device.Token, purpose device.Purpose, id, forDevice, key string) login.DeviceProof {
	proof := login.DeviceProof{Brought: true, Read: true}
	proof.Issued, proof.Ours = device.ReadChallenge(v.m.Device.Keys, token.Challenge, purpose, id, forDevice)
	proof.Signed = proof.Ours && token.SignedBy(key)
	return proof
}

// changeDevice reads the row of a login, lets judge return the next row, writes that, and
// then calls done. After a lost compare-and-swap it reads and judges the row again. When
// the store is down the answer is 503, the only error after which a browser keeps its
// session.
func (v *Visit) changeDevice(id string, judge func(login.Row) (login.Row, bool), done func(login.Row)) {
	ctx := v.c.Request.Context()
	err := errContended
	for range swapAttempts {
		row, failed := v.m.Store.Find(ctx, id)
		if err = failed; err != nil {
			break
		}
		next, ok := judge(row)
		if !ok {
			return
		}
		swapped := next == row
		if !swapped {
			swapped, err = v.m.Store.Swap(ctx, row, next)
		}
		if err != nil {
			break
		}
		if swapped {
			done(next)
			return
		}
		err = errContended
	}
	v.Report(err)
	v.c.Status(http.StatusServiceUnavailable)
}

func (v *Visit) auditDevice(event string, row login.Row) {
	v.AuditLine(slog.LevelInfo, event, v.userOfRow(row), row.ID, "by the browser")
}

// sendDevice sends the device cookie of a login.
func (v *Visit) sendDevice(row login.Row, until int64) {
	d := v.m.Device
	age := login.DeviceAge(until, v.judgedAt())
	v.sendCookie(d.cookie(device.MakeCookie(d.Keys, row.ID, row.DeviceKey(), until), int(age)))
}

// cookie returns the device cookie, to set it or to delete it.
func (d *Device) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: d.Cookie, Value: value, Path: "/", MaxAge: maxAge, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// askDevice judges whether the request comes from the device that the login of the row
// is bound to. If not, the claim has no user afterwards, or there is an error.
func (v *Visit) askDevice(row *login.Row, authAt int64) error {
	if v.m.Device == nil || !v.m.Policy.DemandsDevice(row, authAt, v.judgedAt()) {
		return nil
	}
	switch v.m.Policy.JudgeDevice(v.deviceCookie(row), v.judgedAt()) {
	case login.DeviceToProve:
		if !v.c.Writer.Written() {
			v.sendCookie(v.m.Device.cookie("", -1))
		}
		return errToProve
	case login.DeviceDown:
		return errDeviceDown
	case login.DeviceMissing:
		v.claim.GiveUp()
		v.deviceMissing(row)
	}
	return nil
}

// deviceCookie reads what the request says about the device.
func (v *Visit) deviceCookie(row *login.Row) (found login.DeviceCookie) {
	key := row.DeviceKey()
	if cookie, err := v.c.Request.Cookie(v.m.Device.Cookie); err == nil {
		found.Brought = true
		found.Until, found.Genuine = device.ReadCookie(v.m.Device.Keys, cookie.Value, row.ID, key)
		return found
	}
	if lines := v.c.Request.Header[device.HeaderSkipped]; lines != nil {
		found.Skipped = device.Skipped(lines, device.Session(row.ID, key))
	}
	return found
}

// deviceMissing fires the event of a request without the device that its login is bound to.
func (v *Visit) deviceMissing(row *login.Row) {
	if v.isHeard(DeviceMissing) {
		v.queueOf(DeviceMissing, v.namedUser(v.userOfRow(*row)), loginName{v.userOfRow(*row), row.ID},
			"without the device that the login is bound to")
	}
}

// offerDevice makes the browser register a key for the login with that ID. current is the
// Device of its row.
func (v *Visit) offerDevice(id, current string) {
	d := v.m.Device
	row := login.Row{Device: current}
	if d == nil || v.m.Policy.Device == 0 || row.IsBound() || !respond.IsHTTPS(v.c.Request) || !v.deviceFits() {
		return
	}
	challenge := device.MakeChallenge(d.Keys, device.ToRegister, id, current, v.m.seconds())
	v.c.Header(device.HeaderRegistration, device.Registration(d.Path, challenge))
}

// deviceFits reports whether the device cookie would always come together with the login's
// cookies, and whether this manager would get the browser's requests. If not, it logs the
// reason once.
func (v *Visit) deviceFits() bool {
	cookie, _ := v.session.Cookie()
	why := ""
	switch {
	case cookie.Domain != "" || v.m.Remember.Domain != "":
		why = "the session cookie or the remember cookie has a Domain, and other hosts of that domain would not get the device cookie"
	case cookie.SameSite == http.SameSiteNoneMode:
		why = "the session cookie has SameSite=None, and requests from other sites would come without the device cookie"
	case v.isShutOut():
		why = "the middleware of another manager, whose LoginRequired is set, comes first and refuses " + v.m.Device.Path + ": add this manager's middleware before it"
	case !v.onEngine():
		why = "the middleware stands on a group, which never sees " + v.m.Device.Path + ": add it to the engine"
	default:
		return true
	}
	v.m.warned.device.Do(func() {
		v.m.logger().Warn("ginlogin: logins are not bound to their devices, although LoginManager.DeviceBound is set: " + why)
	})
	return false
}

// isShutOut reports whether a manager before this one refuses requests without its own
// login, and with them those of browsers that register or refresh.
func (v *Visit) isShutOut() bool {
	for o := v.outer; o != nil; o = o.outer {
		if o.m.Closed {
			return true
		}
	}
	return false
}

// onEngine reports whether the middleware stands on the engine. If the server's handler is
// not the engine itself, that cannot be known, and the answer is true.
func (v *Visit) onEngine() bool {
	server, _ := v.c.Request.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil {
		return true
	}
	engine, ok := server.Handler.(*gin.Engine)
	if !ok {
		return true
	}
	before := v.Depth()
	for _, handler := range engine.Handlers {
		if NameOf(handler) == v.m.Middleware {
			before--
		}
	}
	return before < 0
}

// forgetDevice deletes the device cookie, if the browser has one, and removes the header
// that would make the browser register: the login of both has ended.
func (v *Visit) forgetDevice() {
	d := v.m.Device
	if d == nil || v.m.Policy.Device == 0 {
		return
	}
	v.c.Writer.Header().Del(device.HeaderRegistration)
	if setcookie.Brought(v.c.Request, d.Cookie) {
		v.sendCookie(d.cookie("", -1))
	}
}

// askAgain redirects a request to itself. The response deletes the device cookie, so the
// browser refreshes first.
func (v *Visit) askAgain(c *gin.Context) {
	target := redirect.RequestURI(c.Request)
	if strings.HasPrefix(target, "//") || strings.HasPrefix(target, `/\`) {
		target = "/." + target // otherwise it would lead to another host
	}
	c.Header("Location", target)
	c.Status(http.StatusTemporaryRedirect)
}
