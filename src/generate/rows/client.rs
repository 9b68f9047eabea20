//! What clients write about themselves: operations, diagnostics, media statistics, and the survey.

use super::super::book::{Book, at};
use super::super::call::{Call, MS, Participant, SECOND};
use super::super::quality::{STEP, Sample, Shown};
use super::super::rng::Rng;

pub(super) fn write(call: &Call, rng: &mut Rng, book: &mut Book) {
    let mut has_asked = false;
    for (place, participant) in call.participants.iter().enumerate() {
        if !participant.is_in_client() {
            continue;
        }
        if !std::mem::replace(&mut has_asked, true) {
            // Of this table only the common columns are known, so one row says as much as several.
            let made = participant.start + participant.delay + rng.between(0, 29_999) * MS;
            book.row(at::REQUESTS, made).end();
        }
        write_operations(call, participant, book);
        if call.has_series {
            write_series(call, place, rng, book);
        }
        write_survey(call, participant, rng, book);
    }
}

fn write_operations(call: &Call, participant: &Participant, book: &mut Book) {
    for operation in &participant.operations {
        let happened = participant.start + operation.at * MS;
        let (call_id, participant_id) = match operation.is_in_call {
            true => (call.id.as_str(), call.participant_id(participant)),
            false => ("", ""),
        };
        let arrival = participant.arrival(happened);
        book.row(at::OPERATIONS, arrival)
            .time("CallClientTimeStamp", happened + participant.skew)
            .text("CallId", call_id)
            .text("ParticipantId", participant_id)
            .text("EndpointId", if operation.is_in_call { &participant.endpoint } else { "" })
            .text("ClientInstanceId", &participant.instance)
            .text("OperationName", operation.name)
            .text("OperationType", "client-api-request")
            .text("OperationId", &operation.id)
            .whole("DurationMs", operation.takes)
            .text("ResultType", operation.result.ty)
            .whole("ResultSignature", operation.result.signature)
            .json("OperationPayload", &operation.payload)
            .text("SdkVersion", participant.person.client.sdk_client)
            .text("UserAgent", &participant.person.client.agent)
            .end();
    }
}

/// One value of a metric, from a sample.
type Value = fn(&Sample) -> f64;

/// A stream that a client measures, and what it measures of it.
struct Measured {
    ty: &'static str,
    direction: &'static str,
    codec: &'static str,
    metrics: &'static [(&'static str, Value)],
}

const AUDIO_SENT: Measured = Measured {
    ty: "audio",
    direction: "send",
    codec: "OPUS",
    metrics: &[
        ("Bitrate", |sample| 38_000.0 * sample.speech()),
        ("PacketsPerSecond", |sample| if sample.is_up { 50.0 } else { 0.0 }),
        ("PacketsLostPerSecond", |sample| 50.0 * sample.loss),
        ("JitterInMs", |sample| sample.jitter * 0.9),
        ("RttInMs", |sample| sample.rtt),
        ("PairRttInMs", |sample| sample.rtt * 0.8),
        ("AvailableBitrate", |sample| sample.room),
        ("AudioInputLevel", |sample| 2800.0 + 40.0 * sample.jitter),
    ],
};
const AUDIO_RECEIVED: Measured = Measured {
    ty: "audio",
    direction: "recv",
    codec: "OPUS",
    metrics: &[
        ("Bitrate", |sample| 39_000.0 * sample.speech()),
        ("PacketsPerSecond", |sample| 50.0 * (1.0 - sample.loss)),
        ("PacketsLostPerSecond", |sample| 50.0 * sample.loss),
        ("JitterInMs", |sample| sample.jitter),
        ("JitterBufferInMs", |sample| sample.buffer),
        ("HealedRatio", |sample| sample.healed),
        ("PairRttInMs", |sample| sample.rtt * 0.8),
        ("AudioOutputLevel", |sample| 3200.0 * sample.speech()),
    ],
};
const VIDEO_SENT: Measured = Measured {
    ty: "video",
    direction: "send",
    codec: "H264",
    metrics: &[
        ("Bitrate", |sample| camera(sample, |picture| picture.rate)),
        ("PacketsPerSecond", |sample| camera(sample, |picture| picture.rate / 9000.0)),
        ("PacketsLostPerSecond", |sample| 140.0 * sample.loss),
        ("JitterInMs", |sample| sample.jitter),
        ("RttInMs", |sample| sample.rtt),
        ("AvailableBitrate", |sample| sample.room),
        ("FrameRateInput", |_| 30.0),
        ("FrameWidthInput", |_| 1280.0),
        ("FrameHeightInput", |_| 720.0),
        ("FrameRateEncoded", |sample| camera(sample, |picture| picture.frames)),
        ("FrameRateSent", |sample| camera(sample, |picture| picture.frames)),
        ("FrameWidthSent", |sample| camera(sample, |picture| (picture.height * 16 / 9) as f64)),
        ("FrameHeightSent", |sample| camera(sample, |picture| picture.height as f64)),
        ("FramesSent", |sample| camera(sample, |picture| picture.frames)),
        ("FramesEncoded", |sample| camera(sample, |picture| picture.frames)),
        ("KeyFramesEncoded", |sample| if sample.is_up { 0.1 } else { 0.0 }),
    ],
};
const VIDEO_RECEIVED: Measured = Measured {
    ty: "video",
    direction: "recv",
    codec: "H264",
    metrics: &[
        ("Bitrate", |sample| camera(sample, |picture| picture.rate)),
        ("PacketsPerSecond", |sample| camera(sample, |picture| picture.rate / 9000.0)),
        ("PacketsLostPerSecond", |sample| 140.0 * sample.loss),
        ("JitterInMs", |sample| sample.jitter),
        ("PairRttInMs", |sample| sample.rtt * 0.8),
        ("FrameRateOutput", |sample| camera(sample, |picture| picture.frames)),
        ("FrameRateDecoded", |sample| camera(sample, |picture| picture.frames)),
        ("FrameRateReceived", |sample| camera(sample, |picture| picture.frames)),
        ("FrameWidthReceived", |sample| camera(sample, |picture| (picture.height * 16 / 9) as f64)),
        ("FrameHeightReceived", |sample| camera(sample, |picture| picture.height as f64)),
        ("LongestFreezeDurationInMs", |sample| camera(sample, |picture| (picture.freeze / 6.0).min(10_000.0) * 0.6)),
        ("TotalFreezeDurationInMs", |sample| camera(sample, |picture| (picture.freeze / 6.0).min(10_000.0))),
        ("FramesReceived", |sample| camera(sample, |picture| picture.frames)),
        ("FramesDecoded", |sample| camera(sample, |picture| picture.frames)),
        ("FramesDropped", |sample| if sample.is_up { 2.0 * sample.loss } else { 0.0 }),
        ("KeyFramesDecoded", |sample| if sample.is_up { 0.1 } else { 0.0 }),
    ],
};
const SCREEN_SENT: Measured = Measured {
    ty: "screen",
    direction: "send",
    codec: "VP8",
    metrics: &[
        ("Bitrate", |sample| sample.picture(Shown::Screen).rate),
        ("FrameRateSent", |sample| sample.picture(Shown::Screen).frames),
        ("FrameHeightSent", |sample| sample.picture(Shown::Screen).height as f64),
        ("RttInMs", |sample| sample.rtt),
    ],
};

fn camera(sample: &Sample, of: impl Fn(super::super::quality::Picture) -> f64) -> f64 {
    of(sample.picture(Shown::Camera))
}

fn write_series(call: &Call, place: usize, rng: &mut Rng, book: &mut Book) {
    let participant = &call.participants[place];
    let guest = &participant.guest;
    let streams = [
        (&AUDIO_SENT, true),
        (&AUDIO_RECEIVED, true),
        (&VIDEO_SENT, guest.has_camera),
        (&VIDEO_RECEIVED, call.sees_others(place)),
        (&SCREEN_SENT, guest.shares_screen),
    ];
    let participant_id = call.participant_id(participant);
    for (step, sample) in (0i64..).zip(&participant.curve) {
        let happened = participant.start + (step + 1) * i64::from(STEP) * SECOND;
        let arrival = participant.arrival(happened);
        let rest = i64::from(participant.seconds()) - step * i64::from(STEP);
        let count = rest.clamp(1, i64::from(STEP));
        for (stream, _) in streams.iter().filter(|(_, is_there)| *is_there) {
            for (metric, value) in stream.metrics {
                let wobble = if is_steady(metric) { 0.0 } else { rng.unit() * 0.2 };
                // Three digits, so that the mean is the sum divided by the count, also when read again.
                let sum = libm::round(value(sample) * count as f64 * 1000.0) / 1000.0;
                let average = sum / count as f64;
                book.row(at::SERIES, arrival)
                    .time("CallClientTimeStamp", happened + participant.skew)
                    .text("CallId", &call.id)
                    .text("ParticipantId", participant_id)
                    .text("ClientInstanceId", &participant.instance)
                    .text("MediaStreamType", stream.ty)
                    .text("MediaStreamDirection", stream.direction)
                    .text("MediaStreamCodec", stream.codec)
                    .text("MetricName", metric)
                    .whole("Count", count)
                    .real("Sum", sum)
                    .real("Average", average)
                    .real("Minimum", average * (1.0 - wobble))
                    .real("Maximum", highest(metric, average, wobble))
                    .whole("AggregationIntervalSeconds", i64::from(STEP))
                    .end();
            }
        }
    }
}

/// Whether a metric keeps its value over a while.
fn is_steady(metric: &str) -> bool {
    metric.starts_with("FrameWidth") || metric.starts_with("FrameHeight")
}

fn highest(metric: &str, average: f64, wobble: f64) -> f64 {
    let highest = average * (1.0 + wobble);
    // A ratio does not exceed one, unless its mean does by rounding.
    if metric == "HealedRatio" { highest.min(average.max(1.0)) } else { highest }
}

/// Surveys of most applications go from 1 to 5; one application asks from 0 to 10.
fn write_survey(call: &Call, participant: &Participant, rng: &mut Rng, book: &mut Book) {
    let Some(survey) = &participant.survey else { return };
    let is_wide = participant.person.options.contains("lighthouse");
    let (low, high, threshold) = if is_wide { (0, 10, 4) } else { (1, 5, 2) };
    let score = |score: i64| if is_wide { (score - 1) * 10 / 4 } else { score };
    let made = participant.arrival(survey.at).max(survey.at) + rng.between(0, 20) * SECOND;
    let mut row = book
        .row(at::SURVEY, made)
        .text("CorrelationId", &participant.id)
        .text("CallId", &call.id)
        .text("ParticipantId", &participant.id)
        .text("SurveyId", &survey.id)
        .whole("OverallRatingScore", score(survey.overall))
        .whole("OverallRatingScoreLowerBound", low)
        .whole("OverallRatingScoreUpperBound", high)
        .whole("OverallRatingScoreThreshold", threshold)
        .text("OverallCallIssues", survey.call_issues)
        .whole("AudioRatingScore", score(survey.audio))
        .whole("AudioRatingScoreLowerBound", low)
        .whole("AudioRatingScoreUpperBound", high)
        .whole("AudioRatingScoreThreshold", threshold)
        .text("AudioIssues", survey.audio_issues);
    // Parts that were not answered stay empty, the bounds too.
    if let Some(video) = survey.video {
        row = row
            .whole("VideoRatingScore", score(video))
            .whole("VideoRatingScoreLowerBound", low)
            .whole("VideoRatingScoreUpperBound", high)
            .whole("VideoRatingScoreThreshold", threshold)
            .text("VideoIssues", survey.video_issues);
    }
    row.text("OperationVersion", "0.0").end();
}
