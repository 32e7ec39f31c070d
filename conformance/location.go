package conformance

import (
	"net/url"
	"slices"
	"strings"
)

// Redirects are compared by what they mean: taken apart and decoded, the app's own host and port as {host}. The
// decoding is as lenient as a browser's, where net/url would give up on a stray percent sign.

// canonicalLocation takes a Location header apart, and the next URLs in it once more.
func canonicalLocation(raw, requestURL, hostport string) any {
	if raw == "" {
		return nil
	}
	u := splitURL(resolve(requestURL, raw))
	query, nexts := [][]string{}, []any{}
	for _, pair := range parseQuery(u.query) {
		if pair[0] == "next" {
			nexts = append(nexts, canonicalNext(pair[1], hostport))
		} else {
			query = append(query, []string{pair[0], strings.ReplaceAll(pair[1], hostport, "{host}")})
		}
	}
	slices.SortFunc(query, slices.Compare)
	return map[string]any{
		"origin":   strings.ReplaceAll(u.scheme+"://"+u.host, hostport, "{host}"),
		"path":     unquote(u.path),
		"query":    query,
		"next":     nexts,
		"fragment": unquote(u.fragment),
	}
}

// canonicalNext takes a next URL apart.
func canonicalNext(value, hostport string) any {
	if value == "" {
		return value
	}
	u := splitURL(strings.ReplaceAll(value, hostport, "{host}"))
	origin := ""
	if u.host != "" {
		origin = u.scheme + "://" + u.host
	}
	return map[string]any{
		"origin": origin, "path": unquote(u.path), "query": parseQuery(u.query), "fragment": unquote(u.fragment),
	}
}

// canonicalJSON takes apart the next URLs in a body: string members called next.
func canonicalJSON(value any, key, hostport string) any {
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			value[k] = canonicalJSON(v, k, hostport)
		}
	case []any:
		for i, v := range value {
			value[i] = canonicalJSON(v, "", hostport)
		}
	case string:
		if key == "next" {
			return canonicalNext(value, hostport)
		}
		return strings.ReplaceAll(value, hostport, "{host}")
	}
	return value
}

type urlParts struct{ scheme, host, path, query, fragment string }

func splitURL(text string) (u urlParts) {
	if scheme, rest, ok := strings.Cut(text, ":"); ok && isScheme(scheme) {
		u.scheme, text = strings.ToLower(scheme), rest
	}
	text, u.fragment, _ = strings.Cut(text, "#")
	text, u.query, _ = strings.Cut(text, "?")
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		end := strings.Index(rest+"/", "/")
		u.host, text = rest[:end], rest[end:]
	}
	u.path = text
	return u
}

func isScheme(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.", r)
	})
}

// resolve makes a reference absolute; one that net/url does not understand stays as it is.
func resolve(base, reference string) string {
	if u, err := url.Parse(base); err == nil {
		if u, err = u.Parse(reference); err == nil {
			return u.String()
		}
	}
	return reference
}

// parseQuery decodes a query in its order, blank values included.
func parseQuery(query string) [][]string {
	pairs := [][]string{}
	for field := range strings.SplitSeq(query, "&") {
		if field == "" {
			continue
		}
		key, value, _ := strings.Cut(strings.ReplaceAll(field, "+", " "), "=")
		pairs = append(pairs, []string{unquote(key), unquote(value)})
	}
	return pairs
}

// unquote decodes percent escapes; what is none stays, what is not UTF-8 becomes U+FFFD.
func unquote(s string) string {
	var decoded strings.Builder
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i] == '%' {
			if escaped, err := url.PathUnescape(s[i : i+3]); err == nil {
				decoded.WriteString(escaped)
				i += 2
				continue
			}
		}
		decoded.WriteByte(s[i])
	}
	return strings.ToValidUTF8(decoded.String(), "\uFFFD")
}
