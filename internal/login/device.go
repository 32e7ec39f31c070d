package login

import (
	"strings"
	"time"
)

// A login can be bound to a key that does not leave its device. Row.Device has one of
// three forms:
//
//	""      the login is not bound
//	"?key"  the browser has registered the key
//	"key"   the browser has confirmed the key by a refresh
//
// Only a confirmed login has to bring its device cookie. If the answer to a registration
// is lost, the browser has no session to refresh, and would be locked out.
const registered = "?"

// DeviceKey returns the key of the device, confirmed or not, or "".
func (row *Row) DeviceKey() string { return strings.TrimPrefix(row.Device, registered) }

// IsBound reports whether the login is bound to a device that has confirmed its key.
func (row *Row) IsBound() bool { return row.Device != "" && !strings.HasPrefix(row.Device, registered) }

const (
	// deviceGrace is how long after the user gave credentials a request needs no device
	// cookie: while the browser registers, the page after the login may be requested
	// without it.
	deviceGrace = 2 * minute
	// firstDevice is the lifetime of the device cookie that a registration sets. Browsers
	// renew a cookie with less than two minutes left at the next request, so this makes
	// them confirm the key at once.
	firstDevice = minute
	// deviceProof is the longest time in which a challenge can be answered.
	deviceProof = 2 * minute
	// deviceLife is the lifetime of a device cookie from an instance on which DeviceBound
	// is still 0: on others it may be set already.
	deviceLife = 10 * minute
	// deviceSkew is how much earlier than on the servers a device cookie expires in the
	// browser, at most: the servers' clocks differ.
	deviceSkew = 10 // seconds
)

// lifeOfDevice returns the lifetime of device cookies.
func (p *Policy) lifeOfDevice() time.Duration {
	if p.Device == 0 {
		return deviceLife
	}
	return p.Device
}

// DemandsDevice reports whether a request of the login has to bring its device cookie.
// authAt is when the user last gave credentials.
func (p *Policy) DemandsDevice(row *Row, authAt, now int64) bool {
	return p.Device > 0 && row.IsBound() && age(authAt, now) >= deviceGrace
}

// A DeviceCookie is what a request says about its device.
type DeviceCookie struct {
	Brought bool  // there is a device cookie
	Genuine bool  // it was made for this login and its key
	Until   int64 // when it expires, if it is genuine
	Skipped bool  // the browser says that it could not refresh
}

// A DeviceVerdict says how a request is answered that has to bring its device cookie.
type DeviceVerdict uint8

const (
	// DeviceGood: the request comes from the device.
	DeviceGood DeviceVerdict = iota
	// DeviceToProve: the cookie has expired, or is another login's. It is deleted and the
	// browser repeats the request, and refreshes first because the cookie is missing.
	DeviceToProve
	// DeviceDown: the browser has the key but could not refresh, because this site had an
	// outage or the browser's quota is used up. Anybody can claim this, but gains no
	// access by it.
	DeviceDown
	// DeviceMissing: this is a copy of the cookies, or the browser has lost its key. The
	// request has no user. The login goes on: otherwise a thief could end it.
	DeviceMissing
)

// JudgeDevice judges a request that has to bring its device cookie.
func (p *Policy) JudgeDevice(cookie DeviceCookie, now int64) DeviceVerdict {
	switch {
	case cookie.Genuine && now < cookie.Until:
		return DeviceGood
	case cookie.Brought:
		return DeviceToProve
	case cookie.Skipped:
		return DeviceDown
	}
	return DeviceMissing
}

// A DeviceProof is what a browser sends to register or to refresh.
type DeviceProof struct {
	Brought bool  // there is a proof: the first request of a refresh has none
	Read    bool  // it has the form of a proof
	Ours    bool  // it answers a challenge of ours, for this login with its present Device
	Issued  int64 // when that challenge was made
	Signed  bool  // the key has signed it
}

// answers reports whether the proof answers a recent challenge.
func (p *Policy) answers(proof DeviceProof, now int64) bool {
	return proof.Ours && age(proof.Issued, now).Abs() < min(deviceProof, p.lifeOfDevice()/2)
}

// live reports whether the row exists and has not expired.
func (row *Row) live(now int64) bool { return row.ID != "" && now < row.Expires.Unix() }

// RegisterDevice returns the row with the registered key, if the proof is valid. The
// challenge names the Device that the row had when it was made, so it can be answered only
// once: after the first registration the row has another Device, and an attacker who
// replays the challenge with a key of his own is refused. A confirmed key is never
// replaced.
func (p *Policy) RegisterDevice(row Row, proof DeviceProof, key string, now int64) (next Row, ok bool) {
	if !row.live(now) || row.IsBound() || !p.answers(proof, now) || !proof.Signed {
		return row, false
	}
	row.Device = registered + key
	return row, true
}

// A DeviceRefresh says how a refresh is answered.
type DeviceRefresh uint8

const (
	// RefreshEnds: no login has that key, so the browser can forget its session.
	RefreshEnds DeviceRefresh = iota
	// RefreshAgain: the browser gets a challenge to sign.
	RefreshAgain
	// RefreshRefused: the proof is malformed, or signed by another key.
	RefreshRefused
	// RefreshGood: the device cookie is renewed.
	RefreshGood
)

// RefreshDevice judges a refresh. sameKey says that its session identifier names the key of
// the row. The first valid refresh confirms the key.
func (p *Policy) RefreshDevice(row Row, sameKey bool, proof DeviceProof, now int64) (DeviceRefresh, Row) {
	switch {
	case !row.live(now) || row.Device == "" || !sameKey:
		return RefreshEnds, row
	case proof.Brought && !proof.Read:
		return RefreshRefused, row
	case !p.answers(proof, now):
		return RefreshAgain, row
	case !proof.Signed:
		return RefreshRefused, row
	}
	row.Device = row.DeviceKey()
	return RefreshGood, row
}

// FirstDevice returns when the device cookie expires that a registration sets.
func (p *Policy) FirstDevice(now int64) int64 {
	return now + int64(min(firstDevice, p.lifeOfDevice())/time.Second)
}

// NextDevice returns when the device cookie expires that a refresh sets. Its lifetime
// counts from the challenge, so an attacker gains no time by replaying a proof.
func (p *Policy) NextDevice(proof DeviceProof) int64 {
	return proof.Issued + int64(p.lifeOfDevice()/time.Second)
}

// DeviceAge returns the Max-Age of a device cookie that expires at until. It is a little
// less than the time left, so that a server whose clock is ahead rarely gets an expired
// cookie.
func DeviceAge(until, now int64) int64 { return until - now - min(deviceSkew, (until-now)/10) }
