//! `ACSCallAutomationStreamingUsage`: audio streaming and transcription sessions of call automation.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallAutomationStreamingUsage`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallAutomationStreamingUsage",
    category: "CallAutomationStreamingUsage",
    legacy_categories: &[],
    summary: "Audio streaming and transcription sessions of call automation.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("CallConnectionId", Type::String, "Identifies the call connection; stays when the call id changes."),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("StreamingSessionId", Type::String, "Identifies the streaming session."),
        column("StreamingDurationInMs", Type::Real, "How long was streamed, in milliseconds."),
        column("StreamingModality", Type::String, "`AudioStreamingMixed`, `AudioStreamingUnmixed` or `Transcription`."),
        column("StreamingStartTime", Type::DateTime, "When streaming began."),
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
