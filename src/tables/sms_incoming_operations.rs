//! `ACSSMSIncomingOperations`: requests to the text message API, with delivery reports.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSSMSIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSSMSIncomingOperations",
    category: "SMSOperational",
    legacy_categories: &[],
    summary: "Requests to the text message API, with delivery reports.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request; the same on rows that belong together."),
        column("MessageId", Type::String, "Identifies the message."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("ResultDescription", Type::String, "The outcome in words."),
        column("DurationMs", Type::Int, "How long it took, in milliseconds."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("Country", Type::String, "Country of the recipient."),
        column("DeliveryAttempts", Type::Int, "How often delivery was tried."),
        column("IncomingMessageLength", Type::Int, "Characters of a received message."),
        column("Method", Type::String, "Method of the request."),
        column("NumberType", Type::String, "Kind of number: toll-free, short code, long code."),
        column("OutgoingMessageLength", Type::Int, "Characters of a sent message."),
        column("PhoneNumber", Type::String, "The number that sent or received."),
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
