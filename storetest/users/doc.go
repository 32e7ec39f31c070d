// Package users tests that ginlogin knows the errors by which the libraries that
// load users say that a row is not there, from the errors that are outages.
package users
