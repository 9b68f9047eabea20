//! `ACSCallAutomationIncomingOperations`: requests to the call automation API.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallAutomationIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallAutomationIncomingOperations",
    category: "CallAutomationOperational",
    legacy_categories: &[],
    summary: "Requests to the call automation API.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("CallConnectionId", Type::String, "Identifies the call connection; stays when the call id changes."),
        column("OperationId", Type::String, "Identifies the operation."),
        column("ServerCallId", Type::String, "Call id of the server, encoded."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("SubOperationName", Type::String, "Finer kind of operation, such as `File` or `Dtmf`."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::Int, "Status code of the outcome, in the manner of HTTP."),
        column("DurationMs", Type::Int, "How long it took, in milliseconds."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("SdkType", Type::String, "Which SDK was used."),
        column("SdkVersion", Type::String, "Version of the SDK."),
        column("URI", Type::String, "Address of the request."),
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
