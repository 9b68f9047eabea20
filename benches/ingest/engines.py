"""The engines of the comparison of ingestion. Run as a program, it does one ingestion and tells what it took."""

import json
import os
import resource
import subprocess
import sys
import time

# How DuckDB, ClickHouse and Polars are told to make a column of a type, by the name that DuckDB has for the type.
CASTS = {
    "INTEGER": ("TRY_CAST({} AS INTEGER)", "toInt32OrNull({})", "Int32"),
    "BIGINT": ("TRY_CAST({} AS BIGINT)", "toInt64OrNull({})", "Int64"),
    "DOUBLE": ("TRY_CAST({} AS DOUBLE)", "toFloat64OrNull({})", "Float64"),
    "TIMESTAMP WITH TIME ZONE": ("TRY_CAST({} AS TIMESTAMP)", "parseDateTime64BestEffortOrNull({}, 7)", "Datetime"),
}
AS_IT_IS = ("{}", "{}", "String")


def version_of(engine):
    from importlib.metadata import version

    package = {"clickhouse": "chdb"}.get(engine, engine)
    return "Calypso" if engine == "calypso" else f"{package} {version(package)}"


def columns_of(job):
    """The columns of a category's file: where the cell is, what it is called, and how it is made."""
    for name in job["outer"]:
        kind = "TIMESTAMP WITH TIME ZONE" if name == "time" else ""
        yield (name, False), f"_{name}", CASTS.get(kind, AS_IT_IS)
    for name in job["inner"]:
        yield (name, True), name, CASTS.get(job["types"].get(name), AS_IT_IS)


def path_of(out, job):
    return os.path.join(out, job["category"] + ".parquet")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def calypso(plan, out, threads):
    return lambda: subprocess.run([os.environ["CALYPSO"], "ingest", plan["data"], "--into", out], check=True,
                                  stdout=subprocess.DEVNULL)


def duckdb(plan, out, threads):
    import duckdb

    connection = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
    connection.execute("SET TimeZone = 'UTC'")

    def work():
        for job in plan["jobs"]:
            inner = ", ".join(f"{quoted(name)} VARCHAR" for name in job["inner"])
            told = [f"{quoted(name)}: 'VARCHAR'" for name in job["outer"]]
            told = ", ".join(told + ([f"properties: 'STRUCT({inner})'"] if inner else []))
            cells = [
                cast[0].format("properties." + quoted(name) if is_inner else quoted(name)) + " AS " + quoted(column)
                for (name, is_inner), column, cast in columns_of(job)
            ]
            files = ", ".join(f"'{path}'" for path in job["files"])
            connection.execute(
                f"COPY (SELECT {', '.join(cells)} FROM read_json([{files}], format = 'newline_delimited',"
                f" hive_partitioning = false, columns = {{{told}}})) TO '{path_of(out, job)}' (FORMAT parquet, COMPRESSION zstd)"
            )

    return work


def clickhouse(plan, out, threads):
    from chdb import session

    session = session.Session()

    def work():
        for job in plan["jobs"]:
            inner = ", ".join(f"{quoted(name)} String" for name in job["inner"])
            told = [f"{quoted(name)} String" for name in job["outer"]]
            told = ", ".join(told + ([f"properties Tuple({inner})"] if inner else []))
            cells = [
                cast[1].format("tupleElement(properties, '" + name + "')" if is_inner else quoted(name)) + " AS " + quoted(column)
                for (name, is_inner), column, cast in columns_of(job)
            ]
            # One pattern names them all.
            start = os.path.commonprefix(job["files"])
            files = start + "{" + ",".join(path[len(start):] for path in job["files"]) + "}" if job["files"][1:] else start
            session.query(
                f"SELECT {', '.join(cells)} FROM file('{files}', JSONEachRow, '{told}')"
                f" INTO OUTFILE '{path_of(out, job)}' TRUNCATE FORMAT Parquet"
                f" SETTINGS max_threads = {threads}, output_format_parquet_compression_method = 'zstd',"
                f" input_format_json_read_numbers_as_strings = 1, input_format_json_read_objects_as_strings = 1,"
                f" input_format_json_read_bools_as_strings = 1, input_format_json_read_arrays_as_strings = 1,"
                f" input_format_skip_unknown_fields = 1, input_format_json_defaults_for_missing_elements_in_named_tuple = 1,"
                f" input_format_json_ignore_unknown_keys_in_named_tuple = 1, glob_expansion_max_elements = 100000, use_hive_partitioning = 0"
            )

    return work


def polars(plan, out, threads):
    import polars as pl

    kinds = {"Int32": pl.Int32, "Int64": pl.Int64, "Float64": pl.Float64}

    def cell(name, is_inner, column, kind):
        made = pl.col("properties").struct.field(name) if is_inner else pl.col(name)
        if kind in kinds:
            made = made.cast(kinds[kind], strict=False)
        elif kind == "Datetime":
            made = made.str.to_datetime(strict=False, time_unit="us", time_zone="UTC")
        return made.alias(column)

    def work():
        for job in plan["jobs"]:
            inner = pl.Struct({name: pl.String for name in job["inner"]})
            told = {name: pl.String for name in job["outer"]} | ({"properties": inner} if job["inner"] else {})
            cells = [cell(name, is_inner, column, cast[2]) for (name, is_inner), column, cast in columns_of(job)]
            read = pl.scan_ndjson(job["files"], schema=told)
            read.select(cells).sink_parquet(path_of(out, job), compression="zstd", engine="streaming")

    return work


ENGINES = {"calypso": calypso, "duckdb": duckdb, "clickhouse": clickhouse, "polars": polars}


def used():
    """The processor seconds of this process and of those that it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def peak(name):
    """The most memory, in bytes. What a process says of itself by `getrusage` may be its parent's, from before it began."""
    if name == "calypso":
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def main():
    name, plan, out, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    with open(plan, encoding="utf-8") as file:
        work = ENGINES[name](json.load(file), out, threads)
    cpu, started = used(), time.perf_counter()
    work()
    seconds, cpu = time.perf_counter() - started, used() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak(name)}))


if __name__ == "__main__":
    main()
