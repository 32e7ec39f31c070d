package login

import (
	"slices"
	"testing"
)

func TestALoginThatNeverCameBackIsNoDevice(t *testing.T) {
	for _, test := range []struct {
		name string
		row  Row
		want bool
	}{
		{"a login in use", Row{Used: true, Created: moment(begun)}, true},
		{"a login just made", Row{Created: moment(now)}, true},
		{"a login not used for less than a minute", Row{Created: moment(now - 59)}, true},
		{"not a login never used for a minute", Row{Created: moment(now - 60)}, false},
		{"not another user who acts as this one", Row{Used: true, Created: moment(begun), ActingUser: "boss"}, false},
		{"not another user who has just begun to", Row{Created: moment(now), ActingUser: "boss"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.row.IsDevice(now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestLoginsBeyondTheLimitEnd(t *testing.T) {
	row := func(id string, used bool, seen int64) Row {
		return Row{ID: id, Used: used, Created: moment(now + seen), LastSeen: moment(now + seen)}
	}
	phone, tablet, laptop := row("phone", true, 1), row("tablet", true, 2), row("laptop", true, 3)
	script, later := row("script", false, 4), row("later", false, 5)
	twin, newest := row("twin", false, 4), row("", false, 9)
	boss := row("boss", false, 1)
	boss.ActingUser = "boss"
	for _, test := range []struct {
		name string
		rows []Row
		most int
		made Row
		want []string
	}{
		{"none without a limit", []Row{phone, tablet, laptop}, 0, newest, nil},
		{"none with a limit below 0", []Row{phone, tablet, laptop}, -1, newest, nil},
		{"none at the limit", []Row{phone, tablet, laptop}, 3, newest, nil},
		{"the one seen longest ago", []Row{laptop, phone, tablet}, 2, newest, []string{"phone"}},
		{"as many as are too many", []Row{laptop, phone, tablet}, 1, laptop, []string{"phone", "tablet"}},
		{"those never used before those in use", []Row{phone, script, later, laptop}, 2, newest, []string{"script", "later"}},
		{"not the new one, which was never used", []Row{phone, script, later, laptop}, 2, later, []string{"script", "phone"}},
		{"not the new one, seen longest ago", []Row{phone, tablet, laptop}, 2, phone, []string{"tablet"}},
		{"not another user who acts as this one", []Row{boss, phone, laptop}, 2, laptop, nil},
		{"not a login made at the same moment, which ends others itself", []Row{phone, script, later}, 1, script, []string{"phone"}},
		{"but one made before, by the one made after it", []Row{phone, script, later}, 1, later, []string{"script", "phone"}},
		{"not both of one second", []Row{phone, script, twin}, 1, script, []string{"phone"}},
		{"but one of them", []Row{phone, script, twin}, 1, twin, []string{"script", "phone"}},
		{"a login made after it that is in use", []Row{phone, script, row("later", true, 5)}, 1, script, []string{"phone", "later"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.rows)
			if got := Surplus(test.rows, test.most, test.made); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !slices.Equal(test.rows, before) {
				t.Error("the caller's rows have changed")
			}
		})
	}
	if got := Listed(100); got != 120 {
		t.Errorf("%d are listed to find out", got)
	}
}
