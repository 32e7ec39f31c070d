package respond

import (
	"strconv"
	"strings"
)

// A preference is how much a client wants a media type (RFC 9110, 12.5.1): by its quality,
// and at the same quality by how specifically it is named. The zero preference is of a type
// that is not named.
type preference struct {
	quality     float64
	specificity int // 1 for */*, 2 for text/*, 3 for text/html
}

func (p preference) isNamed() bool { return p.specificity > 0 }

func (p preference) above(q preference) bool {
	return p.quality > q.quality || p.quality == q.quality && p.specificity > q.specificity
}

// refine replaces p by q if q names the type more specifically, or as specifically and with
// a higher quality.
func (p *preference) refine(q preference) {
	if q.specificity > p.specificity || q.specificity == p.specificity && q.quality > p.quality {
		*p = q
	}
}

// wantsHTML reports whether HTML ranks at least as high as every other type that the lines
// of Accept name, and whether HTML is named itself and not by a range. Lines that name no
// type count as */*.
//
// Next to other types, */* below 1 means "else send me what you have", and is no wish for
// HTML: an image, a feed reader and a program that wants JSON send it. At 1 it is a wish
// like any other, but less specific than a named type of the same quality.
func wantsHTML(accept []string) (ranks, named bool) {
	if len(accept) > 0 && strings.HasPrefix(accept[0], "text/html,") {
		return true, true // All browsers begin like this, and no preference is above it.
	}
	html, other := preferences(accept)
	switch {
	case !html.isNamed():
		return !other.isNamed(), false
	case html.specificity == 1 && html.quality < 1 && other.isNamed():
		return false, false
	default:
		return html.quality > 0 && !other.above(html), html.specificity == 3
	}
}

// preferences returns how much the lines want HTML, and the other type that they want most.
func preferences(accept []string) (html, other preference) {
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			media, params, _ := strings.Cut(item, ";")
			q := quality(params)
			switch media = strings.ToLower(strings.TrimSpace(media)); {
			case media == "*/*" || media == "*": // Java's client writes "*"
				html.refine(preference{q, 1})
			case media == "text/*":
				html.refine(preference{q, 2})
			case media == "text/html" || media == "application/xhtml+xml":
				html.refine(preference{q, 3})
			case strings.Contains(media, "/"):
				if p := (preference{q, specificity(media)}); !other.isNamed() || p.above(other) {
					other = p
				}
			}
		}
	}
	return html, other
}

func specificity(media string) int {
	if strings.HasSuffix(media, "/*") {
		return 2
	}
	return 3
}

// quality returns the q of a media type's parameters. Without one it is 1; one that is not
// valid counts as 0, so that nonsense prefers nothing.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) { // NaN is neither
				return 0
			}
			return q
		}
	}
	return 1
}
