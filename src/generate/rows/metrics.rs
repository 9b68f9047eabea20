//! The metrics: how often operations went well, by day, over all calls.

use std::collections::BTreeMap;

use super::super::book::{Book, at};
use super::super::call::{Call, MS, SECOND};
use super::super::rng::Rng;
use super::super::sketch::Kind;
use crate::value::NANOS_PER_DAY;

/// Counts of operations, by day and by what is told apart.
#[derive(Default)]
pub(in super::super) struct Tally {
    buckets: BTreeMap<Bucket, Counts>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket {
    day: i64,
    metric: String,
    kind: &'static str,
    platform: &'static str,
    sdk: &'static str,
    os: [&'static str; 2],
    browser: [&'static str; 2],
    result: &'static str,
    subcode: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: i64,
    legs: i64,
    good: i64,
    /// Milliseconds altogether.
    took: i64,
    /// Those before noon; the first version of a bucket counts only them.
    early: [i64; 4],
    latest: i64,
}

impl Tally {
    /// Counts the operations of a call.
    pub(in super::super) fn count(&mut self, call: &Call) {
        let mut seen: Vec<Bucket> = Vec::new();
        for participant in &call.participants {
            for operation in &participant.operations {
                let happened = participant.start + operation.at * MS;
                let Some(metric) = metric(operation.name, &operation.payload) else { continue };
                let client = &participant.person.client;
                let bucket = Bucket {
                    day: happened.div_euclid(NANOS_PER_DAY),
                    metric,
                    kind: if call.kind == Kind::P2p { "1 to 1" } else { "Group" },
                    platform: client.platform,
                    sdk: client.sdk,
                    os: [client.os_name, client.os_major],
                    browser: [client.browser, client.browser_major],
                    result: operation.result.ty,
                    subcode: operation.result.subcode,
                };
                let is_good = operation.result.is_good() && operation.name != "UserFacingDiagnostics";
                let is_new = !seen.contains(&bucket);
                let counts = self.buckets.entry(bucket.clone()).or_default();
                counts.add([i64::from(is_new), 1, i64::from(is_good), operation.takes], happened);
                if is_new {
                    seen.push(bucket);
                }
            }
        }
    }

    /// Adds the counts of other calls.
    pub(in super::super) fn merge(&mut self, other: Tally) {
        for (bucket, counts) in other.buckets {
            let mine = self.buckets.entry(bucket).or_default();
            mine.calls += counts.calls;
            mine.legs += counts.legs;
            mine.good += counts.good;
            mine.took += counts.took;
            for (mine, theirs) in mine.early.iter_mut().zip(counts.early) {
                *mine += theirs;
            }
            mine.latest = mine.latest.max(counts.latest);
        }
    }

    /// Writes the buckets of all days before one, and forgets them.
    pub(in super::super) fn write(&mut self, before: i64, seed: u64, book: &mut Book) {
        let done: Vec<Bucket> = self.buckets.keys().take_while(|bucket| bucket.day < before).cloned().collect();
        for bucket in done {
            let Some(counts) = self.buckets.remove(&bucket) else { continue };
            let noon = bucket.day * NANOS_PER_DAY + NANOS_PER_DAY / 2;
            let [calls, legs, good, took] = counts.early;
            if legs > 0 {
                let early = Counts { calls, legs, good, took, latest: noon, ..counts };
                write_bucket(&bucket, early, noon + 300 * SECOND, seed, book);
            }
            write_bucket(&bucket, counts, (bucket.day + 1) * NANOS_PER_DAY + 300 * SECOND, seed, book);
        }
    }
}

impl Counts {
    fn add(&mut self, [calls, legs, good, took]: [i64; 4], happened: i64) {
        self.calls += calls;
        self.legs += legs;
        self.good += good;
        self.took += took;
        if happened.rem_euclid(NANOS_PER_DAY) < NANOS_PER_DAY / 2 {
            for (early, more) in self.early.iter_mut().zip([calls, legs, good, took]) {
                *early += more;
            }
        }
        self.latest = self.latest.max(happened);
    }
}

/// The metric that an operation counts for.
fn metric(name: &str, payload: &str) -> Option<String> {
    match name {
        "Join" | "StartCall" | "AcceptIncomingCall" | "StartVideo" | "StartScreenShare" | "CallAgentInit" => {
            Some(format!("reliability/api/{name}"))
        }
        "CreateView" => {
            let is_local = payload.contains(r#""Source":"Local""#);
            Some(format!("reliability/api/CreateView/{}", if is_local { "Local" } else { "Remote" }))
        }
        "UserFacingDiagnostics" => {
            let ty = payload.split(r#""DiagnosticChanged":""#).nth(1)?.split('"').next()?;
            let recovers = payload.contains(r#""DiagnosticQuality":"Good""#);
            Some(match recovers {
                true => format!("reliability/api/UFD/recovery/{ty}"),
                false => format!("reliability/leg/UFD/{ty}"),
            })
        }
        _ => None,
    }
}

/// The purpose of streams of random numbers about metrics.
const METRICS: u64 = 4;

fn write_bucket(bucket: &Bucket, counts: Counts, made: i64, seed: u64, book: &mut Book) {
    let id = Rng::new(seed, METRICS, bucket.day as u64 ^ counts.latest as u64).guid().replace('-', "");
    let share = 100.0 * counts.good as f64 / counts.legs.max(1) as f64;
    let [os, os_major] = bucket.os;
    let [browser, browser_major] = bucket.browser;
    book.row(at::METRICS, made)
        .text("CorrelationId", &id)
        .text("MetricName", &bucket.metric)
        .time("TimestampBin", bucket.day * NANOS_PER_DAY)
        .time("TimestampMax", counts.latest)
        .text("Unit", "percentage")
        .text("Goal", ">= 100.0")
        .real("MetricValueAvg", libm::round(share * 10_000.0) / 10_000.0)
        .whole("CallsDcount", counts.calls)
        .whole("LegsDcount", counts.legs)
        .whole("SuccessLegsDcount", counts.good)
        .whole("FailedLegsDcount", counts.legs - counts.good)
        .text("ResultType", bucket.result)
        .text("SubCode", &bucket.subcode.to_string())
        .text("CallType", bucket.kind)
        .text("Platform", bucket.platform)
        .text("SdkVersion", bucket.sdk)
        .text("DeviceFamily", "Other")
        .text("DeviceOsName", os)
        .text("DeviceOsVersionMajor", os_major)
        .text("DeviceBrowser", browser)
        .text("DeviceBrowserVersionMajor", browser_major)
        .end();
}
