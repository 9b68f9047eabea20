//! `ACSCallSummary`: one row for each participant of each call: who, when, how long, and how it ended.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallSummary`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallSummary",
    category: "CallSummary",
    legacy_categories: &["CallSummaryPRIVATEPREVIEW"],
    summary: "One row for each participant of each call: who, when, how long, and how it ended.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("CallType", Type::String, "`P2P` (two endpoints, no server between them) or `Group`."),
        column("CallStartTime", Type::DateTime, "When the first endpoint tried to connect to the call."),
        column("CallDuration", Type::Long, "How long the call lasted, in seconds; the same on all rows of a call."),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("EndpointId", Type::String, "Identifies the device; empty for the server."),
        column(
            "EndpointType",
            Type::String,
            "What is connected: `VoIP`, `PSTN`, `Bot`, `Server`, `Voicemail`, `Anonymous` or `Unknown`.",
        ),
        column("Identifier", Type::String, "Who takes part, such as `8:acs:` with resource and user, or a bare GUID."),
        column("ParticipantStartTime", Type::DateTime, "When this participant first tried to connect."),
        column("ParticipantDuration", Type::Long, "How long this participant was connected, in seconds."),
        column(
            "ParticipantEndReason",
            Type::String,
            "Code of the end of the connection, as text; `0` is a normal end.",
        ),
        column("ParticipantEndSubCode", Type::String, "Finer code of the end of the connection, as text."),
        column(
            "ResultCategory",
            Type::String,
            "`Success`, `ExpectedError`, `UnexpectedClientError` or `UnexpectedServerError`.",
        ),
        column("ParticipantType", Type::String, "Which client with which kind of identity."),
        column("ParticipantTenantId", Type::String, "Microsoft tenant that the participant belongs to."),
        column("PstnParticipantCallType", Type::String, "Kind and direction of a telephone leg."),
        column("TeamsThreadId", Type::String, "Thread of the Teams meeting, when it is one."),
        column("SdkVersion", Type::String, "Version of the SDK."),
        column("OsVersion", Type::String, "Operating system of the device, as it names itself."),
        column(
            "DiagnosticOptions",
            Type::String,
            "JSON text with what the app says about itself: name, version, tags.",
        ),
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
    aliases: &[("pstnPartcipantCallType", "PstnParticipantCallType")],
};
