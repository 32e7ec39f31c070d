// Package useragent names browsers, for the page of devices.
package useragent

import "strings"

// Describe makes a few words of a user agent: "Firefox on Windows". They are words of ours, never
// the client's, which could write anything there. It knows what most people use; of the rest it
// says so much as it can tell.
func Describe(userAgent string) string {
	browser, system := firstIn(userAgent, browsers), firstIn(userAgent, systems)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case system != "":
		return "A browser on " + system
	}
	return "Unknown device"
}

// IsHandheld tells a phone or a tablet, for the picture of it.
func IsHandheld(userAgent string) bool {
	switch firstIn(userAgent, systems) {
	case "an iPhone", "an iPad", "Android":
		return true
	}
	return false
}

// The names by the marks that tell them. Most browsers bear the marks of others as well, so the order
// matters: Edge says that it is Chrome, too, and Chrome that it is Safari.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systems = [][2]string{
		{"iPhone", "an iPhone"}, {"iPad", "an iPad"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Mac OS X", "a Mac"},
		{"Linux", "Linux"},
	}
)

func firstIn(userAgent string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(userAgent, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
