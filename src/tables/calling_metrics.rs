//! `ACSCallingMetrics`: reliability and performance metrics of the calling SDKs, by day and kind of device.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallingMetrics`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallingMetrics",
    category: "CallingMetrics",
    legacy_categories: &[],
    summary: "Reliability and performance metrics of the calling SDKs, by day and kind of device.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("MetricName", Type::String, "Which metric it is."),
        column("TimestampBin", Type::DateTime, "Day of the bucket, at midnight UTC."),
        column(
            "TimestampMax",
            Type::DateTime,
            "Latest time seen in the bucket; the version with the largest one counts.",
        ),
        column("Unit", Type::String, "Unit of the metric."),
        column("Goal", Type::String, "What is aimed at, as text, such as `>= 100.0`."),
        column("MetricValueAvg", Type::Real, "Average value of the metric."),
        column("CallsDcount", Type::Int, "Distinct calls in the bucket."),
        column("LegsDcount", Type::Int, "Distinct participant connections in the bucket."),
        column("SuccessLegsDcount", Type::Int, "Distinct participant connections that met the goal."),
        column("FailedLegsDcount", Type::Int, "Distinct participant connections that missed the goal."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("SubCode", Type::String, "Finer code of the outcome."),
        column("CallType", Type::String, "`P2P` (two endpoints, no server between them) or `Group`."),
        column("Platform", Type::String, "`Web`, `iOS`, `Android` or `Windows`."),
        column("SdkVersion", Type::String, "Version of the SDK."),
        column("DeviceFamily", Type::String, "Family of the device."),
        column("DeviceBrand", Type::String, "Maker of the device."),
        column("DeviceModel", Type::String, "Model of the device."),
        column("DeviceOsName", Type::String, "Operating system."),
        column("DeviceOsVersionMajor", Type::String, "First part of the operating system version."),
        column("DeviceOsVersionMinor", Type::String, "Second part of the operating system version."),
        column("DeviceBrowser", Type::String, "Browser."),
        column("DeviceBrowserVersionMajor", Type::String, "First part of the browser version."),
        column("DeviceBrowserVersionMinor", Type::String, "Second part of the browser version."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Category", Type::String, "The log category that the record came in."),
        RESOURCE_ID,
        SUBSCRIPTION_ID,
        TENANT_ID,
        SOURCE_SYSTEM,
        TYPE,
        BILLED_SIZE,
        IS_BILLABLE,
    ],
    aliases: &[],
};
