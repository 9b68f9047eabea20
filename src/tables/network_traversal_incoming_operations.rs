//! `ACSNetworkTraversalIncomingOperations`: requests for relay configurations.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSNetworkTraversalIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSNetworkTraversalIncomingOperations",
    category: "NetworkTraversalOperational",
    legacy_categories: &[],
    summary: "Requests for relay configurations; the service is retired.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request; the same on rows that belong together."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("DurationMs", Type::Int, "How long it took, in milliseconds."),
        column("Identity", Type::String, "Who asked."),
        column("PlatformType", Type::String, "Platform of the caller."),
        column("RouteType", Type::String, "`Any` or `Nearest`."),
        column("SdkType", Type::String, "Which SDK was used."),
        column("TTL", Type::String, "How long the answer was to be valid."),
        column("URI", Type::String, "Address of the request."),
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
