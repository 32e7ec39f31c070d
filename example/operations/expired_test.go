package operations_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/operations"
)

func TestDeleteExpired(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn()
	if err := s.Logins.CreateLogin(t.Context(), ginlogin.StoredLogin{ID: "expired", Expires: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	rows := func() (n int) {
		t.Helper()
		if err := s.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM ginlogin_logins`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := rows(); n != 2 {
		t.Fatalf("%d rows, want 2", n)
	}

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		operations.DeleteExpired(ctx, s.Logins, time.Millisecond, slog.New(slog.NewTextHandler(io.Discard, nil)))
		close(ended)
	}()
	for deadline := time.Now().Add(10 * time.Second); rows() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the expired row is still there")
		}
	}
	v.KnownAs("Ada Lovelace")
	stop()
	<-ended
}
