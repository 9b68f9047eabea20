//! `ACSJobRouterIncomingOperations`: requests to the job router API.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSJobRouterIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSJobRouterIncomingOperations",
    category: "JobRouterOperational",
    legacy_categories: &[],
    summary: "Requests to the job router API.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request; the same on rows that belong together."),
        column("EntityId", Type::String, "Identifies the router object."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("ResultDescription", Type::String, "The outcome in words."),
        column("DurationMs", Type::Real, "How long it took, in milliseconds."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("EntityType", Type::String, "Kind of router object."),
        column("SdkType", Type::String, "Which SDK was used."),
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
