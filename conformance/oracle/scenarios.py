"""Our own scenarios, beside the recordings in ../testdata/flask-login.json.

Here they are only played; what Flask-Login answers is recorded into ../testdata/more.json by record.py.
The format is that of ../CONTRACT.md, section 6; the helpers below only make it shorter to write.
"""
VIEWS = {"login_view": "/login-page", "refresh_view": "/refresh-page"}
STOLEN = {"clients": {"thief": {"user_agent": "thief-agent/6.6", "ip": "127.0.0.66"}}}
OTHER_AGENT = {"user_agent": "different-agent/2.0"}
OTHER_ADDRESS = {"ip": "127.0.0.2"}
NOTCH, STEVE, MUSLI = "/login?id=1", "/login?id=2", "/login?id=M%C3%BCsli%20%E2%98%83"
REMEMBERED = "/login?id=1&remember=1"
DAY = 86400

SCENARIOS = []


def scenario(name, *steps, config=None, views=VIEWS, **rest):
    SCENARIOS.append({"name": name, "config": {**views, **(config or {})}, "steps": [dict(s) for s in steps], **rest})


def step(method, path, *ops, strict=None, **rest):
    made = {"method": method, "path": path, **rest}
    if ops:
        made["ops"] = list(ops)
    if strict:
        made["strict"] = [strict]
    return made


def get(path, *ops, **rest):
    return step("GET", path, *ops, **rest)


def post(path, *ops, **rest):
    return step("POST", path, *ops, **rest)


def head(path, *ops, **rest):
    return step("HEAD", path, *ops, **rest)


def options(path, *ops, **rest):
    return step("OPTIONS", path, *ops, **rest)


def drop(cookie, client="main"):
    return {"op": "drop", "cookie": cookie, "client": client}


def close_browser(client="main"):
    return {"op": "close_browser", "client": client}


def advance(seconds, client="main"):
    return {"op": "advance", "seconds": seconds, "client": client}


def tamper(cookie, how, client="main"):
    return {"op": "tamper", "cookie": cookie, "how": how, "client": client}


def steal(*cookies, to="thief", source="main"):
    return {"op": "copy_jar", "from": source, "to": to, "cookies": list(cookies)}


def set_cookie(cookie, value, client="main", **rest):
    return {"op": "set_cookie", "cookie": cookie, "value": value, "client": client, **rest}


def api_key(value):
    return {"headers": {"X-Api-Key": value}}


TAMPERINGS = ["signature", "payload", "truncate", "append", "garbage", "garbage-pipe", "empty"]
WHO, SECRET, VAULT = get("/whoami"), get("/secret"), get("/vault")
FRESH, IS_REMEMBERED, FLASHES, NEXT = get("/fresh"), get("/remembered"), get("/flashes"), get("/session-next")
LOGOUT, CONFIRM = post("/logout"), post("/confirm")


# ------------------------------------------------------------------ nobody
scenario(
    "nobody-without-any-setting",
    get("/whoami", strict="session.op"),
    get("/fresh", strict="session.op"),
    get("/fresh?touch=1", strict="session.op"),
    get("/remembered", strict="session.op"),
    get("/remembered?touch=1", strict="session.op"),
    get("/session-next?touch=1", strict="session.op"),
    get("/secret", strict="session.op"),
    get("/vault", strict="session.op"),
    head("/secret"),
    post("/secret"),
    options("/secret", strict="session.op"),
    FLASHES,
    views={},
)
scenario(
    "nobody-under-strong",
    get("/whoami", strict="session.op"),
    get("/secret"),
    get("/whoami"),
    get("/secret"),
    FLASHES,
    config={"session_protection": "strong"},
)
scenario("nobody-with-other-data", post("/session-data?key=cart&value=7"), WHO, SECRET, get("/session-data?key=cart"))
scenario(
    "nobody-with-other-data-strong",
    post("/session-data?key=cart&value=7"),
    WHO,
    SECRET,
    get("/session-data?key=cart"),
    FLASHES,
    config={"session_protection": "strong"},
)
scenario("nobody-named", get("/whoami"), get("/fresh"), LOGOUT, WHO, config={"anonymous_user": "Gäst ☃"})
scenario(
    "options-is-answered-by-the-view",
    options("/secret", strict="session.op"),
    options("/vault"),
    options("/admin/secret"),
    options("/admin/vault"),
    options("/other/secret"),
    post(NOTCH),
    options("/secret", **OTHER_AGENT),
    options("/vault", **OTHER_ADDRESS),
    VAULT,
    config={"admin_login_view": "/admin/in"},
)
scenario(
    "options-spares-strong-protection",
    post(REMEMBERED),
    options("/secret", **OTHER_AGENT),
    options("/vault", **OTHER_AGENT),
    VAULT,
    IS_REMEMBERED,
    config={"session_protection": "strong"},
)

# ------------------------------------------------------------------ login
scenario(
    "login-writes-once-and-reads-stay-silent",
    post(NOTCH, strict="session.op"),
    get("/whoami", strict="session.op"),
    get("/secret", strict="session.op"),
    get("/vault", strict="session.op"),
    get("/fresh", strict="session.op"),
    get("/remembered", strict="session.op"),
    get("/static-page", strict="session.op"),
    get("/session-data?key=x", strict="session.op"),
    get("/flashes"),
)
scenario("login-then-whoami", post(NOTCH + "&then=whoami"), WHO, post(STEVE + "&then=whoami"), WHO)
scenario(
    "login-then-whoami-refused",
    post("/login?id=3&then=whoami"),
    post(NOTCH),
    post("/login?id=3&then=whoami"),
    WHO,
    FRESH,
)
scenario(
    "login-then-whoami-forced", post("/login?id=3&force=1&then=whoami"), post("/login?id=3&force=1&fresh=0&then=whoami")
)
scenario("login-then-whoami-custom-anonymous", post("/login?id=3&then=whoami"), config={"anonymous_user": "Guest"})
scenario("login-then-whoami-of-deleted", post("/delete-user?id=1"), post(NOTCH + "&then=whoami"), WHO)
scenario("login-then-whoami-over-remembered", post(REMEMBERED), post(STEVE + "&then=whoami", drop("session")), WHO)
scenario("login-then-logout", post(NOTCH + "&then=logout"), WHO, IS_REMEMBERED)
scenario("login-remember-then-logout", post(REMEMBERED + "&then=logout"), WHO, IS_REMEMBERED, FRESH)
scenario("login-refused-then-logout", post("/login?id=3&then=logout"), WHO)
scenario("login-refused-then-logout-while-logged-in", post(REMEMBERED), post("/login?id=3&then=logout"), WHO)
scenario("login-again-not-fresh", post(NOTCH), post(NOTCH + "&fresh=0"), FRESH, VAULT, post(NOTCH), FRESH, VAULT)
scenario("login-not-fresh-remembered", post(REMEMBERED + "&fresh=0"), FRESH, VAULT, IS_REMEMBERED, WHO)
scenario(
    "login-again-refused-keeps-login", post(REMEMBERED), post("/login?id=3&remember=1"), WHO, FRESH, IS_REMEMBERED
)
scenario("login-unknown-keeps-login", post(REMEMBERED), post("/login?id=99&remember=1"), post("/login"), WHO, FRESH)
scenario("login-duration-without-remember", post(NOTCH + "&duration=60"), IS_REMEMBERED, post(REMEMBERED), WHO)
scenario(
    "login-again-with-remember", post(NOTCH), IS_REMEMBERED, post(REMEMBERED), IS_REMEMBERED,
    get("/whoami", drop("session")),
)
scenario(
    "login-again-without-remember-same-user", post(REMEMBERED), post(NOTCH), IS_REMEMBERED,
    get("/whoami", drop("session")),
)
scenario(
    "login-as-other-without-remember",
    post(REMEMBERED),
    post(STEVE),
    IS_REMEMBERED,
    WHO,
    get("/whoami", drop("session")),
)
scenario(
    "login-as-other-with-remember",
    post(REMEMBERED),
    post(STEVE + "&remember=1"),
    IS_REMEMBERED,
    get("/whoami", drop("session")),
    LOGOUT,
    WHO,
)
scenario(
    "login-over-remembered-same-user", post(REMEMBERED), post(NOTCH, drop("session")), FRESH, VAULT, IS_REMEMBERED,
)
scenario(
    "login-over-broken-remember-cookie",
    post(REMEMBERED),
    post(NOTCH, drop("session"), tamper("remember", "signature")),
    WHO,
    LOGOUT,
)
scenario(
    "login-keeps-earlier-data",
    post("/session-data?key=cart&value=7"),
    post(NOTCH),
    get("/session-data?key=cart"),
    post(NOTCH),
    get("/session-data?key=cart"),
)
scenario(
    "login-as-other-and-earlier-data",
    post(NOTCH),
    post("/session-data?key=cart&value=7"),
    post(STEVE),
    get("/session-data?key=cart"),
    WHO,
)
scenario(
    "login-after-logout-keeps-data", post(NOTCH), post("/session-data?key=cart&value=7"), LOGOUT, post(STEVE),
    get("/session-data?key=cart"),
)
scenario("login-over-flash", SECRET, post(NOTCH), FLASHES, WHO)
scenario(
    "login-over-next", SECRET, post(NOTCH), NEXT, get("/session-next?pop=1"), NEXT,
    config={"use_session_for_next": True},
)
scenario(
    "awkward-ids",
    post("/login?id=a%7Cb%3Bc%2C%20%22d%22&remember=1&then=whoami"),
    VAULT,
    get("/vault", drop("session")),
    CONFIRM,
    VAULT,
    LOGOUT,
    post(MUSLI + "&remember=1&then=whoami"),
    get("/remembered", drop("session")),
    WHO,
    post("/logout?then=whoami"),
)

# ------------------------------------------------------------------ active and inactive
scenario("activated", post("/login?id=3"), post("/set-active?id=3&active=1"), post("/login?id=3"), WHO, VAULT)
scenario(
    "deactivated",
    post(NOTCH),
    post("/set-active?id=1&active=0"),
    WHO,
    FRESH,
    SECRET,
    VAULT,
    post("/secret"),
    CONFIRM,
    post("/set-active?id=1&active=1"),
    VAULT,
)
scenario(
    "deactivated-remembered",
    post(REMEMBERED),
    post("/set-active?id=1&active=0"),
    get("/secret", drop("session")),
    WHO,
    IS_REMEMBERED,
    post("/set-active?id=1&active=1"),
    SECRET,
    VAULT,
)
scenario(
    "deactivated-logs-out", post(REMEMBERED), post("/set-active?id=1&active=0"), post("/logout?then=whoami"), WHO,
)
scenario("deactivated-login-refused", post(REMEMBERED), post("/set-active?id=1&active=0"), post(REMEMBERED), WHO)
scenario("deactivated-without-view", post(NOTCH), post("/set-active?id=1&active=0"), SECRET, VAULT, FLASHES, views={})
scenario(
    "forced-inactive-strong",
    post("/login?id=3&force=1&remember=1"),
    get("/whoami", **OTHER_AGENT),
    WHO,
    config={"session_protection": "strong"},
)
scenario(
    "api-key-of-inactive", get("/whoami", **api_key("key-3")), get("/secret", **api_key("key-3")),
    config={"request_loader": True},
)

# ------------------------------------------------------------------ logout
scenario("logout-then-whoami", post(NOTCH), post("/logout?then=whoami"), post("/logout?then=whoami"))
scenario(
    "logout-then-whoami-custom-anonymous", post(NOTCH), post("/logout?then=whoami"),
    config={"anonymous_user": "Guest"},
)
scenario("logout-twice", post(REMEMBERED), LOGOUT, post("/logout", strict="session.op"), WHO)
scenario(
    "logout-other-tab", post(REMEMBERED), post("/logout", steal("session", "remember", to="tab"), client="tab"), WHO,
    get("/whoami", client="tab"),
)
scenario("logout-with-flash", SECRET, post(NOTCH), LOGOUT, FLASHES, FLASHES)
scenario(
    "logout-of-nobody-with-broken-cookie", get("/static-page"), post("/logout", set_cookie("remember", "foo")),
    IS_REMEMBERED, WHO,
)
scenario("logout-of-nobody-with-data", post("/session-data?key=cart&value=7"), LOGOUT, get("/session-data?key=cart"))
scenario(
    "logout-strong-other-agent", post(REMEMBERED), post("/logout?then=whoami", **OTHER_AGENT), WHO,
    config={"session_protection": "strong"},
)
scenario("logout-basic-other-agent", post(REMEMBERED), post("/logout?then=whoami", **OTHER_AGENT), WHO)
scenario("logout-remembered", post(REMEMBERED), post("/logout?then=whoami", drop("session")), WHO, IS_REMEMBERED)
scenario(
    "logout-and-login-again", post(REMEMBERED), LOGOUT, post(REMEMBERED), WHO, get("/whoami", drop("session")),
    LOGOUT, post(NOTCH), IS_REMEMBERED,
)

# ------------------------------------------------------------------ users that vanish
scenario(
    "deleted-in-whoami-and-back", post(NOTCH), post("/delete-user?id=1"), WHO, WHO, post("/restore-user?id=1"), WHO,
    FRESH,
)
scenario(
    "deleted-and-back-before-access", post(NOTCH), post("/delete-user?id=1"), FRESH, post("/restore-user?id=1"), WHO,
    VAULT,
)
scenario(
    "deleted-remembered-and-back", post(REMEMBERED), post("/delete-user?id=1"), get("/vault", drop("session")), WHO,
    post("/restore-user?id=1"), WHO, IS_REMEMBERED,
)
scenario(
    "deleted-strong", post(REMEMBERED), post("/delete-user?id=1"), get("/whoami", **OTHER_AGENT), WHO,
    config={"session_protection": "strong"},
)
scenario("deleted-logs-in-again", post(NOTCH), post("/delete-user?id=1"), WHO, post(STEVE), WHO, FRESH)
scenario("deleted-confirms", post(NOTCH + "&fresh=0"), post("/delete-user?id=1"), CONFIRM, FRESH, WHO)
scenario(
    "deleted-with-data", post(NOTCH), post("/session-data?key=cart&value=7"), post("/delete-user?id=1"), WHO,
    get("/session-data?key=cart"),
)
scenario(
    "deleted-refresh-each-request", post(REMEMBERED), post("/delete-user?id=1"), get("/static-page"), WHO,
    get("/static-page"), config={"remember_cookie_refresh_each_request": True},
)

# ------------------------------------------------------------------ alternative tokens
TOKENS = {"alternative_tokens": True}
scenario(
    "tokens", post(REMEMBERED + "&then=whoami"), WHO, VAULT, get("/whoami", drop("session")), IS_REMEMBERED, LOGOUT,
    config=TOKENS,
)
scenario("tokens-rotated", post(NOTCH), post("/rotate-token?id=1"), WHO, SECRET, post(NOTCH), WHO, config=TOKENS)
scenario(
    "tokens-rotated-remembered", post(REMEMBERED), post("/rotate-token?id=1"), get("/whoami", drop("session")),
    IS_REMEMBERED, SECRET, config=TOKENS,
)
scenario("tokens-rotated-both", post(REMEMBERED), post("/rotate-token?id=1"), WHO, IS_REMEMBERED, WHO, config=TOKENS)
scenario(
    "tokens-of-another-rotated", post(REMEMBERED), post("/rotate-token?id=2"), WHO, get("/whoami", drop("session")),
    config=TOKENS,
)
scenario(
    "tokens-awkward-ids", post("/login?id=a%7Cb%3Bc%2C%20%22d%22&remember=1"), WHO, get("/whoami", drop("session")),
    post(MUSLI + "&remember=1"), WHO, get("/whoami", drop("session")), config=TOKENS,
)
scenario(
    "tokens-rotated-login-again-elsewhere", post(REMEMBERED), post(REMEMBERED, client="second"),
    post("/rotate-token?id=1"), post(REMEMBERED), WHO, get("/whoami", client="second"),
    get("/remembered", client="second"), config=TOKENS,
)
scenario(
    "tokens-refresh-each-request", post(REMEMBERED), WHO, post("/rotate-token?id=1"), WHO, get("/static-page"),
    config={**TOKENS, "remember_cookie_refresh_each_request": True},
)
scenario(
    "tokens-session-older-than-cookie", post(NOTCH), post("/rotate-token?id=1"), post(REMEMBERED, client="second"),
    get("/whoami", steal("remember", source="second", to="main")), FRESH, config=TOKENS,
)
scenario(
    "tokens-with-api-key", post(NOTCH), post("/rotate-token?id=1"), get("/whoami", **api_key("key-1")),
    get("/whoami", **api_key("key-2")), config={**TOKENS, "request_loader": True},
)

# ------------------------------------------------------------------ unauthorized
scenario(
    "unauthorized-only-login-view", SECRET, post(NOTCH + "&fresh=0"), VAULT, FLASHES,
    views={"login_view": "/login-page"},
)
scenario(
    "unauthorized-only-refresh-view", SECRET, VAULT, post(NOTCH + "&fresh=0"), VAULT, FLASHES,
    views={"refresh_view": "/refresh-page"},
)
scenario(
    "unauthorized-message-custom", SECRET, FLASHES, VAULT, FLASHES,
    config={"login_message": "Who goes there?", "login_message_category": "warn"},
)
scenario("unauthorized-message-empty", get("/secret", strict="session.op"), FLASHES, config={"login_message": ""})
scenario(
    "unauthorized-message-localized", SECRET, FLASHES, post(NOTCH + "&fresh=0"), VAULT, FLASHES,
    config={"localize": True},
)
scenario(
    "unauthorized-message-localized-custom", SECRET, FLASHES,
    config={"localize": True, "login_message": "Hé", "login_message_category": "ä"},
)
scenario(
    "unauthorized-message-none-localized", get("/secret", strict="session.op"), FLASHES,
    config={"localize": True, "login_message": None, "needs_refresh_message": None},
)
scenario(
    "refresh-message-none", post(NOTCH + "&fresh=0"), get("/vault", strict="session.op"), FLASHES,
    config={"needs_refresh_message": None},
)
scenario(
    "refresh-message-empty", post(NOTCH + "&fresh=0"), get("/vault", strict="session.op"), FLASHES,
    config={"needs_refresh_message": ""},
)
scenario(
    "messages-of-both-kinds-in-order", SECRET, post(NOTCH + "&fresh=0"), VAULT, FLASHES, FLASHES,
    config={"login_message_category": "first", "needs_refresh_message_category": "second"},
)
scenario("messages-pile-up", SECRET, SECRET, VAULT, FLASHES)
scenario(
    "messages-of-two-groups", get("/admin/secret"), FLASHES, get("/other/secret"), FLASHES,
    config={"admin_login_view": "/a", "other_login_view": "/o"},
)
scenario("messages-are-not-shared", SECRET, get("/flashes", client="second"), FLASHES)
scenario(
    "handlers-without-views", SECRET, VAULT, head("/secret"), post("/vault"), post(NOTCH + "&fresh=0"), VAULT,
    head("/vault"), post("/vault"), FLASHES, config={"unauthorized_handler": True, "needs_refresh_handler": True},
    views={},
)
scenario(
    "handler-only-unauthorized", SECRET, post(NOTCH + "&fresh=0"), VAULT, FLASHES,
    config={"unauthorized_handler": True},
)
scenario(
    "handler-only-refresh", SECRET, post(NOTCH + "&fresh=0"), VAULT, FLASHES, config={"needs_refresh_handler": True},
)
scenario(
    "handlers-with-session-next", SECRET, NEXT, post(NOTCH + "&fresh=0"), VAULT, NEXT,
    config={"unauthorized_handler": True, "needs_refresh_handler": True, "use_session_for_next": True},
)
scenario(
    "handlers-remembered", get("/secret", strict="session.op"), post(REMEMBERED), get("/secret", drop("session")),
    VAULT, post("/delete-user?id=1"), SECRET, config={"unauthorized_handler": True, "needs_refresh_handler": True},
)
scenario(
    "handlers-strong", post(REMEMBERED), get("/vault", **OTHER_AGENT), VAULT,
    config={"unauthorized_handler": True, "needs_refresh_handler": True, "session_protection": "strong"},
)
scenario(
    "head-and-post-of-vault", head("/vault"), post("/vault?a=1"), post(NOTCH), head("/vault"), post("/vault"),
    post(NOTCH + "&fresh=0"), head("/vault?a=1"), post("/vault?a=1"), FLASHES,
)
scenario("head-follows-get", head("/secret?a=1"), head("/area/x%20y?b=2"), FLASHES, config={"login_message": None})

scenario(
    "asked-by-scripts", get("/secret", headers={"Accept": "application/json"}),
    get("/secret", headers={"Accept": "text/html,application/json;q=0.9"}),
    get("/vault", headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
    get("/secret", headers={"Sec-Fetch-Mode": "navigate"}), get("/secret", headers={"HX-Request": "true"}),
    get("/secret", headers={"X-Requested-With": "XMLHttpRequest"}), FLASHES,
)
scenario(
    "asked-by-scripts-without-view", get("/secret", headers={"Accept": "application/json"}),
    post("/vault", headers={"Accept": "application/json"}), views={},
)

# ------------------------------------------------------------------ groups
ADMIN = [get("/admin/secret"), get("/admin/vault"), get("/other/secret"), get("/secret"), FLASHES]
scenario(
    "groups-own-views", *ADMIN,
    config={"admin_login_view": "/admin/login-page", "other_login_view": "/other/login-page"},
)
scenario("groups-one-empty", *ADMIN, config={"admin_login_view": ""})
scenario("groups-both-empty", *ADMIN, config={"admin_login_view": "", "other_login_view": ""})
scenario("groups-null-falls-back", *ADMIN, config={"admin_login_view": None, "other_login_view": "/o"})
scenario("groups-without-global-view", *ADMIN, config={"admin_login_view": "/admin/login-page"}, views={})
scenario("groups-without-any-view", *ADMIN, views={})
scenario("groups-view-with-query", get("/admin/secret?a=1"), config={"admin_login_view": "/in?realm=admin&x=%C3%BC"})
scenario(
    "groups-absolute-view-same-host", get("/admin/secret?a=1", host="app.example"),
    get("/other/secret?a=1", host="app.example"),
    config={"admin_login_view": "http://app.example/in", "other_login_view": "https://app.example/in"},
)
scenario(
    "groups-absolute-view-session-next", get("/admin/secret?a=1"), NEXT, get("/other/secret?a=1"), NEXT,
    config={
        "admin_login_view": "https://sso.example.org/in?app=a", "other_login_view": "/o?x=1",
        "use_session_for_next": True,
    },
)
scenario(
    "groups-forced-host", get("/admin/secret?a=1"), get("/other/secret"), get("/secret"),
    config={"admin_login_view": "/a", "other_login_view": "/o?x=1", "force_host_for_redirects": "good.example"},
)
scenario(
    "groups-logged-in", post(NOTCH), get("/admin/secret"), get("/admin/vault"), get("/other/secret"),
    post("/admin/secret"), head("/other/secret"), config={"admin_login_view": ""},
)
scenario(
    "groups-need-refresh", post(NOTCH + "&fresh=0"), get("/admin/secret"), get("/admin/vault?a=1"), FLASHES,
    config={"admin_login_view": "/admin/login-page"},
)
scenario(
    "groups-need-refresh-without-view", post(NOTCH + "&fresh=0"), get("/admin/vault"),
    config={"admin_login_view": "/admin/login-page"}, views={"login_view": "/login-page"},
)
scenario(
    "groups-post-and-head", post("/admin/secret?a=1"), head("/admin/secret?a=1"), post("/other/secret"), FLASHES,
    config={"admin_login_view": "/admin/login-page"},
)
scenario(
    "groups-empty-with-handler", get("/admin/secret"), get("/other/secret"),
    config={"admin_login_view": "", "unauthorized_handler": True},
)

# ------------------------------------------------------------------ next
PATHS = [
    "/area/a%20b",
    "/area/a+b?c=d+e",
    "/area/%C3%BC%E2%98%83/x",
    "/area/a%26b%3Dc?x=%26%3D%23",
    "/area/a%2Fb",
    "/area/50%25?q=100%25",
    "/area/a;b,c:d@e!f$g'h(i)j*k",
    "/area/x?a=1&a=2&b",
    "/area/x?next=/elsewhere&a=1",
    "/area/x?q=https://evil.example/%3Fa%3D1",
    "/area/http://evil.example/",
    "/area/%23frag?%23=1",
    "/area/%3Fq?%3F",
    "/area/x?a=%C3%BC&%E2%98%83=b",
    "/area/~user/%7Euser",
    "/area/deep/er/still/",
    "/area/%22quoted%22?%3Cb%3E=%5B%5D",
    "/area/a?b=c;d=e",
    "/area/a?=",
    "/area/a?&&a=1&",
]
QUIET = {"login_message": None}
scenario("next-awkward-paths", *[get(p) for p in PATHS], config=QUIET)
scenario(
    "next-awkward-paths-in-session", *[s for p in PATHS for s in (get(p), get("/session-next?pop=1"))],
    config={**QUIET, "use_session_for_next": True},
)
scenario(
    "next-awkward-paths-external", *[get(p) for p in PATHS[:8]],
    config={**QUIET, "login_view": "https://sso.example.org/in"},
)
for view in ["/in?a=1&a=2&b=", "/in?next=/old", "/in?q=%C3%BC%26", "/%C3%BC/in", "/in?flag", "/in#top", "/in?x=1#top"]:
    scenario(
        "next-view-" + view.replace("/", "-").strip("-"), get("/secret?x=1"), get("/area/%C3%BC?y=2"),
        config={**QUIET, "login_view": view},
    )
for view in [
    "https://sso.example.org/in",
    "http://sso.example.org/in?app=1",
    "http://127.0.0.1/in",
    "https://sso.example.org",
    "http://app.example/in",
    "https://app.example/in",
]:
    scenario(
        "next-external-view-" + view.split("//")[0].strip(":") + "-" + view.split("//")[1].replace("/", "-"),
        get("/secret?x=1"),
        get("/secret?x=1", host="app.example"),
        post(NOTCH + "&fresh=0"),
        get("/vault?x=1"),
        config={**QUIET, "login_view": view, "refresh_view": view, "needs_refresh_message": None},
    )
scenario(
    "next-host-with-port", get("/secret", host="app.example:8080"), get("/secret?a=1", host="APP.example"),
    config=QUIET,
)
scenario(
    "next-external-view-own-host-other-port", get("/secret", host="app.example:8080"),
    get("/secret", host="app.example"), config={**QUIET, "login_view": "http://app.example:8080/in"},
)
scenario(
    "next-of-refresh", post(NOTCH + "&fresh=0"), get("/vault?a=1&b=%26"), head("/vault?c=d"),
    config={"needs_refresh_message": None},
)
scenario(
    "next-of-post", post("/secret?a=1"), post(NOTCH + "&fresh=0"), post("/vault?a=1"),
    config={"needs_refresh_message": None, **QUIET},
)

# ------------------------------------------------------------------ next in the session
SESSION_NEXT = {"use_session_for_next": True}
scenario(
    "session-next", get("/secret?a=1"), NEXT, get("/area/x?b=2"), get("/session-next?touch=1"),
    get("/session-next?pop=1"), NEXT, config=SESSION_NEXT,
)
scenario("session-next-after-login", get("/secret?a=1"), post(NOTCH), NEXT, VAULT, LOGOUT, NEXT, config=SESSION_NEXT)
scenario(
    "session-next-external", get("/secret?a=1"), NEXT, get("/secret?a=1", host="app.example"),
    get("/session-next", host="app.example"), config={**SESSION_NEXT, "login_view": "https://sso.example.org/in?a=b"},
)
scenario(
    "session-next-forced-host", get("/secret?a=1"), NEXT, get("/secret?a=1", host="evil.example"),
    get("/session-next", host="evil.example"), config={**SESSION_NEXT, "force_host_for_redirects": "good.example"},
)
scenario(
    "session-next-forced-host-external", get("/secret?a=1"), NEXT,
    config={**SESSION_NEXT, "force_host_for_redirects": "good.example", "login_view": "https://sso.example.org/in"},
)
scenario(
    "session-next-view-with-query", get("/secret?a=1"), NEXT,
    config={**SESSION_NEXT, "login_view": "/in?a=1&next=/old#top"},
)
scenario("session-next-of-post", post("/secret?a=1"), NEXT, head("/secret?b=2"), NEXT, config=SESSION_NEXT)
scenario("session-next-post-after-get", get("/secret?a=1"), post("/secret?b=2"), NEXT, config=SESSION_NEXT)
scenario(
    "session-next-groups", get("/admin/secret?a=1"), NEXT, get("/other/secret?a=1"), NEXT,
    config={**SESSION_NEXT, "admin_login_view": "", "other_login_view": "/o"},
)
scenario(
    "session-next-refresh-external", post(NOTCH + "&fresh=0"), get("/vault?a=1"), NEXT, CONFIRM, NEXT,
    config={**SESSION_NEXT, "refresh_view": "https://sso.example.org/again"},
)
scenario(
    "session-next-other-agent", get("/secret?a=1"), get("/session-next?touch=1", **OTHER_AGENT),
    get("/secret?b=1", **OTHER_AGENT), NEXT, config=SESSION_NEXT,
)
scenario(
    "session-next-strong", get("/secret?a=1"), get("/session-next?touch=1"), WHO, NEXT, post(NOTCH), NEXT,
    get("/whoami", **OTHER_AGENT), NEXT, config={**SESSION_NEXT, "session_protection": "strong"},
)
scenario(
    "session-next-spoofed-host", get("/secret", host="evil.example"), get("/session-next", host="evil.example"),
    config=SESSION_NEXT,
)
scenario("session-next-without-messages", get("/secret"), NEXT, config={**SESSION_NEXT, **QUIET})

# ------------------------------------------------------------------ forced host
FORCED = {"force_host_for_redirects": "good.example", "login_message": None, "needs_refresh_message": None}
scenario(
    "forced-host", get("/secret?a=1"), get("/secret", host="evil.example"), get("/secret", host="good.example"),
    post("/secret"), head("/secret"), config=FORCED,
)
scenario(
    "forced-host-with-port", get("/secret?a=1"), config={**FORCED, "force_host_for_redirects": "good.example:8443"},
)
scenario(
    "forced-host-external-view", get("/secret?a=1"), get("/secret?a=1", host="good.example"),
    config={**FORCED, "login_view": "https://sso.example.org/in?a=b"},
)
scenario(
    "forced-host-view-on-that-host", get("/secret?a=1"), get("/secret?a=1", host="good.example"),
    get("/secret?a=1", host="evil.example"), config={**FORCED, "login_view": "http://good.example/in"},
)
scenario(
    "forced-host-refresh", post(NOTCH + "&fresh=0"), get("/vault?a=1"), get("/vault?a=1", host="evil.example"),
    config=FORCED,
)
scenario(
    "forced-host-refresh-external", post(NOTCH + "&fresh=0"), get("/vault?a=1"),
    config={**FORCED, "refresh_view": "https://sso.example.org/again"},
)
scenario("forced-host-view-with-query", get("/secret?a=1"), config={**FORCED, "login_view": "/in?x=%C3%BC#top"})
scenario("forced-host-no-view", SECRET, config=FORCED, views={})

# ------------------------------------------------------------------ fresh, remembered, confirm
scenario("confirm-nobody", post("/confirm"), FRESH, WHO, VAULT)
scenario("confirm-nobody-then-login", CONFIRM, post(NOTCH + "&fresh=0"), FRESH)
scenario("confirm-not-fresh", post(NOTCH + "&fresh=0"), CONFIRM, FRESH, VAULT)
scenario("confirm-fresh-again", post(NOTCH), CONFIRM, FRESH, VAULT)
scenario(
    "confirm-remembered-after-load", post(REMEMBERED), get("/whoami", drop("session")), CONFIRM, FRESH, VAULT, WHO,
)
scenario("confirm-remembered-at-once", post(REMEMBERED), post("/confirm", drop("session")), VAULT, FRESH, WHO)
scenario(
    "confirm-other-agent-strong", post(REMEMBERED), post("/confirm", **OTHER_AGENT), get("/whoami", **OTHER_AGENT),
    WHO, config={"session_protection": "strong"},
)
scenario(
    "confirm-other-agent-off", post(NOTCH + "&fresh=0"), post("/confirm", **OTHER_AGENT), VAULT,
    get("/vault", **OTHER_AGENT), config={"session_protection": "none"},
)
scenario(
    "confirm-keeps-data", post(NOTCH + "&fresh=0"), post("/session-data?key=cart&value=7"), CONFIRM,
    get("/session-data?key=cart"), VAULT,
)
scenario(
    "confirm-with-api-key", post("/confirm", **api_key("key-1")), get("/vault", **api_key("key-1")),
    config={"request_loader": True},
)
scenario(
    "fresh-before-and-after-access", post(REMEMBERED), get("/fresh", drop("session")), get("/fresh?touch=1"), FRESH,
    get("/fresh", drop("session")), get("/fresh?touch=1"), get("/vault"),
)
scenario(
    "remembered-before-and-after-access", post(REMEMBERED), get("/remembered", drop("session")),
    get("/remembered?touch=1"), IS_REMEMBERED,
)
scenario(
    "remembered-is-whose", post(REMEMBERED), post(STEVE, client="second"),
    get("/remembered", steal("session", source="second", to="main")), get("/remembered?touch=1"), WHO, LOGOUT,
)
scenario(
    "remembered-under-strong-other-agent", post(REMEMBERED), get("/remembered", **OTHER_AGENT),
    get("/remembered?touch=1", **OTHER_AGENT), IS_REMEMBERED, config={"session_protection": "strong"},
)
scenario(
    "fresh-under-strong-other-agent", post(NOTCH), get("/fresh", **OTHER_AGENT), get("/fresh?touch=1", **OTHER_AGENT),
    FRESH, config={"session_protection": "strong"},
)
scenario(
    "fresh-under-basic-other-agent", post(NOTCH), get("/fresh", **OTHER_AGENT), FRESH,
    get("/fresh?touch=1", **OTHER_AGENT), FRESH,
)

# ------------------------------------------------------------------ remember cookie: attributes
LIFE = [post(REMEMBERED), WHO, IS_REMEMBERED, get("/whoami", drop("session")), LOGOUT, IS_REMEMBERED]
scenario("cookie-name", *LIFE, config={"remember_cookie_name": "keepme"})
scenario("cookie-secure", *LIFE, config={"remember_cookie_secure": True})
scenario("cookie-not-httponly", *LIFE, config={"remember_cookie_httponly": False})
scenario("cookie-samesite-strict", *LIFE, config={"remember_cookie_samesite": "Strict"})
scenario("cookie-samesite-lax", *LIFE, config={"remember_cookie_samesite": "Lax"})
scenario(
    "cookie-samesite-none-secure", *LIFE, config={"remember_cookie_samesite": "None", "remember_cookie_secure": True},
)
scenario("cookie-samesite-none", *LIFE, config={"remember_cookie_samesite": "None"})
scenario(
    "cookie-duration-short", post(REMEMBERED), get("/whoami", drop("session"), advance(80)),
    get("/whoami", drop("session"), advance(30)), config={"remember_cookie_duration": 100},
)
scenario(
    "cookie-duration-long", post(REMEMBERED), get("/whoami", drop("session"), advance(1200 * DAY)),
    config={"remember_cookie_duration": 1500 * DAY},
)
scenario(
    "cookie-duration-argument-over-config", post(REMEMBERED + "&duration=7200"),
    get("/whoami", drop("session"), advance(7000)), get("/whoami", drop("session"), advance(300)),
    config={"remember_cookie_duration": 3600},
)
scenario(
    "cookie-everything", *LIFE,
    config={
        "remember_cookie_name": "keep-me", "remember_cookie_secure": True, "remember_cookie_httponly": False,
        "remember_cookie_samesite": "Strict", "remember_cookie_duration": 7 * DAY, "remember_cookie_path": "/",
        "remember_cookie_refresh_each_request": True,
    },
)


def at(host, steps):
    return [{**s, "host": host} for s in steps]


scenario("cookie-domain", *at("www.app.example", LIFE), config={"remember_cookie_domain": "app.example"})
scenario("cookie-domain-leading-dot", *at("www.app.example", LIFE), config={"remember_cookie_domain": ".app.example"})
scenario("cookie-domain-of-the-host", *at("app.example", LIFE), config={"remember_cookie_domain": "app.example"})
scenario(
    "cookie-domain-sibling-host", *at("a.app.example", [post(REMEMBERED)]),
    *at("b.app.example", [WHO, IS_REMEMBERED, LOGOUT, WHO]), config={"remember_cookie_domain": "app.example"},
)
scenario(
    "cookie-domain-refused-by-browser",
    *at("elsewhere.example", [post(REMEMBERED), get("/remembered"), get("/whoami", drop("session"))]),
    config={"remember_cookie_domain": "app.example"},
)
scenario(
    "cookie-host-only", *at("app.example", [post(REMEMBERED), WHO]), *at("www.app.example", [WHO, IS_REMEMBERED]),
)
SCOPED = {"remember_cookie_path": "/scoped"}
scenario(
    "cookie-path", post(REMEMBERED), IS_REMEMBERED, get("/whoami", drop("session")), get("/scoped/whoami"), WHO,
    post("/scoped/logout"), get("/scoped/whoami"), config=SCOPED,
)
scenario("cookie-path-logout-outside", post(REMEMBERED), LOGOUT, WHO, get("/scoped/whoami"), config=SCOPED)
scenario(
    "cookie-path-logout-inside", post(REMEMBERED), post("/scoped/logout?then=whoami"), get("/scoped/whoami"),
    config=SCOPED,
)
scenario(
    "cookie-path-and-domain",
    *at("www.app.example", [post(REMEMBERED), get("/scoped/whoami", drop("session")), post("/scoped/logout")]),
    config={**SCOPED, "remember_cookie_domain": "app.example"},
)
scenario(
    "cookie-path-second-cookie-on-root", post(REMEMBERED),
    get("/scoped/whoami", drop("session"), set_cookie("remember", "foo")),
    get("/whoami", drop("session"), set_cookie("remember", "foo")), config=SCOPED,
)
scenario(
    "cookie-path-refresh-each-request", post(REMEMBERED), WHO, get("/scoped/whoami"), post("/scoped/logout"),
    get("/scoped/whoami"), config={**SCOPED, "remember_cookie_refresh_each_request": True},
)
scenario(
    "cookie-path-strong", post(REMEMBERED), get("/scoped/whoami", **OTHER_AGENT), get("/scoped/whoami"),
    config={**SCOPED, "session_protection": "strong"},
)
scenario(
    "cookie-path-strong-outside", post(REMEMBERED), get("/whoami", **OTHER_AGENT), get("/scoped/whoami"),
    config={**SCOPED, "session_protection": "strong"},
)
scenario(
    "cookie-two-names", post(REMEMBERED), get("/whoami", drop("session"), set_cookie("keepme", "foo")), WHO,
    get("/whoami", set_cookie("remember_token", "bar"), drop("session")),
)

# ------------------------------------------------------------------ tampering
for how in TAMPERINGS:
    scenario(
        "tampered-remember-" + how,
        post(REMEMBERED),
        get("/remembered", drop("session"), tamper("remember", how)),
        WHO,
        SECRET,
        IS_REMEMBERED,
        post(NOTCH),
        VAULT,
        LOGOUT,
    )
    scenario(
        "tampered-session-" + how, post(NOTCH), get("/whoami", tamper("session", how)), FRESH, SECRET, FLASHES,
        post(NOTCH), WHO,
    )
    scenario(
        "tampered-session-remembered-" + how, post(REMEMBERED), get("/fresh", tamper("session", how)), WHO, FRESH,
        VAULT,
    )
scenario(
    "tampered-both", post(REMEMBERED), get("/whoami", tamper("session", "signature"), tamper("remember", "payload")),
    SECRET, LOGOUT, WHO,
)
scenario(
    "tampered-remember-strong", post(REMEMBERED), get("/whoami", drop("session"), tamper("remember", "signature")),
    WHO, SECRET, WHO, config={"session_protection": "strong"},
)
scenario(
    "tampered-remember-at-login-strong", post(REMEMBERED), get("/whoami", tamper("remember", "signature")),
    get("/whoami", **OTHER_AGENT), WHO, config={"session_protection": "strong"},
)
scenario(
    "tampered-remember-refresh-each-request", post(REMEMBERED), get("/static-page", tamper("remember", "signature")),
    WHO, IS_REMEMBERED, get("/static-page", drop("session")), config={"remember_cookie_refresh_each_request": True},
)
scenario(
    "tampered-remember-api-key", post(REMEMBERED),
    get("/whoami", drop("session"), tamper("remember", "garbage"), **api_key("key-2")),
    get("/secret", **api_key("key-2")), WHO, config={"request_loader": True},
)
scenario(
    "tampered-remember-of-custom-name", post(REMEMBERED),
    get("/whoami", drop("session"), tamper("remember", "append")), LOGOUT, config={"remember_cookie_name": "keepme"},
)
scenario(
    "planted-cookies", get("/whoami", set_cookie("remember", "1|abcdef"), set_cookie("session", "abc")),
    get("/remembered"), SECRET, post(NOTCH), WHO,
)
scenario(
    "planted-odd-values",
    *[get("/whoami", set_cookie("remember", v)) for v in ["|", "1|", "|x", '"1"', "1 2", "a=b", "%31%7Cx", "...", "eyJ9.x.y"]],
)

# ------------------------------------------------------------------ other apps
FOREIGN = {"other_apps": {"other": {**VIEWS, "secret_key": "another-secret"}}}
TWIN = {"other_apps": {"other": dict(VIEWS)}}
scenario("foreign-session", post(NOTCH, app="other"), WHO, FRESH, SECRET, post(STEVE), WHO, **FOREIGN)
scenario(
    "foreign-remember", post(REMEMBERED, app="other"), get("/remembered", drop("session")), WHO, SECRET,
    get("/whoami", app="other"), **FOREIGN,
)
scenario(
    "foreign-both", post(REMEMBERED, app="other"), WHO, IS_REMEMBERED, LOGOUT, get("/whoami", app="other"), **FOREIGN,
)
scenario(
    "foreign-strong", post(REMEMBERED, app="other"), WHO, WHO, get("/whoami", app="other"),
    config={"session_protection": "strong"}, **FOREIGN,
)
scenario("foreign-flash", get("/secret", app="other"), FLASHES, WHO, **FOREIGN)
scenario(
    "foreign-refresh-each-request", post(REMEMBERED, app="other"), get("/static-page"), WHO,
    config={"remember_cookie_refresh_each_request": True}, **FOREIGN,
)
scenario(
    "same-secret-two-apps", post(REMEMBERED, app="other"), WHO, VAULT, get("/whoami", drop("session")), LOGOUT,
    get("/whoami", app="other"), **TWIN,
)
scenario(
    "same-secret-other-cookie-name", post(REMEMBERED, app="other"), WHO, get("/whoami", drop("session")),
    other_apps={"other": {**VIEWS, "remember_cookie_name": "keepme"}},
)
scenario(
    "same-secret-other-protection", post(REMEMBERED, app="other"), get("/whoami", **OTHER_AGENT),
    get("/whoami", app="other"), config={"session_protection": "strong"},
    other_apps={"other": {**VIEWS, "session_protection": "none"}},
)
scenario(
    "secret-key-short", post(REMEMBERED), WHO, get("/whoami", drop("session")), LOGOUT, config={"secret_key": "x"},
)
scenario(
    "secret-key-long-and-unicode", post(REMEMBERED), WHO, get("/whoami", drop("session")), LOGOUT,
    config={"secret_key": "ünïcode" * 20},
)

# ------------------------------------------------------------------ refresh each request
EACH = {"remember_cookie_refresh_each_request": True}
scenario(
    "refreshing", post(REMEMBERED), WHO, get("/static-page"), FRESH, options("/secret"), SECRET, LOGOUT, WHO,
    config=EACH,
)
scenario("refreshing-nobody", WHO, SECRET, get("/static-page", strict="session.op"), LOGOUT, config=EACH)
scenario("refreshing-not-remembered", post(NOTCH), WHO, get("/static-page"), LOGOUT, config=EACH)
scenario(
    "refreshing-keeps-alive", post(REMEMBERED), get("/whoami", advance(3000)), get("/whoami", advance(3000)),
    get("/whoami", advance(3000), drop("session")), get("/static-page", advance(3000)),
    get("/whoami", advance(4000), drop("session")), config={**EACH, "remember_cookie_duration": 3600},
)
scenario(
    "refreshing-restored", post(REMEMBERED), get("/whoami", drop("session")), WHO, VAULT, CONFIRM, VAULT, config=EACH,
)
scenario(
    "refreshing-static-only", post(REMEMBERED), get("/static-page", drop("session")), get("/static-page"), WHO,
    config=EACH,
)
scenario(
    "refreshing-login-again", post(REMEMBERED), post(NOTCH), post(REMEMBERED), post(REMEMBERED + "&duration=600"),
    WHO, config=EACH,
)
scenario(
    "refreshing-with-attributes", post(REMEMBERED), WHO, LOGOUT,
    config={
        **EACH, "remember_cookie_secure": True, "remember_cookie_samesite": "Lax", "remember_cookie_httponly": False,
    },
)
scenario(
    "refreshing-strong", post(REMEMBERED), WHO, get("/whoami", **OTHER_AGENT), WHO,
    config={**EACH, "session_protection": "strong"},
)
scenario(
    "refreshing-basic-other-agent", post(REMEMBERED), get("/whoami", **OTHER_AGENT), get("/whoami", **OTHER_AGENT),
    WHO, config=EACH,
)
scenario("refreshing-unauthorized", post("/login?id=3&force=1&remember=1"), SECRET, WHO, config=EACH)
scenario("refreshing-refused-login", post(REMEMBERED), post("/login?id=3"), post("/login?id=99"), config=EACH)
scenario(
    "refreshing-other-user-remembered", post(REMEMBERED), post(STEVE + "&remember=1"), WHO,
    get("/whoami", drop("session")), config=EACH,
)
scenario(
    "refreshing-login-as-other", post(REMEMBERED), post(STEVE), WHO, get("/whoami", drop("session")), config=EACH,
)
scenario(
    "refreshing-login-as-other-without-session", post(REMEMBERED), post(STEVE, drop("session")), WHO,
    get("/whoami", drop("session")), config=EACH,
)
scenario("refreshing-login-and-logout", post(REMEMBERED), post(NOTCH + "&then=logout"), WHO, config=EACH)
scenario(
    "refreshing-api-key", post(REMEMBERED), get("/whoami", **api_key("key-2")),
    get("/whoami", drop("all"), **api_key("key-2")), config={**EACH, "request_loader": True},
)
scenario("refreshing-logout-of-nobody", post("/logout", set_cookie("remember", "foo")), WHO, config=EACH)
scenario(
    "refreshing-domain", *at("www.app.example", [post(REMEMBERED), WHO, LOGOUT]),
    config={**EACH, "remember_cookie_domain": "app.example"},
)
scenario(
    "refreshing-permanent", post(REMEMBERED), WHO, get("/whoami", close_browser()),
    config={**EACH, "permanent": True},
)

# ------------------------------------------------------------------ closing the browser, permanent
PERMANENT = {"permanent": True}
scenario(
    "closed-and-confirmed", post(REMEMBERED), get("/vault", close_browser()), CONFIRM, VAULT,
    get("/vault", close_browser()),
)
scenario(
    "closed-twice", post(REMEMBERED), get("/whoami", close_browser()), get("/whoami", close_browser()), IS_REMEMBERED,
)
scenario("closed-after-logout", post(REMEMBERED), LOGOUT, get("/whoami", close_browser()))
scenario("permanent", post(NOTCH), WHO, get("/whoami", close_browser()), FRESH, VAULT, config=PERMANENT)
scenario(
    "permanent-survives-writes", post(NOTCH), post("/session-data?key=cart&value=7"), get("/whoami", close_browser()),
    get("/session-data?key=cart"), config=PERMANENT,
)
scenario(
    "permanent-not-fresh-flash", post(NOTCH + "&fresh=0"), VAULT, get("/flashes", close_browser()), WHO, CONFIRM,
    get("/vault", close_browser()), config=PERMANENT,
)
scenario(
    "permanent-ends", post(NOTCH), get("/whoami", advance(30 * DAY)), post(NOTCH), get("/whoami", advance(32 * DAY)),
    config=PERMANENT,
)
scenario(
    "permanent-refused", post("/login?id=3"), post("/session-data?key=cart&value=7"),
    get("/session-data?key=cart", close_browser()), config=PERMANENT,
)
scenario(
    "permanent-strong", post(NOTCH), get("/whoami", **OTHER_AGENT), get("/vault", **OTHER_AGENT), VAULT, WHO,
    config={**PERMANENT, "session_protection": "strong"},
)
scenario(
    "permanent-strong-address", post(REMEMBERED), get("/whoami", **OTHER_ADDRESS), WHO, IS_REMEMBERED,
    config={**PERMANENT, "session_protection": "strong"},
)
scenario(
    "permanent-strong-passes", post(REMEMBERED), WHO, VAULT, get("/vault", close_browser()),
    config={**PERMANENT, "session_protection": "strong"},
)
scenario("permanent-basic", post(NOTCH), get("/whoami", **OTHER_AGENT), VAULT, config=PERMANENT)
scenario(
    "permanent-remembered", post(REMEMBERED), get("/whoami", drop("session")), get("/whoami", close_browser()),
    LOGOUT, WHO, config=PERMANENT,
)
scenario("permanent-logout", post(REMEMBERED), LOGOUT, get("/whoami", close_browser()), config=PERMANENT)
scenario("permanent-other-user", post(NOTCH), post(STEVE), get("/whoami", close_browser()), config=PERMANENT)

# ------------------------------------------------------------------ session protection
CHANGES = {
    "agent": OTHER_AGENT,
    "address": OTHER_ADDRESS,
    "both": {**OTHER_AGENT, **OTHER_ADDRESS},
    "no-agent": {"user_agent": None},
}
for mode in ["basic", "strong", "none"]:
    for what, change in CHANGES.items():
        scenario(
            f"protection-{mode}-{what}",
            post(REMEMBERED),
            get("/secret", **change),
            get("/fresh", **change),
            get("/vault", **change),
            SECRET,
            VAULT,
            config={"session_protection": mode},
        )
for mode in ["basic", "strong", "none"]:
    scenario(
        f"protection-{mode}-login-on-the-move", post(NOTCH), post(NOTCH, **OTHER_AGENT), get("/vault", **OTHER_AGENT),
        VAULT, config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-login-as-other-on-the-move", post(REMEMBERED), post(STEVE, **OTHER_AGENT),
        get("/whoami", **OTHER_AGENT), WHO, config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-not-fresh", post(NOTCH + "&fresh=0"), get("/whoami", **OTHER_AGENT),
        get("/vault", **OTHER_AGENT), WHO, config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-restored", post(REMEMBERED), get("/whoami", drop("session"), **OTHER_AGENT),
        get("/whoami", **OTHER_AGENT), get("/secret", **OTHER_AGENT), get("/vault", **OTHER_AGENT),
        get("/remembered", **OTHER_AGENT), config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-restored-then-moved", post(REMEMBERED), get("/whoami", drop("session")),
        get("/whoami", **OTHER_AGENT), get("/whoami", **OTHER_AGENT), config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-keeps-data", post(NOTCH), post("/session-data?key=cart&value=7"),
        get("/whoami", **OTHER_AGENT), get("/session-data?key=cart"), WHO, config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-guarded-group", post(NOTCH), get("/admin/vault", **OTHER_AGENT), get("/admin/secret"),
        config={"session_protection": mode, "admin_login_view": "/a"},
    )
    scenario(
        f"protection-{mode}-post-of-stranger", post(REMEMBERED), post("/vault?a=1", **OTHER_AGENT),
        post("/secret", **OTHER_AGENT), config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-deleted-on-the-move", post(REMEMBERED), post("/delete-user?id=1"),
        get("/secret", **OTHER_AGENT), WHO, config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-flash-then-login", SECRET, post(REMEMBERED), WHO, VAULT, get("/flashes"),
        get("/whoami", **OTHER_AGENT), config={"session_protection": mode},
    )
    scenario(
        f"protection-{mode}-after-logout", post(REMEMBERED), SECRET, LOGOUT, get("/whoami", **OTHER_AGENT),
        get("/secret", **OTHER_AGENT), get("/flashes", **OTHER_AGENT), config={"session_protection": mode},
    )
scenario(
    "protection-basic-back-and-forth", post(NOTCH), get("/whoami", **OTHER_AGENT), WHO, get("/whoami", **OTHER_AGENT),
    WHO,
)
scenario(
    "protection-basic-confirm-ends-it", post(NOTCH), get("/whoami", **OTHER_AGENT), post("/confirm", **OTHER_AGENT),
    get("/whoami", **OTHER_AGENT), get("/vault", **OTHER_AGENT),
)
scenario(
    "protection-basic-forwarded", post(NOTCH, headers={"X-Forwarded-For": "10.0.0.1"}),
    get("/vault", headers={"X-Forwarded-For": "10.9.9.9", "X-Real-IP": "10.8.8.8", "Forwarded": "for=10.7.7.7"}),
    VAULT,
)
scenario(
    "protection-strong-forwarded", post(REMEMBERED, ip="127.0.0.9", headers={"X-Forwarded-For": "127.0.0.1"}),
    get("/whoami", headers={"X-Forwarded-For": "127.0.0.9"}), WHO, config={"session_protection": "strong"},
)
scenario(
    "protection-agent-appears", post(NOTCH, user_agent=None), get("/whoami", user_agent=None),
    get("/whoami", user_agent=""), get("/vault"), WHO, config={"session_protection": "strong"},
)
scenario(
    "protection-agent-unicode", post(NOTCH, user_agent="brows-é/1.0"), get("/vault", user_agent="brows-é/1.0"),
    get("/vault", user_agent="brows-e/1.0"), config={"session_protection": "strong"},
)
scenario(
    "protection-strong-relogin-of-stranger", post(REMEMBERED), get("/secret", **OTHER_AGENT),
    post(REMEMBERED, **OTHER_AGENT), get("/vault", **OTHER_AGENT), get("/whoami", drop("session"), **OTHER_AGENT),
    config={"session_protection": "strong"},
)
scenario(
    "protection-strong-lazy", post(REMEMBERED), get("/static-page", **OTHER_AGENT),
    get("/session-data?key=x", **OTHER_AGENT), get("/flashes", **OTHER_AGENT), VAULT,
    config={"session_protection": "strong"},
)
scenario(
    "protection-strong-login-then-whoami", post(REMEMBERED), post(STEVE + "&then=whoami", **OTHER_AGENT),
    get("/whoami", **OTHER_AGENT), config={"session_protection": "strong"},
)

# ------------------------------------------------------------------ request loader
API = {"request_loader": True}
scenario(
    "api", get("/whoami", **api_key("key-2")), get("/secret", **api_key("key-2")),
    post("/secret", **api_key("key-2")), head("/secret", **api_key("key-2")),
    get("/admin/secret", **api_key("key-2")), get("/vault", **api_key("key-2")), config=API,
)
scenario(
    "api-refusals", get("/secret", **api_key("key-99")), get("/secret", **api_key("key-")),
    get("/secret", **api_key("")), get("/secret", **api_key("Key-1")), config={**API, "login_message": None},
)
scenario("api-awkward-id", get("/whoami", **api_key('key-a|b;c, "d"')), config=API)
scenario(
    "api-deleted", post("/delete-user?id=1"), get("/whoami", **api_key("key-1")), post("/restore-user?id=1"),
    get("/whoami", **api_key("key-1")), config=API,
)
scenario(
    "api-remember-cookie-wins", post(REMEMBERED), get("/whoami", drop("session"), **api_key("key-2")),
    get("/whoami", **api_key("key-2")), config=API,
)
scenario(
    "api-remember-cookie-of-deleted", post(REMEMBERED), post("/delete-user?id=1"),
    get("/whoami", drop("session"), **api_key("key-2")), get("/whoami", **api_key("key-2")), config=API,
)
scenario(
    "api-both-gone", post(REMEMBERED), post("/delete-user?id=1"), get("/whoami", **api_key("key-2")),
    get("/whoami", **api_key("key-2")), config=API,
)
scenario("api-over-flash", SECRET, get("/whoami", **api_key("key-1")), get("/secret", **api_key("key-1")), config=API)
scenario(
    "api-over-flash-strong", SECRET, get("/whoami", **api_key("key-1")), get("/secret", **api_key("key-1")),
    config={**API, "session_protection": "strong"},
)
scenario(
    "api-login-remembers", post(REMEMBERED, **api_key("key-2")), get("/remembered", **api_key("key-2")),
    get("/whoami", drop("session"), **api_key("key-2")), config=API,
)
scenario(
    "api-logout-then-whoami", post(NOTCH), post("/logout?then=whoami", **api_key("key-2")),
    get("/whoami", **api_key("key-2")), post("/logout?then=whoami", **api_key("key-2")), config=API,
)
scenario("api-basic-other-agent", post(NOTCH), get("/whoami", **OTHER_AGENT, **api_key("key-2")), config=API)
scenario(
    "api-fresh-and-remembered", get("/fresh?touch=1", **api_key("key-1")),
    get("/remembered?touch=1", **api_key("key-1")), config=API,
)
scenario(
    "api-handlers", get("/vault", **api_key("key-1")), get("/vault", **api_key("nope")),
    config={**API, "unauthorized_handler": True, "needs_refresh_handler": True},
)
scenario("api-without-views", get("/secret"), get("/vault", **api_key("key-1")), config=API, views={})
scenario(
    "api-unique-id", get("/whoami", **api_key("key-1")), WHO, get("/whoami", client="second", **api_key("key-2")),
    WHO, config=API,
)
scenario(
    "api-session-next", get("/vault?a=1", **api_key("key-1")), NEXT, config={**API, "use_session_for_next": True},
)
ONLY_API = {"request_loader": True, "user_loader": False}
scenario(
    "api-only-remember", post(REMEMBERED), WHO, get("/whoami", drop("session")), get("/whoami", **api_key("key-2")),
    IS_REMEMBERED, LOGOUT, config=ONLY_API,
)
scenario("api-only-login", post(NOTCH + "&then=whoami"), SECRET, FRESH, CONFIRM, LOGOUT, config=ONLY_API)
scenario(
    "api-only-strong", post(NOTCH), get("/whoami", **OTHER_AGENT), get("/whoami", **api_key("key-2")),
    config={**ONLY_API, "session_protection": "strong"},
)
scenario(
    "api-only-on-the-move", post(NOTCH), get("/whoami", **OTHER_AGENT, **api_key("key-2")), FRESH,
    get("/fresh", **OTHER_AGENT), LOGOUT, config=ONLY_API,
)
FALLBACK = {"request_loader": True, "request_loader_session_fallback": True}
scenario(
    "fallback", post(NOTCH), WHO, SECRET, LOGOUT, WHO, config={**FALLBACK, "user_loader": False},
    tags=["session-fallback"],
)
scenario(
    "fallback-fresh", post(NOTCH), VAULT, FRESH, post(NOTCH + "&fresh=0"), VAULT, CONFIRM, VAULT,
    config={**FALLBACK, "user_loader": False}, tags=["session-fallback"],
)
scenario(
    "fallback-key-first", post(NOTCH), get("/whoami", **api_key("key-2")), get("/whoami", **api_key("nope")), WHO,
    config={**FALLBACK, "user_loader": False}, tags=["session-fallback"],
)
scenario(
    "fallback-strong", post(NOTCH), WHO, get("/whoami", **OTHER_AGENT), WHO,
    config={**FALLBACK, "user_loader": False, "session_protection": "strong"}, tags=["session-fallback"],
)
scenario(
    "fallback-basic", post(NOTCH), get("/vault", **OTHER_AGENT), VAULT, config={**FALLBACK, "user_loader": False},
    tags=["session-fallback"],
)
scenario(
    "fallback-deleted", post(NOTCH), post("/delete-user?id=1"), WHO, post("/restore-user?id=1"), WHO,
    config={**FALLBACK, "user_loader": False}, tags=["session-fallback"],
)
scenario(
    "fallback-tokens", post(NOTCH), WHO, post("/rotate-token?id=1"), WHO,
    config={**FALLBACK, **TOKENS, "user_loader": False}, tags=["session-fallback"],
)
scenario(
    "fallback-remember", post(REMEMBERED), WHO, get("/whoami", drop("session")), WHO,
    config={**FALLBACK, "user_loader": False}, tags=["session-fallback"],
)
scenario(
    "fallback-beside-user-loader", post(NOTCH), WHO, VAULT, post("/delete-user?id=1"), WHO, WHO, config=FALLBACK,
    tags=["session-fallback"],
)
scenario("fallback-nobody", WHO, SECRET, WHO, config=FALLBACK, tags=["session-fallback"])
scenario(
    "no-loader-at-all", get("/static-page"), WHO, SECRET, post(NOTCH), WHO, LOGOUT, config={"user_loader": False},
    tags=["setup-error"],
)

# ------------------------------------------------------------------ thieves
for mode in ["basic", "strong", "none"]:
    scenario(
        f"stolen-session-{mode}", post(NOTCH), get("/secret", steal("session"), client="thief"),
        get("/vault", client="thief"), get("/fresh", client="thief"), VAULT, config={"session_protection": mode},
        **STOLEN,
    )
    scenario(
        f"stolen-remember-{mode}", post(REMEMBERED), get("/vault", steal("remember"), client="thief"),
        get("/secret", client="thief"), post("/confirm", client="thief"), get("/vault", client="thief"),
        get("/vault"), config={"session_protection": mode}, **STOLEN,
    )
    scenario(
        f"stolen-both-{mode}", post(REMEMBERED), get("/whoami", steal("session", "remember"), client="thief"),
        get("/whoami", drop("session", "thief"), client="thief"), get("/vault", client="thief"), LOGOUT,
        get("/whoami", client="thief"), config={"session_protection": mode}, **STOLEN,
    )
    scenario(
        f"stolen-session-same-address-{mode}", post(NOTCH),
        get("/vault", steal("session"), client="thief", ip="127.0.0.1"),
        get("/vault", client="thief", ip="127.0.0.1"), VAULT, config={"session_protection": mode}, **STOLEN,
    )
    scenario(
        f"stolen-mask-{mode}", post(NOTCH),
        get("/vault", steal("session"), client="thief", ip="127.0.0.1", user_agent="oracle-agent/1.0"),
        config={"session_protection": mode}, **STOLEN,
    )
scenario(
    "stolen-tokens-rotated", post(REMEMBERED), post("/rotate-token?id=1"),
    get("/whoami", steal("remember"), client="thief"), get("/secret", client="thief"), config=TOKENS, **STOLEN,
)
scenario(
    "stolen-session-into-logged-in", post(NOTCH), post(STEVE, client="thief"),
    get("/whoami", steal("session"), client="thief"), get("/vault", client="thief"), **STOLEN,
)
scenario(
    "stolen-remember-into-logged-in", post(REMEMBERED), post(STEVE, client="thief"),
    get("/whoami", steal("remember"), client="thief"), get("/remembered", client="thief"),
    post("/logout", client="thief"), get("/whoami", client="thief"), **STOLEN,
)


def check():
    names = [s["name"] for s in SCENARIOS]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise SystemExit(f"scenario names used twice: {', '.join(twice)}")
