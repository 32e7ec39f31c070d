package setcookie

import (
	"net/http"
	"testing"
)

func TestWhichCookiesBrowsersDrop(t *testing.T) {
	for _, row := range []struct {
		name string
		c    http.Cookie
		want string
	}{
		{"none with nothing special", http.Cookie{Name: "session"}, ""},
		{"SameSite None without Secure", http.Cookie{Name: "session", SameSite: http.SameSiteNoneMode}, "SameSite None needs Secure"},
		{"not SameSite None with it", http.Cookie{Name: "session", SameSite: http.SameSiteNoneMode, Secure: true}, ""},
		{"not SameSite Lax without it", http.Cookie{Name: "session", SameSite: http.SameSiteLaxMode}, ""},
		{"Partitioned without Secure", http.Cookie{Name: "session", Partitioned: true}, "Partitioned needs Secure"},
		{"not Partitioned with it", http.Cookie{Name: "session", Partitioned: true, Secure: true}, ""},
		{"__Host- without Secure", http.Cookie{Name: "__Host-a", Path: "/"}, `Name "__Host-a" needs Secure, Path / and no Domain`},
		{"__Host- with a Domain", http.Cookie{Name: "__Host-a", Path: "/", Secure: true, Domain: "a.example"}, `Name "__Host-a" needs Secure, Path / and no Domain`},
		{"__Host- without a Path", http.Cookie{Name: "__Host-a", Secure: true}, `Name "__Host-a" needs Secure, Path / and no Domain`},
		{"__Host- in other letters with a Path", http.Cookie{Name: "__host-a", Path: "/app", Secure: true}, `Name "__host-a" needs Secure, Path / and no Domain`},
		{"not __Host- that keeps its promise", http.Cookie{Name: "__Host-a", Path: "/", Secure: true}, ""},
		{"__Secure- without Secure", http.Cookie{Name: "__Secure-a"}, `Name "__Secure-a" needs Secure`},
		{"not __Secure- with it", http.Cookie{Name: "__SECURE-a", Secure: true, Domain: "a.example", Path: "/app"}, ""},
		{"__Http- without Secure", http.Cookie{Name: "__Http-a", HttpOnly: true}, `Name "__Http-a" needs Secure`},
		{"__Http- that scripts can read", http.Cookie{Name: "__Http-a", Secure: true}, `Name "__Http-a" needs HttpOnly`},
		{"__Host-Http- that scripts can read", http.Cookie{Name: "__Host-Http-a", Secure: true, Path: "/"}, `Name "__Host-Http-a" needs HttpOnly`},
		{"not __Host-Http- that keeps its promise", http.Cookie{Name: "__Host-Http-a", Secure: true, Path: "/", HttpOnly: true}, ""},
		{"not a name that is shorter than a prefix", http.Cookie{Name: "__"}, ""},
	} {
		if got := Dropped(&row.c); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
