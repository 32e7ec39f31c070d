package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

func TestDeleteExpired(t *testing.T) {
	s, v := open(t)
	v.logIn()
	if err := s.logins.CreateLogin(t.Context(), ginlogin.StoredLogin{ID: "expired", Expires: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	rows := func() (n int) {
		t.Helper()
		if err := s.users.db.QueryRowContext(t.Context(), `SELECT count(*) FROM ginlogin_logins`).Scan(&n); err != nil {
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
		deleteExpired(ctx, s.logins, time.Millisecond, slog.New(slog.NewTextHandler(io.Discard, nil)))
		close(ended)
	}()
	for deadline := time.Now().Add(10 * time.Second); rows() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the expired row is still there")
		}
	}
	v.knownAs("Ada Lovelace")
	stop()
	<-ended
}
