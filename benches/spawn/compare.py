#!/usr/bin/env python3
"""Child processes of Oro beside Bun's: turn by turn in one run, medians of all rounds.

    compare.py BENCH BUN [rounds]

BENCH is the program that `cargo bench -p oro_benches --bench processes --no-run` builds.
"""
import json, os, statistics, subprocess, sys

bench, bun = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bun.mjs")
programs = {"oro": [bench], "bun": [bun, script]}
results = {name: [] for name in programs}
for turn in range(rounds):
    for name, command in programs.items():
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
        results[name].append(json.loads(out.strip().splitlines()[-1]))
        print(f"{turn + 1}/{rounds} {name}: {out.strip()}", flush=True)
print(f"\n{'runs a second':<20}{'oro':>8}{'bun':>8}{'oro/bun':>9}")
for key in results["oro"][0]:
    mine, other = ([one[key] for one in results[name]] for name in programs)
    ratio = statistics.median(a / b for a, b in zip(mine, other))
    print(f"{key:<20}{statistics.median(mine):>8.0f}{statistics.median(other):>8.0f}{ratio:>9.2f}")
