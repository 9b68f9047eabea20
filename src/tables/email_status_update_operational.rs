//! `ACSEmailStatusUpdateOperational`: what became of sent mail, by recipient.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSEmailStatusUpdateOperational`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSEmailStatusUpdateOperational",
    category: "EmailStatusUpdateOperational",
    legacy_categories: &[],
    summary: "What became of sent mail, by recipient.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the mail; the same on all its rows."),
        column("RecipientId", Type::String, "Identifies the recipient."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("DeliveryStatus", Type::String, "What became of the mail."),
        column("EnhancedSmtpStatusCode", Type::String, "Status code with class, subject and detail."),
        column("FailureMessage", Type::String, "Why it failed, as the other server said it."),
        column("FailureReason", Type::String, "Why it failed, in a word."),
        column("IsHardBounce", Type::String, "Whether failure is for good, as text."),
        column("Location", Type::String, "Region that handled the request."),
        column("SenderDomain", Type::String, "Domain of the sender."),
        column("SenderUsername", Type::String, "User part of the sender."),
        column("SmtpStatusCode", Type::String, "Status code of the mail server."),
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
