package login

import (
	"testing"
	"time"
)

const deviceNow = 1_800_000_000

// deviceRow is the row of a login whose Device is that.
func deviceRow(device string) Row {
	return Row{ID: "l", User: "u", Expires: moment(deviceNow + 3600), Device: device}
}

func TestWhatTheRowSaysOfTheDevice(t *testing.T) {
	for _, tt := range []struct {
		device, key string
		bound       bool
	}{
		{"", "", false},
		{"?abc", "abc", false},
		{"abc", "abc", true},
	} {
		row := deviceRow(tt.device)
		if row.DeviceKey() != tt.key || row.IsBound() != tt.bound {
			t.Errorf("Device %q: key %q, bound %v; want %q, %v", tt.device, row.DeviceKey(), row.IsBound(), tt.key, tt.bound)
		}
	}
}

func TestWhetherARequestHasToBringADeviceCookie(t *testing.T) {
	for name, tt := range map[string]struct {
		setting time.Duration
		device  string
		ago     int64 // the credentials were given
		want    bool
	}{
		"switched off":                           {0, "key", 3600, false},
		"not bound":                              {10 * minute, "", 3600, false},
		"registered, and not confirmed":          {10 * minute, "?key", 3600, false},
		"confirmed":                              {10 * minute, "key", 3600, true},
		"confirmed, in the first two minutes":    {10 * minute, "key", 119, false},
		"confirmed, right after them":            {10 * minute, "key", 120, true},
		"credentials given by a clock ahead":     {10 * minute, "key", -30, false},
		"a cookie that is shorter than the time": {time.Second, "key", 119, false},
	} {
		row := deviceRow(tt.device)
		if got := (&Policy{Device: tt.setting}).DemandsDevice(&row, deviceNow-tt.ago, deviceNow); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestWhatBecomesOfARequestThatHasToBringItsDeviceCookie(t *testing.T) {
	for name, tt := range map[string]struct {
		cookie DeviceCookie
		want   DeviceVerdict
	}{
		"good":                                {DeviceCookie{Brought: true, Genuine: true, Until: deviceNow + 1}, DeviceGood},
		"good, and skipped a session before":  {DeviceCookie{Brought: true, Genuine: true, Until: deviceNow + 1, Skipped: true}, DeviceGood},
		"over this second":                    {DeviceCookie{Brought: true, Genuine: true, Until: deviceNow}, DeviceToProve},
		"another login's":                     {DeviceCookie{Brought: true, Until: deviceNow + 1}, DeviceToProve},
		"over, and the browser could not":     {DeviceCookie{Brought: true, Skipped: true}, DeviceToProve},
		"none, and the browser could not":     {DeviceCookie{Skipped: true}, DeviceDown},
		"none":                                {DeviceCookie{}, DeviceMissing},
		"none, with an end that nobody wrote": {DeviceCookie{Until: deviceNow + 1}, DeviceMissing},
	} {
		if got := (&Policy{Device: 10 * minute}).JudgeDevice(tt.cookie, deviceNow); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// proofOf is a good proof whose challenge was made that long ago.
func proofOf(ago int64) DeviceProof {
	return DeviceProof{Brought: true, Read: true, Ours: true, Signed: true, Issued: deviceNow - ago}
}

func without(proof DeviceProof, drop func(*DeviceProof)) DeviceProof {
	drop(&proof)
	return proof
}

var (
	unread   = func(p *DeviceProof) { p.Read, p.Ours, p.Signed = false, false, false }
	foreign  = func(p *DeviceProof) { p.Ours = false }
	unsigned = func(p *DeviceProof) { p.Signed = false }
)

func TestWhatARegistrationLeadsTo(t *testing.T) {
	for name, tt := range map[string]struct {
		row   Row
		proof DeviceProof
		want  string // the row's Device; "": refused
	}{
		"the first":                         {deviceRow(""), proofOf(1), "?new"},
		"again, before the confirmation":    {deviceRow("?old"), proofOf(1), "?new"},
		"of a confirmed login":              {deviceRow("old"), proofOf(1), ""},
		"just in time":                      {deviceRow(""), proofOf(119), "?new"},
		"late":                              {deviceRow(""), proofOf(120), ""},
		"from an instance whose clock runs": {deviceRow(""), proofOf(-119), "?new"},
		"from the future":                   {deviceRow(""), proofOf(-120), ""},
		"another login's challenge":         {deviceRow(""), without(proofOf(1), foreign), ""},
		"signed by another key":             {deviceRow(""), without(proofOf(1), unsigned), ""},
		"of a login that has ended":         {Row{}, proofOf(1), ""},
		"of a login that has expired":       {Row{ID: "l", Expires: moment(deviceNow)}, proofOf(1), ""},
	} {
		next, ok := (&Policy{Device: 10 * minute}).RegisterDevice(tt.row, tt.proof, "new", deviceNow)
		want := tt.row
		if tt.want != "" {
			want.Device = tt.want
		}
		if ok != (tt.want != "") || next != want {
			t.Errorf("%s: %v, Device %q; want %q", name, ok, next.Device, tt.want)
		}
	}
}

func TestWhatARefreshLeadsTo(t *testing.T) {
	dead := deviceRow("key")
	dead.Expires = moment(deviceNow)
	for name, tt := range map[string]struct {
		row   Row
		other bool // it names another key
		proof DeviceProof
		want  DeviceRefresh
	}{
		"the first confirms":         {deviceRow("?key"), false, proofOf(1), RefreshGood},
		"a later one":                {deviceRow("key"), false, proofOf(1), RefreshGood},
		"before a challenge":         {deviceRow("key"), false, DeviceProof{}, RefreshAgain},
		"to an old challenge":        {deviceRow("key"), false, proofOf(120), RefreshAgain},
		"to another's challenge":     {deviceRow("key"), false, without(proofOf(1), foreign), RefreshAgain},
		"no proof at all":            {deviceRow("key"), false, without(proofOf(1), unread), RefreshRefused},
		"signed by another key":      {deviceRow("key"), false, without(proofOf(1), unsigned), RefreshRefused},
		"of a key that lost":         {deviceRow("?key"), true, proofOf(1), RefreshEnds},
		"of a login without a key":   {deviceRow(""), false, proofOf(1), RefreshEnds},
		"of a login that has ended":  {Row{}, false, proofOf(1), RefreshEnds},
		"of one that has expired":    {dead, false, proofOf(1), RefreshEnds},
		"ended, before a challenge":  {Row{}, false, DeviceProof{}, RefreshEnds},
		"ended, and no proof at all": {Row{}, false, without(proofOf(1), unread), RefreshEnds},
	} {
		got, next := (&Policy{Device: 10 * minute}).RefreshDevice(tt.row, !tt.other, tt.proof, deviceNow)
		want := tt.row
		if tt.want == RefreshGood {
			want.Device = "key"
		}
		if got != tt.want || next != want {
			t.Errorf("%s: %v, Device %q; want %v, %q", name, got, next.Device, tt.want, want.Device)
		}
	}
}

func TestHowLongDeviceCookiesAreGood(t *testing.T) {
	for _, tt := range []struct {
		setting           time.Duration
		first, next, told int64 // seconds from now, after a challenge that took ten
	}{
		{0, 60, 590, 580},
		{10 * minute, 60, 590, 580},
		{time.Hour, 60, 3590, 3580},
		{30 * time.Second, 30, 20, 18},
		{55 * time.Second, 55, 45, 41},
	} {
		p := Policy{Device: tt.setting}
		next := p.NextDevice(proofOf(10))
		if first := p.FirstDevice(deviceNow); first != deviceNow+tt.first || next != deviceNow+tt.next {
			t.Errorf("%v: the first ends after %d s and the next after %d s, want %d and %d", tt.setting, first-deviceNow, next-deviceNow, tt.first, tt.next)
		}
		if told := DeviceAge(next, deviceNow); told != tt.told {
			t.Errorf("%v: the browser keeps it for %d s, want %d", tt.setting, told, tt.told)
		}
	}
}

func TestAProofSentAgainGainsNoTime(t *testing.T) {
	p := Policy{Device: 10 * minute}
	proof := proofOf(0)
	first := p.NextDevice(proof)
	verdict, _ := p.RefreshDevice(deviceRow("key"), true, proof, deviceNow+100)
	if again := p.NextDevice(proof); verdict != RefreshGood || again != first {
		t.Errorf("sent again: %v, until %d; want it good until %d", verdict, again, first)
	}
}

func TestAChallengeOfAShortCookieIsShorter(t *testing.T) {
	p := Policy{Device: 6 * time.Second}
	for ago, want := range map[int64]DeviceRefresh{2: RefreshGood, 3: RefreshAgain} {
		if got, _ := p.RefreshDevice(deviceRow("key"), true, proofOf(ago), deviceNow); got != want {
			t.Errorf("answered after %d s: %v, want %v", ago, got, want)
		}
	}
}
