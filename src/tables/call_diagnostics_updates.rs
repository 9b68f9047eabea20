//! `ACSCallDiagnosticsUpdates`: versions of the rows of `ACSCallDiagnostics`.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallDiagnosticsUpdates`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallDiagnosticsUpdates",
    category: "CallDiagnosticsUpdates",
    legacy_categories: &[],
    summary: "Versions of the rows of `ACSCallDiagnostics`; the highest version counts.",
    columns: &[
        TIME_GENERATED,
        column("CallUpdatesVersion", Type::Int, "Version of the row; the highest one counts."),
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("EndpointId", Type::String, "Identifies the device; empty for the server."),
        column(
            "EndpointType",
            Type::String,
            "What is connected: `VoIP`, `PSTN`, `Bot`, `Server`, `Voicemail`, `Anonymous` or `Unknown`.",
        ),
        column("Identifier", Type::String, "Who takes part, such as `8:acs:` with resource and user, or a bare GUID."),
        column("MediaType", Type::String, "`Audio`, `Video`, `VBSS` (screen sharing) or `AppSharing`."),
        column("StreamId", Type::Long, "Number of the stream, unique only together with participant and media type."),
        column(
            "StreamDirection",
            Type::String,
            "`inbound` or `outbound`, as the endpoint sees it; letter case varies.",
        ),
        column("TransportType", Type::String, "`UDP`, `TCP` or `Unrecognized`."),
        column("CodecName", Type::String, "Codec of the stream."),
        column("RoundTripTimeAvg", Type::Int, "Average round trip in milliseconds; poor above 500."),
        column("RoundTripTimeMax", Type::Int, "Largest round trip in milliseconds."),
        column("JitterAvg", Type::Int, "Average jitter in milliseconds; poor above 30."),
        column("JitterMax", Type::Int, "Largest jitter in milliseconds."),
        column("PacketLossRateAvg", Type::Real, "Average packet loss as a fraction; poor above 0.1."),
        column("PacketLossRateMax", Type::Real, "Largest packet loss as a fraction."),
        column("JitterBufferSizeAvg", Type::Int, "Average jitter buffer in milliseconds; poor above 200."),
        column("JitterBufferSizeMax", Type::Int, "Largest jitter buffer in milliseconds."),
        column("HealedDataRatioAvg", Type::Real, "Average share of audio that was concealed."),
        column("HealedDataRatioMax", Type::Real, "Largest share of audio that was concealed; poor above 0.1."),
        column("VideoFrameRateAvg", Type::Real, "Average video frames per second."),
        column("VideoBitRateAvg", Type::Int, "Average video bit rate, in bits per second."),
        column("VideoBitRateMax", Type::Int, "Largest video bit rate, in bits per second."),
        column("RecvResolutionHeight", Type::Int, "Average height of the received picture, in pixels."),
        column(
            "RecvFreezeDurationPerMinuteInMs",
            Type::Real,
            "How long the picture stood still per minute, in milliseconds.",
        ),
        column("PacketUtilization", Type::Int, "Packets that went over the stream."),
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
