#!/usr/bin/env python3
"""Requests a second under wrk: the HTTP bridge beside other servers, turn by turn in one run.

    compare.py [rounds] [seconds] [name=command ...]

Each command gets a port as its last argument and prints a line once it listens. Others than the
bridge answer `/`. Needs wrk, and the bridge built by
`cargo build --release -p oro_benches --example http_server`.
"""
import os, re, statistics, subprocess, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
rounds, seconds = (numbers + [3, 5][len(numbers):])[:2]
servers = {"oro ping": ([os.path.join(TARGET, "release/examples/http_server")], "/ipc/ping")}
for word in sys.argv[1:]:
    if "=" in word:
        name, command = word.split("=", 1)
        servers[name] = (command.split(), "/")


def in_us(text):
    number = float(re.match(r"[\d.]+", text)[0])
    return number * (1 if text.endswith("us") else 1e3 if text.endswith("ms") else 1e6)


def wrk(port, path, duration_s):
    command = ["wrk", "-t1", "-c64", f"-d{duration_s}s", "--latency", f"http://127.0.0.1:{port}{path}"]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert "Non-2xx" not in out, out
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    return rate, in_us(re.search(r"(?m)^\s+50%\s+(\S+)", out)[1]), in_us(re.search(r"(?m)^\s+99%\s+(\S+)", out)[1])


port, results = 24000 + os.getpid() % 8000, {name: [] for name in servers}
for turn in range(rounds):
    for name, (command, path) in servers.items():
        port += 1
        server = subprocess.Popen(command + [str(port)], stdout=subprocess.PIPE)
        server.stdout.readline()
        wrk(port, path, 1)
        results[name].append(wrk(port, path, seconds))
        server.kill()
        server.wait()
        print(f"{turn + 1}/{rounds} {name}: %.0f/s p50 %.0f us p99 %.0f us" % results[name][-1], flush=True)
mine = [rate for rate, _, _ in results["oro ping"]]
print(f"\n{'server':<16}{'median/s':>10}{'p50 us':>9}{'p99 us':>9}{'oro/it':>9}")
for name, got in results.items():
    rate, p50, p99 = (statistics.median(column) for column in zip(*got))
    # The ratio of each round, because the rounds differ with what else the machine does.
    ratio = statistics.median(own / other for own, (other, _, _) in zip(mine, got))
    print(f"{name:<16}{rate:>10.0f}{p50:>9.0f}{p99:>9.0f}{ratio:>9.2f}")
