//! What belongs to some calls: what is billed, recordings, captions, call automation, rooms, tokens.

use super::super::book::{Book, at};
use super::super::call::{Call, Participant, SECOND};
use super::super::rng::Rng;
use super::super::sketch::{Kind, Role};

pub(super) fn write(call: &Call, rng: &mut Rng, book: &mut Book) {
    write_usage(call, rng, book);
    for participant in &call.participants {
        if participant.guest.role == Role::Client && participant.guest.again.is_none() && rng.chance(0.3) {
            write_token(call, participant, rng, book);
        }
    }
    let server_call = rng.base64(96);
    let connection = rng.guid();
    if call.extras.recording {
        write_recording(call, (&server_call, &connection), rng, book);
    }
    if call.extras.captions {
        write_captions(call, rng, book);
    }
    if call.extras.automation {
        write_automation(call, (&server_call, &connection), rng, book);
    }
    if call.extras.room {
        write_room(call, rng, book);
    }
}

fn write_usage(call: &Call, rng: &mut Rng, book: &mut Book) {
    if call.seconds == 0 {
        return;
    }
    let made = call.end() + rng.between(1200, 5400) * SECOND;
    let mut usage = |ids: [&str; 3], ty: &str, unit: &str, quantity: f64, from: i64, to: i64| {
        let [participant, a, b] = ids;
        book.row(at::USAGE, made)
            .text("CorrelationId", &call.id)
            .text("RecordId", &rng.guid())
            .text("UsageType", ty)
            .text("UnitType", unit)
            .real("Quantity", libm::round(quantity * 100.0) / 100.0)
            .time("StartTime", from)
            .time("EndTime", to)
            .text("ParticipantId", participant)
            .text("UserIdA", a)
            .text("UserIdB", b)
            .end();
    };
    let served: Vec<&Participant> =
        call.participants.iter().filter(|participant| participant.is_in_service()).collect();
    if let (Kind::P2p, [a, b]) = (call.kind, served.as_slice()) {
        let minutes = f64::from(call.seconds) / 60.0;
        return usage(["", &a.identifier, &b.identifier], "audio", "minutes", minutes, call.start, call.end());
    }
    for participant in served.iter().filter(|participant| participant.seconds() > 0) {
        let ids = [call.participant_id(participant), participant.identifier.as_str(), ""];
        let minutes = f64::from(participant.seconds()) / 60.0;
        let is_phone = matches!(participant.guest.role, Role::PhoneIn | Role::PhoneOut);
        let ty = if is_phone { "pstn" } else { "audio" };
        usage(ids, ty, "minutes", minutes, participant.start, participant.end());
        if participant.guest.has_camera {
            usage(ids, "video", "minutes", minutes, participant.start, participant.end());
        }
    }
}

fn write_token(call: &Call, participant: &Participant, rng: &mut Rng, book: &mut Book) {
    let (result, signature) =
        rng.weighted(&[(97, ("Succeeded", "200")), (2, ("Failed", "401")), (1, ("Failed", "403"))]);
    book.row(at::AUTH, call.start - rng.between(2, 600) * SECOND)
        .text("CorrelationId", &rng.guid())
        .text("OperationName", "IssueAccessToken")
        .text("OperationVersion", "2023-10-01")
        .text("ResultType", result)
        .text("ResultSignature", signature)
        .whole("DurationMs", rng.between(12, 140))
        .text("Identity", &participant.identifier)
        .text("PlatformType", "JavaScript")
        .json("Scopes", r#"["voip"]"#)
        .text("SdkType", "dotnet")
        .text("URI", "https://harbour.communication.azure.com/identities/tokens")
        .end();
}

fn write_recording(call: &Call, ids: (&str, &str), rng: &mut Rng, book: &mut Book) {
    let (server_call, connection) = ids;
    let start = call.start + 5 * SECOND;
    for (name, method, at_time) in [("StartRecording", "", start), ("StopRecording", "/stop", call.end())] {
        book.row(at::RECORDING_CALLS, at_time)
            .text("CorrelationId", &call.id)
            .text("CallConnectionId", connection)
            .text("ServerCallId", server_call)
            .text("OperationName", name)
            .text("OperationVersion", "2024-04-15")
            .text("ResultType", "Succeeded")
            .whole("ResultSignature", if method.is_empty() { 200 } else { 204 })
            .whole("DurationMs", rng.between(90, 900))
            .text("CallerIpAddress", "203.0.113.17")
            .text("SdkType", "dotnet")
            .text("SdkVersion", "1.2.0")
            .text("URI", &format!("https://harbour.communication.azure.com/calling/recordings{method}"))
            .end();
    }
    let (content, channel, format) = rng.weighted(&[
        (60, ("Audio - Video", "mixed", "mp4")),
        (30, ("Audio Only", "mixed", "mp3")),
        (10, ("Audio Only", "unmixed", "wav")),
    ]);
    book.row(at::RECORDING, call.end() + rng.between(60, 900) * SECOND)
        .text("CorrelationId", &call.id)
        .text("RecordingId", &rng.base64(120))
        .text("ResultType", "Succeeded")
        .whole("AudioChannelsCount", if channel == "unmixed" { 4 } else { 1 })
        .text("ChannelType", channel)
        .whole("ChunkCount", i64::from(call.seconds / 3600) + 1)
        .text("ContentType", content)
        .text("FormatType", format)
        .text("RecordingEndReason", "CallEnded")
        .real("RecordingLength", f64::from(call.seconds.saturating_sub(5)))
        .time("RecordingStartTime", start)
        .end();
}

fn write_captions(call: &Call, rng: &mut Rng, book: &mut Book) {
    let language = rng.weighted(&[(70, "en-us"), (10, "de-de"), (10, "es-es"), (9, "fr-fr"), (1, "cn-zh")]);
    book.row(at::CAPTIONS, call.end() + rng.between(30, 300) * SECOND)
        .text("CorrelationId", &call.id)
        .text("SpeechRecognitionSessionId", &rng.guid())
        .text("ResultType", "Succeeded")
        .real("Duration", f64::from(call.seconds.saturating_sub(6)) * 0.97)
        .text("EndReason", "Stopped")
        .text("SpokenLanguage", language)
        .time("StartTime", call.start + 6 * SECOND)
        .end();
}

fn write_automation(call: &Call, ids: (&str, &str), rng: &mut Rng, book: &mut Book) {
    let (server_call, connection) = ids;
    let steps = [
        ("AnswerCall", "", 0, 200),
        ("Play", "TextToSpeech", 4, 202),
        ("Recognize", "Dtmf", 12, 202),
        ("HangUp", "", i64::from(call.seconds), 204),
    ];
    for (name, sub, at_second, signature) in steps {
        if at_second > i64::from(call.seconds) {
            continue;
        }
        let (made, operation) = (call.start + at_second * SECOND, rng.guid());
        let failures = [400, 404, 500];
        let (result, signature) = match at_second > 0 && rng.chance(0.02) {
            true => ("Failed", rng.pick(&failures)),
            false => ("Succeeded", signature),
        };
        book.row(at::AUTOMATION, made)
            .text("CorrelationId", &call.id)
            .text("CallConnectionId", connection)
            .text("OperationId", &operation)
            .text("ServerCallId", server_call)
            .text("OperationName", name)
            .text("SubOperationName", sub)
            .text("OperationVersion", "2024-04-15")
            .text("ResultType", result)
            .whole("ResultSignature", signature)
            .whole("DurationMs", rng.between(40, 700))
            .text("CallerIpAddress", "203.0.113.17")
            .text("SdkType", "dotnet")
            .text("SdkVersion", "1.2.0")
            .text("URI", &format!("https://harbour.communication.azure.com/calling/callConnections/{connection}"))
            .end();
        if sub.is_empty() || result == "Failed" {
            continue;
        }
        let (result, code, subcode, message) = rng.weighted(&[
            (90, ("Completed", 200, 0, "Action completed successfully.")),
            (8, ("Canceled", 400, 8508, "Action was cancelled.")),
            (2, ("Failed", 400, 8510, "Action failed, initial silence timeout reached.")),
        ]);
        book.row(at::AUTOMATION_MEDIA, made + rng.between(3, 9) * SECOND)
            .text("CorrelationId", &call.id)
            .text("OperationId", &operation)
            .text("OperationName", name)
            .text("ResultType", result)
            .whole("ResultCode", code)
            .whole("ResultSubcode", subcode)
            .text("ResultMessage", message)
            .truth("PlayInLoop", false)
            .truth("PlayInterrupted", result == "Canceled")
            .truth("PlayToParticipant", name == "Recognize")
            .text("RecognizePromptSubOperationName", if name == "Recognize" { "TextToSpeech" } else { "" })
            .end();
    }
    write_streaming(call, connection, rng, book);
}

fn write_streaming(call: &Call, connection: &str, rng: &mut Rng, book: &mut Book) {
    let Some(speaker) = call.participants.iter().find(|participant| participant.guest.role != Role::Bot) else {
        return;
    };
    book.row(at::STREAMING, call.end() + rng.between(20, 200) * SECOND)
        .text("CorrelationId", &call.id)
        .text("CallConnectionId", connection)
        .text("ParticipantId", call.participant_id(speaker))
        .text("StreamingSessionId", &rng.guid())
        .real("StreamingDurationInMs", f64::from(call.seconds) * 1000.0 - 312.5)
        .text("StreamingModality", rng.pick(&["AudioStreamingMixed", "AudioStreamingUnmixed", "Transcription"]))
        .time("StreamingStartTime", call.start + SECOND)
        .end();
}

fn write_room(call: &Call, rng: &mut Rng, book: &mut Book) {
    // Seventeen digits: more than a floating point number holds.
    let room = format!("99{:015}", rng.below(1_000_000_000_000_000));
    let guests = call.participants.len() as i64;
    let before = call.start - rng.between(600, 86_400) * SECOND;
    let steps =
        [("CreateRoom", before, "201"), ("GetRoom", call.start - SECOND, "200"), ("DeleteRoom", call.end(), "204")];
    for (name, made, status) in steps {
        let is_new = name == "CreateRoom";
        let (result, status) = match name == "GetRoom" && rng.chance(0.05) {
            true => ("Failed", "404"),
            false => ("Succeeded", status),
        };
        book.row(at::ROOMS, made)
            .text("CorrelationId", &rng.base64(22))
            .text("RoomId", &room)
            .text("OperationName", name)
            .text("OperationVersion", "2024-04-15")
            .text("ResultType", result)
            .text("ResultSignature", status)
            .whole("AddedRoomParticipantsCount", is_new.then_some(guests))
            .truth("PstnDialOutEnabled", false)
            .whole("RoomLifespan", is_new.then_some(1440))
            .whole("RoomParticipantsAttendee", guests - 1)
            .whole("RoomParticipantsConsumer", 0)
            .whole("RoomParticipantsCount", guests)
            .whole("RoomParticipantsPresenter", 1)
            .end();
    }
}
