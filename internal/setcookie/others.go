package setcookie

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
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
// The last line stays the last: it is the one that counts for [Sent] and for a browser to which
// two of these cookies are the same. If it names a Domain that the request's host is not in, nothing
// is added: browsers drop such a cookie, unless a proxy has replaced the host, which is then unknown.
func DeleteOthers(req *http.Request, h http.Header, name string, all bool) {
	last, host := lastOf(h, name), hostname(req.Host)
	set, err := http.ParseSetCookie(last)
	if err != nil || strings.HasPrefix(name, "__Host-") { // of which there is only one
		return
	}
	set.Domain = strings.ToLower(strings.TrimPrefix(set.Domain, "."))
	if set.Domain != "" && !strings.HasSuffix("."+host, "."+set.Domain) {
		return
	}
	Drop(h, name)
	dead := *set
	dead.Value, dead.MaxAge, dead.Expires = "", -1, time.Unix(1, 0)
	for _, dead.Domain = range domains(host, set.Domain, all) {
		for _, dead.Path = range folders(req, set.Path, all) {
			if dead.Domain != set.Domain || dead.Path != set.Path {
				h.Add(setCookie, dead.String())
			}
		}
	}
	h.Add(setCookie, last)
}

// domains returns the Domain of the cookie that is set, none, and with all set each that a
// browser accepts from this host: the host's own and those above it, but no top-level domain.
func domains(host, set string, all bool) []string {
	found := []string{""}
	if set != "" {
		found = append(found, set)
	}
	if !all {
		return found
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return found
	}
	for strings.Contains(host, ".") && len(found) < maxOthers {
		if !slices.Contains(found, host) {
			found = append(found, host)
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return found
}

// folders returns the Path of the cookie that is set, "/", and with all set each folder that the
// page is in, with and without a slash at the end.
func folders(req *http.Request, set string, all bool) []string {
	found := []string{"/"}
	if set != "" && set != "/" {
		found = append(found, set)
	}
	if !all {
		return found
	}
	page := req.URL.EscapedPath()
	for i := 1; i < len(page) && len(found) < maxOthers; i++ {
		if page[i] != '/' {
			continue
		}
		for _, folder := range []string{page[:i], page[:i+1]} {
			if !slices.Contains(found, folder) {
				found = append(found, folder)
			}
		}
	}
	return found
}

// maxOthers bounds the Domains and folders, each, so that a long address makes no long answer.
const maxOthers = 6

// hostname returns a host in lower case, without its port and a dot at its end.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
