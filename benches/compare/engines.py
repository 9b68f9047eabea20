"""The engines of the comparison. Each runs in a process of its own, opens the same Parquet files, and is warm when it
is timed; what is timed is one question, from text to rows in hand."""

import glob
import json
import os
import resource
import subprocess
import sys
import time


def tables_of(data):
    """The tables of a folder: name to pattern of its files."""
    names = sorted(name for name in os.listdir(data) if not name.startswith(("_", ".")))
    found = {}
    for name in names:
        pattern = os.path.join(data, name, "**", "[!_.]*.parquet")
        if glob.glob(pattern, recursive=True):
            found[name] = pattern
    return found


class DuckDb:
    def __init__(self, data, threads):
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect(config={"threads": threads})
        self.connection.execute("SET TimeZone = 'UTC'")
        for name, pattern in tables_of(data).items():
            pattern = pattern.replace("[!_.]", "")
            self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{pattern}', hive_partitioning = false)")

    def ask(self, text):
        return self.connection.execute(text).fetchall()


class ClickHouse:
    def __init__(self, data, threads):
        import chdb
        from chdb import session

        self.version = chdb.__version__
        self.session = session.Session()
        self.session.query(f"SET max_threads = {threads}")
        self.session.query("CREATE DATABASE IF NOT EXISTS compare ENGINE = Atomic")
        self.session.query("USE compare")
        for name, pattern in tables_of(data).items():
            pattern = pattern.replace("[!_.]", "")
            self.session.query(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM file('{pattern}', Parquet)")
        self.threads = threads

    def ask(self, text):
        answer = str(self.session.query(text, "JSONCompactEachRow"))
        return [json.loads(line) for line in answer.splitlines() if line]


class Polars:
    def __init__(self, data, threads):
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars

        self.version = polars.__version__
        self.context = polars.SQLContext(
            {name: polars.scan_parquet(sorted(glob.glob(pattern, recursive=True))) for name, pattern in tables_of(data).items()}
        )

    def ask(self, text):
        return self.context.execute(text, eager=False).collect(engine="streaming").rows()


class DataFusion:
    def __init__(self, data, threads):
        import datafusion

        self.version = datafusion.__version__
        # Names stay as they are written.
        config = datafusion.SessionConfig({
            "datafusion.execution.target_partitions": str(threads),
            "datafusion.sql_parser.enable_ident_normalization": "false",
        })
        self.context = datafusion.SessionContext(config)
        for name in tables_of(data):
            self.context.register_parquet(f'"{name}"', os.path.join(data, name) + "/")

    def ask(self, text):
        return [row for batch in self.context.sql(text).collect() for row in zip(*batch.to_pydict().values())]


class Calypso:
    """The shell of Calypso behind a pipe, open over all questions as the other engines are. A question is over when the
    shell says how long it took, which comes behind the answer."""

    def __init__(self, data, threads):
        program = os.environ.get("CALYPSO", "target/release/calypso")
        self.version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        arguments = ["--data", data, "--threads", str(threads), "--format", "json", "--timing"]
        self.shell = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def ask(self, text):
        self.shell.stdin.write(text.strip() + "\n\n")
        self.shell.stdin.flush()
        answer = []
        for line in self.shell.stdout:
            if line.startswith("time: "):
                return [tuple(row.values()) for row in json.loads("".join(answer))]
            answer.append(line)
        raise RuntimeError("".join(answer).strip() or "the shell ended")

    @property
    def most(self):
        """The peak of the shell's memory in MB; this process only asks."""
        with open(f"/proc/{self.shell.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


ENGINES = {"calypso": Calypso, "duckdb": DuckDb, "clickhouse": ClickHouse, "polars": Polars, "datafusion": DataFusion}


def serve(name, data, threads):
    """Answers questions on standard input, one JSON line each, until there are no more. Every engine runs this in a
    process of its own, so that none disturbs another's memory."""
    try:
        engine = ENGINES[name](data, threads)
        print(json.dumps({"version": engine.version}), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        return
    for line in sys.stdin:
        started = time.perf_counter()
        try:
            rows = engine.ask(json.loads(line))
            taken = (time.perf_counter() - started) * 1000
            peak = getattr(engine, "most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            rows = [[cell if isinstance(cell, (int, float, bool, type(None))) else str(cell) for cell in row] for row in rows[:100_000]]
            print(json.dumps({"ms": taken, "rows": rows, "peak": peak}), flush=True)
        except Exception as error:
            print(json.dumps({"error": f"{type(error).__name__}: {error}"[:600]}), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
