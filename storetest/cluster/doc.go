// Package cluster holds no code to import. Its tests run three instances of the
// example as processes of their own behind a reverse proxy that sends every
// request to the next one, on a PostgreSQL and a Redis that they start for
// themselves, and then take away what a cluster can lose: an instance, a server,
// a key, a version. They run on Linux. Each prints what it has counted:
//
//	go test -v ./storetest/cluster
//
// Without the programs initdb, postgres and redis-server they are skipped, or with
// CI=true fail. PostgreSQL does not run as root: root starts it as the user
// postgres.
package cluster
