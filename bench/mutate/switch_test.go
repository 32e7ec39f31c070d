package main

import (
	"os"
	"strings"
	"testing"
)

// Functions of every form: without names, generic, variadic, with a receiver, without
// a result, and what has to be compiled by itself.
const formsCode = `package sum

type box[T any] struct{ full bool }

func (box[T]) limit() int { return 1 }

func (b *box[T]) fill(_ T, to bool) { b.full = to == true }

func second[T any](_ T, list ...T) (t T, ok bool) {
	if len(list) > 0 {
		return list[0], true
	}
	return
}

func one(int, string) int { return 1 }

var two = 2

var three int

func init() { three = 3 }
`

const formsTest = `package sum

import "testing"

func TestBox(t *testing.T) {
	var b box[string]
	b.fill("", true)
	if b.limit() != 1 || !b.full {
		t.Fail()
	}
	if b.fill("", false); b.full {
		t.Fail()
	}
}

func TestSecond(t *testing.T) {
	if got, ok := second(1, 2, 3); got != 2 || !ok {
		t.Fail()
	}
	if _, ok := second(1); ok {
		t.Fail()
	}
	if got, ok := second(1, 7); got != 7 || !ok {
		t.Fail()
	}
}

func TestNumbers(t *testing.T) {
	if one(0, "") != 1 || two != 2 || three != 3 {
		t.Fail()
	}
}
`

func TestFunctionsOfEveryFormAreSwitched(t *testing.T) {
	inModule(t)
	for name, text := range map[string]string{"sum.go": formsCode, "sum_test.go": formsTest} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, order{packages: []string{"."}})
	if want := " 0 survived (100.0 % noticed)\n"; !strings.HasSuffix(got, want) || strings.HasPrefix(got, "0 ") {
		t.Errorf("%s, want at the end %s", got, want)
	}
}

func TestTestsOfAnotherPackageCanJudge(t *testing.T) {
	inModule(t)
	o := order{packages: []string{"."}, judges: []string{"other"}, most: 5}
	if err := os.Mkdir("other", 0o700); err != nil {
		t.Fatal(err)
	}
	const noTest = "package other\n\nimport (\n\t\"testing\"\n\n\t_ \"sum\"\n)\n\nfunc TestNothing(*testing.T) {}\n"
	if err := os.WriteFile("other/other_test.go", []byte(noTest), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := run(t, o), "5 mutants, 0 noticed, 5 survived (0.0 % noticed)\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want at the end %s", got, want)
	}
}
