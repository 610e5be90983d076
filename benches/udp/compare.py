#!/usr/bin/env python3
"""Datagrams of Oro beside other programs': turn by turn in one run, medians of all rounds.

    compare.py BENCH [rounds] [seconds] [name:what[,what]=command ...]

BENCH is the program that `cargo bench -p oro_benches --bench udp --no-run` builds. A command gets a
role as its last arguments, as BENCH does: `recv PORT`, `send PORT BYTES SECONDS`, `echo PORT`. What
is compared is `one` (a stream to one receiver), `many` (to 16, which is compared with the other's
stream to one), `echo` (round trips of one pinger, BENCH itself, to each echo) or `page` (a stream
from a page to a page, each in an application of its own; it needs Xvfb, D-Bus and the application,
built by `cargo build --release -p oro_benches --example ipc_page`).
"""
import json, os, signal, statistics, subprocess, sys

if any(":page=" in word for word in sys.argv) and "UDP_INNER" not in os.environ:
    os.environ["UDP_INNER"] = "1"
    os.execvp("xvfb-run", ["xvfb-run", "-a", "dbus-run-session", "--", sys.executable, *sys.argv])

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
BYTES, PINGS, RECEIVERS = 64, 5000, 16
bench = sys.argv[1]
numbers = [int(word) for word in sys.argv[2:] if word.isdigit()]
rounds, seconds = (numbers + [5, 2][len(numbers):])[:2]
others = {"one": {}, "many": {}, "echo": {}, "page": {}}
for word in sys.argv[2:]:
    if "=" in word:
        (name, what), command = word.split("=", 1)[0].split(":"), word.split("=", 1)[1]
        for each in what.split(","):
            others[each][name] = command.split()
port = 20000 + os.getpid() % 20000


def start(command):
    """Starts a program, and waits until it is ready."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while "ready" not in program.stdout.readline():
        assert program.poll() is None, command
    return program


def page(role):
    facts = f"BENCH=role={role}&port={port}&bytes={BYTES}&seconds={seconds}"
    program = os.path.join(TARGET, "release/examples/ipc_page")
    return ["env", facts, program, os.path.join(HERE, "page"), "auto"]


def stream_of_pages():
    receiver = start(page("recv"))
    sent = start(page("send")).communicate(timeout=60)[0]
    received = receiver.communicate(timeout=60)[0]
    last = lambda text: json.loads([line for line in text.splitlines() if line.startswith("{")][-1])
    print(f"  sent {last(sent)['pps']:.0f}/s, received {last(received)}")
    return last(received)["pps"]


def stream(command, sockets=()):
    receiver = start(command + ["recv", str(port), *sockets])
    words = ["send", str(port), str(BYTES), str(seconds), *sockets]
    sent = subprocess.run(command + words, stdout=subprocess.PIPE, check=True, text=True)
    received = json.loads(receiver.communicate(timeout=30)[0].strip().splitlines()[-1])
    assert json.loads(sent.stdout.strip().splitlines()[-1])["sent"] > 0
    return received["pps"]


def echo(command):
    server = start(command + ["echo", str(port)])
    words = [bench, "ping", str(port), str(BYTES), str(PINGS)]
    told = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout
    server.send_signal(signal.SIGKILL)
    server.wait()
    return json.loads(told.strip().splitlines()[-1])["p50_us"]


results = {}
for turn in range(rounds):
    for what, peers in others.items():
        if not peers:
            continue
        for name, command in [("oro", [bench]), *peers.items()]:
            port += 1
            if what == "echo":
                value = echo(command)
            elif what == "page" and name == "oro":
                value = stream_of_pages()
            elif what == "many" and name == "oro":
                value = stream(command, [str(RECEIVERS)])
            else:
                value = stream(command)
            port += RECEIVERS
            results.setdefault((what, name), []).append(value)
            print(f"{turn + 1}/{rounds} {what} {name}: {value:.1f}", flush=True)
print(f"\n{'':<8}{'':<10}{'median':>14}{'oro/it':>9}")
for (what, name), values in results.items():
    unit = "us" if what == "echo" else "/s"
    ratio = statistics.median(a / b for a, b in zip(results[what, "oro"], values))
    print(f"{what:<8}{name:<10}{statistics.median(values):>12.1f}{unit}{ratio:>9.2f}")
