//! `ACSCallClientMediaStatsTimeSeries`: media statistics of the client, in buckets of ten seconds.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallClientMediaStatsTimeSeries`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallClientMediaStatsTimeSeries",
    category: "CallClientMediaStatsTimeSeries",
    legacy_categories: &[],
    summary: "Media statistics of the client, in buckets of ten seconds.",
    columns: &[
        TIME_GENERATED,
        column("CallClientTimeStamp", Type::DateTime, "When it happened, by the clock of the client."),
        column(
            "CallId",
            Type::String,
            "Identifies the call; equals `CorrelationId` of the summary. Empty before the call exists.",
        ),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("EndpointId", Type::String, "Identifies the device; empty for the server."),
        column("ClientInstanceId", Type::String, "Identifies the client object of the SDK; a new one per web page."),
        column("RemoteParticipantId", Type::String, "Participant on the other side."),
        column("RemoteEndpointId", Type::String, "Device on the other side."),
        column("MediaStreamId", Type::String, "Identifies the stream; empty so far."),
        column("MediaStreamType", Type::String, "`audio`, `video` or `screen`."),
        column("MediaStreamDirection", Type::String, "`send` or `recv`."),
        column("MediaStreamCodec", Type::String, "Codec of the stream; letter case varies."),
        column("MetricName", Type::String, "Which metric it is."),
        column("Count", Type::Long, "How many samples there were."),
        column("Sum", Type::Real, "All samples added up."),
        column("Average", Type::Real, "`Sum` divided by `Count`."),
        column("Minimum", Type::Real, "Smallest sample."),
        column("Maximum", Type::Real, "Largest sample."),
        column("AggregationIntervalSeconds", Type::Int, "How many seconds the samples span."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
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
