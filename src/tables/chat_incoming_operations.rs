//! `ACSChatIncomingOperations`: requests to the chat API.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSChatIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSChatIncomingOperations",
    category: "ChatOperational",
    legacy_categories: &[],
    summary: "Requests to the chat API.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request; the same on rows that belong together."),
        column("ChatThreadId", Type::String, "Identifies the chat thread."),
        column("ChatMessageId", Type::Int, "Number of the message in its thread."),
        column("UserId", Type::String, "The user who asked."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("ResultDescription", Type::String, "The outcome in words."),
        column("DurationMs", Type::Int, "How long it took, in milliseconds."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("PlatformType", Type::String, "Platform of the caller."),
        column("SdkType", Type::String, "Which SDK was used."),
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
