package session

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"
)

const days = 24 * 60 * 60

func TestALossOfTheSessionIsAnError(t *testing.T) {
	const lost, kept = true, false
	for _, row := range []struct {
		name        string
		zeroDeletes bool
		forgets     bool
		maxAge      int
		lost        bool
	}{
		{"a store that deletes at MaxAge 0 loses it", true, false, 0, lost},
		{"a store that deletes at MaxAge 0 keeps it for a second", true, false, 1, kept},
		{"a store that drops it silently at MaxAge 0 loses it", false, true, 0, lost},
		{"a store that drops it silently beyond 30 days loses it", false, true, 30*days + 1, lost},
		{"a store that keeps MaxAge 0 may have it", false, false, 0, kept},
		{"a store that keeps 40 days may have them", false, false, 40 * days, kept},
	} {
		for path, again := range map[string]string{"/keep": "/renew", "/renew": "/keep"} {
			t.Run(row.name+", in "+path, func(t *testing.T) {
				rack := newRack()
				rack.zeroDeletes, rack.forgets, rack.options.MaxAge = row.zeroDeletes, row.forgets, row.maxAge
				s := newSite(t, sessions.Sessions("session", rack))
				updatePages(s)
				for _, path := range []string{path, again, path} { // a loss is found again each time
					res, body := s.browser().do(path)
					if row.lost {
						contains(t, path, body, "ginlogin: saving the session: ", fmt.Sprintf("Options.MaxAge is %d", row.maxAge), "deleted")
						wants(t, path+": cookies", len(res.Cookies()), 0)
						continue
					}
					wants(t, path, body, "<nil>")
				}
			})
		}
	}
}

func TestTheSessionIsAsBeforeAfterALoss(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	b := s.browser()
	b.get("/app/set?key=cart&value=book")
	rack.forgets = true
	rack.options.MaxAge = 0
	contains(t, "renew", b.get("/renew"), "MaxAge")
	wants(t, "value from before", b.get("/app/get?key=cart"), "book")
	wants(t, "value of the update", b.get("/app/get?key=user"), "<nil>")
}

func TestADeletionOfTheCookieIsALoss(t *testing.T) {
	for line, lost := range map[string]bool{
		"session=id1; Max-Age=60":      false,
		"session=id1":                  false,
		"session=; Max-Age=60":         true,
		"session=deleted; Max-Age=0":   true,
		"session2=deleted; Max-Age=0":  false,
		"my_session=; Max-Age=0; Path": false,
	} {
		s := gsessions.NewSession(newRack(), "session")
		s.Options.MaxAge = 60
		err := checkKept(httptest.NewRequest("GET", "/", nil), http.Header{"Set-Cookie": {line}}, s)
		wants(t, line, err != nil, lost)
	}
}

// readsAfterSave returns how often a save by a new visitor reads the store, beyond reading the session.
func readsAfterSave(s *site, rack *rackStore) int {
	s.t.Helper()
	rack.counts()
	wants(s.t, "save", s.browser().get("/keep"), "<nil>")
	reads, _ := rack.counts()
	return reads - 1
}

func TestAStoreIsCheckedOncePerProcess(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	with := func(maxAge int) string {
		rack.options.MaxAge = maxAge
		return fmt.Sprint(readsAfterSave(s, rack), readsAfterSave(s, rack))
	}
	wants(t, "a usual lifetime is not checked", with(3600), "0 0")
	wants(t, "30 days are not checked", with(30*days), "0 0")
	wants(t, "none is checked once", with(0), "1 0")
	wants(t, "more than 30 days are checked, too", with(31*days), "1 0")
	wants(t, "which holds for all of them", with(60*days), "0 0")

	other := newRack()
	other.options.MaxAge = 0
	o := newSite(t, sessions.Sessions("session", other))
	updatePages(o)
	wants(t, "another store of the type is checked for itself", readsAfterSave(o, other), 1)
}

func TestACheckThatFailsIsMadeAgain(t *testing.T) {
	rack := newRack()
	rack.options.MaxAge = 0
	s := newSite(t, sessions.Sessions("session", rack))
	updatePages(s)
	rack.nextReadsFail(nil, errStoreDown) // the first read is that of the session
	wants(t, "save", s.browser().get("/keep"), "ginlogin: saving the session: connection refused")
	wants(t, "reads after the next save", readsAfterSave(s, rack), 1)
	wants(t, "reads after another", readsAfterSave(s, rack), 0)
}

// A valueStore is a store that cannot be the key of a map.
type valueStore struct {
	*rackStore
	_ []byte
}

func (st valueStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	s, err := st.New(r, name)
	over := gsessions.NewSession(st, name)
	over.ID, over.Values, over.Options, over.IsNew = s.ID, s.Values, s.Options, s.IsNew
	return over, err
}

func TestAStoreThatIsNoMapKeyIsCheckedEachTime(t *testing.T) {
	rack := newRack()
	rack.options.MaxAge = 0
	s := newSite(t, sessions.Sessions("session", valueStore{rackStore: rack}))
	updatePages(s)
	wants(t, "reads after the first save", readsAfterSave(s, rack), 1)
	wants(t, "reads after the second", readsAfterSave(s, rack), 1)
}

func TestASessionInTheCookieIsNotChecked(t *testing.T) {
	store := cookieStore()
	options := testOptions()
	options.MaxAge = 0
	store.Options(options)
	counted := &countedStore{Store: store}
	s := newSite(t, sessions.Sessions("session", counted))
	updatePages(s)
	wants(t, "save", s.browser().get("/keep"), "<nil>")
	wants(t, "reads", counted.reads, 1)
}

type countedStore struct {
	sessions.Store
	reads int
}

func (st *countedStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(r).Get(st, name)
}

func (st *countedStore) New(r *http.Request, name string) (*gsessions.Session, error) {
	st.reads++
	return st.Store.New(r, name)
}

func TestTheLifetimeThatTheAppGivesTheSessionCounts(t *testing.T) {
	rack := newRack()
	rack.zeroDeletes = true
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/do", func(c *gin.Context, v *Session) any {
		sessions.Default(c).Options(sessions.Options{Path: "/"})
		return v.Update(c, Renew, set("user", "ada"))
	})
	b := s.browser()
	b.get("/app/set?key=cart&value=book")
	contains(t, "renew", b.get("/do"), "MaxAge is 0")
	wants(t, "value from before", b.get("/app/get?key=cart"), "book")
}
