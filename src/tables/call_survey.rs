//! `ACSCallSurvey`: ratings that people gave at the end of a call.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
    column,
};
use crate::types::Type;

/// The declaration of `ACSCallSurvey`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallSurvey",
    category: "CallSurvey",
    legacy_categories: &[],
    summary: "Ratings that people gave at the end of a call.",
    columns: &[
        TIME_GENERATED,
        column("CorrelationId", Type::String, "Identifies the participant here, not the call."),
        column(
            "CallId",
            Type::String,
            "Identifies the call; equals `CorrelationId` of the summary. Empty before the call exists.",
        ),
        column("ParticipantId", Type::String, "Identifies one connection of one participant; a rejoin gets a new one."),
        column("SurveyId", Type::String, "Identifies the answered survey."),
        column("OverallRatingScore", Type::Int, "Rating of the call as a whole; missing when not answered."),
        column("OverallRatingScoreLowerBound", Type::Int, "Lowest rating that the call as a whole can get."),
        column("OverallRatingScoreUpperBound", Type::Int, "Highest rating that the call as a whole can get."),
        column("OverallRatingScoreThreshold", Type::Int, "Ratings of the call as a whole above this are good."),
        column("OverallCallIssues", Type::String, "What went wrong with the call, as words between commas."),
        column("AudioRatingScore", Type::Int, "Rating of audio; missing when not answered."),
        column("AudioRatingScoreLowerBound", Type::Int, "Lowest rating that audio can get."),
        column("AudioRatingScoreUpperBound", Type::Int, "Highest rating that audio can get."),
        column("AudioRatingScoreThreshold", Type::Int, "Ratings of audio above this are good."),
        column("AudioIssues", Type::String, "What went wrong with audio, as words between commas."),
        column("VideoRatingScore", Type::Int, "Rating of video; missing when not answered."),
        column("VideoRatingScoreLowerBound", Type::Int, "Lowest rating that video can get."),
        column("VideoRatingScoreUpperBound", Type::Int, "Highest rating that video can get."),
        column("VideoRatingScoreThreshold", Type::Int, "Ratings of video above this are good."),
        column("VideoIssues", Type::String, "What went wrong with video, as words between commas."),
        column("ScreenshareRatingScore", Type::Int, "Rating of screen sharing; missing when not answered."),
        column("ScreenshareRatingScoreLowerBound", Type::Int, "Lowest rating that screen sharing can get."),
        column("ScreenshareRatingScoreUpperBound", Type::Int, "Highest rating that screen sharing can get."),
        column("ScreenshareRatingScoreThreshold", Type::Int, "Ratings of screen sharing above this are good."),
        column("ScreenshareIssues", Type::String, "What went wrong with screen sharing, as words between commas."),
        column("OperationName", Type::String, "What was done, or which kind of log it is."),
        column("OperationVersion", Type::String, "Version of the API or of the log format."),
        RESOURCE_ID,
        SUBSCRIPTION_ID,
        TENANT_ID,
        SOURCE_SYSTEM,
        TYPE,
        BILLED_SIZE,
        IS_BILLABLE,
    ],
    aliases: &[
        ("ScreenshareLowerBound", "ScreenshareRatingScoreLowerBound"),
        ("ScreenshareRatingThreshold", "ScreenshareRatingScoreThreshold"),
        ("ScreenshareUpperBound", "ScreenshareRatingScoreUpperBound"),
    ],
};
