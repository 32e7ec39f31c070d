package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/mail"
)

// ended is a context that has ended: with it, Run does what waits and returns.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	end()
	return ctx
}

func TestAQueueIsBounded(t *testing.T) {
	q := mail.NewQueue(slog.New(slog.DiscardHandler))
	done, added := 0, 0
	for q.Add(func(context.Context, mail.Sender) error { done++; return nil }) == nil {
		if added++; added > 10000 {
			t.Fatal("the queue takes whatever comes")
		}
	}
	if err := q.Add(nil); !errors.Is(err, mail.ErrFull) {
		t.Errorf("error %v", err)
	}
	q.Run(ended(t), nil)
	if done != added || q.Waiting() != 0 {
		t.Errorf("%d of %d jobs are done, %d wait", done, added, q.Waiting())
	}
}

// A job that fails, or panics, is logged, and the next one is done.
func TestAQueueOutlivesItsJobs(t *testing.T) {
	var log bytes.Buffer
	q := mail.NewQueue(slog.New(slog.NewTextHandler(&log, nil)))
	done := false
	for _, job := range []mail.Job{
		func(context.Context, mail.Sender) error { return errors.New("the server is away") },
		func(context.Context, mail.Sender) error { panic("a mistake") },
		func(context.Context, mail.Sender) error { done = true; return nil },
	} {
		if err := q.Add(job); err != nil {
			t.Fatal(err)
		}
	}
	q.Run(ended(t), nil)
	if !done || !strings.Contains(log.String(), "the server is away") || !strings.Contains(log.String(), "panic: a mistake") {
		t.Errorf("done: %t; log:\n%s", done, &log)
	}
}

// A site that stops sends what waits: a mail under way is not broken off.
func TestAQueueEndsWhenItsMailsAreSent(t *testing.T) {
	q := mail.NewQueue(slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	underWay, goOn, returned := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var failed error
	if err := q.Add(func(ctx context.Context, _ mail.Sender) error {
		close(underWay)
		<-goOn
		failed = ctx.Err()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	go func() {
		q.Run(ctx, nil)
		close(returned)
	}()
	<-underWay
	stop()
	later := false
	if err := q.Add(func(context.Context, mail.Sender) error { later = true; return nil }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-returned:
		t.Fatal("it has not waited for a mail under way")
	default:
	}
	close(goOn)
	<-returned
	if failed != nil || !later {
		t.Errorf("a mail under way: %v; the next one sent: %t", failed, later)
	}
}
