#!/usr/bin/env python3
"""Times what only Calypso has, for the second table of RESULTS.md: the start of the program, the canned queries in a
warm shell, and the views and searches of call diagnostics.

    python benches/compare/own.py --data DIR --call ID [--runs 7] [--output FILE]

DIR comes from `calypso generate --calls 100000 --seed 1 --into DIR`, ID is the id of one of its calls [default: the one
with the most participants]. `CALYPSO` names the program [default: target/release/calypso].
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("CALYPSO", "target/release/calypso")
QUERIES = os.path.join(HERE, "..", "..", "queries")
BUSIEST = "ACSCallSummary | summarize n = dcount(ParticipantId) by CorrelationId | top 1 by n, CorrelationId asc | project CorrelationId"


def process(runs, *arguments):
    """Milliseconds of whole processes: the median and the least."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), min(taken)


def canned(runs):
    """Milliseconds of each canned query that runs without parameters on the sample, as the shell tells them, slowest
    first. They are from the text to the printed answer, so planning is less."""
    shell = None
    medians = []
    for path in sorted(glob.glob(os.path.join(QUERIES, "*", "*.kql"))):
        name = os.path.relpath(path, QUERIES)[: -len(".kql")]
        if name.startswith("functions"):
            continue
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip() for line in file if line.strip() and not line.strip().startswith("//")]
        if shell is None:
            arguments = [PROGRAM, "--threads", "2", "--format", "json", "--timing"]
            shell = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        taken = [asked(shell, "\n".join(lines)) for _ in range(runs)]
        if None in taken:
            shell.kill()
            shell = None
        else:
            medians.append((statistics.median(taken), name))
    if shell:
        shell.stdin.close()
        shell.wait(timeout=60)
    return sorted(medians, reverse=True)


def asked(shell, text):
    shell.stdin.write(text + "\n\n")
    shell.stdin.flush()
    for line in shell.stdout:
        if line.startswith("time: "):
            return float(line.split()[1])
        if line.startswith("error"):
            return None
    return None


def report(options):
    lines = [f"Medians of {options.runs} in ms; the least in brackets.", "", "| what | ms |", "|---|---:|"]
    shown = lambda figures: "{:.{places}f} ({:.{places}f})".format(*figures, places=1 if figures[0] < 100 else 0)
    lines.append(f"| `calypso query 'print 1'` | {shown(process(3 * options.runs, 'query', 'print 1'))} |")
    queries = canned(5)
    lines.append(f"| canned queries on the sample, the middle of {len(queries)} | {statistics.median(ms for ms, _ in queries):.1f} |")
    lines.append(f"| … how many take 3 ms or less | {sum(ms <= 3 for ms, _ in queries)} |")
    for ms, name in queries[:10]:
        lines.append(f"| … `{name}` | {ms:.1f} |")
    call = options.call
    if call is None:
        asked = [PROGRAM, "query", BUSIEST, "--data", options.data, "--format", "json"]
        call = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)[0]["CorrelationId"]
    for view in ("overview", "issues", "timeline"):
        lines.append(f"| `calls {view}` of one call | {shown(process(options.runs, 'calls', view, call, '--data', options.data))} |")
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "call.html")
        lines.append(f"| `calls report` | {shown(process(options.runs, 'calls', 'report', call, '--data', options.data, '--output', page))} |")
    for search in ([], ["--poor"], ["--dropped"], ["--rated-below", "3"], ["network"], [call[:8]]):
        lines.append(f"| `calls search {' '.join(search)}` | {shown(process(options.runs, 'calls', 'search', *search, '--data', options.data))} |")
    lines.append(f"| `calls fleet` | {shown(process(options.runs, 'calls', 'fleet', '--data', options.data))} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--call")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--output")
    options = parser.parse_args()
    text = report(options)
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
