package storetest

import (
	"net/http"
	"sync"

	"github.com/gin-contrib/sessions"
	gsessions "github.com/gorilla/sessions"
)

// A tapped store asks before it saves; an error is its answer then.
type tapped struct {
	sessions.Store
	onSave func(*gsessions.Session) error
}

func (s *tapped) Get(req *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(req).Get(s, name)
}

func (s *tapped) Save(req *http.Request, w http.ResponseWriter, session *gsessions.Session) error {
	if err := s.onSave(session); err != nil {
		return err
	}
	return s.Store.Save(req, w, session)
}

// A locked store does one thing at a time.
type locked struct {
	sessions.Store
	mu sync.Mutex
}

func (s *locked) Get(req *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(req).Get(s, name)
}

func (s *locked) New(req *http.Request, name string) (*gsessions.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.New(req, name)
}

func (s *locked) Save(req *http.Request, w http.ResponseWriter, session *gsessions.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Save(req, w, session)
}
