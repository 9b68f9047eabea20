#!/usr/bin/env python3
"""Turns the same raw JSON logs into Parquet with Calypso and with the engines that its users could pick instead, in one
run, checks that rows and sums agree, and writes a table.

    python benches/ingest/ingest.py --data DIR [--engines calypso,duckdb] [--runs 3] [--output FILE]

The engines come from PyPI: `pip install -r benches/compare/requirements.txt`. The data is a folder of JSON lines, one
category per file, such as `calypso generate --calls 5000 --seed 1 --raw=storage --into DIR` makes.
`CALYPSO` names the program [default: target/release/calypso].

Each run is a process of its own. Its time and its processor seconds count from when the engine is loaded up to when the
files are written; its memory is the peak of the whole process. The others are told the columns and their types, read
all properties as text, cast them as a careful user would, and write one Parquet file per category with Zstandard:
that is the least that they could do. What Calypso does beyond is told in benches/RESULTS.md.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from engines import path_of, version_of

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Lines of each file that are looked at for the names of properties.
SAMPLED = 2_000


def log_files(data):
    """The files of a folder by category, and the names that their records have."""
    files, names = {}, {}
    for folder, _, inside in sorted(os.walk(data)):
        for name in sorted(inside):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as lines:
                for at, line in enumerate(lines):
                    record = json.loads(line)
                    category = record["category"]
                    if at == 0:
                        files.setdefault(category, []).append(path)
                    outer, inner = names.setdefault(category, ({}, {}))
                    outer.update(dict.fromkeys(key for key in record if key != "properties"))
                    inner.update(dict.fromkeys(record.get("properties", {})))
                    if at >= SAMPLED:
                        break
    return [{"category": category, "files": files[category], "outer": list(names[category][0]),
             "inner": list(names[category][1])} for category in sorted(files)]


def told_types(jobs, out):
    """Tells each job its table and the types that Calypso gave the columns. The table is the one with the same names."""
    import duckdb

    tables = {}
    for table in sorted(name for name in os.listdir(out) if name[0] not in "._" and not name.endswith("Updates")):
        pattern = os.path.join(out, table, "**", "*.parquet")
        rows = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{pattern}', hive_partitioning = false)").fetchall()
        tables[table] = {name.lower(): kind for name, kind, *_ in rows}
    for job in jobs:
        names = {name.lower() for name in job["inner"]}
        expected = "ACS" + job["category"]
        likeness = {
            table: (table == expected, len(os.path.commonprefix([table, expected])),
                    len(names & set(known)) / max(len(names | set(known)), 1))
            for table, known in tables.items()
        }
        job["table"] = max(likeness, key=likeness.get)
        known = tables[job["table"]]
        job["types"] = {name: known.get(name.lower(), "VARCHAR") for name in job["inner"]}


def facts(engine, out, jobs):
    """Rows and the sums of all numbers by category. Repeats count once, and updates of summaries do not count: Calypso
    keeps of those the latest, in tables of their own, and the others keep all."""
    import duckdb

    found = {}
    for job in jobs:
        numbers = [name for name, kind in job["types"].items() if kind in ("INTEGER", "BIGINT", "DOUBLE")]
        sums = ", ".join(["count(*)"] + [f'round(sum("{name}"), 3)' for name in numbers])
        path = os.path.join(out, job["table"], "**", "*.parquet") if engine == "calypso" else path_of(out, job)
        rows = f"SELECT DISTINCT * FROM read_parquet('{path}', hive_partitioning = false, union_by_name = true)"
        version = next((name for name in job["inner"] if name.lower() == "callupdatesversion"), None)
        if engine != "calypso" and version:
            rows += f" WHERE coalesce(CAST({version} AS VARCHAR), '') IN ('', 'null')"
        found[job["category"]] = dict(zip(["rows"] + numbers, duckdb.sql(f"SELECT {sums} FROM ({rows})").fetchall()[0]))
    return found


def differences(ours, theirs):
    for category, mine in ours.items():
        other = theirs[category]
        for name, value in mine.items():
            a, b = float(value or 0), float(other.get(name) or 0)
            if abs(a - b) > 1e-6 * max(abs(a), abs(b), 1.0):
                yield f"{category}: {name} is {value} against {other.get(name)}"


def size_of(out):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(out)
               for name in names if name.endswith(".parquet"))


def one_run(engine, data, jobs, threads, scratch):
    out = os.path.join(scratch, engine)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    plan = os.path.join(scratch, "plan.json")
    with open(plan, "w", encoding="utf-8") as file:
        json.dump({"data": data, "jobs": jobs}, file)
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, os.path.join(HERE, "engines.py"), engine, plan, out, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        return out, {"error": (done.stderr.strip() or "it ended without a word")[-2_000:]}
    return out, {**json.loads(done.stdout.strip().splitlines()[-1]), "bytes": size_of(out)}


def run(options):
    jobs = log_files(options.data)
    size = sum(os.path.getsize(path) for job in jobs for path in job["files"])
    results, faults, first = {}, [], None
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for round_ in range(options.runs):
            for engine in options.engines:
                out, result = one_run(engine, options.data, jobs, options.threads, scratch)
                if "error" in result:
                    faults.append(f"{engine}: {result['error']}")
                    continue
                if engine == "calypso" and "types" not in jobs[0]:
                    told_types(jobs, out)
                results.setdefault(engine, []).append(result)
                if round_ == 0:
                    got = facts(engine, out, jobs)
                    first = first or got
                    faults.extend(f"calypso and {engine} differ: {line}" for line in differences(first, got))
                print(engine, {name: round(value, 2) for name, value in result.items()}, file=sys.stderr, flush=True)
                shutil.rmtree(out, ignore_errors=True)
    return size, results, faults


def table(size, results, options):
    rows = [f"{size / 1e6:,.0f} MB of raw JSON, {options.threads} threads on {platform.machine()}, "
            f"median of {options.runs} runs.", "",
            "| engine | MB/s | seconds | CPU seconds | peak memory | Parquet |",
            "|--------|-----:|--------:|------------:|------------:|--------:|"]
    for engine, runs in results.items():
        median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        rows.append(f"| {version_of(engine)} | {size / 1e6 / median['seconds']:,.0f} | {median['seconds']:.1f} "
                    f"| {median['cpu']:.1f} | {median['peak'] / 1e6:,.0f} MB | {median['bytes'] / 1e6:,.0f} MB |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--engines", default="calypso,duckdb,clickhouse,polars", type=lambda text: text.split(","))
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--threads", default=os.cpu_count(), type=int)
    parser.add_argument("--scratch", help="where the Parquet files go meanwhile")
    parser.add_argument("--output", help="where the table goes [default: the terminal]")
    options = parser.parse_args()
    if options.engines[0] != "calypso":
        parser.error("calypso comes first, because it tells the types of the columns")
    os.environ.setdefault("CALYPSO", os.path.join(ROOT, "target", "release", "calypso"))
    size, results, faults = run(options)
    text = table(size, results, options)
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
