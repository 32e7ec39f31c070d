#!/usr/bin/env python3
"""The oracle: the app of ../CONTRACT.md on Flask and the real Flask-Login.

Environment: PORT, ORACLE_CONFIG. Runs with Flask 2.2 or newer; another Flask-Login than the
installed one is chosen with PYTHONPATH.
"""
import json
import os
import platform
import signal
import subprocess
import sys
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version

import flask_login
from flask import Blueprint
from flask import Flask
from flask import get_flashed_messages
from flask import jsonify
from flask import request
from flask import Response
from flask import session
from flask_login import current_user

DEFAULTS = {
    "secret_key": "oracle-secret",
    "login_view": "",
    "admin_login_view": None,
    "other_login_view": None,
    "refresh_view": "",
    "login_message": flask_login.LoginManager().login_message,
    "login_message_category": flask_login.LoginManager().login_message_category,
    "needs_refresh_message": flask_login.LoginManager().needs_refresh_message,
    "needs_refresh_message_category": flask_login.LoginManager().needs_refresh_message_category,
    "session_protection": "basic",
    "use_session_for_next": False,
    "force_host_for_redirects": "",
    "remember_cookie_name": flask_login.COOKIE_NAME,
    "remember_cookie_duration": int(flask_login.COOKIE_DURATION.total_seconds()),
    "remember_cookie_domain": "",
    "remember_cookie_path": "/",
    "remember_cookie_secure": flask_login.COOKIE_SECURE,
    "remember_cookie_httponly": flask_login.COOKIE_HTTPONLY,
    "remember_cookie_samesite": "",
    "remember_cookie_refresh_each_request": False,
    "permanent": False,
    "user_loader": True,
    "request_loader": False,
    "request_loader_session_fallback": False,
    "unauthorized_handler": False,
    "needs_refresh_handler": False,
    "localize": False,
    "anonymous_user": "",
    "alternative_tokens": False,
}

SIGNALS = (
    "user_logged_in",
    "user_logged_out",
    "user_loaded_from_cookie",
    "user_loaded_from_request",
    "user_login_confirmed",
    "user_unauthorized",
    "user_needs_refresh",
    "user_accessed",
    "session_protected",
)

PROTECTED_METHODS = ["GET", "HEAD", "POST", "OPTIONS"]


class User(flask_login.UserMixin):
    def __init__(self, table, user_id, name, active=True):
        self.table, self.id, self.name, self.active = table, user_id, name, active

    @property
    def is_active(self):
        return self.active

    def get_id(self):
        return self.table.stored_id(self.id)


class Users:
    """The user table, and what the test wants to know about the loaders."""

    def __init__(self, alternative_tokens):
        self.alternative_tokens = alternative_tokens
        self.reset()

    def reset(self):
        rows = [
            ("1", "Notch", True),
            ("2", "Steve", True),
            ("3", "Creeper", False),
            ("Müsli ☃", "Müller", True),
            ('a|b;c, "d"', "Alex", True),
        ]
        self.all = {user_id: User(self, user_id, name, active) for user_id, name, active in rows}
        self.deleted = set()
        self.generations = dict.fromkeys(self.all, 0)
        self.forget_calls()

    def forget_calls(self):
        self.loaded_ids, self.request_loads = [], 0

    def stored_id(self, user_id):
        return f"alt:{user_id}:{self.generations[user_id]}" if self.alternative_tokens else user_id

    def existing(self, user_id):
        return None if user_id in self.deleted else self.all.get(user_id)

    def by_stored_id(self, stored_id):
        return next((self.existing(i) for i in self.all if self.stored_id(i) == stored_id), None)

    def load(self, stored_id):
        self.loaded_ids.append(stored_id)
        return self.by_stored_id(stored_id)


def read_config():
    given = json.loads(os.environ.get("ORACLE_CONFIG") or "{}")
    unknown = sorted(set(given) - set(DEFAULTS))
    if unknown:
        sys.exit(f"unknown configuration keys: {', '.join(unknown)}")
    return {**DEFAULTS, **given}


def make_app(config):
    app = Flask(__name__)
    app.secret_key = config["secret_key"]
    app.config.update(
        USE_SESSION_FOR_NEXT=config["use_session_for_next"],
        FORCE_HOST_FOR_REDIRECTS=config["force_host_for_redirects"] or None,
        REMEMBER_COOKIE_NAME=config["remember_cookie_name"],
        REMEMBER_COOKIE_DURATION=config["remember_cookie_duration"],
        REMEMBER_COOKIE_DOMAIN=config["remember_cookie_domain"] or None,
        REMEMBER_COOKIE_PATH=config["remember_cookie_path"],
        REMEMBER_COOKIE_SECURE=config["remember_cookie_secure"],
        REMEMBER_COOKIE_HTTPONLY=config["remember_cookie_httponly"],
        REMEMBER_COOKIE_SAMESITE=config["remember_cookie_samesite"] or None,
        REMEMBER_COOKIE_REFRESH_EACH_REQUEST=config["remember_cookie_refresh_each_request"],
    )
    users = Users(config["alternative_tokens"])
    show_session_to_the_recorder(app)  # before the manager: after_request functions run last to first
    add_login_manager(app, config, users)
    add_login_routes(app, config, users)
    add_protected_routes(app)
    add_session_routes(app)
    add_control_routes(app, users, collect_signals())
    return app


def add_login_manager(app, config, users):
    manager = flask_login.LoginManager(app)
    manager.login_view = config["login_view"] or None
    manager.refresh_view = config["refresh_view"] or None
    for group in ("admin", "other"):
        if config[f"{group}_login_view"] is not None:
            manager.blueprint_login_views[group] = config[f"{group}_login_view"]
    manager.login_message = config["login_message"]
    manager.login_message_category = config["login_message_category"]
    manager.needs_refresh_message = config["needs_refresh_message"]
    manager.needs_refresh_message_category = config["needs_refresh_message_category"]
    manager.session_protection = {"none": None}.get(config["session_protection"], config["session_protection"])
    if config["localize"]:
        manager.localize_callback = lambda message: "[l10n] " + message
    if config["anonymous_user"]:
        named = type("NamedAnonymous", (flask_login.AnonymousUserMixin,), {"name": config["anonymous_user"]})
        manager.anonymous_user = named
    if config["user_loader"]:
        manager.user_loader(users.load)
    if config["request_loader"]:
        manager.request_loader(request_loader(config, users))
    if config["unauthorized_handler"]:
        manager.unauthorized_handler(lambda: (jsonify(handler="unauthorized"), 403))
    if config["needs_refresh_handler"]:
        manager.needs_refresh_handler(lambda: (jsonify(handler="needs_refresh"), 409))


def request_loader(config, users):
    def load(req):
        users.request_loads += 1
        key = req.headers.get("X-Api-Key")
        if key is not None:
            return users.existing(key[len("key-"):]) if key.startswith("key-") else None
        if config["request_loader_session_fallback"]:
            return users.by_stored_id(session.get("_user_id"))
        return None

    return load


def identity():
    return {
        "id": getattr(current_user, "id", None),
        "name": getattr(current_user, "name", None),
        "authenticated": current_user.is_authenticated,
        "active": current_user.is_active,
        "anonymous": current_user.is_anonymous,
    }


def flag(name, default="0"):
    return request.args.get(name, default) == "1"


def touch_if_asked():
    if flag("touch"):
        current_user.is_authenticated


def add_login_routes(app, config, users):
    @app.post("/login")
    def login():
        user = users.all.get(request.args.get("id"))
        if user is None:
            return jsonify(ok=False), 404
        seconds = request.args.get("duration")
        ok = flask_login.login_user(
            user,
            remember=flag("remember"),
            duration=None if seconds is None else timedelta(seconds=int(seconds)),
            force=flag("force"),
            fresh=flag("fresh", "1"),
        )
        if ok and config["permanent"]:
            session.permanent = True
        then = request.args.get("then")
        if then == "logout":
            flask_login.logout_user()
        return jsonify(ok=ok, **(identity() if then == "whoami" else {}))

    @app.post("/logout")
    @app.post("/scoped/logout")
    def logout():
        ok = flask_login.logout_user()
        return jsonify(ok=ok, **(identity() if request.args.get("then") == "whoami" else {}))

    @app.get("/whoami")
    @app.get("/scoped/whoami")
    def whoami():
        return jsonify(identity())

    @app.get("/fresh")
    def fresh():
        touch_if_asked()
        return jsonify(fresh=flask_login.login_fresh())

    @app.get("/remembered")
    def remembered():
        touch_if_asked()
        return jsonify(remembered=flask_login.login_remembered())

    @app.post("/confirm")
    def confirm():
        flask_login.confirm_login()
        return jsonify(ok=True)


def add_protected_routes(app):
    def protect(where, path, area, required, methods=PROTECTED_METHODS):
        def view(rest=None):
            return jsonify(ok=True, area=area, method=request.method)

        where.add_url_rule(
            path, area.replace("/", "_"), required(view), methods=methods, provide_automatic_options=False
        )

    admin = Blueprint("admin", __name__)
    other = Blueprint("other", __name__)
    protect(app, "/secret", "secret", flask_login.login_required)
    protect(app, "/vault", "vault", flask_login.fresh_login_required)
    protect(admin, "/admin/secret", "admin/secret", flask_login.login_required)
    protect(admin, "/admin/vault", "admin/vault", flask_login.fresh_login_required)
    protect(other, "/other/secret", "other/secret", flask_login.login_required)
    protect(app, "/area/<path:rest>", "area", flask_login.login_required, ["GET"])
    app.register_blueprint(admin)
    app.register_blueprint(other)


def add_session_routes(app):
    @app.get("/flashes")
    def flashes():
        return jsonify(flashes=[list(f) for f in get_flashed_messages(with_categories=True)])

    @app.get("/session-next")
    def session_next():
        touch_if_asked()
        stored = session.get("next")
        if flag("pop"):
            session.pop("next", None)
        return jsonify(next=stored)

    @app.get("/session-data")
    def read_session_data():
        return jsonify(value=session.get("data:" + request.args["key"]))

    @app.post("/session-data")
    def write_session_data():
        session["data:" + request.args["key"]] = request.args["value"]
        return jsonify(ok=True)

    @app.get("/static-page")
    def static_page():
        return Response("static", content_type="text/plain")


def add_control_routes(app, users, events):
    @app.get("/events")
    def take_events():
        taken, events[:] = list(events), []
        return jsonify(events=[name for name, _ in taken], users=[user for _, user in taken])

    @app.get("/loader-calls")
    def loader_calls():
        calls = {
            "user_loader": len(users.loaded_ids),
            "user_ids": users.loaded_ids,
            "request_loader": users.request_loads,
        }
        users.forget_calls()
        return jsonify(calls)

    @app.post("/delete-user")
    def delete_user():
        users.deleted.add(request.args["id"])
        return jsonify(ok=True)

    @app.post("/restore-user")
    def restore_user():
        users.deleted.discard(request.args["id"])
        return jsonify(ok=True)

    @app.post("/set-active")
    def set_active():
        users.all[request.args["id"]].active = flag("active")
        return jsonify(ok=True)

    @app.post("/rotate-token")
    def rotate_token():
        users.generations[request.args["id"]] += 1
        return jsonify(ok=True)

    @app.post("/reset")
    def reset():
        users.reset()
        del events[:]
        return jsonify(ok=True)

    @app.get("/about")
    def about():
        return jsonify(implementation=versions())


def collect_signals():
    """The list that every signal is appended to, as (name, plain user id)."""
    events = []

    def collector(name):
        def receive(sender, user=None, **extra):
            events.append((name, getattr(user, "id", None)))

        return receive

    collect_signals.receivers = []  # blinker keeps weak references only
    for name in SIGNALS:
        receiver = collector(name)
        collect_signals.receivers.append(receiver)
        getattr(flask_login, name).connect(receiver)
    return events


def show_session_to_the_recorder(app):
    before = {}

    @app.before_request
    def note():
        before.clear()
        before.update(session)

    @app.after_request
    def show(response):
        response.headers["X-Oracle-Session"] = json.dumps({"before": before, "after": dict(session)}, default=str)
        return response


def versions():
    def of(package):
        try:
            return version(package)
        except PackageNotFoundError:
            return "unknown"

    source = os.path.dirname(os.path.abspath(flask_login.__file__))
    git = subprocess.run(["git", "-C", source, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    checked_out = "0.7.0-dev (%s)" % git.stdout.strip()
    return {
        "flask": of("flask"),
        "flask_login": checked_out if git.returncode == 0 else of("flask-login"),
        "python": platform.python_version(),
        "werkzeug": of("werkzeug"),
    }


def main():
    app = make_app(read_config())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app.run("127.0.0.1", int(os.environ["PORT"]), threaded=False)


if __name__ == "__main__":
    main()
