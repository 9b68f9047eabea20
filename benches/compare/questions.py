"""The questions of the comparison: each one in KQL, and in SQL for the engines that are asked beside Calypso.

A question has one SQL text, written for DuckDB. Where another engine spells it differently, its own text stands
beside it; where an engine cannot say it at all, `None` does, and the table shows a dash. `{call}` is a call of the
data, `{day}` its middle day and `{next}` the one after it. `close` is the relative difference that numbers may have: a little for sums of floating
point numbers in another order, more where the engines estimate.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    name: str
    asks: str
    kql: str
    sql: str
    other: dict = field(default_factory=dict)
    close: float = 1e-6
    # Only the number of rows is compared where ties or estimates let rows differ.
    rows_only: bool = False


MEDIA = "ACSCallClientMediaStatsTimeSeries"
OPERATIONS = "ACSCallClientOperations"
SUMMARY = "ACSCallSummary"
DIAGNOSTICS = "ACSCallDiagnostics"
SURVEY = "ACSCallSurvey"

# What the other engines call the same function of DuckDB.
CLICKHOUSE = [
    ("date_trunc('hour', TimeGenerated)", "toStartOfHour(TimeGenerated)"),
    ("date_trunc('day', TimeGenerated)", "toStartOfDay(TimeGenerated)"),
    ("approx_count_distinct(", "uniqCombined64("),
    ("count(DISTINCT ", "uniqExact("),
    ("TIMESTAMP '{day} 00:00:00'", "toDateTime64('{day} 00:00:00', 9, 'UTC')"),
    ("TIMESTAMP '{next} 00:00:00'", "toDateTime64('{next} 00:00:00', 9, 'UTC')"),
]
POLARS = [
    # It has no estimate in SQL.
    ("approx_count_distinct(", "count(DISTINCT "),
]
DATAFUSION = [
    ("approx_count_distinct(", "approx_distinct("),
    # Its date_trunc is far slower for times with a zone.
    ("date_trunc('hour', TimeGenerated)", "date_bin(INTERVAL '1 hour', TimeGenerated)"),
    ("date_trunc('day', TimeGenerated)", "date_bin(INTERVAL '1 day', TimeGenerated)"),
]


DUCKDB = [
    # It has few functions for nanoseconds with a zone, and its date_trunc is far slower there than arithmetic.
    ("date_trunc('hour', TimeGenerated)", "make_timestamp_ns(epoch_ns(TimeGenerated) // 3600000000000 * 3600000000000)"),
    ("date_trunc('day', TimeGenerated)", "make_timestamp_ns(epoch_ns(TimeGenerated) // 86400000000000 * 86400000000000)"),
    ("TIMESTAMP '{day} ", "TIMESTAMPTZ_NS '{day} "),
    ("TIMESTAMP '{next} ", "TIMESTAMPTZ_NS '{next} "),
    ("TimeGenerated - lag(TimeGenerated) OVER w", "epoch_ns(TimeGenerated) - lag(epoch_ns(TimeGenerated)) OVER w"),
]


def spell(text, pairs):
    for old, new in pairs:
        text = text.replace(old, new)
    return text


QUESTIONS = [
    Question(
        "distinct", "distinct operation names",
        f"{OPERATIONS} | distinct OperationName",
        f"SELECT DISTINCT OperationName FROM {OPERATIONS}",
    ),
    Question(
        "count-by-metric", "rows of each metric",
        f"{MEDIA} | summarize n = count() by MetricName",
        f"SELECT MetricName, count(*) AS n FROM {MEDIA} GROUP BY 1",
    ),
    Question(
        "hourly", "rows of each hour",
        f"{MEDIA} | summarize n = count() by bin(TimeGenerated, 1h)",
        f"SELECT date_trunc('hour', TimeGenerated) AS h, count(*) AS n FROM {MEDIA} GROUP BY 1",
    ),
    Question(
        "participants-a-day", "exact distinct participants of each day",
        f"{DIAGNOSTICS} | summarize n = count_distinct(ParticipantId) by bin(TimeGenerated, 1d)",
        f"SELECT date_trunc('day', TimeGenerated) AS d, count(DISTINCT ParticipantId) AS n FROM {DIAGNOSTICS} GROUP BY 1",
    ),
    Question(
        "dcount", "estimated distinct calls by two keys",
        f"{MEDIA} | summarize n = dcount(CallId) by MetricName, MediaStreamDirection",
        f"SELECT MetricName, MediaStreamDirection, approx_count_distinct(CallId) AS n FROM {MEDIA} GROUP BY 1, 2",
        close=0.2,
    ),
    Question(
        "percentiles-join", "jitter percentiles by system, over a join",
        f"{DIAGNOSTICS} | join kind=inner ({SUMMARY} | where OsVersion != '' | project CorrelationId, EndpointId, OsVersion)"
        " on CorrelationId, EndpointId"
        " | summarize n = count(), p = percentiles(JitterAvg, 50, 90, 95) by OsVersion | project OsVersion, n",
        f"SELECT OsVersion, count(*) AS n, quantile_cont(JitterAvg, [0.5, 0.9, 0.95]) AS p FROM {DIAGNOSTICS} d JOIN {SUMMARY} s"
        " USING (CorrelationId, EndpointId) WHERE OsVersion <> '' GROUP BY 1",
        {
            "clickhouse": f"SELECT OsVersion, count(*) AS n, quantiles(0.5, 0.9, 0.95)(JitterAvg) AS p FROM {DIAGNOSTICS} d JOIN {SUMMARY} s"
            " USING (CorrelationId, EndpointId) WHERE OsVersion <> '' GROUP BY 1",
            "datafusion": f"SELECT OsVersion, count(*) AS n, approx_percentile_cont(JitterAvg, 0.5) p1, approx_percentile_cont(JitterAvg, 0.9) p2,"
            f" approx_percentile_cont(JitterAvg, 0.95) p3 FROM {DIAGNOSTICS} d JOIN {SUMMARY} s"
            " USING (CorrelationId, EndpointId) WHERE OsVersion <> '' GROUP BY 1",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "one-call", "one call out of the media statistics",
        f"{MEDIA} | where CallId == '{{call}}' | summarize n = count(), mean = avg(Average) by MetricName",
        f"SELECT MetricName, count(*) AS n, avg(Average) AS mean FROM {MEDIA} WHERE CallId = '{{call}}' GROUP BY 1",
    ),
    Question(
        "one-call-rows", "every client operation of one call, in order",
        f"{OPERATIONS} | where CallId == '{{call}}' | sort by TimeGenerated asc | project TimeGenerated, OperationName, ResultType",
        f"SELECT TimeGenerated, OperationName, ResultType FROM {OPERATIONS} WHERE CallId = '{{call}}' ORDER BY 1",
        rows_only=True,
    ),
    Question(
        "term", "a term and a substring in the user agent",
        f"{OPERATIONS} | where UserAgent has 'Firefox' or UserAgent contains 'edg/' | summarize n = count() by OperationName",
        f"SELECT OperationName, count(*) AS n FROM {OPERATIONS} WHERE contains(lower(UserAgent), 'firefox') OR"
        " contains(lower(UserAgent), 'edg/') GROUP BY 1",
        {
            "clickhouse": f"SELECT OperationName, count(*) AS n FROM {OPERATIONS} WHERE positionCaseInsensitive(UserAgent, 'firefox') > 0 OR"
            " positionCaseInsensitive(UserAgent, 'edg/') > 0 GROUP BY 1",
            "datafusion": f"SELECT OperationName, count(*) AS n FROM {OPERATIONS} WHERE contains(lower(UserAgent), 'firefox') OR"
            " contains(lower(UserAgent), 'edg/') GROUP BY 1",
            "polars": f"SELECT OperationName, count(*) AS n FROM {OPERATIONS} WHERE UserAgent ~ '(?i)\\bfirefox\\b' OR"
            " UserAgent ~ '(?i)edg/' GROUP BY 1",
        },
    ),
    Question(
        "substring", "a substring in the payload",
        f"{OPERATIONS} | where OperationPayload contains 'network' | count",
        f"SELECT count(*) AS Count FROM {OPERATIONS} WHERE contains(lower(OperationPayload), 'network')",
        {
            "clickhouse": f"SELECT count(*) AS Count FROM {OPERATIONS} WHERE positionCaseInsensitive(OperationPayload, 'network') > 0",
            "polars": f"SELECT count(*) AS Count FROM {OPERATIONS} WHERE OperationPayload ~ '(?i)network'",
        },
    ),
    Question(
        "worst-calls", "the ten calls with the most packet loss",
        f"{DIAGNOSTICS} | summarize loss = max(PacketLossRateMax) by CorrelationId | top 10 by loss",
        f"SELECT CorrelationId, max(PacketLossRateMax) AS loss FROM {DIAGNOSTICS} GROUP BY 1 ORDER BY loss DESC NULLS LAST LIMIT 10",
        rows_only=True,
    ),
    Question(
        "latest", "the latest operation of each participant",
        f"{OPERATIONS} | summarize arg_max(TimeGenerated, OperationName, ResultType) by ParticipantId"
        " | summarize n = count(), newest = max(TimeGenerated)",
        "SELECT count(*) AS n, max(t) AS last FROM (SELECT ParticipantId, max(TimeGenerated) AS t, arg_max(OperationName, TimeGenerated) AS o,"
        f" arg_max(ResultType, TimeGenerated) AS r FROM {OPERATIONS} GROUP BY 1) WHERE o <> 'x' AND r <> 'x'",
        {
            "clickhouse": "SELECT count(*) AS n, max(t) AS last FROM (SELECT ParticipantId, max(TimeGenerated) AS t, argMax(OperationName, TimeGenerated) AS o,"
            f" argMax(ResultType, TimeGenerated) AS r FROM {OPERATIONS} GROUP BY 1) WHERE o <> 'x' AND r <> 'x'",
            "datafusion": "SELECT count(*) AS n, max(t) AS last FROM (SELECT ParticipantId, max(TimeGenerated) AS t, last_value(OperationName ORDER BY TimeGenerated) AS o,"
            f" last_value(ResultType ORDER BY TimeGenerated) AS r FROM {OPERATIONS} GROUP BY 1) WHERE o <> 'x' AND r <> 'x'",
            "polars": "SELECT count(*) AS n, max(TimeGenerated) AS last FROM (SELECT DISTINCT ON (ParticipantId) ParticipantId, TimeGenerated, OperationName, ResultType"
            f" FROM {OPERATIONS} ORDER BY ParticipantId, TimeGenerated DESC) q",
        },
    ),
    Question(
        "join", "round trip time of the video streams of group calls",
        f"{SUMMARY} | where CallType == 'Group' | distinct CorrelationId"
        f" | join kind=inner ({DIAGNOSTICS} | where MediaType == 'Video') on CorrelationId"
        " | summarize n = count(), rtt = avg(RoundTripTimeAvg) by TransportType",
        "SELECT TransportType, count(*) AS n, avg(RoundTripTimeAvg) AS rtt FROM"
        f" (SELECT DISTINCT CorrelationId FROM {SUMMARY} WHERE CallType = 'Group') s JOIN"
        f" {DIAGNOSTICS} d USING (CorrelationId) WHERE MediaType = 'Video' GROUP BY 1",
    ),
    Question(
        "semi-join", "operations of the calls that were rated low",
        f"{OPERATIONS} | where CallId in (({SURVEY} | where OverallRatingScore <= 2 | project CallId)) | summarize n = count() by OperationName",
        f"SELECT OperationName, count(*) AS n FROM {OPERATIONS} WHERE CallId IN (SELECT CallId FROM {SURVEY} WHERE OverallRatingScore <= 2) GROUP BY 1",
    ),
    Question(
        "anti-join", "participants without media statistics",
        f"{SUMMARY} | join kind=leftanti ({MEDIA}) on ParticipantId | count",
        f"SELECT count(*) AS Count FROM {SUMMARY} WHERE NOT EXISTS (SELECT 1 FROM {MEDIA} m WHERE m.ParticipantId = {SUMMARY}.ParticipantId)",
        {
            "clickhouse": f"SELECT count(*) AS Count FROM {SUMMARY} s LEFT ANTI JOIN {MEDIA} m ON m.ParticipantId = s.ParticipantId",
            "polars": f"SELECT count(*) AS Count FROM {SUMMARY} s LEFT ANTI JOIN {MEDIA} m ON m.ParticipantId = s.ParticipantId",
        },
    ),
    Question(
        "left-join", "participants with their rating",
        f"{SUMMARY} | join kind=leftouter ({SURVEY} | project ParticipantId, OverallRatingScore) on ParticipantId"
        " | summarize n = count(), rated = countif(isnotnull(OverallRatingScore)), mean = avg(OverallRatingScore) by EndpointType",
        f"SELECT EndpointType, count(*) AS n, count(OverallRatingScore) AS rated, avg(OverallRatingScore) AS mean FROM {SUMMARY} s"
        f" LEFT JOIN (SELECT ParticipantId, OverallRatingScore FROM {SURVEY}) v USING (ParticipantId) GROUP BY 1",
        {
            "clickhouse": f"SELECT EndpointType, count(*) AS n, count(OverallRatingScore) AS rated, avg(OverallRatingScore) AS mean FROM {SUMMARY} s"
            f" LEFT JOIN (SELECT ParticipantId, OverallRatingScore FROM {SURVEY}) v USING (ParticipantId) GROUP BY 1 SETTINGS join_use_nulls = 1",
        },
    ),
    Question(
        "innerunique", "the default join: one row of the left for each key",
        f"{SUMMARY} | project CorrelationId, CallType | join ({DIAGNOSTICS} | project CorrelationId, MediaType) on CorrelationId"
        " | summarize n = count() by CallType, MediaType",
        f"SELECT CallType, MediaType, count(*) AS n FROM (SELECT CorrelationId, any_value(CallType) AS CallType FROM {SUMMARY} GROUP BY 1) s"
        f" JOIN {DIAGNOSTICS} d USING (CorrelationId) GROUP BY 1, 2",
        {
            "datafusion": f"SELECT CallType, MediaType, count(*) AS n FROM (SELECT CorrelationId, first_value(CallType) AS CallType FROM {SUMMARY} GROUP BY 1) s"
            f" JOIN {DIAGNOSTICS} d USING (CorrelationId) GROUP BY 1, 2",
            "polars": f"SELECT CallType, MediaType, count(*) AS n FROM (SELECT CorrelationId, first(CallType) AS CallType FROM {SUMMARY} GROUP BY CorrelationId) s"
            f" JOIN {DIAGNOSTICS} d USING (CorrelationId) GROUP BY 1, 2",
        },
    ),
    Question(
        "make-series", "a series of jitter, an hour a point",
        f"{MEDIA} | where MetricName startswith 'Jitter' | make-series mean = avg(Average) default = 0.0 on TimeGenerated step 1h by MediaStreamDirection"
        " | project MediaStreamDirection",
        f"SELECT MediaStreamDirection, list(mean ORDER BY h) FROM (SELECT MediaStreamDirection, date_trunc('hour', TimeGenerated) AS h, avg(Average) AS mean"
        f" FROM {MEDIA} WHERE contains(MetricName, 'Jitter') GROUP BY 1, 2) GROUP BY 1",
        {
            "clickhouse": f"SELECT MediaStreamDirection, groupArray(mean) FROM (SELECT MediaStreamDirection, toStartOfHour(TimeGenerated) AS h, avg(Average) AS mean"
            f" FROM {MEDIA} WHERE position(MetricName, 'Jitter') > 0 GROUP BY 1, 2 ORDER BY 2) GROUP BY 1",
            "datafusion": f"SELECT MediaStreamDirection, array_agg(mean ORDER BY h) FROM (SELECT MediaStreamDirection, date_trunc('hour', TimeGenerated) AS h, avg(Average) AS mean"
            f" FROM {MEDIA} WHERE contains(MetricName, 'Jitter') GROUP BY 1, 2) GROUP BY 1",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "payload", "fields of the payload, counted",
        f"{OPERATIONS} | where OperationName == 'UserFacingDiagnostics'"
        " | summarize n = count() by name = tostring(OperationPayload.DiagnosticChanged), value = tostring(OperationPayload.DiagnosticValue)",
        "SELECT coalesce(json_extract_string(OperationPayload, '$.DiagnosticChanged'), '') AS name,"
        " coalesce(json_extract_string(OperationPayload, '$.DiagnosticValue'), '') AS value,"
        f" count(*) AS n FROM {OPERATIONS} WHERE OperationName = 'UserFacingDiagnostics' GROUP BY 1, 2",
        {
            "clickhouse": "SELECT JSONExtractString(OperationPayload, 'DiagnosticChanged') AS name, JSONExtractString(OperationPayload, 'DiagnosticValue') AS value,"
            f" count(*) AS n FROM {OPERATIONS} WHERE OperationName = 'UserFacingDiagnostics' GROUP BY 1, 2",
            "datafusion": None,
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "per-call", "mean and maximum of every call",
        f"{MEDIA} | summarize mean = avg(Average), most = max(Maximum) by CallId | summarize n = count(), total = sum(most)",
        f"SELECT count(*) AS n, sum(most) AS total FROM (SELECT CallId, avg(Average) AS mean, max(Maximum) AS most FROM {MEDIA} GROUP BY 1)"
        " WHERE mean IS NULL OR mean > -1e30",
    ),
    Question(
        "gaps", "time between the operations of each participant",
        f"{OPERATIONS} | sort by ParticipantId asc, TimeGenerated asc"
        " | extend gap = iff(prev(ParticipantId) == ParticipantId, TimeGenerated - prev(TimeGenerated), timespan(null)),"
        " nr = row_number(1, prev(ParticipantId) != ParticipantId)"
        " | summarize most = max(nr), longest = max(gap)",
        "SELECT max(nr) AS most, max(gap) AS longest FROM (SELECT row_number() OVER w AS nr, TimeGenerated - lag(TimeGenerated) OVER w AS gap"
        f" FROM {OPERATIONS} WINDOW w AS (PARTITION BY ParticipantId ORDER BY TimeGenerated))",
        {
            "clickhouse": "SELECT max(nr) AS most, max(gap) AS longest FROM (SELECT row_number() OVER w AS nr,"
            " if(nr = 1, 0, toUnixTimestamp64Nano(TimeGenerated) - lagInFrame(toUnixTimestamp64Nano(TimeGenerated)) OVER w) AS gap"
            f" FROM {OPERATIONS} WINDOW w AS (PARTITION BY ParticipantId ORDER BY TimeGenerated ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "expand", "words of the issues that people chose",
        f"{SURVEY} | extend issue = split(OverallCallIssues, ',') | mv-expand issue to typeof(string) | summarize n = count() by issue",
        f"SELECT issue, count(*) AS n FROM (SELECT unnest(string_split(OverallCallIssues, ',')) AS issue FROM {SURVEY}) GROUP BY 1",
        {
            "clickhouse": f"SELECT issue, count(*) AS n FROM (SELECT arrayJoin(splitByChar(',', OverallCallIssues)) AS issue FROM {SURVEY}) GROUP BY 1",
            "datafusion": f"SELECT issue, count(*) AS n FROM (SELECT unnest(string_to_array(OverallCallIssues, ',')) AS issue FROM {SURVEY}) GROUP BY 1",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "buckets", "streams by quality, in words",
        f"{DIAGNOSTICS} | extend quality = case(PacketLossRateAvg > 0.1 or JitterAvg > 30 or RoundTripTimeAvg > 500, 'poor',"
        " PacketLossRateAvg > 0.02 or JitterAvg > 15 or RoundTripTimeAvg > 250, 'fair', 'good')"
        " | summarize n = count() by quality, MediaType",
        "SELECT CASE WHEN PacketLossRateAvg > 0.1 OR JitterAvg > 30 OR RoundTripTimeAvg > 500 THEN 'poor'"
        " WHEN PacketLossRateAvg > 0.02 OR JitterAvg > 15 OR RoundTripTimeAvg > 250 THEN 'fair' ELSE 'good' END AS quality, MediaType,"
        f" count(*) AS n FROM {DIAGNOSTICS} GROUP BY 1, 2",
    ),
    Question(
        "pivot", "six metrics side by side, by day",
        f"{MEDIA} | summarize jitter = avgif(Average, MetricName contains_cs 'Jitter'), loss = avgif(Average, MetricName contains_cs 'PacketLoss'),"
        " bits = avgif(Average, MetricName contains_cs 'Bit'), rtt = avgif(Average, MetricName contains_cs 'Rtt'), frames = avgif(Average, MetricName contains_cs 'Frame'),"
        " level = avgif(Average, MetricName contains_cs 'Level') by bin(TimeGenerated, 1d) | project TimeGenerated",
        "SELECT date_trunc('day', TimeGenerated) AS d, avg(Average) FILTER (contains(MetricName, 'Jitter')), avg(Average) FILTER (contains(MetricName, 'PacketLoss')),"
        " avg(Average) FILTER (contains(MetricName, 'Bit')), avg(Average) FILTER (contains(MetricName, 'Rtt')), avg(Average) FILTER (contains(MetricName, 'Frame')),"
        f" avg(Average) FILTER (contains(MetricName, 'Level')) FROM {MEDIA} GROUP BY 1",
        {
            "clickhouse": "SELECT toStartOfDay(TimeGenerated) AS d, avgIf(Average, position(MetricName, 'Jitter') > 0), avgIf(Average, position(MetricName, 'PacketLoss') > 0),"
            " avgIf(Average, position(MetricName, 'Bit') > 0), avgIf(Average, position(MetricName, 'Rtt') > 0), avgIf(Average, position(MetricName, 'Frame') > 0),"
            f" avgIf(Average, position(MetricName, 'Level') > 0) FROM {MEDIA} GROUP BY 1",
            "datafusion": "SELECT date_trunc('day', TimeGenerated) AS d, avg(Average) FILTER (WHERE contains(MetricName, 'Jitter')), avg(Average) FILTER (WHERE contains(MetricName, 'PacketLoss')),"
            " avg(Average) FILTER (WHERE contains(MetricName, 'Bit')), avg(Average) FILTER (WHERE contains(MetricName, 'Rtt')), avg(Average) FILTER (WHERE contains(MetricName, 'Frame')),"
            f" avg(Average) FILTER (WHERE contains(MetricName, 'Level')) FROM {MEDIA} GROUP BY 1",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "end-reasons", "end codes looked up in a small table",
        "let codes = datatable (ParticipantEndReason: string, Word: string)"
        " ['0', 'normal', '410', 'gone', '487', 'cancelled', '480', 'no answer', '603', 'declined', '404', 'not found'];"
        f" {SUMMARY} | lookup codes on ParticipantEndReason | summarize n = count() by Word",
        f"SELECT coalesce(Word, '') AS Word, count(*) AS n FROM {SUMMARY} LEFT JOIN (VALUES ('0', 'normal'), ('410', 'gone'), ('487', 'cancelled'), ('480', 'no answer'),"
        " ('603', 'declined'), ('404', 'not found')) codes(ParticipantEndReason, Word) USING (ParticipantEndReason) GROUP BY 1",
        {
            "clickhouse": f"SELECT Word, count(*) AS n FROM {SUMMARY} s LEFT JOIN (SELECT * FROM VALUES('ParticipantEndReason String, Word String', ('0', 'normal'), ('410', 'gone'),"
            " ('487', 'cancelled'), ('480', 'no answer'), ('603', 'declined'), ('404', 'not found'))) codes USING (ParticipantEndReason) GROUP BY 1",
            "polars": None,
        },
    ),
    Question(
        "failure-rate", "share of failures by version and day",
        f"{OPERATIONS} | summarize failed = countif(ResultType !in ('Succeeded', 'Success', 'ExpectedError')), n = count() by SdkVersion, bin(TimeGenerated, 1d)",
        f"SELECT SdkVersion, date_trunc('day', TimeGenerated) AS d, count(*) FILTER (ResultType NOT IN ('Succeeded', 'Success', 'ExpectedError')) AS failed, count(*) AS n"
        f" FROM {OPERATIONS} GROUP BY 1, 2",
        {
            "clickhouse": f"SELECT SdkVersion, toStartOfDay(TimeGenerated) AS d, countIf(ResultType NOT IN ('Succeeded', 'Success', 'ExpectedError')) AS failed, count(*) AS n"
            f" FROM {OPERATIONS} GROUP BY 1, 2",
            "datafusion": f"SELECT SdkVersion, date_trunc('day', TimeGenerated) AS d, count(*) FILTER (WHERE ResultType NOT IN ('Succeeded', 'Success', 'ExpectedError')) AS failed, count(*) AS n"
            f" FROM {OPERATIONS} GROUP BY 1, 2",
            "polars": f"SELECT SdkVersion, date_trunc('day', TimeGenerated) AS d, sum(CASE WHEN ResultType NOT IN ('Succeeded', 'Success', 'ExpectedError') THEN 1 ELSE 0 END) AS failed, count(*) AS n"
            f" FROM {OPERATIONS} GROUP BY 1, 2",
        },
        rows_only=True,
    ),
    Question(
        "union-window", "everything that happened in one hour",
        f"union withsource=Source {SUMMARY}, {DIAGNOSTICS}, {OPERATIONS}, {MEDIA}"
        " | where TimeGenerated between (datetime({day}) .. 1h) | summarize n = count() by Source",
        "SELECT Source, count(*) AS n FROM (" + " UNION ALL ".join(
            f"SELECT '{table}' AS Source, TimeGenerated FROM {table}" for table in (SUMMARY, DIAGNOSTICS, OPERATIONS, MEDIA)
        ) + ") q WHERE TimeGenerated BETWEEN TIMESTAMP '{day} 00:00:00' AND TIMESTAMP '{day} 01:00:00' GROUP BY 1",
        {
            "clickhouse": "SELECT Source, count(*) AS n FROM (" + " UNION ALL ".join(
                f"SELECT '{table}' AS Source, TimeGenerated FROM {table}" for table in (SUMMARY, DIAGNOSTICS, OPERATIONS, MEDIA)
            ) + ") q WHERE TimeGenerated BETWEEN toDateTime64('{day} 00:00:00', 9, 'UTC') AND toDateTime64('{day} 01:00:00', 9, 'UTC') GROUP BY 1",
            "polars": None,
        },
    ),
    Question(
        "percentiles", "five percentiles of every value of the media statistics",
        f"{MEDIA} | summarize p = percentiles(Average, 5, 25, 50, 75, 95)",
        f"SELECT quantile_cont(Average, [0.05, 0.25, 0.5, 0.75, 0.95]) FROM {MEDIA}",
        {
            "clickhouse": f"SELECT quantiles(0.05, 0.25, 0.5, 0.75, 0.95)(Average) FROM {MEDIA}",
            "datafusion": "SELECT " + ", ".join(f"approx_percentile_cont(Average, {p}) AS p{n}" for n, p in enumerate((0.05, 0.25, 0.5, 0.75, 0.95))) + f" FROM {MEDIA}",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "count", "how many rows there are",
        f"{MEDIA} | count",
        f"SELECT count(*) AS Count FROM {MEDIA}",
    ),
    Question(
        "day", "one day of streams, by media type",
        f"{DIAGNOSTICS} | where TimeGenerated between (datetime({{day}}) .. 1d) | summarize n = count(), jitter = avg(JitterAvg) by MediaType",
        f"SELECT MediaType, count(*) AS n, avg(JitterAvg) AS jitter FROM {DIAGNOSTICS} WHERE TimeGenerated BETWEEN TIMESTAMP '{{day}} 00:00:00' AND"
        " TIMESTAMP '{next} 00:00:00' GROUP BY 1",
        {"polars": None},
        rows_only=True,
    ),
    Question(
        "conditional", "shares of poor streams, an hour a row",
        f"{DIAGNOSTICS} | summarize poor = countif(JitterAvg > 30), n = count(), worst = max(RoundTripTimeMax) by bin(TimeGenerated, 1h), MediaType",
        f"SELECT date_trunc('hour', TimeGenerated) AS h, MediaType, sum(CASE WHEN JitterAvg > 30 THEN 1 ELSE 0 END) AS poor, count(*) AS n, max(RoundTripTimeMax) AS worst"
        f" FROM {DIAGNOSTICS} GROUP BY 1, 2",
        rows_only=True,
    ),
    Question(
        "newest", "the hundred newest participants",
        f"{SUMMARY} | sort by TimeGenerated desc | take 100 | project TimeGenerated, CorrelationId, ParticipantId, EndpointType",
        f"SELECT TimeGenerated, CorrelationId, ParticipantId, EndpointType FROM {SUMMARY} ORDER BY TimeGenerated DESC LIMIT 100",
        rows_only=True,
    ),
    Question(
        "extract", "major versions of browsers",
        f"{OPERATIONS} | where UserAgent has 'Chrome' | extend major = extract(@'Chrome/(\\d+)', 1, UserAgent) | summarize n = count() by major",
        f"SELECT regexp_extract(UserAgent, 'Chrome/(\\d+)', 1) AS major, count(*) AS n FROM {OPERATIONS} WHERE regexp_matches(UserAgent, '(?i)\\bchrome\\b') GROUP BY 1",
        {
            "clickhouse": f"SELECT extract(UserAgent, 'Chrome/(\\\\d+)') AS major, count(*) AS n FROM {OPERATIONS} WHERE match(UserAgent, '(?i)\\\\bchrome\\\\b') GROUP BY 1",
            "datafusion": f"SELECT (regexp_match(UserAgent, 'Chrome/(\\d+)'))[1] AS major, count(*) AS n FROM {OPERATIONS} WHERE regexp_like(UserAgent, '(?i)\\bchrome\\b') GROUP BY 1",
            "polars": None,
        },
        rows_only=True,
    ),
    Question(
        "sets", "the operations that each participant used",
        f"{OPERATIONS} | summarize names = make_set(OperationName) by ParticipantId | summarize n = count(), most = max(array_length(names))",
        f"SELECT count(*) AS n, max(len(names)) AS most FROM (SELECT ParticipantId, list(DISTINCT OperationName) AS names FROM {OPERATIONS} GROUP BY 1)",
        {
            "clickhouse": f"SELECT count(*) AS n, max(length(names)) AS most FROM (SELECT ParticipantId, groupUniqArray(OperationName) AS names FROM {OPERATIONS} GROUP BY 1)",
            "datafusion": f"SELECT count(*) AS n, max(array_length(names)) AS most FROM (SELECT ParticipantId, array_agg(DISTINCT OperationName) AS names FROM {OPERATIONS} GROUP BY 1)",
            "polars": None,
        },
    ),
    Question(
        "top-nested", "the three most used operations of each version",
        f"{OPERATIONS} | summarize n = count() by SdkVersion, OperationName | partition hint.strategy=native by SdkVersion (top 3 by n) | count",
        f"SELECT count(*) AS Count FROM (SELECT row_number() OVER (PARTITION BY SdkVersion ORDER BY n DESC) AS nr FROM"
        f" (SELECT SdkVersion, OperationName, count(*) AS n FROM {OPERATIONS} GROUP BY 1, 2)) WHERE nr <= 3",
        {"polars": None},
    ),
]


def sql_of(question, engine):
    """The text of a question for an engine, or None."""
    text = question.other.get(engine, question.sql)
    spellings = {"duckdb": DUCKDB, "clickhouse": CLICKHOUSE, "datafusion": DATAFUSION, "polars": POLARS}
    return text and spell(text, spellings.get(engine, []))
