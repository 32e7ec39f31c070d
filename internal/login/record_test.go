package login

import (
	"testing"
	"time"
)

const day = 24 * time.Hour

// The moments of the tests, in seconds since 1970.
const (
	now   int64 = 1_700_000_000
	begun int64 = now - 3600 // when the login of the tests was made
)

// aClient and anotherClient are hashes as package visit makes them.
var (
	aClient       = Client([]byte("AAAAAAAAAAAAAAAAAAAAAA"))
	anotherClient = Client([]byte("BBBBBBBBBBBBBBBBBBBBBB"))
)

// records are texts that live in the sessions of running sites. Each has to be
// readable for ever, so none of them may change.
var records = []struct {
	name, text string
	record     Record
}{
	{
		"a login just made",
		"1.1.1700000000.0.0.0.AAAAAAAAAAAAAAAAAAAAAA.LOGIN.....42",
		Record{
			UserID: "42", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now,
			Client: "AAAAAAAAAAAAAAAAAAAAAA", LoginID: "LOGIN",
		},
	},
	{
		"a restored and confirmed login with every field",
		"1.0.1699996400.3600.1800.12.BBBBBBBBBBBBBBBBBBBBBB.LOGIN.BINDING.pwd+otp.hwk.MS4xLmJvc3M.ada",
		Record{
			UserID: "ada", LoginAt: begun, AuthAt: now, BegunAt: begun + 1800, Generation: 12,
			Client: "BBBBBBBBBBBBBBBBBBBBBB", LoginID: "LOGIN", Binding: "BINDING",
			Methods: "pwd otp", Confirmed: "hwk", Acting: "1.1.boss",
		},
	},
	{
		"times before the login are negative",
		"1.1.1700000000.-5.-60.0..LOGIN.....1",
		Record{UserID: "1", Fresh: true, LoginAt: now, AuthAt: now - 5, BegunAt: now - 60, LoginID: "LOGIN"},
	},
	{
		"a login before 1970",
		"1.0.-10.10.25.-1..LOGIN.....1",
		Record{UserID: "1", LoginAt: -10, AuthAt: 0, BegunAt: 15, Generation: -1, LoginID: "LOGIN"},
	},
	{
		"a user ID keeps its dots, which stand last",
		"1.1.1700000000.0.0.0..LOGIN.....ada.lovelace%40example.org",
		Record{UserID: "ada.lovelace@example.org", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN"},
	},
	{
		"a user ID of dots",
		"1.1.1700000000.0.0.0..LOGIN........",
		Record{UserID: "...", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN"},
	},
	{
		"a user ID with a percent, a plus and a space",
		"1.1.1700000000.0.0.0..LOGIN.....100%25+%2B+1",
		Record{UserID: "100% + 1", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN"},
	},
	{
		"a user ID in UTF-8, with bytes that are none",
		"1.1.1700000000.0.0.0..LOGIN.....%C3%A9%E2%82%AC%FF%00",
		Record{UserID: "é€\xff\x00", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN"},
	},
	{
		"methods have their dots escaped, since fields end at dots",
		"1.1.1700000000.0.0.0..LOGIN..x%2Ey+%25.a%2Eb..1",
		Record{
			UserID: "1", Fresh: true, LoginAt: now, AuthAt: now, BegunAt: now, LoginID: "LOGIN",
			Methods: "x.y %", Confirmed: "a.b",
		},
	},
}

func TestARecordIsWrittenAndReadAsItsText(t *testing.T) {
	for _, test := range records {
		t.Run(test.name, func(t *testing.T) {
			if text := test.record.Encode(); text != test.text {
				t.Errorf("Encode:\n got %s\nwant %s", text, test.text)
			}
			var r Record
			if !r.Decode(test.text) || r != test.record {
				t.Errorf("Decode:\n got %+v\nwant %+v", r, test.record)
			}
		})
	}
}

func TestARecordIsReadOverAnother(t *testing.T) {
	r := records[1].record
	if !r.Decode(records[0].text) || r != records[0].record {
		t.Errorf("got %+v", r)
	}
}

func TestTextThatIsNoRecordIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"no text", ""},
		{"another version", "2.1.1700000000.0.0.0.C.LOGIN.....1"},
		{"no version", ".1.1700000000.0.0.0.C.LOGIN.....1"},
		{"the record of the first edition", "1.42.1.AAAAAAAAAAAAAAAAAAAAAA.1700000000.1700000000.1700000000.LOGIN.BINDING"},
		{"no user", "1.1.1700000000.0.0.0.C.LOGIN....."},
		{"a field too few", "1.1.1700000000.0.0.0.C.LOGIN....1"},
		{"fresh neither 0 nor 1", "1.2.1700000000.0.0.0.C.LOGIN.....1"},
		{"fresh empty", "1..1700000000.0.0.0.C.LOGIN.....1"},
		{"fresh longer than a digit", "1.10.1700000000.0.0.0.C.LOGIN.....1"},
		{"no time of login", "1.1..0.0.0.C.LOGIN.....1"},
		{"a time of login that is no number", "1.1.17e8.0.0.0.C.LOGIN.....1"},
		{"a time of login beyond 64 bits", "1.1.9223372036854775808.0.0.0.C.LOGIN.....1"},
		{"a time of authentication that is no number", "1.1.1700000000.x.0.0.C.LOGIN.....1"},
		{"a beginning that is no number", "1.1.1700000000.0.x.0.C.LOGIN.....1"},
		{"a generation that is no number", "1.1.1700000000.0.0.x.C.LOGIN.....1"},
		{"a generation below the digits", "1.1.1700000000.0.0.1/.C.LOGIN.....1"},
		{"a generation above the digits", "1.1.1700000000.0.0.1:.C.LOGIN.....1"},
		{"methods that are half escaped", "1.1.1700000000.0.0.0.C.LOGIN..%2...1"},
		{"confirmed methods that are half escaped", "1.1.1700000000.0.0.0.C.LOGIN...%2..1"},
		{"an acting record that is not base64", "1.1.1700000000.0.0.0.C.LOGIN....!.1"},
		{"an acting record with padding", "1.1.1700000000.0.0.0.C.LOGIN....QQ==.1"},
		{"a user ID that is half escaped", "1.1.1700000000.0.0.0.C.LOGIN.....%2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r Record
			if r.Decode(test.text) {
				t.Errorf("read as %+v", r)
			}
		})
	}
}

func TestNumbersAreReadAtEveryLength(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int64
		ok   bool
	}{
		{"0", 0, true},
		{"9", 9, true},
		{"1234567890", 1234567890, true},
		{"007", 7, true},
		{"-1", -1, true},
		{"+1", 1, true},
		{"999999999999999999", 999999999999999999, true},
		{"9223372036854775807", 9223372036854775807, true},
		{"-9223372036854775808", -9223372036854775808, true},
		{"9223372036854775808", 0, false},
		{"99999999999999999999", 0, false},
		{"", 0, false},
		{"/", 0, false},
		{":", 0, false},
		{"1 ", 0, false},
		{"1_0", 0, false},
		{"0x1", 0, false},
	} {
		if n, err := number(test.text); (err == nil) != test.ok || test.ok && n != test.n {
			t.Errorf("%q: %d, %v", test.text, n, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, test := range records {
		f.Add(test.text)
	}
	f.Add("1.1.+5.9223372036854775807.-0.007.C.LOGIN.B.%2e.%41.QR.%41")
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Record
		if !r.Decode(text) {
			return
		}
		written := r.Encode()
		if !again.Decode(written) || again != r {
			t.Errorf("%q is %+v, written as %q, which is %+v", text, r, written, again)
		}
	})
}

func TestOfTwoSessionsTheOneWithTheNewerLoginCounts(t *testing.T) {
	ada := Record{UserID: "ada", LoginID: "A", LoginAt: 100, AuthAt: 100, BegunAt: 100, Generation: 2}
	with := func(edit func(*Record)) Record { r := ada; edit(&r); return r }
	for _, test := range []struct {
		name         string
		newer, older Record
	}{
		{"a login counts before none", ada, Record{}},
		{"of two logins, the later one", with(func(r *Record) { *r = Begin("bob", "B", "", "", Client{}, true, 101) }), ada},
		{"a login that was confirmed counts before one made earlier", with(func(r *Record) { r.Confirm(Row{}, Client{}, "", 150) }), Record{UserID: "bob", LoginID: "B", LoginAt: 149, AuthAt: 149, BegunAt: 149}},
		{"a login that was restored counts before one made earlier", Record{UserID: "bob", LoginID: "B", LoginAt: 1, AuthAt: 1, BegunAt: 101}, ada},
		{"a login counts before one restored earlier", ada, Record{UserID: "bob", LoginID: "B", LoginAt: 1, AuthAt: 1, BegunAt: 99}},
		{"a login counts before a higher generation of an older one", ada, Record{UserID: "bob", LoginID: "B", LoginAt: 99, AuthAt: 99, BegunAt: 99, Generation: 9}},
		{"of one login, the session of the higher generation", with(func(r *Record) { r.KeepAlone(Row{Generation: 4}, "") }), ada},
		{"of one login, the session begun later, whatever generation", with(func(r *Record) { r.BegunAt, r.Generation = 101, 1 }), ada},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !test.newer.NewerThan(&test.older) {
				t.Error("it is not newer")
			}
			if test.older.NewerThan(&test.newer) {
				t.Error("the other one is newer")
			}
		})
	}
	for name, r := range map[string]Record{"a session without a login": {}, "a login": ada} {
		if r.NewerThan(&r) {
			t.Errorf("%s is newer than itself", name)
		}
	}
}
