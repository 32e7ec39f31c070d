package redirect

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A destination is the URL that a browser requests.
type destination struct{ Scheme, Host, Path string }

// foreign is the host of every link that is not modelled: other schemes, invalid links, and
// hosts in doubt.
const foreign = "?"

// isHome reports whether it is a page of good.example that the server cannot mistake for
// another host's: the decoded path must not start with two slashes.
func (d destination) isHome() bool {
	path, err := url.PathUnescape(d.Path)
	if err != nil || strings.HasPrefix(strings.ReplaceAll(path, `\`, "/"), "//") {
		return false
	}
	return (d.Scheme == "http" || d.Scheme == "https") && d.Host == "good.example"
}

var (
	schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)
	hostPattern   = regexp.MustCompile(`^[A-Za-z]+(\.[A-Za-z]+)*$`)
)

// browse follows link from https://good.example/login as a browser does. It is a short form of
// the basic URL parser of the WHATWG (https://url.spec.whatwg.org/#url-parsing). States are
// named where they surprise.
func browse(link string) destination {
	link = string([]rune(link)) // each invalid byte becomes U+FFFD
	link = strings.TrimFunc(link, func(r rune) bool { return r <= ' ' })
	link = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(link)

	at := destination{Scheme: "https", Host: "good.example"}
	absolute := false
	if prefix := schemePattern.FindString(link); prefix != "" {
		link = link[len(prefix):]
		scheme := strings.ToLower(strings.TrimSuffix(prefix, ":"))
		if scheme != "http" && scheme != "https" {
			return destination{Host: foreign}
		}
		absolute = scheme != at.Scheme // "special authority slashes": they may be missing
		at.Scheme = scheme
	}
	if behind := strings.TrimLeft(link, `/\`); absolute || len(link)-len(behind) >= 2 { // "special authority ignore slashes"
		var authority string
		authority, link = splitBefore(behind, `/\?#`)
		at.Host = hostOf(authority, at.Scheme)
		at.Path = "/"
	}
	path, _ := splitBefore(link, "?#")
	switch {
	case path != "":
		at.Path = resolve(path)
	case at.Path == "":
		at.Path = "/login"
	}
	return at
}

// hostOf returns the host of an authority. It knows names in ASCII letters and every character
// that counts as a full stop.
func hostOf(authority, scheme string) string {
	authority = authority[strings.LastIndex(authority, "@")+1:]
	host, port, _ := strings.Cut(authority, ":")
	isDefault := port == "" || port == map[string]string{"http": "80", "https": "443"}[scheme]
	host, err := url.PathUnescape(host)
	host = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(host)
	if err != nil || !isDefault || !hostPattern.MatchString(host) {
		return foreign
	}
	return strings.ToLower(host)
}

// resolve returns what the "path" state makes of a path, relative to /login.
func resolve(path string) string {
	segments := strings.Split(strings.ReplaceAll(path, `\`, "/"), "/")
	if segments[0] == "" {
		segments = segments[1:]
	}
	var resolved []string
	for i, segment := range segments {
		isLast := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			resolved = resolved[:max(len(resolved)-1, 0)]
			fallthrough
		case ".":
			if isLast {
				resolved = append(resolved, "")
			}
		default:
			resolved = append(resolved, segment)
		}
	}
	return "/" + strings.Join(resolved, "/")
}

// browseWithNode is browse for many links, with the URL type of Node.
func browseWithNode(t *testing.T, node string, links []string) []destination {
	t.Helper()
	const script = `
		const links = JSON.parse(require("fs").readFileSync(0));
		console.log(JSON.stringify(links.map(link => {
			try {
				const url = new URL(link, "https://good.example/login");
				return {Scheme: url.protocol.slice(0, -1), Host: url.host, Path: url.pathname};
			} catch {
				return {Host: "?"};
			}
		})));`
	input, err := json.Marshal(links)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", script)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var destinations []destination
	if err := json.Unmarshal(output, &destinations); err != nil {
		t.Fatal(err)
	}
	return destinations
}
