package cookiestore

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"
)

// stored are cookies as browsers have them, sealed under these keys. A change of the format or of the derivation of keys that does
// not read them logs everybody out.
var stored = map[string]string{
	"first-secret-of-the-tests-0123456789": "t2qhsWI-w5iSl2xnT7J9e9R34izEyh4dY7UdlambMp5BIRGyC2EAnpMxBjCVHM4vOGInB0Z32XObdxxZUI2VhND9sHXf0HscjsvRX056efp7lYLmgZLRKFoeXr85Y4IMq4qSSMCM",
	"other-secret-of-the-tests-9876543210": "mR2GysFjL619qeAUoMibPPOo6FAt2qcNpNsbZGfqfvJpC7sZhJC3p00DZrtZAXHre28VJ1KZQrSjKsmlVriSwmigW7JScd8qhFWvcgcvMtYih3RaRxEgyr5AD3Wh70m1LAyD9wHy",
}

func storeOf(secret string) *Store {
	s := NewStore([]byte(secret))
	s.now = func() time.Time { return time.Unix(1800000000, 0) }
	return s
}

func sessionData() map[any]any {
	return map[any]any{"_login": "r1.1.ada", "cart": []string{"book", "pen"}, 7: time.Unix(1700000000, 0).UTC()}
}

func TestTheSessionsOfEarlierReleasesAreStillRead(t *testing.T) {
	for secret, value := range stored {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.AddCookie(&http.Cookie{Name: "session", Value: value})
		got, err := storeOf(secret).New(req, "session")
		if err != nil || got.IsNew || !reflect.DeepEqual(got.Values, sessionData()) {
			t.Errorf("%s: %v, new: %t, %v", secret, got.Values, got.IsNew, err)
		}
		if other, _ := storeOf(secret).New(req, "session2"); !other.IsNew {
			t.Errorf("%s: it is read under another name", secret)
		}
	}
}
