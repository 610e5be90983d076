#!/usr/bin/env python3
"""Files of Oro beside other programs': turn by turn in one run, medians of all rounds.

    compare.py BENCH DIR [rounds] [page] [only=KEY] [name=command ...]

BENCH is the program that `cargo bench -p oro_benches --bench files --no-run` builds; it makes the
files in DIR. A command gets DIR as its last argument and prints one line of JSON with keys of
BENCH's, as `script.mjs` beside this file does in Node and Bun: `node='node script.mjs'`. With `page`
the same is measured from a page; it needs Xvfb, D-Bus and the application, built by
`cargo build --release -p oro_benches --example ipc_page`. Only keys that begin with KEY are measured.
"""
import json, os, statistics, subprocess, sys, urllib.parse

if "page" in sys.argv and "FILES_INNER" not in os.environ:
    os.environ["FILES_INNER"] = "1"
    os.execvp("xvfb-run", ["xvfb-run", "-a", "dbus-run-session", "--", sys.executable, *sys.argv])

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
bench, folder = sys.argv[1:3]
words = sys.argv[3:]
rounds = next((int(word) for word in words if word.isdigit()), 5)
named = dict(word.split("=", 1) for word in words if "=" in word)
only = named.pop("only", "")
# A page reaches the folder where it was started, and that of temporary files: one in memory.
HOME_OF_PAGE = {"cwd": folder, "env": {**os.environ, "TMPDIR": "/dev/shm"}}
own = {"oro": [bench, folder, only]}
if "page" in words:
    facts = urllib.parse.urlencode({"folder": folder, "target": "/dev/shm", "only": only})
    program = os.path.join(TARGET, "release/examples/ipc_page")
    own["page"] = ["env", f"BENCH={facts}", program, os.path.join(HERE, "page"), "auto"]
programs = own | {name: command.split() + [folder] for name, command in named.items()}
results = {name: [] for name in programs}
for turn in range(rounds):
    for name, command in programs.items():
        settings = {"stderr": subprocess.DEVNULL, **HOME_OF_PAGE} if name == "page" else {}
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, **settings).stdout
        line = [line for line in out.splitlines() if line.startswith("{")][-1]
        results[name].append(json.loads(line))
        print(f"{turn + 1}/{rounds} {name}: {line}", flush=True)

median = lambda name, key: statistics.median(one[key] for one in results[name])
for mine in own:
    print(f"\n{'':<28}{mine:>10}" + "".join(f"{name:>10}{mine + '/' + name:>12}" for name in named))
    for key in results[mine][0]:
        line = f"{key:<28}{median(mine, key):>10.0f}"
        for name in named:
            same = key if key in results[name][0] else key.removeprefix("json_")
            if same not in results[name][0]:
                line += f"{'':>22}"
                continue
            pairs = zip(results[mine], results[name])
            ratio = statistics.median(one[key] / other[same] for one, other in pairs)
            line += f"{median(name, same):>10.0f}{ratio:>12.2f}"
        print(line)
