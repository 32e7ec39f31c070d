package ginlogin_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// numberLoader is a user loader for IDs of type I, behind IntID, and the IDs
// that it was asked for.
func numberLoader[I int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | userNumber](asked *[]string) func(context.Context, string) (*account, error) {
	return ginlogin.IntID(func(_ context.Context, id I) (*account, error) {
		*asked = append(*asked, fmt.Sprint(id))
		return &account{ID: fmt.Sprint(id)}, nil
	})
}

type userNumber int16

func TestANumberIsAnIDOfEachIntegerType(t *testing.T) {
	var asked []string
	for _, row := range []struct {
		name             string
		load             func(context.Context, string) (*account, error)
		smallest, beyond string // beyond the smallest
		largest, above   string
	}{
		{"int8", numberLoader[int8](&asked), "-128", "-129", "127", "128"},
		{"int16", numberLoader[int16](&asked), "-32768", "-32769", "32767", "32768"},
		{"int32", numberLoader[int32](&asked), "-2147483648", "-2147483649", "2147483647", "2147483648"},
		{"int64", numberLoader[int64](&asked), "-9223372036854775808", "-9223372036854775809", "9223372036854775807", "9223372036854775808"},
		{"int", numberLoader[int](&asked), strconv.Itoa(math.MinInt), "-9223372036854775809", strconv.Itoa(math.MaxInt), "9223372036854775808"},
		{"uint8", numberLoader[uint8](&asked), "0", "-1", "255", "256"},
		{"uint16", numberLoader[uint16](&asked), "0", "-1", "65535", "65536"},
		{"uint32", numberLoader[uint32](&asked), "0", "-1", "4294967295", "4294967296"},
		{"uint64", numberLoader[uint64](&asked), "0", "-1", "18446744073709551615", "18446744073709551616"},
		{"uint", numberLoader[uint](&asked), "0", "-1", strconv.FormatUint(math.MaxUint, 10), "18446744073709551616"},
		{"a type of the app's", numberLoader[userNumber](&asked), "-32768", "-32769", "32767", "32768"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, id := range []string{row.smallest, row.largest, "0", "1", "42"} {
				asked = nil
				u, err := row.load(t.Context(), id)
				if err != nil || u == nil || u.ID != id || len(asked) != 1 {
					t.Errorf("%s: %+v, %v after asking for %q", id, u, err, asked)
				}
			}
			for _, id := range []string{row.beyond, row.above, "99999999999999999999999", "-99999999999999999999999"} {
				wantsNoUser(t, row.load, id, &asked)
			}
		})
	}
}

func TestANumberHasOneSpelling(t *testing.T) {
	var asked []string
	signed, unsigned := numberLoader[int64](&asked), numberLoader[uint64](&asked)
	for _, id := range []string{
		"", " ", " 1", "1 ", "1\n", "+1", "01", "001", "-0", "-01", "+0", "00", "--1", "-", "+", "1.0", "1.", "1e3", "1_000",
		"0x1", "0b1", "0o1", "1\x00", "١", "１", "one", "1; DROP TABLE users", "null", "NaN",
	} {
		wantsNoUser(t, signed, id, &asked)
		wantsNoUser(t, unsigned, id, &asked)
	}
}

// wantsNoUser fails the test unless the loader finds no user under id without
// asking for one.
func wantsNoUser(t *testing.T, load func(context.Context, string) (*account, error), id string, asked *[]string) {
	t.Helper()
	*asked = nil
	u, err := load(t.Context(), id)
	if u != nil || !errors.Is(err, ginlogin.ErrUserNotFound) || len(*asked) > 0 {
		t.Errorf("%q: %+v, %v after asking for %q", id, u, err, *asked)
	}
	if err != nil && !strings.Contains(err.Error(), strconv.Quote(id)) {
		t.Errorf("%q: the error does not name the ID: %v", id, err)
	}
}

// binaryID is an ID as uuid.UUID is one.
type binaryID [4]byte

func parseBinaryID(s string) (id binaryID, err error) {
	b, err := hex.DecodeString(s)
	if err == nil && len(b) != len(id) {
		err = errors.New("it has another length")
	}
	copy(id[:], b)
	return id, err
}

func TestAnIDIsParsedByAFunctionOfTheApps(t *testing.T) {
	var asked []string
	outage := errors.New("connection refused")
	load := ginlogin.ParseID(parseBinaryID, func(_ context.Context, id binaryID) (*account, error) {
		asked = append(asked, hex.EncodeToString(id[:]))
		if id == (binaryID{}) {
			return nil, outage
		}
		return &account{ID: hex.EncodeToString(id[:])}, nil
	})
	u, err := load(t.Context(), "0badcafe")
	if err != nil || u == nil || u.ID != "0badcafe" || len(asked) != 1 {
		t.Errorf("%+v, %v after asking for %q", u, err, asked)
	}
	if _, err := load(t.Context(), "00000000"); err != outage {
		t.Errorf("the loader's error became %v", err)
	}
	for _, id := range []string{"", "1", "0badcafe0badcafe", "ada", "0badcafe "} {
		wantsNoUser(t, load, id, &asked)
	}
}

// The errors of a parser are not those of a database: none of them is an outage.
func TestWhateverAParserReturnsMeansNoSuchUser(t *testing.T) {
	for _, refusal := range []error{errors.New("connection refused"), context.DeadlineExceeded, ginlogin.ErrUserNotFound} {
		load := ginlogin.ParseID(func(string) (int, error) { return 7, refusal },
			func(context.Context, int) (*account, error) { t.Error("asked"); return nil, nil })
		if u, err := load(t.Context(), "7"); u != nil || !errors.Is(err, ginlogin.ErrUserNotFound) {
			t.Errorf("%v: %+v, %v", refusal, u, err)
		}
	}
}

func TestAnAdapterOfNoLoaderIsNoLoader(t *testing.T) {
	load := func(context.Context, int) (*account, error) { return nil, nil }
	for name, adapted := range map[string]func(context.Context, string) (*account, error){
		"IntID without a loader":   ginlogin.IntID[*account, int](nil),
		"ParseID without a loader": ginlogin.ParseID[*account](strconv.Atoi, nil),
		"ParseID without a parser": ginlogin.ParseID(nil, load),
	} {
		wantsText(t, name, panicText(func() { ginlogin.New(adapted).Middleware() }), "ginlogin: LoginManager has no loader")
	}
}

func TestALoginEndsWhenIDsBecomeOnesThatDoNotParse(t *testing.T) {
	numbers, uuids := true, false
	for name, before := range map[string]bool{"numbers become UUIDs": numbers, "UUIDs become numbers": uuids} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			b := s.browser()
			id := "0badcafe"
			if before == numbers {
				id = "7"
			}
			s.users.rows[id] = &account{ID: id}
			b.post("/login?id=" + id)
			wants(t, "before", b.get("/whoami"), "200 user "+id)

			after := newSite(t, cookieStore(), func(s *site) {
				if before == numbers {
					loadWith(s, ginlogin.ParseID(parseBinaryID, func(context.Context, binaryID) (*account, error) { return nil, errStoreDown }))
				} else {
					loadWith(s, ginlogin.IntID(func(context.Context, int) (*account, error) { return nil, errStoreDown }))
				}
			})
			after.clock.Advance(time.Minute) // beyond the grace of a login just made
			moved := after.browser()
			moved.put("session", b.cookie("session"))
			wants(t, "after", moved.get("/whoami"), "200 user ")
		})
	}
}
