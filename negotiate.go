package ginlogin

import (
	"net/http"
	"strconv"
	"strings"
)

// isScript reports whether the client is a program that would only choke on an
// HTML login page: it says that it is not navigating, or prefers JSON to HTML.
func isScript(req *http.Request) bool {
	if mode := headerOf(req.Header, "Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return true
	}
	accept := req.Header["Accept"]
	if len(accept) > 0 && strings.HasPrefix(accept[0], "text/html,") {
		return false // browsers: nothing can be wanted more
	}
	html, json := acceptable(accept)
	return json.above(html)
}

// A preference is how much a client wants a media type (RFC 9110, 12.5.1): by
// its quality, and where that is the same by how clearly it was named.
type preference struct {
	quality     float64
	specificity int // 1 for */*, 2 for text/*, 3 for text/html
}

func (p preference) above(q preference) bool {
	return p.quality > q.quality || p.quality == q.quality && p.quality > 0 && p.specificity > q.specificity
}

// acceptable returns how much HTML and JSON are wanted.
func acceptable(accept []string) (html, json preference) {
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			media, params, _ := strings.Cut(item, ";")
			p := preference{quality: quality(params)}
			switch media = strings.ToLower(strings.TrimSpace(media)); {
			case media == "*/*":
				p.specificity = 1
				html.refine(p)
				json.refine(p)
			case media == "text/*":
				p.specificity = 2
				html.refine(p)
			case media == "application/*":
				p.specificity = 2
				json.refine(p)
			case media == "text/html" || media == "application/xhtml+xml":
				p.specificity = 3
				html.refine(p)
			case media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"):
				p.specificity = 3
				json.refine(p)
			}
		}
	}
	return html, json
}

// refine takes q for p if it names the type more clearly, or as clearly and is
// wanted more.
func (p *preference) refine(q preference) {
	if q.specificity > p.specificity || q.specificity == p.specificity && q.quality > p.quality {
		*p = q
	}
}

func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
