package clients

import "net/http"

// What browsers accept when they navigate, and when they load an image.
const (
	chromeAccepts  = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	firefoxAccepts = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	safariAccepts  = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

	chromeImage  = "Accept: image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
	firefoxImage = "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
	oldImage     = "Accept: image/webp,*/*"

	anything = "Accept: */*"
	form     = "Content-Type: application/x-www-form-urlencoded"
	upload   = "Content-Type: multipart/form-data; boundary=----WebKitFormBoundaryA1"
	insecure = "Upgrade-Insecure-Requests: 1"
)

var chromeNavigates = with(fetches("none", "navigate", "document"), chromeAccepts, "Sec-Fetch-User: ?1", insecure)

var navigations = []Client{
	get("Chrome opens an address", chromeNavigates, redirected),
	get("Chrome follows a link", with(fetches("same-origin", "navigate", "document"), chromeAccepts, insecure), redirected),
	get("Chrome follows a link of another site", with(fetches("cross-site", "navigate", "document"), chromeAccepts, insecure), redirected),
	get("Chrome reloads a page", with(chromeNavigates, "Cache-Control: max-age=0"), redirected),
	get("Chrome on plain HTTP sends no fetch metadata", []string{chromeAccepts, insecure}, redirected),
	get("Firefox opens an address", with(fetches("none", "navigate", "document"), firefoxAccepts, "Sec-Fetch-User: ?1", "Priority: u=0, i"), redirected),
	get("Firefox of 2019 opens an address", []string{"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", insecure}, redirected),
	get("Safari opens an address", with(fetches("none", "navigate", "document"), safariAccepts, "Priority: u=0, i"), redirected),
	get("Safari of 2022 opens an address", []string{safariAccepts}, redirected),
	get("Internet Explorer opens an address", []string{"Accept: text/html, application/xhtml+xml, image/jxr, */*"}, redirected),
	get("lynx opens an address", []string{"Accept: text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"}, redirected),
	get("a service worker passes a navigation on", with(fetches("same-origin", "navigate", "empty"), chromeAccepts, insecure), redirected),
	get("Android's WebView names its app", with(fetches("none", "navigate", "document"), chromeAccepts, "X-Requested-With: com.example.app"), redirected),
	get("Android's WebView names its app on plain HTTP", []string{chromeAccepts, "X-Requested-With: com.example.app"}, redirected),
	get("Chrome sends the password of a staging site", with(chromeNavigates, "Authorization: Basic QTpC"), redirected),
	get("a browser on plain HTTP sends the password of a staging site", []string{firefoxAccepts, "Authorization: Basic QTpC"}, redirected),
	get("a browser on plain HTTP is logged in by Windows", []string{chromeAccepts, "Authorization: Negotiate YII="}, redirected),
	get("a proxy adds a token to a navigation", with(chromeNavigates, "Authorization: Bearer eyJh"), redirected),
	get("a browser says only that it navigates", []string{"Sec-Fetch-Mode: navigate"}, redirected),
	get("a browser says only that it loads a document", []string{"Sec-Fetch-Dest: document"}, redirected),
	get("Turbo follows a link", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID), redirected),
	get("Turbo follows a link on plain HTTP", []string{turboAccepts, turboID}, redirected),

	post("Chrome sends a form", with(fetches("same-origin", "navigate", "document"), chromeAccepts, form, insecure), posted),
	post("Chrome sends a form with a file", with(fetches("same-origin", "navigate", "document"), chromeAccepts, upload, insecure), posted),
	post("Chrome sends a form as plain text", with(fetches("same-origin", "navigate", "document"), chromeAccepts, "Content-Type: text/plain"), posted),
	post("Chrome sends a form of another site, without our cookies", with(fetches("cross-site", "navigate", "document"), chromeAccepts, form, "Origin: https://evil.example"), withheld),
	post("Safari of 2022 sends a form", []string{safariAccepts, form}, posted),
	post("Safari of 2022 sends a form with a file", []string{safariAccepts, upload}, posted),
	post("Safari of 2022 sends a form of another site, without our cookies", []string{safariAccepts, form, "Origin: https://evil.example"}, withheld),
	post("Turbo sends a form", with(fetches("same-origin", "cors", "empty"), "Accept: text/vnd.turbo-stream.html, text/html, application/xhtml+xml", turboID, form), posted),
}

var frames = []Client{
	get("an iframe", with(fetches("same-origin", "navigate", "iframe"), chromeAccepts, insecure), framed),
	get("an iframe in a page of another site", with(fetches("cross-site", "navigate", "iframe"), chromeAccepts, insecure), framed),
	get("a frame of a frameset", with(fetches("same-origin", "navigate", "frame"), chromeAccepts, insecure), framed),
	post("a form in an iframe", with(fetches("same-origin", "navigate", "iframe"), chromeAccepts, form, insecure), postedFramed),
	get("a frame of Turbo", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID, "Turbo-Frame: comments"), framed),
	get("a frame of Turbo on plain HTTP", []string{turboAccepts, turboID, "Turbo-Frame: comments"}, framed),
	post("a form in a frame of Turbo", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID, form, "Turbo-Frame: comments"), postedFramed),
}

// What is fetched before the visitor asks for it.
var ahead = []Client{
	get("Chrome prefetches a link element", with(fetches("same-origin", "no-cors", "empty"), chromeAccepts, "Sec-Purpose: prefetch"), refused),
	get("Chrome prefetches a link element on plain HTTP", []string{chromeAccepts, "Sec-Purpose: prefetch"}, refused),
	get("Chrome prefetches by speculation rules", with(chromeNavigates, "Sec-Purpose: prefetch", "Sec-Speculation-Tags: null"), refused),
	get("Chrome prefetches another site through a proxy", with(chromeNavigates, "Sec-Purpose: prefetch;anonymous-client-ip"), refused),
	get("Chrome prerenders by speculation rules", with(chromeNavigates, "Sec-Purpose: prefetch;prerender", "Sec-Speculation-Tags: null"), refused),
	get("Chrome prerenders what is being typed", with(fetches("none", "navigate", "document"), chromeAccepts, "Sec-Purpose: prefetch;prerender", "Purpose: prefetch"), refused),
	get("Chrome of 2021 prefetches", []string{chromeAccepts, "Purpose: prefetch"}, refused),
	get("Safari previews a favourite", []string{safariAccepts, "Purpose: preview"}, refused),
	get("Firefox of 2018 prefetches a link element", []string{firefoxAccepts, "X-Moz: prefetch"}, refused),
	get("Safari of 2012 previews a favourite", []string{safariAccepts, "X-Purpose: preview"}, refused),
	get("Facebook's app opens a link ahead", []string{"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "X-Purpose: preview", "X-FB-HTTP-Engine: Liger"}, refused),
	get("Turbo prefetches a link that the pointer is on", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID, "X-Sec-Purpose: prefetch"), refused),
	get("Turbo prefetches a link in a frame", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID, "X-Sec-Purpose: prefetch", "Turbo-Frame: comments"), refused),
	get("htmx preloads a part", with(htmxPart, "HX-Preloaded: true"), refused),
	get("htmx preloads a link", with(fetches("same-origin", "cors", "empty"), anything, "HX-Preloaded: true"), refused),
}

// What a browser loads for a page.
var pieces = []Client{
	get("the favicon of Chrome", with(fetches("same-origin", "no-cors", "image"), chromeImage), refused),
	get("the favicon of Chrome behind a service worker", with(fetches("same-origin", "no-cors", "empty"), chromeImage), refused),
	get("the favicon of Chrome on plain HTTP", []string{chromeImage}, refused),
	get("the favicon of Firefox", with(fetches("same-origin", "no-cors", "image"), firefoxImage), refused),
	get("the touch icon of Safari", with(fetches("same-origin", "no-cors", "image"), anything), refused),
	get("an image of Firefox of 2019", []string{oldImage}, refused),
	get("an image of another site", with(fetches("cross-site", "no-cors", "image"), chromeImage), refused),
	get("a script", with(fetches("same-origin", "no-cors", "script"), anything), refused),
	get("a module", with(fetches("same-origin", "cors", "script"), anything), refused),
	get("a style sheet", with(fetches("same-origin", "no-cors", "style"), "Accept: text/css,*/*;q=0.1"), refused),
	get("a style sheet on plain HTTP", []string{"Accept: text/css,*/*;q=0.1"}, refused),
	get("a font", with(fetches("same-origin", "cors", "font"), anything), refused),
	get("a video", with(fetches("same-origin", "no-cors", "video"), anything, "Range: bytes=0-"), refused),
	get("a video in the player of Safari", []string{anything, "Range: bytes=0-1", "X-Playback-Session-Id: 6B29FC40-CA47-1067"}, refused),
	get("a fenced frame", with(fetches("cross-site", "navigate", "fencedframe"), chromeAccepts), refused),
	get("the rules for speculation", with(fetches("same-origin", "cors", "speculationrules"), anything), refused),
	get("the manifest of an app", with(fetches("same-origin", "cors", "manifest"), anything), refused),
	get("an object", with(fetches("same-origin", "navigate", "object"), chromeAccepts, insecure), refused),
	get("an embedded document", with(fetches("same-origin", "navigate", "embed"), chromeAccepts, insecure), refused),
	get("a link with the attribute download", fetches("same-origin", "navigate", "empty"), refused),
	get("the script of a worker", with(fetches("same-origin", "same-origin", "worker"), anything), refused),
	get("the script of a shared worker", with(fetches("same-origin", "same-origin", "sharedworker"), anything), refused),
	get("the script of a service worker", with(fetches("same-origin", "same-origin", "serviceworker"), anything, "Service-Worker: script"), refused),
	post("a report of the content security policy", with(fetches("same-origin", "no-cors", "report"), anything, "Content-Type: application/csp-report"), refused),
	{Name: "a preflight", Method: http.MethodOptions, Answer: refused,
		Header: with(fetches("cross-site", "cors", "empty"), anything, "Origin: https://app.example", "Access-Control-Request-Method: PUT")},
	{Name: "a preflight of Safari of 2022", Method: http.MethodOptions, Answer: refused,
		Header: []string{anything, "Origin: https://app.example", "Access-Control-Request-Method: PUT"}},
}
