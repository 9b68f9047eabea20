//! `ACSCallClientOperations`: what the calling SDK did on the client: every operation with its outcome, and user facing diagnostics.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallClientOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallClientOperations",
    category: "CallClientOperations",
    legacy_categories: &[],
    summary: "What the calling SDK did on the client: every operation with its outcome, and user facing diagnostics.",
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
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationType", Type::String, "Which kind of client operation."),
        column("OperationId", Type::String, "Identifies the operation."),
        column("DurationMs", Type::Long, "How long it took, in milliseconds."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::Int, "Status code of the outcome, in the manner of HTTP."),
        column("OperationPayload", Type::Dynamic, "Details of the operation; which ones depends on it."),
        column("SdkVersion", Type::String, "Version of the SDK."),
        column("UserAgent", Type::String, "How the client names itself."),
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
