#!/usr/bin/env python3
"""Asks the same questions of Calypso and of the engines that its users could pick instead, over the same Parquet files,
in one run, and writes a table of medians.

    python benches/compare/compare.py --data DIR [--engines calypso,duckdb] [--only one-call,hourly] [--runs 5] [--output FILE]

The engines come from PyPI: `pip install -r benches/compare/requirements.txt`. Where DIR is not there, it is made by
`calypso generate --calls 200000 --seed 1 --into DIR`; `--calls` says how many instead. `CALYPSO` names the program
[default: target/release/calypso]. An engine's memory is the peak of its process up to the end of the question, so order matters there; `--fresh` starts
the engines anew for each question.
"""

import argparse
import datetime
import json
import math
import os
import platform
import select
import statistics
import subprocess
import sys

from questions import QUESTIONS, sql_of

HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """An engine in a process of its own."""

    def __init__(self, name, data, threads):
        self.name = name
        environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "engines.py"), name, data, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        hello = json.loads(self.process.stdout.readline() or '{"error": "does not start"}')
        if "error" in hello:
            sys.exit(f"{name}: {hello['error']}")
        self.version = hello["version"]

    def ask(self, text, most_seconds):
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], most_seconds)
        if not ready:
            self.process.kill()
            return {"error": f"the engine's process was stopped after {most_seconds} s"}
        answer = self.process.stdout.readline()
        return json.loads(answer) if answer else {"error": "the engine's process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def canonical(rows):
    """Rows that can be compared: sorted by their text cells, then by their numbers, without times, which every engine
    prints in its own way."""
    def number(cell):
        return isinstance(cell, (int, float)) and not isinstance(cell, bool)

    kept = []
    for row in rows:
        # The mean of nothing is NaN in KQL and null in SQL.
        row = [None if cell == "NaN" or cell != cell else cell for cell in row]
        texts = sorted(str(cell) for cell in row if isinstance(cell, str) and not cell[:4].isdigit())
        numbers = [0.0 if cell is None else float(cell) for cell in row if number(cell) or cell is None]
        kept.append((texts, sorted(numbers)))
    return sorted(kept, key=lambda row: (row[0], row[1]))


def agree(question, ours, theirs):
    if len(ours) != len(theirs):
        return f"{len(ours)} rows against {len(theirs)}"
    if question.rows_only:
        return None
    for mine, other in zip(canonical(ours), canonical(theirs)):
        if mine[0] != other[0]:
            return f"{mine[0]} against {other[0]}"
        for a, b in zip(mine[1], other[1]):
            if not math.isclose(a, b, rel_tol=question.close, abs_tol=1e-9):
                return f"{a} against {b}"
    return None


def constants(data):
    """A call of middling size, and a day in the middle of the data."""
    import duckdb

    media = os.path.join(data, "ACSCallClientMediaStatsTimeSeries", "**", "*.parquet")
    call = duckdb.sql(
        f"SELECT CallId FROM (SELECT CallId, row_number() OVER (ORDER BY n, CallId) AS place, count(*) OVER () AS calls FROM"
        f" (SELECT CallId, count(*) AS n FROM '{media}' WHERE CallId <> '' GROUP BY 1)) WHERE place = (calls + 1) // 2"
    ).fetchall()[0][0]
    day = duckdb.sql(f"SELECT strftime(median(TimeGenerated), '%Y-%m-%d') FROM '{media}'").fetchall()[0][0]
    following = (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()
    return {"call": call, "day": day, "next": following}


def fill(text, known):
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text


def run(options):
    known = constants(options.data)
    wanted = [q for q in QUESTIONS if not options.only or q.name in options.only]
    servers, results, faults = {}, [], []

    def start():
        for name in options.engines:
            servers[name] = Server(name, options.data, options.threads)

    def stop():
        for server in servers.values():
            server.close()
        servers.clear()

    start()
    versions = {name: server.version for name, server in servers.items()}
    for question in wanted:
        texts = {name: question.kql if name == "calypso" else sql_of(question, name) for name in servers}
        texts = {name: fill(text, known) for name, text in texts.items() if text}
        times, answers, peaks = {name: [] for name in texts}, {}, {}
        if options.fresh:
            stop()
            start()
        for round_ in range(options.runs + 1):
            for name in list(texts):
                answer = servers[name].ask(texts[name], options.most_seconds)
                if "error" in answer:
                    faults.append(f"{question.name}, {name}: {answer['error'].splitlines()[0]}")
                    print(f"  {faults[-1]}", file=sys.stderr)
                    del texts[name]
                    if answer["error"].startswith("the engine's process"):
                        servers[name] = Server(name, options.data, options.threads)
                    continue
                answers[name], peaks[name] = answer["rows"], answer["peak"]
                if round_ > 0:
                    times[name].append(answer["ms"])
        first = "calypso" if "calypso" in answers else next(iter(answers), None)
        for name, rows in answers.items():
            reason = agree(question, answers[first], rows)
            if reason:
                faults.append(f"{question.name}: {first} and {name} differ: {reason}")
                print(f"  {faults[-1]}", file=sys.stderr)
        medians = {name: statistics.median(taken) for name, taken in times.items() if taken}
        results.append((question, medians, peaks))
        print(question.name, {name: round(ms, 1) for name, ms in medians.items()}, file=sys.stderr, flush=True)
    stop()
    return versions, results, faults


def report(options, versions, results, faults):
    peers = [name for name in options.engines if name != "calypso"]
    lines = [
        f"{platform.machine()}, {os.cpu_count()} processors, {options.threads} threads, warm files, medians of {options.runs} in ms. "
        + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "",
        "| question | " + " | ".join(options.engines) + " | ours / best peer | " + " | ".join(f"{name} MB" for name in options.engines) + " |",
        "|---|" + "---:|" * (2 * len(options.engines) + 1),
    ]
    ratios = []
    for question, medians, peaks in results:
        best = min((medians[name] for name in peers if name in medians), default=None)
        ratio = medians["calypso"] / best if best and "calypso" in medians else None
        if ratio:
            ratios.append(ratio)
        cells = [f"{medians[name]:.1f}" if name in medians else "–" for name in options.engines]
        sizes = [f"{peaks[name]:.0f}" if name in peaks else "–" for name in options.engines]
        lines.append(f"| {question.asks} | " + " | ".join(cells) + f" | {ratio:.2f} | " .replace("nan", "–") + " | ".join(sizes) + " |" if ratio
                     else f"| {question.asks} | " + " | ".join(cells) + " | – | " + " | ".join(sizes) + " |")
    if ratios:
        ahead = sum(ratio < 1 for ratio in ratios)
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        lines += ["", f"Ahead of the best peer on {ahead} of {len(ratios)}; geometric mean of ours / best peer {mean:.2f}; worst {max(ratios):.2f}."]
    if faults:
        lines += ["", "Not compared or not equal:", ""] + [f"- {fault}" for fault in faults]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--calls", type=int, default=200_000, help="how many calls are generated where there is no data")
    parser.add_argument("--engines", default="calypso,duckdb,clickhouse,polars,datafusion", type=lambda text: text.split(","))
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most-seconds", type=float, default=60, help="stop an engine that takes longer over a question")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--output")
    options = parser.parse_args()
    if not os.path.isdir(options.data):
        program = os.environ.get("CALYPSO", "target/release/calypso")
        subprocess.run([program, "generate", "--calls", str(options.calls), "--seed", "1", "--into", options.data], check=True)
    text = report(options, *run(options))
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
