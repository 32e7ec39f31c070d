package setcookie

import (
	"net/http"
	"slices"
	"strings"
)

// DeleteOthers puts lines in front of the last line of that name which delete cookies that a
// browser may keep under the same name. A browser deletes a cookie only if Domain and Path are
// those that it was set with, and it does not tell them. After a change of these settings the
// cookie from before would otherwise stay, and log a user in again who has logged out.
//
// The lines are for the cookie of this host alone, and for the Path "/". If all is set, they are
// for every Domain and folder whose cookies the browser sends with this request, so that none is
// left: set it unless the request has brought a cookie of that name that is another app's.
//
// A Partitioned cookie may have one more beside it: browsers keep the cookie from before it became
// Partitioned separately, and send both.
//
// The last line stays the last: it is the one that counts for [Sent] and for a browser to which
// two of these cookies are the same. If it names a Domain that the request's host is not in, nothing
// is added: browsers drop such a cookie, unless a proxy has replaced the host, which is then unknown.
func DeleteOthers(req *http.Request, h http.Header, name string, all bool) {
	last, host := lastOf(h, name), hostname(req.Host)
	set := scopeOf(last)
	if last == "" || strings.HasPrefix(name, "__Host-") && !set.partitioned { // of which there is only one
		return
	}
	if set.domain != "" && !strings.HasSuffix("."+host, "."+set.domain) {
		return
	}
	domains, folders := domains(host, set.domain, all), folders(req.URL.EscapedPath(), set.path, all)
	if strings.HasPrefix(name, "__Host-") {
		domains.n, folders.n = 1, 1
	}
	lines := slices.DeleteFunc(h[setCookie], func(line string) bool { return sets(line, name) })
	lines = slices.Grow(lines, domains.n*folders.n)
	var buffer [256]byte
	for _, domain := range domains.list[:domains.n] {
		for _, folder := range folders.list[:folders.n] {
			if isOwn := domain == set.domain && folder == set.path; !isOwn || set.partitioned {
				lines = append(lines, string(appendDeletion(buffer[:0], name, last, scope{domain, folder, !isOwn})))
			}
		}
	}
	h[setCookie] = append(lines, last)
}

// A scope is where a cookie goes.
type scope struct {
	domain, path string
	partitioned  bool
}

// scopeOf returns the scope of a Set-Cookie line.
func scopeOf(line string) (s scope) {
	for attribute := range strings.SplitSeq(line, ";") {
		switch key, value := cutAttribute(attribute); {
		case strings.EqualFold(key, "Domain"):
			s.domain = strings.ToLower(strings.TrimPrefix(value, "."))
		case strings.EqualFold(key, "Path"):
			s.path = value
		case strings.EqualFold(key, "Partitioned"):
			s.partitioned = true
		}
	}
	return s
}

func cutAttribute(attribute string) (key, value string) {
	key, value, _ = strings.Cut(attribute, "=")
	return strings.TrimSpace(key), strings.TrimSpace(value)
}

// appendDeletion appends a line that deletes the cookie of another scope. Its other attributes are
// those of the line that sets the cookie: some browsers compare them.
func appendDeletion(b []byte, name, line string, of scope) []byte {
	b = append(append(b, name...), "=; Path="...)
	b = append(b, of.path...)
	if of.domain != "" {
		b = append(append(b, "; Domain="...), of.domain...)
	}
	b = append(b, "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"...)
	_, attributes, _ := strings.Cut(line, ";")
	for attribute := range strings.SplitSeq(attributes, ";") {
		if key, _ := cutAttribute(attribute); key != "" && !isReplaced(key) && (of.partitioned || !strings.EqualFold(key, "Partitioned")) {
			b = append(append(b, "; "...), strings.TrimSpace(attribute)...)
		}
	}
	return b
}

// isReplaced reports whether a deletion has an attribute of its own in place of that one.
func isReplaced(key string) bool {
	for _, own := range [...]string{"Domain", "Path", "Expires", "Max-Age"} {
		if strings.EqualFold(key, own) {
			return true
		}
	}
	return false
}

// A few are so many strings that a long address makes no long answer.
type few struct {
	list [6]string
	n    int
}

func (f *few) add(s string) {
	if f.n < len(f.list) && !slices.Contains(f.list[:f.n], s) {
		f.list[f.n] = s
		f.n++
	}
}

// domains returns none, the Domain of the cookie that is set, and with all set each that a
// browser accepts from this host: the host's own and those above it, but no top-level domain.
func domains(host, set string, all bool) (found few) {
	found.add("")
	found.add(set)
	if !all || isAddress(host) || strings.ContainsFunc(host, noHost) {
		return found
	}
	for strings.Contains(host, ".") {
		found.add(host)
		_, host, _ = strings.Cut(host, ".")
	}
	return found
}

// isAddress reports whether a host is an IPv4 address: no top-level domain is a number.
func isAddress(host string) bool {
	return strings.Trim(host[strings.LastIndexByte(host, '.')+1:], "0123456789") == ""
}

// noHost reports whether a host cannot have that character.
func noHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
}

// folders returns "/", the Path of the cookie that is set, and with all set each folder that the
// page is in, with and without a slash at the end.
func folders(page, set string, all bool) (found few) {
	found.add("/")
	if set != "" {
		found.add(set)
	}
	if !all || strings.ContainsAny(page, "; ") {
		return found
	}
	for i := 1; i < len(page); i++ {
		if page[i] == '/' {
			found.add(page[:i])
			found.add(page[:i+1])
		}
	}
	return found
}

// hostname returns a host in lower case, without its port and a dot at its end.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
