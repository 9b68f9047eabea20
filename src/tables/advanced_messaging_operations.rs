//! `ACSAdvancedMessagingOperations`: messages over channels such as WhatsApp.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSAdvancedMessagingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSAdvancedMessagingOperations",
    category: "AdvancedMessagingOperational",
    legacy_categories: &[],
    summary: "Messages over channels such as WhatsApp.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request; the same on rows that belong together."),
        column("ChannelId", Type::String, "Identifies the registered channel."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("ResultDescription", Type::String, "The outcome in words."),
        column("DurationMs", Type::Int, "How long it took, in milliseconds."),
        column("CallerIpAddress", Type::String, "Public address of the caller, when known."),
        column("Location", Type::String, "Region that handled the request."),
        column("MessageStatus", Type::String, "What became of the message."),
        column("MessageType", Type::String, "`text`, `media` or `template`."),
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
