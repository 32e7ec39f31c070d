package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// Config is the configuration of the contract; its defaults are Flask-Login's.
type Config struct {
	SecretKey string `json:"secret_key"`

	LoginView      string  `json:"login_view"`
	AdminLoginView *string `json:"admin_login_view"` // nil: not configured
	OtherLoginView *string `json:"other_login_view"`
	RefreshView    string  `json:"refresh_view"`

	LoginMessage                *string `json:"login_message"` // nil: no message
	LoginMessageCategory        string  `json:"login_message_category"`
	NeedsRefreshMessage         *string `json:"needs_refresh_message"`
	NeedsRefreshMessageCategory string  `json:"needs_refresh_message_category"`

	SessionProtection     string `json:"session_protection"`
	UseSessionForNext     bool   `json:"use_session_for_next"`
	ForceHostForRedirects string `json:"force_host_for_redirects"`

	RememberCookieName               string `json:"remember_cookie_name"`
	RememberCookieDuration           int    `json:"remember_cookie_duration"` // seconds
	RememberCookieDomain             string `json:"remember_cookie_domain"`
	RememberCookiePath               string `json:"remember_cookie_path"`
	RememberCookieSecure             bool   `json:"remember_cookie_secure"`
	RememberCookieHTTPOnly           bool   `json:"remember_cookie_httponly"`
	RememberCookieSameSite           string `json:"remember_cookie_samesite"`
	RememberCookieRefreshEachRequest bool   `json:"remember_cookie_refresh_each_request"`

	Permanent                    bool   `json:"permanent"`
	UserLoader                   bool   `json:"user_loader"`
	RequestLoader                bool   `json:"request_loader"`
	RequestLoaderSessionFallback bool   `json:"request_loader_session_fallback"`
	UnauthorizedHandler          bool   `json:"unauthorized_handler"`
	NeedsRefreshHandler          bool   `json:"needs_refresh_handler"`
	Localize                     bool   `json:"localize"`
	AnonymousUser                string `json:"anonymous_user"`
	AlternativeTokens            bool   `json:"alternative_tokens"`
}

// ParseConfig reads a configuration from JSON; no text at all is the default configuration. A key that the contract
// does not know is an error.
func ParseConfig(text []byte) (Config, error) {
	login, refresh := "Please log in to access this page.", "Please reauthenticate to access this page."
	config := Config{
		SecretKey:                   "oracle-secret",
		LoginMessage:                &login,
		LoginMessageCategory:        "message",
		NeedsRefreshMessage:         &refresh,
		NeedsRefreshMessageCategory: "message",
		SessionProtection:           "basic",
		RememberCookieName:          "remember_token",
		RememberCookieDuration:      365 * 24 * 60 * 60,
		RememberCookiePath:          "/",
		RememberCookieHTTPOnly:      true,
		UserLoader:                  true,
	}
	if len(text) == 0 {
		return config, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return config, fmt.Errorf("configuration: %w", err)
	}
	return config, nil
}

func (c Config) sameSite() (http.SameSite, error) {
	switch c.RememberCookieSameSite {
	case "":
		return http.SameSiteDefaultMode, nil // no attribute
	case "Lax":
		return http.SameSiteLaxMode, nil
	case "Strict":
		return http.SameSiteStrictMode, nil
	case "None":
		return http.SameSiteNoneMode, nil
	}
	return 0, fmt.Errorf("remember_cookie_samesite: %q", c.RememberCookieSameSite)
}
