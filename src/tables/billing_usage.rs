//! `ACSBillingUsage`: what was used and will be billed.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSBillingUsage`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSBillingUsage",
    category: "Usage",
    legacy_categories: &[],
    summary: "What was used and will be billed.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("RecordId", Type::String, "Identifies the usage record."),
        column("UsageType", Type::String, "What was used: audio, video, pstn, chat, nat, sms."),
        column("UnitType", Type::String, "What the quantity counts: minutes, megabytes, messages."),
        column("Quantity", Type::Real, "How much was used."),
        column("StartTime", Type::DateTime, "When it began."),
        column("EndTime", Type::DateTime, "When the use ended; may be missing."),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("UserIdA", Type::String, "The user that is charged."),
        column("UserIdB", Type::String, "The other user, when there are two."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
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
