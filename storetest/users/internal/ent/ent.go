// Package ent has the error that ent generates into an app for an entity that is
// not there. TestTheErrorOfEntIsTheOneThatItGenerates compares it with ent's.
package ent

// NotFoundError returns when trying to fetch a specific entity and it was not found in the database.
type NotFoundError struct {
	label string
}

// Error implements the error interface.
func (e *NotFoundError) Error() string {
	return "ent: " + e.label + " not found"
}

// NotFound returns the error of a query for the only entity of a kind, as
// UserQuery.Only does.
func NotFound(label string) error { return &NotFoundError{label} }
