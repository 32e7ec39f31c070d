package clients

import "net/http"

const (
	turboAccepts = "Accept: text/html, application/xhtml+xml"
	turboID      = "X-Turbo-Request-Id: f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	json         = "Content-Type: application/json"
	token        = "Authorization: Bearer eyJh"
)

var htmxPart = with(fetches("same-origin", "cors", "empty"), anything, "HX-Request: true", "HX-Current-URL: "+Board)

// What the scripts of a page send.
var scripts = []Client{
	get("fetch", with(fetches("same-origin", "cors", "empty"), anything), refused),
	get("fetch that asks for HTML", with(fetches("same-origin", "cors", "empty"), chromeAccepts), refused),
	get("fetch of the same origin only", with(fetches("same-origin", "same-origin", "empty"), anything), refused),
	get("fetch of another site", with(fetches("cross-site", "cors", "empty"), anything, "Origin: https://app.example"), refused),
	get("fetch in a service worker", with(fetches("same-origin", "cors", "empty"), anything), refused),
	post("fetch with a JSON body", with(fetches("same-origin", "cors", "empty"), anything, json), refused),
	post("fetch with a JSON body on plain HTTP", []string{anything, json}, refused),
	{Name: "fetch that deletes on plain HTTP", Method: http.MethodDelete, Header: []string{anything, "Origin: https://shop.example"}, Answer: refused},
	{Name: "fetch that puts a form on plain HTTP", Method: http.MethodPut, Header: []string{anything, form}, Answer: refused},
	get("Alpine AJAX", with(fetches("same-origin", "cors", "empty"), chromeAccepts, "X-Alpine-Request: true", "X-Requested-With: XMLHttpRequest"), refused),
	get("Unpoly", with(fetches("same-origin", "cors", "empty"), anything, "X-Up-Version: 3.10.2", "X-Up-Target: main"), refused),
	get("a visit of Inertia", with(fetches("same-origin", "cors", "empty"), turboAccepts, "X-Requested-With: XMLHttpRequest", "X-Inertia: true"), refused),
	get("pjax on plain HTTP", []string{"Accept: text/html, */*; q=0.01", "X-PJAX: true", "X-Requested-With: XMLHttpRequest"}, refused),
	get("XMLHttpRequest", with(fetches("same-origin", "cors", "empty"), anything), refused),
	get("jQuery on plain HTTP", []string{anything, "X-Requested-With: XMLHttpRequest"}, refused),
	get("jQuery that wants HTML on plain HTTP", []string{"Accept: text/html, */*; q=0.01", "X-Requested-With: XMLHttpRequest"}, refused),
	post("jQuery that sends a form on plain HTTP", []string{anything, form, "X-Requested-With: XMLHttpRequest"}, refused),
	get("jQuery that wants JSON on plain HTTP", []string{"Accept: application/json, text/javascript, */*; q=0.01"}, refused),
	get("axios in a page", with(fetches("same-origin", "cors", "empty"), "Accept: application/json, text/plain, */*"), refused),
	get("Angular on plain HTTP", []string{"Accept: application/json, text/plain, */*"}, refused),
	post("a beacon", with(fetches("same-origin", "no-cors", "empty"), anything, "Content-Type: text/plain;charset=UTF-8"), refused),
	post("the ping of a link", with(fetches("same-origin", "no-cors", "empty"), anything, "Content-Type: text/ping", "Ping-To: https://app.example/"), refused),
	post("the ping of a link on plain HTTP", []string{anything, "Content-Type: text/ping", "Ping-To: http://app.example/"}, refused),
	get("an EventSource", with(fetches("same-origin", "cors", "empty"), "Accept: text/event-stream", "Cache-Control: no-cache"), refused),
	get("an EventSource on plain HTTP", []string{"Accept: text/event-stream", "Cache-Control: no-cache"}, refused),
	get("a WebSocket of Chromium", []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: Q5jcc9a5133JSQ4LdYJSDg=="}, refused),
	get("a WebSocket of Firefox", with(fetches("same-origin", "websocket", "empty"), anything, "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), refused),
	get("a WebSocket of Safari", with(fetches("same-origin", "websocket", "websocket"), "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), refused),
	get("a visit of Inertia on plain HTTP", []string{turboAccepts, "X-Requested-With: XMLHttpRequest", "X-Inertia: true"}, refused),
	get("a script that uses Turbo's fetch", with(fetches("same-origin", "cors", "empty"), turboAccepts, turboID, "X-Requested-With: XMLHttpRequest"), refused),
	get("a script that uses Turbo's fetch for JSON", with(fetches("same-origin", "cors", "empty"), "Accept: application/json", turboID), refused),
	get("Turbo 7, which names itself nowhere", with(fetches("same-origin", "cors", "empty"), turboAccepts), refused),

	get("htmx asks for a part", htmxPart, part),
	post("htmx sends a form of a part", with(htmxPart, form), part),
	get("htmx asks for a part on plain HTTP", []string{anything, "HX-Request: true", "HX-Current-URL: " + Board}, part),
	get("htmx 4 asks for a part", with(fetches("same-origin", "same-origin", "empty"), "Accept: text/html", "HX-Request: true", "HX-Request-Type: partial", "HX-Current-URL: "+Board), part),
	get("htmx that wants JSON", with(fetches("same-origin", "cors", "empty"), "Accept: application/json", "HX-Request: true", "HX-Current-URL: "+Board), part),
	get("htmx restores a page of its history", with(htmxPart, "HX-History-Restore-Request: true"), part),
	{Name: "htmx deletes a part on plain HTTP", Method: http.MethodDelete, Answer: part,
		Header: []string{anything, "HX-Request: true", "HX-Current-URL: " + Board}},
	get("htmx follows a boosted link", with(htmxPart, "HX-Boosted: true"), boosted),
	post("htmx sends a boosted form", with(htmxPart, "HX-Boosted: true", form), boostedPosted),
}
