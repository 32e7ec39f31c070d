package session

import (
	"net/http"

	"github.com/ginlogin/ginlogin/internal/setcookie"
	gsessions "github.com/gorilla/sessions"
)

// A repeatable store lets a session be saved more than once in a request, by this package and by
// the app after it. The stores are made for one save: at the next, gorm's finds the row by the
// cookie of the request and so returns to the session of the old ID, postgres' inserts the new
// session a second time, and all of them set the cookie twice.
type repeatable struct {
	gsessions.Store
	*several // nil if a save has nothing to observe about the session's cookies
}

func (st repeatable) Save(req *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	if st.several != nil {
		req = st.only(req, s.Name())
	}
	if err := st.Store.Save(setcookie.AsSent(req, w.Header(), s.Name()), w, s); err != nil {
		return err
	}
	s.IsNew = false
	setcookie.KeepLast(w.Header(), s.Name())
	if st.several != nil {
		st.deleteOthers(req, w.Header(), s.Name())
	}
	return nil
}

// makeRepeatable puts a repeatable store beneath s. The app uses the same s, so this holds for its
// later saves, too.
func makeRepeatable(s *gsessions.Session, response http.Header) {
	if _, done := s.Store().(repeatable); done {
		return
	}
	setStore(s, repeatable{Store: s.Store()})
	// A session that the app has saved in this request, after Open, still says that it is new.
	if setcookie.Sent(response, s.Name()) != nil {
		s.IsNew = false
	}
}

// setStore replaces the store beneath s. Gorilla sets it in NewSession only.
func setStore(s *gsessions.Session, store gsessions.Store) {
	over := gsessions.NewSession(store, s.Name())
	over.ID, over.Values, over.Options, over.IsNew = s.ID, s.Values, s.Options, s.IsNew
	*s = *over
}

// beneath returns the app's own store.
func beneath(s *gsessions.Session) gsessions.Store {
	if over, ok := s.Store().(repeatable); ok {
		return over.Store
	}
	return s.Store()
}

// severalOf returns what a save has to observe about the cookies of s, or nil.
func severalOf(s *gsessions.Session) *several {
	over, _ := s.Store().(repeatable)
	return over.several
}
