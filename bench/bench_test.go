package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	quiet()
	os.Exit(m.Run())
}

// The same requests under Go's own benchmark, for profiles of one entrant:
//
//	go test -bench 'Request/authenticated/ginlogin,_cookiestore.Sessions$' -cpuprofile cpu.out
//
// To compare entrants, run the command: it interleaves them.
func BenchmarkRequest(b *testing.B) {
	for _, of := range []struct {
		title string
		kind  kind
	}{
		{theAuthenticated, authenticated},
		{theUntouched, untouched},
		{theAnonymous, anonymous},
		{theForeign, foreign},
		{theTampered, withTampered},
		{theLogin, login},
	} {
		for _, name := range everybody {
			b.Run(of.title+"/"+name, func(b *testing.B) {
				e := of.kind(builders[name](content{}))
				if err := e.prepare(0); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					e.lanes[0].serve(1)
				}
			})
		}
	}
}
