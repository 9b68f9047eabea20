//! `ACSEmailSendMailOperational`: requests to send mail.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSEmailSendMailOperational`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSEmailSendMailOperational",
    category: "EmailSendMailOperational",
    legacy_categories: &[],
    summary: "Requests to send mail.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the mail; the same on all its rows."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("AttachmentsCount", Type::Int, "How many attachments the mail has."),
        column("BccRecipientsCount", Type::Int, "Distinct hidden recipients."),
        column("CcRecipientsCount", Type::Int, "Distinct recipients of a copy."),
        column("Location", Type::String, "Region that handled the request."),
        column("Size", Type::Real, "Size of the mail in megabytes."),
        column("ToRecipientsCount", Type::Int, "Distinct direct recipients."),
        column("TrafficSource", Type::String, "Where the traffic came from."),
        column("UniqueRecipientsCount", Type::Int, "Distinct recipients of all kinds."),
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
