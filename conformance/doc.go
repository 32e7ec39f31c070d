// Package conformance holds ginlogin to the recorded behaviour of the real Flask-Login.
//
// An app with the same routes and settings exists twice: on Flask and Flask-Login, the oracle (oracle/app.py),
// and on Gin and ginlogin, the twin (package twin/app, binary twin). CONTRACT.md describes it. What the oracle
// answered to some hundred scenarios is kept in testdata; the tests of this package play the same scenarios to
// the twin, in process, and compare everything that can be seen from outside: status, redirect, body, cookies,
// events, calls of the loaders. Where ginlogin differs on purpose, testdata/deviations.json says so, scenario by
// scenario and field by field, each with the number of the deviation; any other difference fails, and so does a
// deviation that is no longer there.
//
// README.md tells how to run and how to record anew.
package conformance
