// Package bench holds what only the developers of ginlogin need: benchmarks
// against its peers, and the pinned tools that check its code. It is a module of
// its own, so that users of ginlogin download none of it.
package bench
