//! What the service writes about a call: who took part, and how each media stream went.

use super::super::book::{Book, at};
use super::super::call::{Call, MS, Participant, REDACTED, SECOND};
use super::super::quality::{Sample, Shown, mean, most};
use super::super::rng::Rng;
use super::super::sheet::Row;
use super::super::sketch::{Kind, Role};

pub(super) fn write(call: &Call, rng: &mut Rng, book: &mut Book) {
    // All rows of a call are made together, some time after it ended.
    let made = call.end() + rng.between(240, 2400) * SECOND + rng.between(0, 999) * MS;
    for (place, participant) in call.participants.iter().enumerate() {
        if !participant.is_in_service() {
            continue;
        }
        let row = book.row(at::SUMMARY, made);
        summary(row, call, place, call.seconds).end();
        if call.has_updates {
            write_updates(call, place, rng, book);
        }
        for stream in streams(call, place) {
            diagnostics(book.row(at::DIAGNOSTICS, made), call, participant, &stream).end();
            if call.has_updates {
                let row = book.row(at::DIAGNOSTICS_UPDATES, made).whole("CallUpdatesVersion", 2);
                diagnostics(row, call, participant, &stream).end();
            }
        }
    }
}

/// The versions of a row: the first when the participant left, the last when everything was known.
fn write_updates(call: &Call, place: usize, rng: &mut Rng, book: &mut Book) {
    let participant = &call.participants[place];
    let first = participant.end() + rng.between(30, 300) * SECOND;
    let so_far = participant.guest.leaves.min(call.seconds);
    let last = call.end() + rng.between(3000, 9000) * SECOND;
    for (version, made, seconds) in [(1, first, so_far), (2, last, call.seconds)] {
        let row = book.row(at::SUMMARY_UPDATES, made).whole("CallUpdatesVersion", version);
        summary(row, call, place, seconds).text("CallDebuggingInfo", r#"{"isFinal":false}"#).end();
    }
}

fn summary<'r>(row: Row<'r>, call: &Call, place: usize, seconds: u32) -> Row<'r> {
    let participant = &call.participants[place];
    let guest = &participant.guest;
    // In calls of two, each end has its own idea of the beginning.
    let start = if call.kind == Kind::P2p && place > 0 { participant.start } else { call.start };
    let (sdk, os, options) = match guest.role {
        Role::Client => (participant.person.client.sdk, participant.person.client.os, participant.person.options),
        Role::Stranger => (REDACTED, REDACTED, ""),
        Role::Bot => ("", REDACTED, ""),
        Role::PhoneIn | Role::PhoneOut | Role::Voicemail | Role::Anonymous => ("", "", ""),
    };
    let tenant = if guest.role == Role::Client { participant.person.tenant } else { "" };
    row.text("CorrelationId", &call.id)
        .text("CallType", call.kind_name())
        .time("CallStartTime", start)
        .whole("CallDuration", i64::from(seconds))
        .text("ParticipantId", call.participant_id(participant))
        .text("EndpointId", endpoint(participant))
        .text("EndpointType", endpoint_type(guest.role))
        .text("Identifier", &participant.identifier)
        .time("ParticipantStartTime", participant.start)
        .whole("ParticipantDuration", i64::from(participant.seconds()))
        .text("ParticipantEndReason", &guest.end.code.to_string())
        .text("ParticipantEndSubCode", &guest.end.subcode.to_string())
        .text("ResultCategory", guest.end.category)
        .text("ParticipantType", participant_type(participant))
        .text("ParticipantTenantId", tenant)
        .text("PstnParticipantCallType", direction(guest.role))
        .text("TeamsThreadId", call.thread.as_deref().unwrap_or_default())
        .text("SdkVersion", sdk)
        .text("OsVersion", os)
        .text("DiagnosticOptions", options)
}

fn endpoint(participant: &Participant) -> &str {
    if participant.guest.role == Role::Stranger { REDACTED } else { &participant.endpoint }
}

fn endpoint_type(role: Role) -> &'static str {
    match role {
        Role::Client | Role::Stranger => "VoIP",
        Role::PhoneIn | Role::PhoneOut => "PSTN",
        Role::Bot => "Bot",
        Role::Voicemail => "Voicemail",
        Role::Anonymous => "Anonymous",
    }
}

fn participant_type(participant: &Participant) -> &'static str {
    match participant.guest.role {
        Role::Client | Role::Anonymous => participant.person.participant_type,
        Role::Stranger => "Teams",
        Role::PhoneIn | Role::PhoneOut => "PSTN",
        Role::Bot | Role::Voicemail => "Teams Voice Apps",
    }
}

fn direction(role: Role) -> &'static str {
    match role {
        Role::PhoneIn => "Inbound",
        Role::PhoneOut => "Outbound",
        Role::Client | Role::Stranger | Role::Bot | Role::Voicemail | Role::Anonymous => "",
    }
}

/// A media stream as the service sees it.
struct Stream {
    id: i64,
    media: Media,
    is_inbound: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Audio,
    Shown(Shown),
}

/// The streams of a participant: what it sent, and in a group what the server sent to it.
fn streams(call: &Call, place: usize) -> Vec<Stream> {
    let participant = &call.participants[place];
    if participant.curve.is_empty() {
        return Vec::new();
    }
    let guest = &participant.guest;
    let is_group = call.kind == Kind::Group;
    let others_share =
        call.participants.iter().any(|other| other.guest.shares_screen && !std::ptr::eq(other, participant));
    let camera = Media::Shown(Shown::Camera);
    let screen = Media::Shown(Shown::Screen);
    let all = [
        (Media::Audio, false, true),
        (Media::Audio, true, is_group),
        (camera, false, guest.has_camera),
        (camera, true, is_group && guest.role == Role::Client && call.sees_others(place)),
        (screen, false, guest.shares_screen),
        (screen, true, is_group && guest.role == Role::Client && others_share),
    ];
    let there = all.into_iter().zip(0..).filter(|((_, _, is_there), _)| *is_there);
    there.map(|((media, is_inbound, _), at)| Stream { id: participant.stream + at, media, is_inbound }).collect()
}

fn diagnostics<'r>(row: Row<'r>, call: &Call, participant: &Participant, stream: &Stream) -> Row<'r> {
    let curve = participant.curve.as_slice();
    let average = |of: fn(&Sample) -> f64| mean(curve, of);
    let whole = |of: fn(&Sample) -> f64| average(of).map(|number| libm::round(number) as i64);
    let peak = |of: fn(&Sample) -> f64, more: f64| most(curve, of).map(|number| number * more);
    let whole_peak = |of: fn(&Sample) -> f64| peak(of, 1.3).map(|number| libm::ceil(number) as i64);
    let (media, codec) = match stream.media {
        Media::Audio if matches!(participant.guest.role, Role::PhoneIn | Role::PhoneOut) => ("Audio", "G722"),
        Media::Audio => ("Audio", "OPUS"),
        Media::Shown(Shown::Camera) => ("Video", "H264S"),
        Media::Shown(Shown::Screen) => ("VBSS", "H264S"),
    };
    // What the server sends has no endpoint of its own.
    let (endpoint, endpoint_type, identifier, direction) = match stream.is_inbound {
        true => ("", "Server", "", "inbound"),
        false => {
            (endpoint(participant), endpoint_type(participant.guest.role), participant.identifier.as_str(), "outbound")
        }
    };
    let row = row
        .text("CorrelationId", &call.id)
        .text("ParticipantId", call.participant_id(participant))
        .text("EndpointId", endpoint)
        .text("EndpointType", endpoint_type)
        .text("Identifier", identifier)
        .text("MediaType", media)
        .whole("StreamId", stream.id)
        .text("StreamDirection", direction)
        .text("TransportType", participant.person.network.transport)
        .text("CodecName", codec)
        .whole("RoundTripTimeAvg", whole(|sample| sample.rtt))
        .whole("RoundTripTimeMax", whole_peak(|sample| sample.rtt))
        .whole("JitterAvg", whole(|sample| sample.jitter))
        .whole("JitterMax", whole_peak(|sample| sample.jitter))
        .real("PacketLossRateAvg", average(|sample| sample.loss))
        .real("PacketLossRateMax", peak(|sample| sample.loss, 1.5).map(|loss| loss.min(1.0)));
    let packets = i64::from(participant.seconds()) * if stream.media == Media::Audio { 50 } else { 140 };
    match stream.media {
        Media::Audio => row
            .whole("JitterBufferSizeAvg", whole(|sample| sample.buffer))
            .whole("JitterBufferSizeMax", whole_peak(|sample| sample.buffer))
            .real("HealedDataRatioAvg", average(|sample| sample.healed))
            .real("HealedDataRatioMax", peak(|sample| sample.healed, 1.5).map(|healed| healed.min(1.0))),
        Media::Shown(shown) => row
            .real("VideoFrameRateAvg", mean(curve, |sample| sample.picture(shown).frames))
            .whole("VideoBitRateAvg", mean(curve, |sample| sample.picture(shown).rate).map(|rate| rate as i64))
            .whole("VideoBitRateMax", most(curve, |sample| sample.picture(shown).rate).map(|rate| (rate * 1.2) as i64))
            .whole("RecvResolutionHeight", common_height(curve, shown))
            .real("RecvFreezeDurationPerMinuteInMs", mean(curve, |sample| sample.picture(shown).freeze)),
    }
    .whole("PacketUtilization", packets)
}

/// The height that the picture had most of the time.
fn common_height(curve: &[Sample], shown: Shown) -> Option<i64> {
    let mut heights: Vec<i64> = curve.iter().map(|sample| sample.picture(shown).height).collect();
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied()
}
