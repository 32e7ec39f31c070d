package main

import (
	"errors"
	"strings"
	"testing"
)

// The example as it is now: its forms, pages and metrics are what this command counts on.
func TestAVisitorFindsTheWayAroundTheExample(t *testing.T) {
	dir := t.TempDir()
	binary, err := build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	i, err := start(t.Context(), binary, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := i.stop(); err != nil {
			t.Error(err)
		}
	}()
	b := &bench{target: i.address, instances: []*instance{i}}
	if err := b.register(1); err != nil {
		t.Fatal(err)
	}
	defer b.hangUp()
	v := b.visitors[0]
	guesser := b.guessers()[0]
	defer guesser.hangUp()
	if err := errors.Join(v.page(), v.logIn(), v.page(), v.logInAndOut(), guesser.guess()); err != nil {
		t.Error(err)
	}
	if v.page() == nil {
		t.Error("the page is open after the logout")
	}
	u, err := usageOf(t.Context(), b.instances)
	if err != nil || u.resident == 0 || u.heap == 0 || u.goroutines == 0 || u.processor == 0 {
		t.Errorf("it uses %+v, %v", u, err)
	}
}

func TestWhereTheExampleListensIsRead(t *testing.T) {
	var i instance
	err := i.readAddresses(strings.NewReader("metrics: http://127.0.0.1:2/metrics\nsecret key: x\nlistening on http://127.0.0.1:1\n"))
	if err != nil || i.address != "127.0.0.1:1" || i.metrics != "http://127.0.0.1:2/metrics" {
		t.Errorf("%+v, %v", i, err)
	}
	if (&instance{}).readAddresses(strings.NewReader("secret key: x\n")) == nil {
		t.Error("an example that does not start is taken for one that does")
	}
}
