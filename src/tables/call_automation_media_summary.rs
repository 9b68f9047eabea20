//! `ACSCallAutomationMediaSummary`: what became of play and recognise actions of call automation.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallAutomationMediaSummary`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallAutomationMediaSummary",
    category: "CallAutomationMediaSummary",
    legacy_categories: &[],
    summary: "What became of play and recognise actions of call automation.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the call; the same on all its rows."),
        column("OperationId", Type::String, "Identifies the operation."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultCode", Type::Int, "Code of the outcome, in the manner of HTTP."),
        column("ResultSubcode", Type::Int, "Finer code of the outcome."),
        column("ResultMessage", Type::String, "What the outcome means, in words."),
        column("PlayInLoop", Type::Bool, "Whether playing was to go round."),
        column("PlayInterrupted", Type::Bool, "Whether playing was cut short."),
        column("PlayToParticipant", Type::Bool, "Whether it was played to one participant rather than to all."),
        column("RecognizePromptSubOperationName", Type::String, "Kind of prompt of a recognition."),
        RESOURCE_ID,
        SUBSCRIPTION_ID,
        TENANT_ID,
        SOURCE_SYSTEM,
        TYPE,
        BILLED_SIZE,
        IS_BILLABLE,
    ],
    aliases: &[("interrupted", "PlayInterrupted")],
};
