// Package storetest holds no code to import. Its tests run ginlogin over every
// store of gin-contrib/sessions that can run on one machine, with real servers,
// and say what each store can do and what it cannot: README.md has the table.
//
// Servers are looked for at their standard ports: REDIS_URL, POSTGRES_URL and
// MEMCACHED_ADDR name others. A server that is not there skips its tests, or with
// CI=true fails them.
package storetest
