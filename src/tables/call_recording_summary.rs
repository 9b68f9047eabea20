//! `ACSCallRecordingSummary`: one row for each recording: length, format, and why it ended.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallRecordingSummary`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallRecordingSummary",
    category: "CallRecordingSummary",
    legacy_categories: &[],
    summary: "One row for each recording: length, format, and why it ended.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("RecordingId", Type::String, "Identifies the recording."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("AudioChannelsCount", Type::Int, "How many audio channels were recorded."),
        column("ChannelType", Type::String, "`mixed` or `unmixed`."),
        column("ChunkCount", Type::Int, "How many pieces the recording has."),
        column("ContentType", Type::String, "What was recorded: audio, video or both."),
        column("FormatType", Type::String, "Format of the file: `mp4`, `mp3` or `wav`."),
        column("RecordingEndReason", Type::String, "Why the recording ended."),
        column("RecordingLength", Type::Real, "How long the recording is, in seconds."),
        column("RecordingStartTime", Type::DateTime, "When the recording began."),
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
