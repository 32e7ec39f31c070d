package respond

import (
	"strconv"
	"strings"
)

// A preference is how much a client wants a media type (RFC 9110, 12.5.1): by its quality,
// and at the same quality by how specifically it is named.
type preference struct {
	quality     float64
	specificity int // 1 for */*, 2 for text/*, 3 for text/html
}

func (p preference) above(q preference) bool {
	return p.quality > q.quality || p.quality == q.quality && p.quality > 0 && p.specificity > q.specificity
}

// refine replaces p by q if q names the type more specifically, or as specifically and with
// a higher quality.
func (p *preference) refine(q preference) {
	if q.specificity > p.specificity || q.specificity == p.specificity && q.quality > p.quality {
		*p = q
	}
}

// acceptable returns how much the Accept lines want HTML and JSON.
func acceptable(accept []string) (html, json preference) {
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			media, params, _ := strings.Cut(item, ";")
			q := quality(params)
			switch media = strings.ToLower(strings.TrimSpace(media)); {
			case media == "*/*":
				html.refine(preference{q, 1})
				json.refine(preference{q, 1})
			case media == "text/*":
				html.refine(preference{q, 2})
			case media == "application/*":
				json.refine(preference{q, 2})
			case media == "text/html" || media == "application/xhtml+xml":
				html.refine(preference{q, 3})
			case media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"):
				json.refine(preference{q, 3})
			}
		}
	}
	return html, json
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
