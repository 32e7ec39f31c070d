package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// commonList has one password a line, in lower case and sorted. It is made from
// passwords.json of the npm package @zxcvbn-ts/language-common 4.1.3, whose licence
// is in common.LICENSE (MIT): the first 3,000 of any length, and the first 10,000 of
// at least 8 characters, since sites refuse shorter ones by their length.
//
//go:embed common.txt.gz
var commonList []byte

// common returns the list. It is unpacked at the first call, to about 300 kB.
var common = sync.OnceValue(func() []string {
	r, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic(err) // the list is part of the program
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return strings.Fields(string(text))
})

// Common reports whether password is among the 12,325 commonest, which an attacker
// tries first. NIST SP 800-63B-4 (3.1.1.2) and OWASP ASVS 5.0 (6.2.4: at least the top
// 3,000 that match the length policy) require this check when a password is chosen. Do
// not call it at a login: it would lock out users who chose a common password before.
// A site that requires far more than 8 characters also needs a list of its own.
//
// Case makes no difference, nor do symbols before and after the password, nor symbols
// and digits in place of letters (p@ssw0rd). Tools that crack passwords try these
// first, and people use them where a rule requires a digit and a symbol. Digits before
// and after make a difference: enough of them make a password that is hard to guess.
func Common(password string) bool {
	if len(password) > MaxLength {
		return false // the list has none of that length, and lower case costs time
	}
	lower := strings.ToLower(password)
	bare := strings.Trim(lower, signs)
	return isListed(lower) || isListed(bare) || isListed(lettersForSigns.Replace(bare))
}

// signs are the symbols of an American keyboard that replace no letter at the end of a
// word, and the space.
const signs = " !\"#%&'()*+,-./:;<=>?[\\]^_`{|}~"

// One letter for each sign: "1" is the i of "pr1ncess" more often than an l.
var lettersForSigns = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

func isListed(password string) bool {
	_, found := slices.BinarySearch(common(), password)
	return found
}
