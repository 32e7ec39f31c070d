package conformance

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A jar is a browser's cookie store after RFC 6265, with a clock of its own. Like the oracle's it does not
// enforce Secure, and it ignores ports. net/http/cookiejar cannot be asked what it holds, nor be robbed.
type jar struct {
	cookies []cookie
	ahead   time.Duration // of the real clock
}

type cookie struct {
	name, value  string
	domain, path string
	hostOnly     bool
	expires      time.Time // zero: dies with the browser
}

func (j *jar) now() time.Time { return time.Now().Add(j.ahead) }

// live drops the expired cookies and returns the others.
func (j *jar) live() []cookie {
	now := j.now()
	j.cookies = slices.DeleteFunc(j.cookies, func(c cookie) bool {
		return !c.expires.IsZero() && !c.expires.After(now)
	})
	return j.cookies
}

// store takes what a response from host and path has set.
func (j *jar) store(s setCookie, host, path string) {
	if s.domain != "" && !domainMatch(host, s.domain) {
		return // a browser refuses it
	}
	c := cookie{
		name: s.name, value: s.value,
		domain: cmp.Or(s.domain, host), hostOnly: s.domain == "",
		path: cmp.Or(s.path, path[:strings.LastIndex(path, "/")], "/"),
	}
	if s.persistent {
		c.expires = j.now().Add(s.lifetime)
	}
	j.cookies = slices.DeleteFunc(j.live(), func(old cookie) bool {
		return old.name == c.name && old.domain == c.domain && old.path == c.path
	})
	if !s.persistent || s.lifetime > 0 {
		j.cookies = append(j.cookies, c)
	}
}

// send returns the cookies for a request, the longest path first.
func (j *jar) send(host, path string) []cookie {
	sent := slices.DeleteFunc(slices.Clone(j.live()), func(c cookie) bool {
		rightHost := c.domain == host || !c.hostOnly && domainMatch(host, c.domain)
		return !rightHost || !pathMatch(path, c.path)
	})
	slices.SortStableFunc(sent, func(a, b cookie) int { return len(b.path) - len(a.path) })
	return sent
}

func (j *jar) has(name string) bool {
	return slices.ContainsFunc(j.live(), func(c cookie) bool { return c.name == name })
}

func (j *jar) drop(name string) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c cookie) bool { return c.name == name })
}

func (j *jar) closeBrowser() {
	j.cookies = slices.DeleteFunc(j.live(), func(c cookie) bool { return c.expires.IsZero() })
}

// tamper spoils every cookie of this name; how is a word of the contract.
func (j *jar) tamper(name, how string) error {
	hit := false
	for i, c := range j.live() {
		if c.name != name {
			continue
		}
		spoilt, err := tampered(c.value, how)
		if err != nil {
			return err
		}
		j.cookies[i].value, hit = spoilt, true
	}
	if !hit {
		return fmt.Errorf("no cookie %s to tamper with", name)
	}
	return nil
}

// copyFrom replaces the cookies of this name by those of another jar.
func (j *jar) copyFrom(other *jar, name string) {
	j.drop(name)
	for _, c := range other.live() {
		if c.name == name {
			j.cookies = append(j.cookies, c)
		}
	}
}

var numericHost = regexp.MustCompile(`^[\d.]+$`)

func domainMatch(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain) && !numericHost.MatchString(host)
}

func pathMatch(path, cookiePath string) bool {
	rest, ok := strings.CutPrefix(path, cookiePath)
	return ok && (rest == "" || strings.HasSuffix(cookiePath, "/") || rest[0] == '/')
}

// A setCookie is one Set-Cookie line, taken apart.
type setCookie struct {
	name, value      string
	path, domain     string
	secure, httpOnly bool
	sameSite         string
	persistent       bool // has a lifetime
	lifetime         time.Duration
}

func parseSetCookie(line string, date time.Time) (setCookie, error) {
	first, attributes, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(first, "=")
	s := setCookie{name: strings.TrimSpace(name), value: strings.TrimSpace(value)}
	hasMaxAge := false
	for _, attribute := range strings.Split(attributes, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		switch value = strings.TrimSpace(value); strings.ToLower(key) {
		case "path":
			s.path = value
		case "domain":
			s.domain = strings.ToLower(strings.TrimLeft(value, "."))
		case "secure":
			s.secure = true
		case "httponly":
			s.httpOnly = true
		case "samesite":
			s.sameSite = strings.ToLower(value)
		case "max-age":
			seconds, err := strconv.Atoi(value)
			if err != nil {
				return s, fmt.Errorf("Set-Cookie %q: %w", line, err)
			}
			hasMaxAge, s.persistent = true, true
			s.lifetime = time.Duration(max(seconds, 0)) * time.Second
		case "expires":
			expires, err := http.ParseTime(strings.ReplaceAll(value, "-", " "))
			if err != nil {
				return s, fmt.Errorf("Set-Cookie %q: %w", line, err)
			}
			if !hasMaxAge {
				s.persistent, s.lifetime = true, max(expires.Sub(date), 0)
			}
		}
	}
	return s, nil
}

// tampered spoils a cookie value in one of the ways of the contract.
func tampered(value, how string) (string, error) {
	switch how {
	case "signature": // a character near the end, but not in base64's dead bits
		at := len(value) - 10
		if strings.HasSuffix(value, `"`) {
			at--
		}
		return replaceAt(value, at, otherThan(value[at], '0', '1')), nil
	case "payload":
		at := 0
		if strings.HasPrefix(value, `"`) {
			at = 1
		}
		return replaceAt(value, at, otherThan(value[at], '1', '2')), nil
	case "truncate":
		return value[:max(1, len(value)/2)], nil
	case "append":
		return value + "0", nil
	case "garbage":
		return "foo", nil
	case "garbage-pipe":
		return "Foo|BAD_HASH", nil
	case "empty":
		return "", nil
	}
	return "", fmt.Errorf("unknown way to tamper: %q", how)
}

func replaceAt(s string, at int, with byte) string { return s[:at] + string(with) + s[at+1:] }

// otherThan returns usual, or else instead if that is what stands there already.
func otherThan(present, usual, instead byte) byte {
	if present == usual {
		return instead
	}
	return usual
}
