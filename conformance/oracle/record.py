#!/usr/bin/env python3
"""Records what the oracle answers to a list of scenarios.

  record.py --out FILE                           the scenarios of scenarios.py
  record.py --scenarios RECORDINGS --out FILE    those of an earlier recording, once more

The app is app.py beside this file, run by the Python that runs record.py (--app for another command).
"""
import argparse
import copy
import json
import os
import sys
import time

sys.dont_write_bytecode = True
import run  # noqa: E402
import scenarios  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
#: observed, but compared nowhere: left out to keep the file small
NEVER_COMPARED = ("location_raw", "content_type", "sent", "other_cookies", "debug")


def chosen(path):
    if path is None:
        scenarios.check()
        return scenarios.SCENARIOS
    with open(path) as f:
        recorded = json.load(f)["scenarios"]
    for scenario in recorded:
        for step in scenario["steps"]:
            step.pop("observed", None)
    return recorded


def recording(scenario, observations):
    made = copy.deepcopy(scenario)
    configs = run.scenario_configs(scenario)
    for step, observed in zip(made["steps"], observations):
        remember = configs[step.get("app", "main")].get("remember_cookie_name", "remember_token")
        loose = {**run.auto_loose(step, observed, remember), **step.get("loose", {})}
        if loose:
            step["loose"] = loose
        step["observed"] = {k: v for k, v in observed.items() if k not in NEVER_COMPARED}
    return made


def write(path, about, recordings):
    head = {
        "about": {"implementation": about, "recorded": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())},
        "global_loose": run.GLOBAL_LOOSE,
        "lifetime_tolerance": run.LIFETIME_TOLERANCE,
    }

    def line(value):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    with open(path, "w") as f:
        f.write(line(head)[:-1] + ',"scenarios":[\n')
        f.write(",\n".join(line(r) for r in recordings))
        f.write("\n]}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--scenarios", help="a JSON file of recordings; default: scenarios.py")
    parser.add_argument("--app", default=f"exec {sys.executable} {os.path.join(HERE, 'app.py')}")
    parser.add_argument("--jobs", type=int, default=4)
    args = parser.parse_args()

    wanted = chosen(args.scenarios)
    observed, seconds, about, processes = run.run_all(args.app, wanted, args.jobs)
    failed = {n: r["error"] for n, r in observed.items() if isinstance(r, dict)}
    for name, error in failed.items():
        print(f"ERROR {name}: {error}")
    unmet = [
        f"UNEXPECTED {s['name']}: {run.show_step(i, step)}: {problem}"
        for s in wanted
        if s["name"] not in failed
        for i, (step, got) in enumerate(zip(s["steps"], observed[s["name"]]))
        for problem in run.unmet(step, got)
    ]
    print("\n".join(unmet), end="\n" if unmet else "")
    write(args.out, about, [recording(s, observed[s["name"]]) for s in wanted if s["name"] not in failed])
    print(f"recorded {len(wanted) - len(failed)} scenarios, {processes} configurations in {seconds:.1f} s: {about}")
    sys.exit(bool(failed or unmet))


if __name__ == "__main__":
    main()
