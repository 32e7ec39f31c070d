package throttle

import (
	"strings"
	"testing"
	"time"
)

var (
	oldKey   = []byte("a secret key of thirty-two bytes")
	newKey   = []byte("a secret key, the newest of them")
	otherKey = []byte("the secret key of somebody else.")
)

func TestADeviceIsKnownToItsAccountAndVersion(t *testing.T) {
	devices := NewDevices(oldKey)
	value := devices.New("1", "v1")
	id, ok := devices.ID(value, "1", "v1")
	if !ok || id == "" || !strings.HasPrefix(value, id+".") {
		t.Fatalf("ID of %q is %q, %t", value, id, ok)
	}
	part := strings.Split(value, ".")
	issued, signature := part[1], part[2]
	resigned := func(key []byte, id, issued string) string {
		return id + "." + issued + "." + sign(NewDevices(key).keys[0], id, issued, "1", "v1")
	}
	for _, tt := range []struct{ name, value, account, version string }{
		{"another account", value, "2", "v1"},
		{"another version", value, "1", "v2"},
		{"no account", value, "", "v1"},
		{"a space moved from the version to the account", devices.New("1 2", "3"), "1", "2 3"},
		{"no value", "", "1", "v1"},
		{"only dots", "..", "1", "v1"},
		{"an ID alone", id, "1", "v1"},
		{"no signature", id + "." + issued, "1", "v1"},
		{"an empty signature", id + "." + issued + ".", "1", "v1"},
		{"no time", id + "." + signature, "1", "v1"},
		{"another ID", "X" + value, "1", "v1"},
		{"another time", id + ".1" + issued + "." + signature, "1", "v1"},
		{"a longer signature", value + "A", "1", "v1"},
		{"a dot at the end", value + ".", "1", "v1"},
		{"the key of another site", resigned(otherKey, id, issued), "1", "v1"},
		{"a time that is no number", resigned(oldKey, id, "soon"), "1", "v1"},
	} {
		if id, ok := devices.ID(tt.value, tt.account, tt.version); ok || id != "" {
			t.Errorf("%s: %q is the known device %q", tt.name, tt.value, id)
		}
	}
	if devices.New("1", "v1") == value {
		t.Error("two devices have one cookie")
	}
}

func TestADeviceIsKnownAfterTheKeysAreRotated(t *testing.T) {
	value := NewDevices(oldKey).New("1", "v1")
	if _, ok := NewDevices(newKey, oldKey).ID(value, "1", "v1"); !ok {
		t.Error("a rotated key makes the device a stranger")
	}
	if _, ok := NewDevices(newKey).ID(value, "1", "v1"); ok {
		t.Error("a key that is gone still knows the device")
	}
	if _, ok := NewDevices(newKey).ID(NewDevices(newKey, oldKey).New("1", "v1"), "1", "v1"); !ok {
		t.Error("the first key does not sign")
	}
}

func TestADeviceIsKnownForItsLifetime(t *testing.T) {
	clock := &clock{time.Unix(1_700_000_000, 0)}
	devices := NewDevices(oldKey)
	devices.Now = clock.now
	value := devices.New("1", "v1")
	clock.pass(365 * 24 * time.Hour)
	if _, ok := devices.ID(value, "1", "v1"); !ok {
		t.Error("a stranger before the year has passed")
	}
	clock.pass(time.Second)
	if _, ok := devices.ID(value, "1", "v1"); ok {
		t.Error("known after a year")
	}
}

// The value is a promise: browsers keep it for a year.
func TestTheFormatOfADeviceIsPinned(t *testing.T) {
	const value = "AAAAAAAAAAAAAAAAAAAAAAAAAA.1700000000.uVem2Sr929nzYDrCtnAO3A7vIIqiGfywaMDZEi9ZKWg"
	devices := NewDevices(oldKey)
	devices.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	if id, ok := devices.ID(value, "1", "v1"); !ok || id != "AAAAAAAAAAAAAAAAAAAAAAAAAA" {
		t.Errorf("ID is %q, %t; the signature is now %s", id, ok,
			sign(devices.keys[0], "AAAAAAAAAAAAAAAAAAAAAAAAAA", "1700000000", "1", "v1"))
	}
}

func TestNewDevicesPanicsAtAWrongKey(t *testing.T) {
	for name, keys := range map[string][][]byte{
		"no key": nil, "an empty key": {nil}, "a short key": {oldKey[:31]}, "a short second key": {oldKey, oldKey[:31]},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			NewDevices(keys...)
		}()
	}
}
