package storesuite_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/storesuite"
)

// faulty is a good store with one fault: where a function is set, it stands in for
// the method.
type faulty struct {
	*loginmem.Store
	create   func(ctx context.Context, l ginlogin.StoredLogin) error
	find     func(ctx context.Context, id string) (ginlogin.StoredLogin, error)
	swap     func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error)
	drop     func(ctx context.Context, id string) error
	list     func(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error)
	external func(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error)
	clear    func(ctx context.Context, user, except string) error
}

func (f *faulty) CreateLogin(ctx context.Context, l ginlogin.StoredLogin) error {
	return f.create(ctx, l)
}
func (f *faulty) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	return f.find(ctx, id)
}
func (f *faulty) SwapLogin(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	return f.swap(ctx, old, next)
}
func (f *faulty) DeleteLogin(ctx context.Context, id string) error { return f.drop(ctx, id) }
func (f *faulty) ListLogins(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	return f.list(ctx, user, limit)
}
func (f *faulty) FindExternal(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	return f.external(ctx, id, limit)
}
func (f *faulty) DeleteLogins(ctx context.Context, user, except string) error {
	return f.clear(ctx, user, except)
}

// A fault makes a good store bad, and names the subtest that notices.
type fault struct {
	name, noticed string
	put           func(f *faulty, good *loginmem.Store)
}

var errOutage = errors.New("outage")

var faults = []fault{
	{"none", "", func(*faulty, *loginmem.Store) {}},
	{"fractions of seconds are kept", "times_are_whole_seconds_in_UTC", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			l, err := good.FindLogin(ctx, id)
			l.Created = l.Created.Add(time.Millisecond)
			return l, err
		}
	}},
	{"times are local", "a_row_is_found_as_it_was_made", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			l, err := good.FindLogin(ctx, id)
			l.Expires = l.Expires.In(time.FixedZone("CET", 3600))
			return l, err
		}
	}},
	{"users are cut", "a_long_user_is_kept_whole_or_refused", func(f *faulty, good *loginmem.Store) {
		f.create = func(ctx context.Context, l ginlogin.StoredLogin) error {
			l.User = l.User[:min(len(l.User), 512)]
			return good.CreateLogin(ctx, l)
		}
		f.list = func(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
			return good.ListLogins(ctx, user[:min(len(user), 512)], limit)
		}
	}},
	{"external IDs are cut", "a_long_text_is_kept_whole_or_refused", func(f *faulty, good *loginmem.Store) {
		f.create = func(ctx context.Context, l ginlogin.StoredLogin) error {
			l.ExternalID = l.ExternalID[:min(len(l.ExternalID), 512)]
			return good.CreateLogin(ctx, l)
		}
	}},
	{"a swap cuts the device", "a_long_text_is_kept_whole_or_refused", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			next.Device = next.Device[:min(len(next.Device), 512)]
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap loses where a text does not fit", "a_long_text_is_kept_whole_or_refused", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			if len(next.Methods) > 512 {
				return false, nil
			}
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"user agents have to be short", "a_user_agent_of_any_length_and_any_bytes_is_no_error", func(f *faulty, good *loginmem.Store) {
		f.create = func(ctx context.Context, l ginlogin.StoredLogin) error {
			if len(l.UserAgent) > 512 {
				return errOutage
			}
			return good.CreateLogin(ctx, l)
		}
	}},
	{"a row that is not there is empty", "an_ID_without_a_row_is_ErrLoginNotFound", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			l, err := good.FindLogin(ctx, id)
			if errors.Is(err, ginlogin.ErrLoginNotFound) {
				err = nil
			}
			return l, err
		}
	}},
	{"a malformed ID is an outage", "an_ID_of_any_bytes_is_ErrLoginNotFound", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			if strings.Contains(id, "\x00") {
				return ginlogin.StoredLogin{}, errOutage
			}
			return good.FindLogin(ctx, id)
		}
	}},
	{"creating overwrites", "an_ID_that_exists_already_is_refused", func(f *faulty, good *loginmem.Store) {
		f.create = func(ctx context.Context, l ginlogin.StoredLogin) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return errors.Join(good.DeleteLogin(ctx, l.ID), good.CreateLogin(ctx, l))
		}
	}},
	{"IDs lose trailing spaces", "IDs_differ_in_case_and_trailing_spaces", func(f *faulty, good *loginmem.Store) {
		f.drop = func(ctx context.Context, id string) error {
			return errors.Join(good.DeleteLogin(ctx, id), good.DeleteLogin(ctx, id+" "))
		}
	}},
	{"a swap forgets a field", "a_swap_replaces_the_whole_row_and_no_other", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			next.Rotated = old.Rotated
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap compares nothing", "a_swap_compares_Generation,_Presented_and_Device", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, _, next ginlogin.StoredLogin) (bool, error) {
			l, err := good.FindLogin(ctx, next.ID)
			if err != nil {
				return false, unlessNotFound(err)
			}
			return good.SwapLogin(ctx, l, next)
		}
	}},
	{"a swap ignores Presented", "a_swap_compares_Generation,_Presented_and_Device", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			if l, err := good.FindLogin(ctx, next.ID); err == nil {
				old.Presented = l.Presented
			}
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap ignores Device", "a_swap_compares_Generation,_Presented_and_Device", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			if l, err := good.FindLogin(ctx, next.ID); err == nil {
				old.Device = l.Device
			}
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap folds the case of Device", "a_swap_compares_Generation,_Presented_and_Device", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			if l, err := good.FindLogin(ctx, next.ID); err == nil && strings.EqualFold(l.Device, old.Device) {
				old.Device = l.Device
			}
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap counts what changed", "a_swap_that_changes_nothing_succeeds", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			l, err := good.FindLogin(ctx, next.ID)
			swapped, swapErr := good.SwapLogin(ctx, old, next)
			return swapped && l != next, errors.Join(swapErr, unlessNotFound(err))
		}
	}},
	{"a swap inserts", "a_swap_does_not_bring_back_a_row", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			if _, err := good.FindLogin(ctx, next.ID); errors.Is(err, ginlogin.ErrLoginNotFound) {
				return true, good.CreateLogin(ctx, next)
			}
			return good.SwapLogin(ctx, old, next)
		}
	}},
	{"a swap reads before it writes", "of_64_swaps_at_once_one_wins", func(f *faulty, good *loginmem.Store) {
		f.swap = func(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
			l, err := good.FindLogin(ctx, next.ID)
			if err != nil || l.Generation != old.Generation || l.Presented != old.Presented {
				return false, unlessNotFound(err)
			}
			time.Sleep(10 * time.Millisecond) // as a database far away
			if l, err = good.FindLogin(ctx, next.ID); err != nil {
				return false, unlessNotFound(err)
			}
			return good.SwapLogin(ctx, l, next)
		}
	}},
	{"the list is in order of creation", "a_list_begins_with_the_login_seen_last", func(f *faulty, good *loginmem.Store) {
		f.list = func(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
			list, err := good.ListLogins(ctx, user, limit)
			slices.SortFunc(list, func(a, b ginlogin.StoredLogin) int { return b.Created.Compare(a.Created) })
			return list, err
		}
	}},
	{"the list has expired rows", "a_list_leaves_out_expired_rows", func(_ *faulty, good *loginmem.Store) {
		good.Now = func() time.Time { return time.Time{}.Add(-time.Second) }
	}},
	{"the list folds case", "a_list_is_of_one_user_only", func(f *faulty, good *loginmem.Store) {
		f.list = func(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
			list, err := good.ListLogins(ctx, user, limit)
			if user == "ada" {
				more, _ := good.ListLogins(ctx, "Ada", limit)
				list = append(list, more...)
			}
			return list, err
		}
	}},
	{"the list ignores its limit", "a_list_has_limit_rows_at_most", func(f *faulty, good *loginmem.Store) {
		f.list = func(ctx context.Context, user string, _ int) ([]ginlogin.StoredLogin, error) {
			return good.ListLogins(ctx, user, math.MaxInt)
		}
	}},
	{"a limit of 0 is no limit", "a_list_has_limit_rows_at_most", func(f *faulty, good *loginmem.Store) {
		f.list = func(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
			return good.ListLogins(ctx, user, cmp.Or(limit, math.MaxInt))
		}
	}},
	{"external IDs are found in order of creation", "an_external_ID_finds_its_rows_in_the_order_of_a_list", func(f *faulty, good *loginmem.Store) {
		f.external = func(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
			list, err := good.FindExternal(ctx, id, limit)
			slices.SortFunc(list, func(a, b ginlogin.StoredLogin) int { return cmp.Compare(a.User, b.User) })
			return list, err
		}
	}},
	{"external IDs find expired rows", "an_external_ID_does_not_find_expired_rows", func(f *faulty, good *loginmem.Store) {
		f.external = func(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
			good.Now = func() time.Time { return time.Time{} }
			defer func() { good.Now = time.Now }()
			return good.FindExternal(ctx, id, limit)
		}
	}},
	{"external IDs lose trailing spaces", "external_IDs_differ_in_case_and_trailing_spaces", func(f *faulty, good *loginmem.Store) {
		f.external = func(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
			return good.FindExternal(ctx, strings.TrimRight(id, " "), limit)
		}
	}},
	{"no external ID is one", `the_external_ID_""_finds_nothing`, func(f *faulty, good *loginmem.Store) {
		f.external = func(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
			if id == "" {
				return good.ListLogins(ctx, "ada", limit)
			}
			return good.FindExternal(ctx, id, limit)
		}
	}},
	{"external IDs ignore the limit", "an_external_ID_finds_limit_rows_at_most", func(f *faulty, good *loginmem.Store) {
		f.external = func(ctx context.Context, id string, _ int) ([]ginlogin.StoredLogin, error) {
			return good.FindExternal(ctx, id, math.MaxInt)
		}
	}},
	{"deleting does nothing", "deleting_removes_one_row", func(f *faulty, _ *loginmem.Store) {
		f.drop = func(ctx context.Context, _ string) error { return ctx.Err() }
	}},
	{"deleting nothing is an error", "deleting_a_row_that_is_not_there_is_no_error", func(f *faulty, good *loginmem.Store) {
		f.drop = func(ctx context.Context, id string) error {
			_, err := good.FindLogin(ctx, id)
			return errors.Join(err, good.DeleteLogin(ctx, id))
		}
	}},
	{"deleting knows no exception", "deleting_a_user's_rows_spares_the_exception_and_other_users", func(f *faulty, good *loginmem.Store) {
		f.clear = func(ctx context.Context, user, _ string) error { return good.DeleteLogins(ctx, user, "") }
	}},
	{"deleting spares expired rows", "deleting_a_user's_rows_spares_the_exception_and_other_users", func(f *faulty, good *loginmem.Store) {
		f.clear = func(ctx context.Context, user, except string) error {
			list, err := good.ListLogins(ctx, user, math.MaxInt)
			for _, l := range list {
				if l.ID != except {
					err = errors.Join(err, good.DeleteLogin(ctx, l.ID))
				}
			}
			return err
		}
	}},
	{"quotes break", "SQL_in_an_ID_or_a_user_is_text", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			if strings.HasPrefix(id, "'") {
				return ginlogin.StoredLogin{}, errOutage
			}
			return good.FindLogin(ctx, id)
		}
	}},
	{"an outage is an ended login", "a_cancelled_context_is_an_error_and_changes_nothing", func(f *faulty, good *loginmem.Store) {
		f.find = func(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
			l, err := good.FindLogin(ctx, id)
			if err != nil {
				err = ginlogin.ErrLoginNotFound
			}
			return l, err
		}
	}},
	{"the context is ignored", "a_cancelled_context_is_an_error_and_changes_nothing", func(f *faulty, good *loginmem.Store) {
		f.drop = func(ctx context.Context, id string) error { return good.DeleteLogin(context.WithoutCancel(ctx), id) }
	}},
}

func unlessNotFound(err error) error {
	if errors.Is(err, ginlogin.ErrLoginNotFound) {
		return nil
	}
	return err
}

// TestFaultyStore is run by TestTheSuiteNoticesEveryFault, in a process of its own.
func TestFaultyStore(t *testing.T) {
	name := os.Getenv("STORESUITE_FAULT")
	i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
	if i < 0 {
		return
	}
	storesuite.Run(t, func(*testing.T) ginlogin.LoginStore {
		good := loginmem.New()
		f := &faulty{
			Store: good, create: good.CreateLogin, find: good.FindLogin, swap: good.SwapLogin,
			drop: good.DeleteLogin, list: good.ListLogins, external: good.FindExternal, clear: good.DeleteLogins,
		}
		faults[i].put(f, good)
		return f
	})
}

func TestTheSuiteNoticesEveryFault(t *testing.T) {
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestFaultyStore$", "-test.v", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), "STORESUITE_FAULT="+fault.name)
			output, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err != nil && !errors.As(err, &exit):
				t.Fatal(err)
			case strings.Contains(string(output), "panic:") || strings.Contains(string(output), "DATA RACE"):
				t.Fatalf("the test broke:\n%s", output)
			case fault.noticed == "":
				if err != nil {
					t.Errorf("a store without a fault fails:\n%s", output)
				}
			case !strings.Contains(string(output), "--- FAIL: TestFaultyStore/"+fault.noticed+" "):
				t.Errorf("the suite did not notice:\n%s", output)
			}
		})
	}
}
