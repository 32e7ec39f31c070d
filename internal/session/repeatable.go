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
type repeatable struct{ gsessions.Store }

func (st repeatable) Save(req *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	if err := st.Store.Save(setcookie.AsSent(req, w.Header(), s.Name()), w, s); err != nil {
		return err
	}
	s.IsNew = false
	setcookie.KeepLast(w.Header(), s.Name())
	return nil
}

// makeRepeatable puts a repeatable store beneath s. The app uses the same s, so this holds for its
// later saves, too. Gorilla sets the store of a session in NewSession only.
func makeRepeatable(s *gsessions.Session, response http.Header) {
	if _, done := s.Store().(repeatable); done {
		return
	}
	over := gsessions.NewSession(repeatable{s.Store()}, s.Name())
	over.ID, over.Values, over.Options, over.IsNew = s.ID, s.Values, s.Options, s.IsNew
	*s = *over
	// A session that the app has saved in this request, after Open, still says that it is new.
	if setcookie.Sent(response, s.Name()) != nil {
		s.IsNew = false
	}
}
