#!/usr/bin/env python3
"""Texts of a language model by Oro beside other servers, turn by turn in one run.

    compare.py BENCH MODEL [threads] [rounds] [name=command ...]

BENCH is the program that `cargo bench -p oro_benches --bench llm --no-run` builds, MODEL a file
that both sides read. A command gets a port as its last argument and answers
`POST /v1/completions` as OpenAI's server does, such as
`llama='llama-server -m MODEL -t 2 -np 8 -c 4096 --no-warmup --cache-ram 0 --port'`. Beside them are
a pool of contexts, by llama.cpp alone, and one context in turn, of Oro's own. At the end the
servers run once more, while as many programs as there are cores do nothing but count.
"""
import json, os, statistics, subprocess, sys, time, urllib.request

bench, model = sys.argv[1:3]
numbers = [word for word in sys.argv[3:] if word.isdigit()]
threads, rounds = (numbers + [str(os.cpu_count()), "5"][len(numbers):])[:2]
rounds = int(rounds)
others = dict(word.split("=", 1) for word in sys.argv[3:] if "=" in word)
port = 20000 + os.getpid() % 20000
COUNT = [sys.executable, "-c", "while True: pass"]


def lines(*words):
    out = subprocess.run([bench, *words], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def serve(command):
    """Starts a server, and waits until it has read its model."""
    global port
    port += 1
    server = subprocess.Popen(command.split() + [str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()
            return server
        except OSError:
            assert server.poll() is None, command
            time.sleep(0.05)


def run(name):
    if name not in others:
        return lines({"oro": "own", "pool": "pool", "in turn": "turn"}[name], model, threads)
    server = serve(others[name])
    try:
        return lines("http", f"127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()


def note(turn, name, group):
    for line in run(name):
        if "case" in line:
            got = line["tokens_per_s"], line["first_ms"]
            results.setdefault(group, {}).setdefault(line["case"], {}).setdefault(name, []).append(got)
            print(f"{turn + 1}/{rounds} {group} {name}, {line['case']}: %.1f/s, first %.1f ms" % got, flush=True)
        else:
            ticks.setdefault(group, []).append(line["tick_p99_us"])


def show(group):
    print(f"\n{group:<40}{'':<10}{'tokens/s':>10}{'first ms':>10}{'oro/it':>8}{'first':>8}")
    for case, servers in results[group].items():
        own = servers["oro"]
        for name, got in servers.items():
            # The ratio of each round, because the rounds differ with what else the machine does.
            rate, first = (statistics.median(a[at] / b[at] for a, b in zip(own, got)) for at in (0, 1))
            medians = tuple(statistics.median(one[at] for one in got) for at in (0, 1))
            print(f"{case:<40}{name:<10}%10.1f%10.1f{rate:>8.2f}{first:>8.2f}" % medians)
    print(f"99th percentile of Oro's ticks: {statistics.median(ticks[group]):.0f} us", flush=True)


results, ticks = {}, {}
for turn in range(rounds):
    servers = ["oro", *others]
    # Each is the first as often as the other.
    servers = servers[turn % len(servers):] + servers[:turn % len(servers)]
    for name in servers + ["pool", "in turn"]:
        note(turn, name, "idle")
show("idle")
counting = [subprocess.Popen(COUNT) for _ in range(os.cpu_count())]
try:
    for name in ["oro", *others]:
        note(0, name, "busy")
finally:
    for program in counting:
        program.kill()
        program.wait()
show("busy")
