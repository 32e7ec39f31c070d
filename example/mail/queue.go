package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// ErrFull is what Queue.Add returns while too many jobs wait.
var ErrFull = errors.New("mail: too many mails wait to be sent")

// A Job finds out what is to be sent to whom, and sends it.
type Job func(ctx context.Context, sender Sender) error

// Queue has jobs done in the background.
//
// A request only adds a job. Whether there is an account, and a mail to send, is found out by the job: the answer
// to the request cannot tell, neither by what it says nor by how long it takes.
//
// A job is tried once. A site of its own has its mails taken by a mail server nearby, which tries again for days;
// users ask for another link sooner.
type Queue struct {
	log  *slog.Logger
	jobs chan Job
}

const (
	// waiting bounds the memory that a flood can take.
	waiting = 200
	// workers send at the same time, so that one slow server does not hold all mails.
	workers = 4
	// jobPatience is how long a job may take.
	jobPatience = 30 * time.Second
	// farewell is how long the jobs that are left may take when the site stops.
	farewell = 10 * time.Second
)

// NewQueue returns a queue that logs what fails.
func NewQueue(log *slog.Logger) *Queue { return &Queue{log: log, jobs: make(chan Job, waiting)} }

// Add adds a job, or returns ErrFull. It never waits.
func (q *Queue) Add(job Job) error {
	select {
	case q.jobs <- job:
		return nil
	default:
		return ErrFull
	}
}

// Waiting is how many jobs have not begun.
func (q *Queue) Waiting() int { return len(q.jobs) }

// Run does the jobs until ctx ends, and then those that are left.
func (q *Queue) Run(ctx context.Context, sender Sender) {
	var working sync.WaitGroup
	for range workers {
		working.Go(func() { q.work(ctx, sender) })
	}
	working.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	for {
		select {
		case job := <-q.jobs:
			q.do(last, job, sender)
		default:
			return
		}
	}
}

func (q *Queue) work(ctx context.Context, sender Sender) {
	for ctx.Err() == nil { // of two cases that are both ready, select takes any
		select {
		case job := <-q.jobs:
			q.do(context.WithoutCancel(ctx), job, sender) // the end of the site breaks no mail off
		case <-ctx.Done():
		}
	}
}

// do does a job, and outlives its panic: nobody else would.
func (q *Queue) do(ctx context.Context, job Job, sender Sender) {
	ctx, cancel := context.WithTimeout(ctx, jobPatience)
	defer cancel()
	defer func() {
		if panicked := recover(); panicked != nil {
			q.log.Error("a mail was not sent", "error", fmt.Sprint("panic: ", panicked))
		}
	}()
	if err := job(ctx, sender); err != nil {
		q.log.Error("a mail was not sent", "error", err)
	}
}
