package openid

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/web"
)

// callback takes the answer of the provider.
func (o *OpenID) callback(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer") // the address has the code
	answer := c.Request.URL.Query()
	if o.Settings.FormPost {
		answer = c.Request.PostForm // not c.Request.Form: it has the query of the address, too
	}
	ctx, browser := c.Request.Context(), o.browser(c)
	// The state comes first: the rest of an answer that this browser has not asked for is not read.
	state, ok := only(answer, "state")
	if !ok || browser == "" {
		o.refuse(c, "an answer of a provider without a state that this browser was given")
		return
	}
	a, err := o.spend(ctx, state, browser)
	switch {
	case errors.Is(err, errNotOurs):
		o.refuse(c, "an answer of a provider with a state that this browser was not given, or has used up")
		return
	case err != nil:
		o.outage(c, err)
		return
	}
	code, err := o.codeIn(c, answer)
	if err == nil && code == "" {
		web.Say(c, "info", "Nothing has been done: you have left "+o.Settings.Name+" without going on.", o.backOf(a))
		return
	}
	var who identity
	if err == nil {
		who, err = o.endpoint.redeem(ctx, code, a)
	}
	var refused refusal
	switch {
	case errors.As(err, &refused):
		c.Error(err)
		o.refuse(c, "an answer of a provider that does not pass the checks")
	case err != nil:
		o.unavailable(c, err)
	default:
		o.welcome(c, browser, a, who)
	}
}

// only returns the value of a parameter that is there once.
func only(values url.Values, name string) (string, bool) {
	if len(values[name]) != 1 || values[name][0] == "" {
		return "", false
	}
	return values[name][0], true
}

// codeIn returns the code in the answer, or "" if the visitor has said no at the provider.
func (o *OpenID) codeIn(c *gin.Context, answer url.Values) (string, error) {
	d, err := o.endpoint.get(c.Request.Context())
	if err != nil {
		return "", err
	}
	// A provider that names itself has to be the one that was asked: another one's code is not sent to this one, nor
	// this one's to another (mix-up, RFC 9207). With several providers, give each a callback of its own as well, and
	// keep the issuer in the attempt.
	issuer, named := only(answer, "iss")
	if named && issuer != o.Settings.Issuer || !named && d.namesItself {
		return "", refusal{errors.New("the answer is not by the provider that was asked")}
	}
	code, ok := only(answer, "code")
	switch problem := answer.Get("error"); {
	case problem == "access_denied" || problem == "user_cancelled_authorize": // the latter is Apple's
		return "", nil
	case problem != "" || !ok:
		return "", refusal{errors.New("the answer has no code")}
	}
	return code, nil
}

// backOf is where a visitor goes who has cancelled at the provider.
func (o *OpenID) backOf(a *attempt) string {
	switch a.purpose {
	case toLink:
		return settingsPath
	case toConfirm:
		return confirmPath(a.next)
	}
	return loginPath(a.next)
}

func loginPath(next string) string   { return "/login?" + url.Values{"next": {next}}.Encode() }
func confirmPath(next string) string { return "/confirm?" + url.Values{"next": {next}}.Encode() }

// refuse answers an invalid answer of the provider, and records it in the audit log. The page does not say which
// check has failed.
func (o *OpenID) refuse(c *gin.Context, reason string) {
	ginlogin.LoginFailed(c, nil, reason)
	web.Problem{
		Title: "That did not work",
		Text: "This login was not started in this browser, or has been used already, or took too long. " +
			"Nothing has been done. Please start again.",
		Path: "/login", Link: "Start again",
	}.Answer(c, http.StatusBadRequest)
}

// welcome does what the visit to the provider was for. The provider has identified the visitor.
func (o *OpenID) welcome(c *gin.Context, browser string, a *attempt, who identity) {
	switch {
	case a.purpose == toLogIn:
		o.logIn(c, browser, a, who)
	case a.purpose == toConfirm && who.authenticated.IsZero():
		web.Say(c, "warning", "The answer does not tell when you logged in there. Log out here, and in again.", confirmPath(a.next))
	case a.purpose == toConfirm && who.authenticated.Before(a.began.Add(-time.Minute)): // clocks differ
		o.refuse(c, "a provider that has asked for no credentials")
	default:
		// The session says who is logged in, and does not come with a form_post. It does with the redirect.
		if err := o.prove(c.Request.Context(), browser, a, who); err != nil {
			o.outage(c, err)
			return
		}
		next := settingsPath + "/finish"
		if a.purpose == toConfirm {
			next = "/confirm/openid/done"
		}
		c.Redirect(http.StatusSeeOther, next)
	}
}

func (o *OpenID) logIn(c *gin.Context, browser string, a *attempt, who identity) {
	user, err := o.owner(c.Request.Context(), who)
	switch {
	case errors.Is(err, errNotLinked), errors.Is(err, errPaused):
		if err := o.prove(c.Request.Context(), browser, a, who); err != nil {
			o.outage(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/login/openid/new")
		return
	case err != nil:
		o.outage(c, err)
		return
	}
	options := providerOptions(who.externalID(), o.isFresh(who), c.Request.Method == http.MethodPost)
	o.setCookie(c, "", -time.Second)
	if err := o.LogIn(c, user, a.next, options...); err != nil {
		o.refuseLogin(c, err)
		return
	}
	if err := o.noteUse(still(c), who); err != nil {
		c.Error(err) // the login stands
	}
}

// providerOptions are those of a login by the provider. It is fresh if the provider has asked for the password lately.
// posted says that the provider's page has posted its answer, whose state was checked.
func providerOptions(externalID string, fresh, posted bool) []ginlogin.LoginOption {
	options := []ginlogin.LoginOption{ginlogin.Via("fed"), ginlogin.ExternalID(externalID)}
	if !fresh {
		options = append(options, ginlogin.NotFresh())
	}
	if posted { // it comes from another site
		options = append(options, ginlogin.FromOtherSite())
	}
	return options
}

func (o *OpenID) isFresh(who identity) bool {
	return who.authenticated.IsZero() || o.FreshFor <= 0 || o.Now().Sub(who.authenticated) <= o.FreshFor
}

func (o *OpenID) refuseLogin(c *gin.Context, err error) {
	if !errors.Is(err, ginlogin.ErrInactiveUser) {
		o.outage(c, err)
		return
	}
	web.Problem{
		Title: "This account is closed",
		Text:  "The account here that is linked with yours has been deactivated. Please write to the people who run this site.",
		Path:  "/", Link: "To the home page",
	}.Answer(c, http.StatusForbidden)
}
