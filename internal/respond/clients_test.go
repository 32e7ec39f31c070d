package respond_test

import (
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/respond/clients"
)

func TestEveryClientGetsAnAnswerThatItCanUse(t *testing.T) {
	for _, row := range clients.All() {
		t.Run(row.Name, func(t *testing.T) {
			req := row.Request("https://shop.example" + clients.Page)
			client := respond.ClientOf(req)
			if client != row.Kind {
				t.Fatalf("ClientOf is %d, want %d", client, row.Kind)
			}
			if got := statusOf(client, req); got != row.Status {
				t.Errorf("the status is %d, want %d", got, row.Status)
			}
			if got := !client.ShowsPages(); got != row.JSON {
				t.Errorf("there is a JSON body: %t", got)
			}
			if got := client.LeavesTrace() && !respond.CookiesWithheld(req); got != row.Message {
				t.Errorf("a message is left: %t", got)
			}
			if row.Next != "" && !client.LeavesTrace() {
				t.Error("no next is left")
			}
		})
	}
}

// statusOf returns the status of a refusal.
func statusOf(client respond.Client, req *http.Request) int {
	if client.ShowsPages() {
		return respond.RedirectStatus(req)
	}
	return http.StatusUnauthorized
}

func TestTheClientsAreManyAndNamedApart(t *testing.T) {
	names := map[string]bool{}
	for _, row := range clients.All() {
		if names[row.Name] {
			t.Errorf("two clients are named %q", row.Name)
		}
		names[row.Name] = true
	}
	if len(names) < 60 {
		t.Errorf("there are %d clients", len(names))
	}
}

func TestNoClientIsKnownByAllocating(t *testing.T) {
	for _, row := range clients.All() {
		req := row.Request("https://shop.example/page")
		if n := testing.AllocsPerRun(10, func() { respond.ClientOf(req) }); n != 0 {
			t.Errorf("%s: %v allocations", row.Name, n)
		}
	}
}
