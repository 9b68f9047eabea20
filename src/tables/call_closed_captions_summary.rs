//! `ACSCallClosedCaptionsSummary`: one row for each captions session.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallClosedCaptionsSummary`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallClosedCaptionsSummary",
    category: "CallClosedCaptionsSummary",
    legacy_categories: &[],
    summary: "One row for each captions session.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("SpeechRecognitionSessionId", Type::String, "Identifies the captions session."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("CancelReason", Type::String, "Why the captions were cancelled."),
        column("Duration", Type::Real, "How long it lasted, in seconds."),
        column("EndReason", Type::String, "Why the captions ended."),
        column("SpokenLanguage", Type::String, "Language tag of what was spoken."),
        column("StartTime", Type::DateTime, "When it began."),
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
