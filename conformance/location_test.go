package conformance

import (
	"encoding/json"
	"testing"
)

func TestCanonicalLocation(t *testing.T) {
	const request, hostport = "http://127.0.0.1:20000/secret?a=1", "127.0.0.1:20000"
	for _, tt := range []struct{ raw, want string }{
		{"", `null`},
		{"/in", `{"fragment":"","next":[],"origin":"http://{host}","path":"/in","query":[]}`},
		{"http://127.0.0.1:20000/in", `{"fragment":"","next":[],"origin":"http://{host}","path":"/in","query":[]}`},
		{"//evil.example", `{"fragment":"","next":[],"origin":"http://evil.example","path":"","query":[]}`},
		{"/in?b=2&a=%31&next=%2Fx%3Fy%3D%2526#top",
			`{"fragment":"top","next":[{"fragment":"","origin":"","path":"/x","query":[["y","\u0026"]]}],` +
				`"origin":"http://{host}","path":"/in","query":[["a","1"],["b","2"]]}`},
		{"/in?next=http%3A%2F%2F127.0.0.1%3A20000%2F%25C3%25BC",
			`{"fragment":"","next":[{"fragment":"","origin":"http://{host}","path":"/ü","query":[]}],` +
				`"origin":"http://{host}","path":"/in","query":[]}`},
		{"/in?next=", `{"fragment":"","next":[""],"origin":"http://{host}","path":"/in","query":[]}`},
		{"/in?next=50%25%zz", `{"fragment":"","next":[{"fragment":"","origin":"","path":"50%%zz","query":[]}],` +
			`"origin":"http://{host}","path":"/in","query":[]}`},
	} {
		text, err := json.Marshal(canonicalLocation(tt.raw, request, hostport))
		if err != nil || string(text) != tt.want {
			t.Errorf("%q:\n got %s, %v\nwant %s", tt.raw, text, err, tt.want)
		}
	}
}
