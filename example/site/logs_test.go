package site_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestLogsInJSON(t *testing.T) {
	var out bytes.Buffer
	c, err := config.Load(func(name string) string { return map[string]string{"LOG_FORMAT": "json"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	_, v := sitetest.Open(t, func(s *sitetest.Site) { s.Log = c.NewLogger(&out) })
	v.Get("/login?next=/secret")
	v.Get("/healthz")
	v.Get("/readyz")
	var line struct {
		Level, Msg, Method, Path, Address string
		Status                            int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if line.Level != "INFO" || line.Msg != "request" || line.Method != "GET" || line.Path != "/login" || line.Status != 200 || line.Address != "127.0.0.1" {
		t.Errorf("%s", &out)
	}
}
