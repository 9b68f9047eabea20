//! `ACSRoomsIncomingOperations`: requests to the rooms API.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSRoomsIncomingOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSRoomsIncomingOperations",
    category: "RoomsOperational",
    legacy_categories: &[],
    summary: "Requests to the rooms API.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the request."),
        column("RoomId", Type::String, "Identifies the room: a long number, kept as text."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        column("Level", Type::String, "How severe: `Informational`, `Warning`, `Error` or `Critical`."),
        column("ResultType", Type::String, "Outcome in a word."),
        column("ResultSignature", Type::String, "Status code of the outcome, in the manner of HTTP."),
        column("AddedRoomParticipantsCount", Type::Int, "Participants that were added."),
        column("PstnDialOutEnabled", Type::Bool, "Whether calling out to telephones is allowed."),
        column("RemovedRoomParticipantsCount", Type::Int, "Participants that were removed."),
        column("RoomLifespan", Type::Int, "How long the room lives, in minutes."),
        column("RoomParticipantsAttendee", Type::Int, "Participants in the role of attendee."),
        column("RoomParticipantsConsumer", Type::Int, "Participants in the role of consumer."),
        column("RoomParticipantsCount", Type::Int, "Participants in the room."),
        column("RoomParticipantsPresenter", Type::Int, "Participants in the role of presenter."),
        column("UpsertedRoomParticipantsCount", Type::Int, "Participants that were added or changed."),
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
