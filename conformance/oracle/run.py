#!/usr/bin/env python3
"""Scenario runner of the ginlogin differential oracle (standard library only).

  run.py compare  --app 'CMD' --golden golden.json         run the golden's scenarios, compare
  run.py list     --golden golden.json

CMD is started once per distinct configuration with env PORT and ORACLE_CONFIG.
The scenario format, the observation format and the contract of the app: ../CONTRACT.md
Recordings are made with record.py.
"""
import argparse
import concurrent.futures
import copy
import email.utils
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qsl
from urllib.parse import unquote
from urllib.parse import urljoin
from urllib.parse import urlsplit

SESSION_COOKIE = "session"
DEFAULT_UA = "oracle-agent/1.0"
LIFETIME_TOLERANCE = 5  # seconds
DEFAULT_SKIP_TAGS = {"wire"}

#: observations that are framework business in every scenario: path -> reason
GLOBAL_LOOSE = {
    "location_raw": "byte-level encoding of the redirect (Location is compared decoded)",
    "content_type": "framework",
    "session": "session cookie re-sends/attributes are the session library's business "
    "(a step may say strict: session.op)",
    "jar.session": "follows from session",
    "sent": "follows from the jar",
    "other_cookies": "not Flask-Login's",
    "remember.expiry_via": "Expires or Max-Age, the lifetime is compared",
    "remember.count": "number of Set-Cookie lines for that cookie (the last one wins)",
    "debug": "oracle-only",
}
CLEAR_LOOSE = {
    f"remember.{a}": "attributes of a clearing Set-Cookie other than Path/Domain"
    for a in ("secure", "httponly", "samesite")
}


# --------------------------------------------------------------------------- cookies
class Jar:
    """A small RFC 6265 jar with a clock of its own.  It does not enforce Secure."""

    def __init__(self):
        self.cookies = []  # dicts: name value domain host_only path expires(None|clock)
        self.offset = 0

    def now(self):
        return time.time() + self.offset

    @staticmethod
    def domain_match(host, domain):
        return host == domain or (host.endswith("." + domain) and not re.match(r"^[\d.]+$", host))

    @staticmethod
    def path_match(path, cookie_path):
        return (
            path == cookie_path
            or path.startswith(cookie_path)
            and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
        )

    def live(self):
        self.cookies = [c for c in self.cookies if c["expires"] is None or c["expires"] > self.now()]
        return self.cookies

    def store(self, sc, host, path):
        domain = sc["domain"]
        if domain and not self.domain_match(host, domain):
            return  # a browser refuses it
        c = dict(
            name=sc["name"],
            value=sc["value"],
            domain=domain or host,
            host_only=not domain,
            path=sc["path"] or (path.rsplit("/", 1)[0] or "/"),
            expires=None if sc["lifetime"] is None else self.now() + sc["lifetime"],
        )
        self.cookies = [
            o
            for o in self.live()
            if (o["name"], o["domain"], o["path"]) != (c["name"], c["domain"], c["path"])
        ]
        if sc["lifetime"] is None or sc["lifetime"] > 0:
            self.cookies.append(c)

    def send(self, host, path):
        out = [
            c
            for c in self.live()
            if (c["domain"] == host if c["host_only"] else self.domain_match(host, c["domain"]))
            and self.path_match(path, c["path"])
        ]
        return sorted(out, key=lambda c: -len(c["path"]))

    def has(self, name):
        return any(c["name"] == name for c in self.live())

    def drop(self, name):
        self.cookies = [c for c in self.cookies if name is not None and c["name"] != name]


def parse_set_cookie(line, date):
    first, *attrs = line.split(";")
    name, _, value = first.partition("=")
    sc = dict(
        name=name.strip(),
        value=value.strip(),
        path="",
        domain="",
        secure=False,
        httponly=False,
        samesite="",
        lifetime=None,
        via="",
    )
    max_age = expires = None
    for a in attrs:
        k, _, v = a.strip().partition("=")
        k, v = k.lower(), v.strip()
        if k == "path":
            sc["path"] = v
        elif k == "domain":
            sc["domain"] = v.lstrip(".").lower()
        elif k == "secure":
            sc["secure"] = True
        elif k == "httponly":
            sc["httponly"] = True
        elif k == "samesite":
            sc["samesite"] = v.lower()
        elif k == "max-age":
            max_age = int(v)
        elif k == "expires":
            expires = email.utils.parsedate_to_datetime(v.replace("-", " ")).timestamp()
    if max_age is not None:
        sc["lifetime"], sc["via"] = max(max_age, 0), "Max-Age"
    if expires is not None:
        if max_age is None:
            sc["lifetime"] = max(expires - date, 0)
        sc["via"] = (sc["via"] + "+Expires").lstrip("+")
    return sc


def cookie_observation(lines):
    """lines: parsed Set-Cookie headers of one cookie name, the last one counts"""
    if not lines:
        return {"op": "none"}
    sc = lines[-1]
    cleared = sc["lifetime"] == 0
    return {
        "op": "cleared" if cleared else "set",
        "path": sc["path"],
        "domain": sc["domain"],
        "secure": sc["secure"],
        "httponly": sc["httponly"],
        "samesite": sc["samesite"],
        "lifetime": None if sc["lifetime"] is None else int(round(sc["lifetime"] / 5.0) * 5),
        "expiry_via": sc["via"],
        "count": len(lines),
    }


def tamper(value, how):
    def other(ch):
        return "1" if ch == "0" else "0"

    if how == "signature":  # a character near the end, but not in base64's dead bits
        quoted = value.endswith('"')
        i = len(value) - 10 - (1 if quoted else 0)
        return value[:i] + other(value[i]) + value[i + 1 :]
    if how == "payload":  # the first character
        i = 1 if value.startswith('"') else 0
        ch = "2" if value[i] == "1" else "1"
        return value[:i] + ch + value[i + 1 :]
    if how == "truncate":
        return value[: max(1, len(value) // 2)]
    if how == "append":
        return value + "0"
    if how == "garbage":
        return "foo"
    if how == "garbage-pipe":
        return "Foo|BAD_HASH"
    if how == "empty":
        return ""
    raise ValueError(how)


# --------------------------------------------------------------------------- normalising
def canonical_next(value, hostport):
    """A next URL, decoded: {origin, path, query, fragment}; None stays None."""
    if value is None or value == "":
        return value
    value = value.replace(hostport, "{host}")
    u = urlsplit(value)
    return {
        "origin": f"{u.scheme}://{u.netloc}" if u.netloc else "",
        "path": unquote(u.path),
        "query": [list(p) for p in parse_qsl(u.query, keep_blank_values=True)],
        "fragment": unquote(u.fragment),
    }


def canonical_location(raw, request_url, hostport):
    if raw is None:
        return None
    u = urlsplit(urljoin(request_url, raw))
    query = parse_qsl(u.query, keep_blank_values=True)
    nexts = [v for k, v in query if k == "next"]
    return {
        "origin": f"{u.scheme}://{u.netloc}".replace(hostport, "{host}"),
        "path": unquote(u.path),
        "query": sorted([k, v.replace(hostport, "{host}")] for k, v in query if k != "next"),
        "next": [canonical_next(v, hostport) for v in nexts],
        "fragment": unquote(u.fragment),
    }


def canonical_json(value, hostport, key=None):
    if isinstance(value, dict):
        return {k: canonical_json(v, hostport, k) for k, v in value.items()}
    if isinstance(value, list):
        return [canonical_json(v, hostport) for v in value]
    if isinstance(value, str):
        if key == "next":
            return canonical_next(value, hostport)
        return value.replace(hostport, "{host}")
    return value


# --------------------------------------------------------------------------- app process
class StartError(Exception):
    pass


_ports_lock, _ports_taken = threading.Lock(), set()


def take_port():
    """A free port outside the ephemeral range (inside it, a client waiting for the app could
    be given the very port as its source port and connect to itself)."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
            low = int(f.read().split()[0])
    except OSError:
        low = 32768
    high = min(low, 32768) - 1
    start = 10000 + (os.getpid() * 97) % max(1, high - 12000)
    with _ports_lock:
        for i in range(high - 10000):
            port = 10000 + (start - 10000 + i) % (high - 10000)
            if port in _ports_taken:
                continue
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.0.1", port))
                except OSError:
                    continue
            _ports_taken.add(port)
            return port
    raise StartError("no free port")


class App:
    def __init__(self, cmd, config):
        self.cmd, self.config = cmd, config
        self.proc = None

    def start(self):
        problem = ""
        for _ in range(3):  # a port may be taken between probe and use
            self.port = take_port()
            self.log = tempfile.NamedTemporaryFile("w+", prefix="oracle-app-", suffix=".log", delete=False)
            env = dict(os.environ, PORT=str(self.port), ORACLE_CONFIG=json.dumps(self.config))
            self.proc = subprocess.Popen(
                ["/bin/sh", "-c", self.cmd],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            _running.add(self)
            deadline = time.time() + 20
            while time.time() < deadline and self.proc.poll() is None:
                try:
                    status, _, _ = self.raw("GET", "/static-page")
                    if status == 200:
                        return self
                    problem = f"/static-page answers {status}"
                except (OSError, http.client.HTTPException) as e:
                    problem = repr(e)
                time.sleep(0.02)
            self.stop(keep_log=True)
            with open(self.log.name) as f:
                problem = f"app did not start ({problem}); log: " + f.read()[-600:].strip()
            os.unlink(self.log.name)
        raise StartError(problem)

    def stop(self, keep_log=False):
        if self.proc is not None:
            for sig in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(self.proc.pid, sig)  # our own session: only what we started
                except ProcessLookupError:
                    pass
                try:
                    self.proc.wait(3)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self.proc = None
            _running.discard(self)
        self.log.close()
        if not keep_log and os.path.exists(self.log.name):
            os.unlink(self.log.name)

    @property
    def hostport(self):
        return f"127.0.0.1:{self.port}"

    def raw(self, method, path, headers=(), ip="127.0.0.1", host=None):
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10, source_address=(ip, 0))
        try:
            conn.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            conn.putheader("Host", host or self.hostport)
            for k, v in headers:
                conn.putheader(k, v.encode("latin-1" if k == "Cookie" else "utf-8"))
            if method == "POST":
                conn.putheader("Content-Length", "0")
            conn.putheader("Connection", "close")
            conn.endheaders()
            r = conn.getresponse()
            return r.status, r.getheaders(), r.read()
        finally:
            conn.close()

    def control(self, method, path):
        status, _, body = self.raw(method, path)
        if status != 200:
            raise RuntimeError(f"control route {method} {path} answers {status}: {body[:200]!r}")
        return json.loads(body)


# --------------------------------------------------------------------------- one scenario
class Run:
    def __init__(self, scenario, apps):
        self.s, self.apps = scenario, apps
        self.jars = {}
        for app in apps.values():
            app.control("POST", "/reset")

    def jar(self, client):
        return self.jars.setdefault(client, Jar())

    def cookie_name(self, which, app="main"):
        if which == "session":
            return SESSION_COOKIE
        if which == "remember":
            return self.apps[app].config.get("remember_cookie_name", "remember_token")
        return which

    def op(self, op):
        kind, client = op["op"], op.get("client", "main")
        jar = self.jar(client)
        if kind == "drop":
            jar.drop(None if op["cookie"] == "all" else self.cookie_name(op["cookie"]))
        elif kind == "close_browser":
            jar.cookies = [c for c in jar.live() if c["expires"] is not None]
        elif kind == "advance":
            jar.offset += op["seconds"]
        elif kind == "tamper":
            name, hit = self.cookie_name(op["cookie"]), False
            for c in jar.live():
                if c["name"] == name:
                    c["value"], hit = tamper(c["value"], op["how"]), True
            if not hit:
                raise RuntimeError(f"nothing to tamper with: {op}")
        elif kind == "copy_jar":
            src, dst = self.jar(op["from"]), self.jar(op["to"])
            for which in op.get("cookies", ["session", "remember"]):
                name = self.cookie_name(which)
                dst.drop(name)
                dst.cookies += [dict(c) for c in src.live() if c["name"] == name]
        elif kind == "set_cookie":
            jar.store(
                dict(name=self.cookie_name(op["cookie"]), value=op["value"], domain="", path="/", lifetime=None),
                op.get("host", "127.0.0.1"),
                "/",
            )
        else:
            raise ValueError(op)

    def step(self, step):
        for op in step.get("ops", []):
            self.op(op)
        client = step.get("client", "main")
        jar = self.jar(client)
        app = self.apps[step.get("app", "main")]
        remember = self.cookie_name("remember", step.get("app", "main"))
        obs = {}
        if "method" in step:
            obs = self.request(step, client, jar, app, remember)
        obs["jar"] = {"session": jar.has(SESSION_COOKIE), "remember": jar.has(remember)}
        return obs

    def request(self, step, client, jar, app, remember):
        defaults = self.s.get("clients", {}).get(client, {})
        ua = step.get("user_agent", defaults.get("user_agent", DEFAULT_UA))
        ip = step.get("ip", defaults.get("ip", "127.0.0.1"))
        host = step.get("host")
        hostname = (host or "127.0.0.1").split(":")[0]
        headers = list(step.get("headers", {}).items())
        if ua is not None:
            headers.append(("User-Agent", ua))
        path = urlsplit(step["path"]).path
        sent = jar.send(hostname, path)
        if sent:
            headers.append(("Cookie", "; ".join(f"{c['name']}={c['value']}" for c in sent)))
        try:
            status, rheaders, body = app.raw(step["method"], step["path"], headers, ip, host)
        except (OSError, http.client.HTTPException) as e:
            return {"error": repr(e)}
        get = {k.lower(): v for k, v in rheaders}.get
        date = get("date")
        date = email.utils.parsedate_to_datetime(date).timestamp() if date else time.time()
        cookies = {}
        for k, v in rheaders:
            if k.lower() == "set-cookie":
                sc = parse_set_cookie(v, date)
                cookies.setdefault(sc["name"], []).append(sc)
                jar.store(sc, hostname, path)
        hostport = app.hostport
        request_url = f"http://{host or hostport}{step['path']}"
        ctype = (get("content-type") or "").split(";")[0]
        obs = {
            "status": status,
            "location": canonical_location(get("location"), request_url, hostport),
            "location_raw": (get("location") or "")
            .replace(hostport, "{host}")
            .replace(hostport.replace(":", "%3A"), "{host}")
            or None,
            "content_type": ctype,
            "json": None,
            "text": None,
            "remember": cookie_observation(cookies.get(remember)),
            "session": cookie_observation(cookies.get(SESSION_COOKIE)),
            "other_cookies": sorted(set(cookies) - {remember, SESSION_COOKIE}),
            "sent": sorted({c["name"] for c in sent}),
        }
        if ctype == "application/json" and body:
            obs["json"] = canonical_json(json.loads(body), hostport)
        elif ctype == "text/plain" and status == 200:
            obs["text"] = body.decode("utf-8").strip()
        if get("x-oracle-session"):
            obs["debug"] = canonical_json(json.loads(get("x-oracle-session")), hostport)
        events = app.control("GET", "/events")
        obs["events"] = [
            e if e not in WITH_USER else f"{e}={'null' if u is None else u}"
            for e, u in zip(events["events"], events["users"])
        ]
        obs["loader"] = app.control("GET", "/loader-calls")
        return obs


WITH_USER = {"user_logged_in", "user_logged_out", "user_loaded_from_cookie", "user_loaded_from_request"}


def auto_loose(step, obs, remember_name):
    """Looseness that follows from what the oracle did."""
    loose = {}
    if "status" not in obs:
        return loose
    if obs["remember"]["op"] == "cleared":
        loose.update(CLEAR_LOOSE)
        if remember_name not in obs["sent"]:
            loose["remember"] = "clears a remember cookie the client did not send"
    before = (obs.get("debug") or {}).get("before") or {}
    if "session_protected" in obs["events"] and "_user_id" not in before:
        loose["events.session_protected"] = (
            "protection fires on a session that holds other data but no login "
            f"(session keys: {sorted(before)})"
        )
    if obs["json"] is None and obs["text"] is None:
        why = "the body of an error or redirect page is the framework's"
        loose.update({"json": why, "text": why})
    return loose


def unmet(step, obs):
    """what `expect` claims and the oracle did not do"""
    out = []
    for path, want in step.get("expect", {}).items():
        got = obs
        for part in path.split("."):
            got = got.get(part) if isinstance(got, dict) else None
        if got != want:
            out.append(f"{path}: expected {json.dumps(want, ensure_ascii=False)}, got {json.dumps(got, ensure_ascii=False)}")
    return out


# --------------------------------------------------------------------------- running
def config_key(config):
    return json.dumps(config, sort_keys=True)


def scenario_configs(s):
    configs = {"main": s.get("config", {})}
    configs.update(s.get("other_apps", {}))
    return configs


_running = set()


def interrupted(signum, frame):
    """leave no app behind when the runner itself is stopped"""
    for app in list(_running):
        try:
            os.killpg(app.proc.pid, signal.SIGKILL)
            os.unlink(app.log.name)
        except (OSError, AttributeError):
            pass
    os._exit(130)


def run_all(cmd, scenarios, jobs):
    """-> {name: [obs...] or {"error":...}}, seconds"""
    started = time.time()
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    groups = {}
    for s in scenarios:
        key = "\n".join(f"{n}={config_key(c)}" for n, c in sorted(scenario_configs(s).items()))
        groups.setdefault(key, []).append(s)
    results, lock, about = {}, threading.Lock(), {}

    def work(group):
        apps = {}
        try:
            try:
                for n, c in scenario_configs(group[0]).items():
                    apps[n] = App(cmd, c)
                    apps[n].start()
            except Exception as e:
                for s in group:
                    results[s["name"]] = {"error": f"{type(e).__name__}: {e}"}
                return
            if not about:
                try:
                    about.update(apps["main"].control("GET", "/about"))
                except Exception as e:
                    about["implementation"] = repr(e)
            for s in group:
                try:
                    run = Run(s, apps)
                    out = [run.step(step) for step in s["steps"]]
                except Exception as e:
                    out = {"error": f"{type(e).__name__}: {e}"}
                with lock:
                    results[s["name"]] = out
        finally:
            for a in apps.values():
                if a.proc is not None:
                    a.stop()

    ordered = sorted(groups.values(), key=lambda g: -sum(len(s["steps"]) for s in g))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(work, ordered))
    return results, time.time() - started, about.get("implementation"), len(groups)


# --------------------------------------------------------------------------- comparing
def diff(path, want, got, out):
    if isinstance(want, dict) and isinstance(got, dict):
        if path in ("remember", "session") and want.get("op") != got.get("op"):
            out.append((path + ".op", want.get("op"), got.get("op")))
            return
        for k in sorted(set(want) | set(got)):
            diff(f"{path}.{k}" if path else k, want.get(k, "<absent>"), got.get(k, "<absent>"), out)
        return
    if path.endswith(".lifetime") and isinstance(want, int) and isinstance(got, int):
        if abs(want - got) <= LIFETIME_TOLERANCE:
            return
    if want != got:
        out.append((path, want, got))


def loosened(path, loose, strict):
    def covers(p):
        return path == p or path.startswith(p + ".")

    if any(covers(p) for p in strict):
        return None
    for p, why in loose.items():
        if covers(p):
            return why
    return None


def permits(key, number, path):
    """does the allow-file key "[STEP:]field.path" cover this difference?"""
    m = re.match(r"(\d+):(.*)", key)
    if m:
        if int(m.group(1)) != number:
            return False
        key = m.group(2)
    return path == key or path.startswith(key + ".")


def compare_step(step, want, got, step_loose):
    loose = dict(GLOBAL_LOOSE)
    loose.update(step_loose)
    want, got = copy.deepcopy(want), copy.deepcopy(got)
    if "events.session_protected" in loose:
        for o in (want, got):
            if "events" in o:
                o["events"] = [e for e in o["events"] if e != "session_protected"]
    want.pop("debug", None)
    got.pop("debug", None)
    out = []
    diff("", want, got, out)
    quiet = [[e for e in o.get("events") or [] if e != "session_protected"] for o in (want, got)]
    if quiet[0] == quiet[1]:  # name the difference precisely, so that it can be allowed precisely
        out = [("events.session_protected" if d[0] == "events" else d[0], d[1], d[2]) for d in out]
    strict_diffs, loose_diffs = [], []
    for path, w, g in out:
        why = loosened(path, loose, step.get("strict", []))
        (loose_diffs if why else strict_diffs).append((path, w, g, why))
    return strict_diffs, loose_diffs


def show_step(i, step):
    what = f"{step['method']} {step['path']}" if "method" in step else "(cookie operations)"
    bits = []
    for k in ("client", "app", "user_agent", "ip", "host", "headers"):
        if k in step:
            bits.append(f"{k}={step[k]}")
    if step.get("ops"):
        bits.append("after " + ", ".join(" ".join(str(v) for v in o.values()) for o in step["ops"]))
    return f"step {i + 1}: {what}" + (f"  [{'; '.join(bits)}]" if bits else "")


def pick(scenarios, args):
    skip = (set(DEFAULT_SKIP_TAGS) if args.cmd == "compare" else set()) | set(args.skip_tag or [])
    skip -= set(args.include_tag or [])
    return [
        s
        for s in scenarios
        if (not args.only or re.search(args.only, s["name"])) and not skip & set(s.get("tags", []))
    ]


def cmd_compare(args):
    with open(args.golden) as f:
        golden = json.load(f)
    chosen = pick(golden["scenarios"], args)
    allow = {}
    if args.allow:
        with open(args.allow) as f:
            allow = json.load(f)
    unused = {(n, k) for n, per in allow.items() for k in per}
    results, seconds, about, processes = run_all(args.app, chosen, args.jobs)
    passed = failed = loose_count = allowed_count = 0
    failed_tags = {}
    actual = []
    for s in chosen:
        r = results.get(s["name"], {"error": "not run"})
        tags = f"  [{', '.join(s['tags'])}]" if s.get("tags") else ""
        if isinstance(r, dict):
            failed += 1
            for t in s.get("tags", ["(none)"]):
                failed_tags[t] = failed_tags.get(t, 0) + 1
            print(f"FAIL {s['name']}{tags}\n    error: {r['error']}")
            continue
        bad, notes = [], []
        for i, (step, got) in enumerate(zip(s["steps"], r)):
            strict, loose = compare_step(step, step["observed"], got, step.get("loose", {}))
            permitted = {k: (n, k) for n in (s["name"], "*") for k in allow.get(n, {})}
            left = []
            for d in strict:
                hit = next((k for k in permitted if permits(k, i + 1, d[0])), None)
                if hit:
                    allowed_count += 1
                    unused.discard(permitted[hit])
                    notes.append((i, step, [(d[0], d[1], d[2], "allowed: " + str(allow[permitted[hit][0]][hit]))]))
                else:
                    left.append(d)
            if left:
                bad.append((i, step, left))
            loose_count += len(loose)
            if loose and args.show_loose:
                notes.append((i, step, loose))
        actual.append({"name": s["name"], "observed": r})
        if bad:
            failed += 1
            for t in s.get("tags", ["(none)"]):
                failed_tags[t] = failed_tags.get(t, 0) + 1
            print(f"FAIL {s['name']}{tags}")
            if s.get("note"):
                print(f"    note: {s['note']}")
            for n, (i, step, diffs) in enumerate(bad):
                if n and not args.all_steps:
                    print(f"    ... and {len(bad) - 1} more differing step(s): " + ", ".join(str(b[0] + 1) for b in bad[1:]))
                    break
                print(f"    {show_step(i, step)}")
                for path, want, got, _ in diffs:
                    print(f"      {path}: golden {json.dumps(want, ensure_ascii=False)}, got {json.dumps(got, ensure_ascii=False)}")
        else:
            passed += 1
            if not args.quiet:
                print(f"PASS {s['name']}{tags}")
        for i, step, diffs in notes:
            print(f"    note, {show_step(i, step)}")
            for path, want, got, why in diffs:
                print(f"      ~ {path}: golden {json.dumps(want, ensure_ascii=False)}, got {json.dumps(got, ensure_ascii=False)}  ({why})")
    if args.out:
        with open(args.out, "w") as f:
            json.dump({"implementation": about, "scenarios": actual}, f, indent=1, ensure_ascii=False, sort_keys=True)
    for n, k in sorted(unused):
        if n == "*" or any(s["name"] == n for s in chosen):
            print(f"unused allowance: {n}: {k}")
    print(
        f"({len(chosen)} scenarios, {processes} configurations, {seconds:.1f} s; "
        f"{loose_count} loose differences, {allowed_count} allowed; {json.dumps(about)})"
    )
    if failed:
        print(f"(failed by tag: {json.dumps(failed_tags, sort_keys=True)})")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


def cmd_list(args):
    with open(args.golden) as f:
        golden = json.load(f)
    for s in pick(golden["scenarios"], args):
        print(f"{s['name']:<58} {len(s['steps']):>3} steps  {','.join(s.get('tags', []))}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="cmd", required=True)

    def common(q, app=True):
        if app:
            q.add_argument("--app", required=True, help="command that starts the app (env PORT, ORACLE_CONFIG)")
            q.add_argument("--jobs", type=int, default=max(4, 2 * (os.cpu_count() or 2)))
        q.add_argument("--only", help="regular expression on scenario names")
        q.add_argument("--skip-tag", action="append")
        q.add_argument("--include-tag", action="append", help="run scenarios skipped by default: wire")

    q = sub.add_parser("compare")
    common(q)
    q.add_argument("--golden", required=True)
    q.add_argument("--out", help="write the actual observations")
    q.add_argument("--allow", help="JSON {scenario|*: {'[step:]field.path': reason}} of deliberate deviations")
    q.add_argument("--show-loose", action="store_true")
    q.add_argument("--all-steps", action="store_true", help="every differing step, not only the first")
    q.add_argument("--quiet", action="store_true", help="no PASS lines")
    q = sub.add_parser("list")
    common(q, app=False)
    q.add_argument("--golden", required=True)
    args = p.parse_args()
    sys.exit({"compare": cmd_compare, "list": cmd_list}[args.cmd](args))


if __name__ == "__main__":
    main()
