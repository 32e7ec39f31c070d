package secondfactor

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html/template"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/ginlogin/ginlogin/example/account"
)

const (
	period     = 30 * time.Second // of a code; apps know no other
	setupTime  = 30 * time.Minute // in which the first code has to come
	secretSize = 20               // bytes
)

// stepOf returns the half minute whose code was given, or 0. Clocks may differ by one: RFC 6238, 5.2.
func stepOf(secret []byte, code string, now time.Time) int64 {
	current := now.Unix() / int64(period/time.Second)
	for step := current - 1; step <= current+1; step++ {
		// The library compares in constant time, and refuses another length.
		ok, err := hotp.ValidateCustom(code, uint64(step), text(secret), hotp.ValidateOpts{Digits: otp.DigitsSix})
		if ok && err == nil {
			return step
		}
	}
	return 0
}

func text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// plainCode is a code without the separators of people and apps.
func plainCode(typed string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "").Replace(typed))
}

// Recovery codes are 16 characters of base32, 80 bits. That is too many to try, even with the hashes, so they need
// no slow hash as passwords do. Recovery codes outlive the site's keys, which the secret does not.
const recoveryCodes, recoveryLength = 10, 16

func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = grouped(rand.Text()[:recoveryLength], "-")
	}
	return codes
}

// Base32 has no 0, 1 and 8. Who types one has read a letter.
var misread = strings.NewReplacer("0", "O", "1", "I", "8", "B")

// hashOf includes the user, so that the same code of two users would have two hashes.
func hashOf(userID int64, recovery string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", userID, misread.Replace(plainCode(recovery))))
	return hex.EncodeToString(sum[:])
}

// grouped writes a key so that people can read it to each other.
func grouped(key, between string) string {
	var groups []string
	for len(key) > 4 {
		groups, key = append(groups, key[:4]), key[4:]
	}
	return strings.Join(append(groups, key), between)
}

// A setup is a secret that has been shown and is not confirmed yet. It is not in the database: each page has a new
// one. Otherwise a person at the user's computer could begin, keep the secret, and have the user confirm it a day
// later. It comes back in a field of the form, sealed: only its user can confirm it, for a short time.
type setup struct {
	secret []byte
	sealed string
}

const settingUp = "setting up"

func (v *vault) newSetup(u *account.User, now time.Time) setup {
	plain := make([]byte, secretSize, secretSize+8)
	rand.Read(plain) // never fails
	keyID, sealed := v.seal(binary.BigEndian.AppendUint64(plain, uint64(now.Unix())), settingUp, u.ID)
	return setup{plain, keyID + "." + base64.RawURLEncoding.EncodeToString(sealed)}
}

// openSetup is the reverse of newSetup, and returns errSealed for a setup of another user, or one that is too old.
func (v *vault) openSetup(u *account.User, field string, now time.Time) (setup, error) {
	keyID, encoded, _ := strings.Cut(field, ".")
	sealed, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return setup{}, errSealed
	}
	plain, err := v.open(keyID, sealed, settingUp, u.ID)
	if err != nil {
		return setup{}, err
	}
	begun := time.Unix(int64(binary.BigEndian.Uint64(plain[secretSize:])), 0)
	if now.Sub(begun) > setupTime {
		return setup{}, errSealed
	}
	return setup{plain[:secretSize], field}, nil
}

// shown is how a page shows the secret: as a picture for the camera of a phone, as a link for the phone itself, and
// as text.
type shown struct {
	Picture, Link template.URL
	Key           string
}

func (s setup) show(u *account.User) (shown, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "ginlogin example", AccountName: u.Email, Secret: s.secret})
	if err != nil {
		return shown{}, err
	}
	img, err := key.Image(280, 280)
	if err != nil {
		return shown{}, err
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		return shown{}, err
	}
	return shown{
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())),
		Link:    template.URL(key.URL()), Key: grouped(text(s.secret), " "),
	}, nil
}
