//! `ACSEmailUserEngagementOperational`: views and clicks of sent mail.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSEmailUserEngagementOperational`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSEmailUserEngagementOperational",
    category: "EmailUserEngagementOperational",
    legacy_categories: &[],
    summary: "Views and clicks of sent mail.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the mail; the same on all its rows."),
        column("RecipientId", Type::String, "Identifies the recipient."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("EngagementContext", Type::String, "What was looked at or clicked."),
        column("EngagementType", Type::String, "`View` or `Click`."),
        column("Location", Type::String, "Region that handled the request."),
        column("UserAgent", Type::String, "How the client names itself."),
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
