package remember

import (
	"net/http"
	"strings"
	"testing"
)

func TestAttributesThatBrowsersDropAreRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Jar)
		want   []string // of the error
	}{
		{"no name", func(j *Jar) { j.Name = "" }, []string{`LoginManager.Remember.Name "" is not a valid cookie name`}},
		{"a name with a blank", func(j *Jar) { j.Name = "remember me" }, []string{`LoginManager.Remember.Name "remember me" is not a valid cookie name`}},
		{"a name with a semicolon", func(j *Jar) { j.Name = "remember;me" }, []string{`LoginManager.Remember.Name "remember;me" is not a valid cookie name`}},
		{"a domain that is none", func(j *Jar) { j.Domain = "shop example" }, []string{"LoginManager.Remember: Domain", `"shop example"`}},
		{"a path with a semicolon", func(j *Jar) { j.Path = "/;a" }, []string{"LoginManager.Remember: Domain", `Path "/;a"`}},
		{"a path without a slash", func(j *Jar) { j.Path = "app" }, []string{`LoginManager.Remember.Path is "app"`, "begins with /"}},
		{"no path", func(j *Jar) { j.Path = "" }, []string{`LoginManager.Remember.Path is ""`, "assign single fields"}},
		{"__Host- that is not Secure", func(j *Jar) { j.Name, j.Secure = "__Host-remember", false }, []string{`LoginManager.Remember.Name "__Host-remember" needs Secure, Path / and no Domain`}},
		{"__Host- with a domain", func(j *Jar) { j.Name, j.Domain = "__Host-remember", "shop.example" }, []string{`LoginManager.Remember.Name "__Host-remember" needs Secure, Path / and no Domain`}},
		{"__Host- with a path", func(j *Jar) { j.Name, j.Path = "__Host-remember", "/app" }, []string{`LoginManager.Remember.Name "__Host-remember" needs Secure, Path / and no Domain`}},
		{"__Host- without a path", func(j *Jar) { j.Name, j.Path = "__Host-remember", "" }, []string{`LoginManager.Remember.Name "__Host-remember" needs Secure, Path / and no Domain`}},
		{"__Secure- that is not Secure", func(j *Jar) { j.Name, j.Secure = "__Secure-remember", false }, []string{`LoginManager.Remember.Name "__Secure-remember" needs Secure`}},
		{"Partitioned that is not Secure", func(j *Jar) { j.Partitioned, j.Secure = true, false }, []string{"LoginManager.Remember.Partitioned needs Secure"}},
		{"__Http- that scripts can read", func(j *Jar) { j.Name, j.HTTPOnly = "__Http-remember", false }, []string{`LoginManager.Remember.Name "__Http-remember" needs HttpOnly`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := newJar(first)
			row.change(j)
			err := j.Check()
			if err == nil {
				t.Fatal("Check finds nothing")
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not contain %q", err, want)
				}
			}
		})
	}
}

func TestAttributesThatBrowsersKeepAreAccepted(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Jar)
	}{
		{"the defaults", func(*Jar) {}},
		{"a domain", func(j *Jar) { j.Domain = "shop.example" }},
		{"a path", func(j *Jar) { j.Path = "/app" }},
		{"not Secure, as in development", func(j *Jar) { j.Secure = false }},
		{"__Host- that keeps its promise", func(j *Jar) { j.Name = "__Host-remember" }},
		{"__Secure- with a domain and a path", func(j *Jar) {
			j.Name, j.Domain, j.Path = "__Secure-remember", "shop.example", "/app"
		}},
		{"Partitioned and Secure", func(j *Jar) { j.Partitioned = true }},
		{"SameSite None and Secure", func(j *Jar) { j.SameSite = http.SameSiteNoneMode }},
		{"SameSite None without Secure, which is warned of later", func(j *Jar) { j.SameSite, j.Secure = http.SameSiteNoneMode, false }},
		{"no keys", func(j *Jar) { j.Keys = nil }},
	} {
		j := newJar(first)
		row.change(j)
		if err := j.Check(); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
