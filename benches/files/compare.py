#!/usr/bin/env python3
"""Files of Oro beside other programs': turn by turn in one run, medians of all rounds.

    compare.py BENCH DIR [rounds] [name=command ...]

BENCH is the program that `cargo bench -p oro_benches --bench files --no-run` builds; it makes the
files in DIR. A command gets DIR as its last argument and prints one line of JSON with keys of
BENCH's, as `script.mjs` beside this file does in Node and Bun: `node='node script.mjs'`.
"""
import json, statistics, subprocess, sys

bench, folder = sys.argv[1:3]
words = sys.argv[3:]
rounds = next((int(word) for word in words if word.isdigit()), 5)
programs = {"oro": [bench]} | {
    name: command.split() for name, command in (word.split("=", 1) for word in words if "=" in word)
}
results = {name: [] for name in programs}
for turn in range(rounds):
    for name, command in programs.items():
        out = subprocess.run(command + [folder], stdout=subprocess.PIPE, check=True, text=True).stdout
        results[name].append(json.loads(out.strip().splitlines()[-1]))
        print(f"{turn + 1}/{rounds} {name}: {out.strip().splitlines()[-1]}", flush=True)

median = lambda name, key: statistics.median(one[key] for one in results[name])
others = [name for name in programs if name != "oro"]
print("\n" + f"{'':<28}{'oro':>10}" + "".join(f"{name:>10}{'oro/' + name:>10}" for name in others))
for key in results["oro"][0]:
    line = f"{key:<28}{median('oro', key):>10.0f}"
    for name in others:
        same = key if key in results[name][0] else key.removeprefix("json_")
        if same not in results[name][0]:
            line += f"{'':>20}"
            continue
        ratio = statistics.median(
            mine[key] / theirs[same] for mine, theirs in zip(results["oro"], results[name])
        )
        line += f"{median(name, same):>10.0f}{ratio:>10.2f}"
    print(line)
