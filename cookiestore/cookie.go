package cookiestore

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	gorilla "github.com/gorilla/sessions"
)

const (
	// maxCookie is how many bytes of name and value browsers keep; they drop a longer cookie silently (RFC 6265bis, section
	// 5.6).
	maxCookie = 4096

	// maxSameName is how many cookies of one name are looked at. A browser sends several if they were set for different paths or
	// domains, and a neighbouring subdomain can plant some: of the cookies that we sealed, the one saved last counts. But a
	// request may bring hundreds, and the old keys of MigrateFrom cost ten microseconds each time.
	maxSameName = 4
)

// A cookieScan finds the values of the cookies of one name as http.Request.Cookie does, without its allocations.
type cookieScan struct {
	name  string
	lines []string
	line  string
	left  int
}

func scanCookies(r *http.Request, name string) cookieScan {
	return cookieScan{name: name, lines: r.Header["Cookie"], left: maxSameName}
}

func (s *cookieScan) next() (value string, ok bool) {
	for s.left > 0 {
		if s.line == "" {
			if len(s.lines) == 0 {
				return "", false
			}
			s.line, s.lines = s.lines[0], s.lines[1:]
		}
		var pair string
		pair, s.line, _ = strings.Cut(s.line, ";")
		if value, ok := cutName(pair, s.name); ok {
			s.left--
			return unquote(value), true
		}
	}
	return "", false
}

// cutName returns what stands behind the name in a pair.
func cutName(pair, name string) (value string, ok bool) {
	behind, ok := strings.CutPrefix(textproto.TrimString(pair), name)
	if behind = textproto.TrimString(behind); !ok || behind == "" { // "": a name alone
		return "", ok
	}
	return behind[1:], behind[0] == '='
}

func unquote(value string) string {
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// carries reports whether a cookie of that name came, valid or not.
func carries(r *http.Request, name string) bool {
	scan := scanCookies(r, name)
	_, ok := scan.next()
	return ok
}

// appendAttributes appends what follows the value in a Set-Cookie line. Attributes that differ from our defaults come first: the
// order means nothing to browsers, but gin-contrib's own tests expect a given path, domain or policy right behind the value.
func appendAttributes(dst []byte, o *gorilla.Options) []byte {
	if o.Path != defaultPath {
		dst = append(append(dst, "; Path="...), o.Path...)
	}
	if o.Domain != "" {
		dst = append(append(dst, "; Domain="...), strings.TrimPrefix(o.Domain, ".")...)
	}
	dst = append(dst, sameSiteAttribute(o.SameSite)...)
	if o.MaxAge > 0 {
		dst = strconv.AppendInt(append(dst, "; Max-Age="...), int64(o.MaxAge), 10)
	} else if o.MaxAge < 0 {
		dst = append(dst, "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"...)
	}
	if o.HttpOnly {
		dst = append(dst, "; HttpOnly"...)
	}
	if o.Secure {
		dst = append(dst, "; Secure"...)
	}
	if o.Partitioned {
		dst = append(dst, "; Partitioned"...)
	}
	if o.Path == defaultPath {
		dst = append(dst, "; Path="+defaultPath...)
	}
	if o.SameSite == http.SameSiteLaxMode {
		dst = append(dst, "; SameSite=Lax"...)
	}
	return dst
}

func sameSiteAttribute(mode http.SameSite) string {
	switch mode {
	case http.SameSiteStrictMode:
		return "; SameSite=Strict"
	case http.SameSiteNoneMode:
		return "; SameSite=None"
	}
	return "" // Lax comes last, and the browser's default has no attribute
}

// setLine makes line the only Set-Cookie line of that name: otherwise a response that saves twice would send two, and browsers
// differ in which they keep. An empty line removes what was set.
func setLine(h http.Header, name, line string) {
	lines, prefix := h["Set-Cookie"], name+"="
	earlier := func(l string) bool { return strings.HasPrefix(l, prefix) }
	if slices.ContainsFunc(lines, earlier) {
		lines = slices.DeleteFunc(lines, earlier)
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = lines
}

// validName reports whether browsers and net/http accept a cookie of that name.
func validName(name string) bool {
	return (&http.Cookie{Name: name}).Valid() == nil
}
