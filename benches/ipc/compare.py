#!/usr/bin/env python3
"""The bridge beside other frameworks, turn by turn in one run: medians, and the ratio of each turn.

    compare.py [rounds] [name=command ...]

A command opens a page of its own that measures and prints one object of JSON as its last line, with
the keys of `PEER` below. Needs Xvfb, D-Bus, and the page's app, built by
`cargo build --release -p oro_benches --example ipc_page`.
"""
import json, os, statistics, subprocess, sys, time

if "IPC_INNER" not in os.environ:
    os.environ["IPC_INNER"] = "1"
    os.execvp("xvfb-run", ["xvfb-run", "-a", "dbus-run-session", "--", sys.executable, *sys.argv])

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
OWN = [os.path.join(TARGET, "release/examples/ipc_page"), os.path.join(HERE, "page")]
# No round begins later.
SECONDS_MAX = 480
# Of our result, what a peer calls it, and whether more is better.
PEER = [
    ("direct.empty_us.p50", "sync_command.seq.p50_us", False),
    ("direct.empty_us.p99", "sync_command.seq.p99_us", False),
    ("direct.in_flight_s", "sync_command.conc_calls_s", True),
    ("direct.in_flight_cpu_us", "sync_command.conc_cpu_us_per_call", False),
    ("direct.down_mib_s.1", "sync_command.down.1MiB", True),
    ("direct.down_mib_s.16", "sync_command.down.16MiB", True),
    ("direct.down_mib_s.64", "sync_command.down.64MiB", True),
    ("direct.into_mib_s.1", "sync_command.down.1MiB", True),
    ("direct.into_mib_s.16", "sync_command.down.16MiB", True),
    ("direct.into_mib_s.64", "sync_command.down.64MiB", True),
    ("direct.up_mib_s.1", "sync_command.up.1MiB", True),
    ("direct.up_mib_s.16", "sync_command.up.16MiB", True),
    ("direct.up_mib_s.64", "sync_command.up.64MiB", True),
    ("push_s", "channel_from_main_msgs_s", True),
    ("push_thread_s", "channel_from_thread_msgs_s", True),
]


def flat(value, prefix=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{prefix}{key}.")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield prefix[:-1], value


def run(command):
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=200)
    lines = [line for line in out.stdout.decode().splitlines() if line.startswith("{")]
    result = json.loads(lines[-1])
    if "error" in result:
        sys.exit(f"{command}: {result['error']}")
    return dict(flat(result))


words = sys.argv[1:]
rounds = next((int(word) for word in words if word.isdigit()), 5)
peers = {name: command.split() for name, _, command in (w.partition("=") for w in words) if command}
got = {"oro": [], **{name: [] for name in peers}}
end = time.monotonic() + SECONDS_MAX
for turn in range(rounds):
    if time.monotonic() > end:
        break
    for name, command in {"oro": [*OWN, "auto"], **peers}.items():
        got[name].append(run(command))
    for rung in ("message", "scheme"):
        if turn == 0:
            got[f"oro, {rung} only"] = [run([*OWN, rung])]
    print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)

for name, results in got.items():
    print(f"\n{name}: median, least and most of {len(results)}")
    for key in results[0]:
        values = [result[key] for result in results if key in result]
        print(f"  {key:<36}{statistics.median(values):>12.1f}{min(values):>12.1f}{max(values):>12.1f}")
for name in peers:
    print(f"\nhow many times better than {name}: median of the rounds, least and most")
    for own, other, more in PEER:
        # Who has one way of a call says no name before it.
        short = other.removeprefix("sync_command.")
        turns = [(a.get(own), b.get(other, b.get(short))) for a, b in zip(got["oro"], got[name])]
        pairs = [(a, b) for a, b in turns if a and b]
        ratios = [(a / b if more else b / a) for a, b in pairs]
        if ratios:
            print(f"  {own:<36}{statistics.median(ratios):>12.1f}{min(ratios):>12.1f}{max(ratios):>12.1f}")
