//! `ACSNetworkTraversalDiagnostics`: relay sessions.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSNetworkTraversalDiagnostics`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSNetworkTraversalDiagnostics",
    category: "NetworkTraversalDiagnostics",
    legacy_categories: &[],
    summary: "Relay sessions; the service is retired.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the relay session."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("BytesReceived", Type::Long, "Bytes that the client received."),
        column("BytesSent", Type::Long, "Bytes that the client sent."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("Identity", Type::String, "Who asked."),
        column("Protocol", Type::String, "`TCP` or `UDP`."),
        column("Reason", Type::String, "Why the relay session ended."),
        column("RelayLocation", Type::String, "Region of the relay."),
        column("TotalBytesFromClient", Type::Long, "Bytes from the client over the session."),
        column("TotalBytesToClient", Type::Long, "Bytes to the client over the session."),
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
