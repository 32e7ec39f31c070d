package login

import (
	"strings"
	"time"
)

// A login can be bound to a key that does not leave its device. Row.Device says how
// far that is:
//
//	""      the login is not bound
//	"?key"  the browser has registered a key
//	"key"   it has proved, by a refresh, that it goes on with the key
//
// Only then is anything demanded: a browser whose registration's answer was lost has
// no session to refresh, and would be locked out.
const registered = "?"

// DeviceKey returns the key of the device, confirmed or not, or "".
func (row *Row) DeviceKey() string { return strings.TrimPrefix(row.Device, registered) }

// IsBound reports whether the login is bound to a device that has confirmed its key.
func (row *Row) IsBound() bool { return row.Device != "" && !strings.HasPrefix(row.Device, registered) }

const (
	// deviceGrace is how long after the credentials were given nothing is demanded: the
	// page after the login may be under way without the cookie while the browser registers.
	deviceGrace = 2 * minute
	// firstDevice is the life of the cookie that a registration sets. Browsers renew a
	// cookie with less than two minutes left at the next request, so that the
	// confirmation follows at once.
	firstDevice = minute
	// deviceProof is how long a challenge can be answered at most.
	deviceProof = 2 * minute
	// deviceLife is the life of a device cookie from an instance on which DeviceBound is
	// still 0: others may have it switched on already.
	deviceLife = 10 * minute
	// deviceSkew is by how much the browser gives up a cookie before the servers do, at
	// most: their clocks differ.
	deviceSkew = 10 // seconds
)

// lifeOfDevice returns how long device cookies are good.
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

// A DeviceCookie is what a request says of its device.
type DeviceCookie struct {
	Brought bool  // there is a device cookie
	Genuine bool  // it was made for this login and its key
	Until   int64 // its end, if it is genuine
	Skipped bool  // the browser says that it could not refresh
}

// A DeviceVerdict is what becomes of a request that has to bring its device cookie.
type DeviceVerdict uint8

const (
	// DeviceGood: the request comes from the device.
	DeviceGood DeviceVerdict = iota
	// DeviceToProve: the cookie is over, or another login's. The browser refreshes once
	// the cookie is gone, so it is deleted and the request made again.
	DeviceToProve
	// DeviceDown: the browser has the key and could not refresh, because this site had an
	// outage or the browser's quota is used up. Anybody can say so, and is let in nowhere
	// by it.
	DeviceDown
	// DeviceMissing: this is a copy of the cookies, or the browser has lost its key. The
	// request is nobody's. Nothing ends, since a thief could end it.
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
	Brought bool  // there is one: a refresh begins without
	Read    bool  // it has the form of a proof
	Ours    bool  // it answers a challenge of ours, for this login with its present Device
	Issued  int64 // when the challenge was
	Signed  bool  // the key has signed it
}

// answers reports whether the proof answers a challenge that was made just now.
func (p *Policy) answers(proof DeviceProof, now int64) bool {
	return proof.Ours && age(proof.Issued, now).Abs() < min(deviceProof, p.lifeOfDevice()/2)
}

// live reports whether the row is that of a login that goes on.
func (row *Row) live(now int64) bool { return row.ID != "" && now < row.Expires.Unix() }

// RegisterDevice returns the row with the key of a registration, if that is good. The
// challenge is for the Device that the row had, so that it can be answered once: the
// second answer, maybe with a key of somebody who has overheard the first, finds another.
// A confirmed key is never replaced.
func (p *Policy) RegisterDevice(row Row, proof DeviceProof, key string, now int64) (next Row, ok bool) {
	if !row.live(now) || row.IsBound() || !p.answers(proof, now) || !proof.Signed {
		return row, false
	}
	row.Device = registered + key
	return row, true
}

// A DeviceRefresh is what a refresh leads to.
type DeviceRefresh uint8

const (
	// RefreshEnds: there is no such login with that key, so the browser can forget its own.
	RefreshEnds DeviceRefresh = iota
	// RefreshAgain: the browser gets a challenge to answer.
	RefreshAgain
	// RefreshRefused: somebody answers who does not have the key.
	RefreshRefused
	// RefreshGood: the device cookie is renewed.
	RefreshGood
)

// RefreshDevice judges a refresh. sameKey says that it names the key of the row. The
// first good one confirms the key.
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

// FirstDevice returns the end of the device cookie that a registration sets.
func (p *Policy) FirstDevice(now int64) int64 {
	return now + int64(min(firstDevice, p.lifeOfDevice())/time.Second)
}

// NextDevice returns the end of the device cookie that a refresh sets. It counts from
// the challenge, so that whoever overhears a proof gains no time by sending it again.
func (p *Policy) NextDevice(proof DeviceProof) int64 {
	return proof.Issued + int64(p.lifeOfDevice()/time.Second)
}

// DeviceAge returns the lifetime in seconds that the browser is told of a device cookie
// with that end: a little less, so that a server whose clock is ahead rarely meets one
// that is over.
func DeviceAge(until, now int64) int64 { return until - now - min(deviceSkew, (until-now)/10) }
