#!/usr/bin/env python3
"""A million timers of Oro beside other programs': turn by turn in one run, medians of all rounds.

    compare.py BENCH [rounds] [name=command ...]

BENCH is the program that `cargo bench -p oro_benches --bench timers --no-run` builds. Each other
program prints one line of JSON: `schedule_only_ms` and `cancel_ms` of timers that are far away,
`fire_cpu_ms` of timers that end within a second, their scheduling included.
"""
import json, statistics, subprocess, sys

bench = sys.argv[1]
numbers = [int(word) for word in sys.argv[2:] if word.isdigit()]
rounds = (numbers + [5])[0]
programs = {"oro": [bench]}
programs.update((name, command.split()) for name, command in
                (word.split("=", 1) for word in sys.argv[2:] if "=" in word))
KEYS = ["schedule_ms", "cancel_ms", "both_ms", "fire_cpu_ms", "late_p50_ms", "late_p99_ms"]


def run(command):
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def figures(name, lines):
    if name == "oro":
        far = next(it for it in lines if it.get("order") == "as made")
        soon = next(it for it in lines if it.get("timers") == "bulk" and "fire_cpu_ms" in it)
        for line in lines:
            if "pending" in line:
                ticks.setdefault(line["pending"], []).append(line["tick_p50_us"])
        got = {**soon, "schedule_ms": far["schedule_ms"], "cancel_ms": far["cancel_ms"]}
    else:
        got = {**lines[-1], "schedule_ms": lines[-1]["schedule_only_ms"]}
    return {**got, "both_ms": got["schedule_ms"] + got["cancel_ms"]}


results, ticks = {name: [] for name in programs}, {}
for turn in range(rounds):
    for name, command in programs.items():
        results[name].append(figures(name, run(command)))
        shown = {key: results[name][-1][key] for key in KEYS}
        print(f"{turn + 1}/{rounds} {name}: {shown}", flush=True)
print(f"\n{'':<10}" + "".join(f"{key:>14}" for key in KEYS) + f"{'both: it/oro':>14}{'fire: it/oro':>14}")
for name, got in results.items():
    row = "".join(f"{statistics.median(one[key] for one in got):>14.2f}" for key in KEYS)
    ratios = [statistics.median(a[key] / b[key] for a, b in zip(got, results["oro"]))
              for key in ("both_ms", "fire_cpu_ms")]
    print(f"{name:<10}{row}" + "".join(f"{ratio:>14.2f}" for ratio in ratios))
for pending, values in ticks.items():
    print(f"a tick with {pending} pending: {statistics.median(values):.2f} us")
