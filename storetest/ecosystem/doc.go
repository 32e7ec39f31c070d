// Package ecosystem holds no code to import. Its tests run ginlogin over real
// servers beside what other people put into the same engine: the middlewares of
// gin-contrib, HTTP/2, streams, WebSockets, proxies and sub-paths. The README of
// storetest has the table.
package ecosystem
