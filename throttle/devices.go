package throttle

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// minKeyLen is the length, in bytes, of the shortest key. It is that of the secret keys of ginlogin.
const minKeyLen = 32

// Devices signs the cookies of known devices. A known device is a browser that has logged in to an
// account before. OWASP calls its cookie a device cookie. The cookie logs no user in and does not
// reveal its account. It only exempts the browser from the limit of strangers.
//
// Set the cookie after each login, with Secure, HttpOnly and Lifetime as its Max-Age,
// and leave it in place at a logout. Make Devices with [NewDevices].
type Devices struct {
	// Lifetime is how long a device stays known after its last login. The default is a year.
	Lifetime time.Duration

	// Now is the clock. The default is time.Now.
	Now func() time.Time

	keys [][]byte
}

// NewDevices returns Devices that sign with the first of the keys and accept them all, so that keys
// can be rotated. The secret keys of ginlogin may be used: the signing keys are derived from them
// for this purpose alone. NewDevices panics without a key, and for a key of less than 32 bytes.
func NewDevices(keys ...[]byte) *Devices {
	if len(keys) == 0 {
		panic("throttle: NewDevices needs a key of 32 random bytes")
	}
	d := &Devices{Lifetime: 365 * 24 * time.Hour, Now: time.Now}
	for i, key := range keys {
		if len(key) < minKeyLen {
			panic(fmt.Sprintf("throttle: NewDevices: key %d has %d bytes, want at least %d", i, len(key), minKeyLen))
		}
		derived, err := hkdf.Key(sha256.New, key, nil, "ginlogin throttle: known device", sha256.Size)
		if err != nil {
			panic(err) // only for a length that is too long
		}
		d.keys = append(d.keys, derived)
	}
	return d
}

// New returns the cookie value that makes a browser a known device of an account.
//
// The account is the ID of the user. The version has to change with the password: use the user's
// SessionHash, or the password hash. Then a thief who knew the last password, and has kept cookies,
// guesses at the next one as a stranger. The price: the owner's other devices are strangers, too,
// until they log in once more.
func (d *Devices) New(account, version string) string {
	id, issued := rand.Text(), strconv.FormatInt(d.Now().Unix(), 10)
	return id + "." + issued + "." + sign(d.keys[0], id, issued, account, version)
}

// ID returns the ID of the device that has the cookie value, if it is a known device
// of that account and version. Use the ID as the name of a subject of the limit Device.
func (d *Devices) ID(value, account, version string) (id string, ok bool) {
	id, rest, _ := strings.Cut(value, ".")
	issued, signature, _ := strings.Cut(rest, ".")
	for _, key := range d.keys {
		if hmac.Equal([]byte(signature), []byte(sign(key, id, issued, account, version))) {
			return d.unlessExpired(id, issued)
		}
	}
	return "", false
}

func (d *Devices) unlessExpired(id, issued string) (string, bool) {
	at, err := strconv.ParseInt(issued, 10, 64)
	if err != nil || d.Now().Sub(time.Unix(at, 0)) > d.Lifetime {
		return "", false
	}
	return id, true
}

// sign quotes what it signs: joined without quotes, an account "1 2" of version "3"
// would have the signature of an account "1" of version "2 3".
func sign(key []byte, id, issued, account, version string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%q %q %q %q", id, issued, account, version)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
