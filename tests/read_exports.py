"""Reads the exports in the current folder with DuckDB, pyarrow and pandas, and checks types and values."""

import importlib.util
import sys

MISSING = [name for name in ("duckdb", "pyarrow", "pandas") if importlib.util.find_spec(name) is None]
if MISSING:
    print("skipped: python has no", ", ".join(MISSING))
    sys.exit(0)

import duckdb
import pandas
import pyarrow.ipc
import pyarrow.parquet

DUCKDB = {
    "b": "BOOLEAN", "i": "INTEGER", "l": "BIGINT", "r": "DOUBLE", "m": "DECIMAL(38,18)", "s": "VARCHAR",
    "t": "TIMESTAMP", "d": "BIGINT", "j": "VARCHAR", "g": "VARCHAR",
}
ARROW = {
    "b": "bool", "i": "int32", "l": "int64", "r": "double", "m": "decimal128(38, 18)", "s": "string",
    "t": "timestamp[ns, tz=UTC]", "d": "duration[ns]", "j": "string", "g": "string",
}
KQL = {"j": b"dynamic", "g": b"guid"}


def same(what, found, expected):
    assert found == expected, f"{what}: {found!r} instead of {expected!r}"


def columns(query):
    return {row[0]: row[1] for row in duckdb.sql(f"describe {query}").fetchall()}


found = columns("select * from 'Kept.parquet'")
for name, expected in DUCKDB.items():
    assert found[name].startswith(expected), f"DuckDB, {name}: {found[name]}"
same("DuckDB", duckdb.sql("select s, d, j, i from 'Kept.parquet'").fetchall(), [('a,"b', 86400002000000, '{"a":[1]}', 1)])
for extension in ("csv", "tsv", "json", "jsonl"):
    same(extension, duckdb.sql(f"select l, s from 'Kept.{extension}'").fetchall(), [(2, 'a,"b')])

for table in (pyarrow.parquet.read_table("Kept.parquet"), pyarrow.ipc.open_file("Kept.arrow").read_all()):
    same("pyarrow", {field.name: str(field.type) for field in table.schema}, ARROW)
    metadata = {field.name: (field.metadata or {}).get(b"kql.type") for field in table.schema}
    same("KQL types", {name: kind for name, kind in metadata.items() if kind}, KQL)

for frame in (pandas.read_parquet("Kept.parquet"), pandas.read_feather("Kept.arrow")):
    same("pandas", str(frame.t[0]), "2024-01-09 15:00:00.123456700+00:00")
    same("pandas", str(frame.d[0]), "1 days 00:00:00.002000")
same("pandas", pandas.read_csv("Kept.csv").l[0], 2)
same("pandas", list(pandas.read_json("Two.jsonl", lines=True).x), [1, 2])

parts = duckdb.sql("select k, sum(n)::bigint from read_parquet('parts/**/*.parquet', hive_partitioning = true) group by k order by k")
same("parts", parts.fetchall(), [("a/b", 4), ("c", 2)])
print("read")
