//! What a client reports that it did, and what its diagnostics said meanwhile.

use super::call::{Call, Participant};
use super::quality::Cause;
use super::rng::Rng;
use super::sketch::{Kind, Mishap, Role};

/// One thing that a client did or noticed.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) name: &'static str,
    /// Milliseconds after the participant joined; before that, negative.
    pub(super) at: i64,
    /// Milliseconds that it took.
    pub(super) takes: i64,
    pub(super) result: Outcome,
    /// Compact JSON.
    pub(super) payload: String,
    /// Whether the call existed then.
    pub(super) is_in_call: bool,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) ty: &'static str,
    pub(super) signature: i64,
    pub(super) subcode: i64,
}

impl Outcome {
    const FINE: Outcome = Outcome { ty: "Succeeded", signature: 200, subcode: 0 };

    const fn of(ty: &'static str, signature: i64, subcode: i64) -> Outcome {
        Outcome { ty, signature, subcode }
    }

    /// Whether it is no failure.
    pub(super) fn is_good(self) -> bool {
        matches!(self.ty, "Succeeded" | "Success" | "ExpectedError")
    }
}

/// The operations of a participant's client, in order of time.
pub(super) fn draw(call: &Call, at: usize, rng: &mut Rng) -> Vec<Operation> {
    let participant = &call.participants[at];
    if !participant.is_in_client() {
        return Vec::new();
    }
    let joins = call.kind == Kind::Group && !call.participants.iter().any(is_phone);
    let direction = if joins || at == 0 { "Outgoing" } else { "Incoming" };
    let mut log = Log { participant, call, direction, rng, operations: Vec::new() };
    log.entry(at);
    if participant.seconds() > 0 {
        log.media(at);
        log.mishap();
        log.network();
    }
    log.exit();
    let mut operations = log.operations;
    operations.sort_by_key(|operation| operation.at);
    operations
}

struct Log<'l> {
    participant: &'l Participant,
    call: &'l Call,
    direction: &'static str,
    rng: &'l mut Rng,
    operations: Vec<Operation>,
}

impl Log<'_> {
    fn add(&mut self, name: &'static str, at: i64, takes: f64, result: Outcome, more: &[(&str, &str)]) {
        let takes = if takes > 0.0 { self.rng.around(takes, 0.45).min(30_000.0) as i64 } else { 0 };
        let payload = self.payload(result, more);
        let id = self.rng.guid();
        self.operations.push(Operation { id, name, at, takes, result, payload, is_in_call: at >= 0 });
    }

    fn payload(&self, result: Outcome, more: &[(&str, &str)]) -> String {
        let direction = self.direction;
        let platform = self.participant.person.client.platform;
        let kind = self.call.kind_name();
        let mut json = format!(r#"{{"CallType":"{kind}","CallDirection":"{direction}","SdkPlatform":"{platform}""#);
        for (key, value) in more {
            json.push_str(&format!(r#","{key}":"{value}""#));
        }
        if result != Outcome::FINE {
            let (code, subcode, category) = (result.signature, result.subcode, result.ty);
            json.push_str(&format!(r#","Code":{code},"SubCode":{subcode},"ResultCategory":"{category}""#));
        }
        json.push('}');
        json
    }

    fn entry(&mut self, at: usize) {
        let (fine, end) = (Outcome::FINE, self.participant.guest.end);
        let connected = self.participant.seconds() > 0;
        if self.participant.guest.again.is_none() {
            self.add("CallAgentInit", -4000, 700.0, fine, &[]);
            self.add("AskDevicePermission", -2500, 900.0, fine, &[]);
        }
        let failed = Outcome { ty: end.category, signature: end.code, subcode: end.subcode };
        let result = match (connected, end.category) {
            (true, _) | (false, "Success") => fine,
            (false, _) => failed,
        };
        match (self.call.kind, at) {
            (Kind::Group, _) if self.call.participants.iter().all(|other| !is_phone(other)) => {
                self.add("Join", 0, 1400.0, result, &[]);
            }
            (_, 0) => self.add("StartCall", 0, 380.0, result, &[]),
            _ => {
                self.add("HandleIncomingCall", 0, 240.0, fine, &[]);
                if connected {
                    self.add("AcceptIncomingCall", 150, 950.0, result, &[]);
                }
            }
        }
        self.state(40, "Connecting");
        if connected {
            self.state(900, "Connected");
        }
    }

    fn state(&mut self, at: i64, state: &str) {
        self.add("State-changed", at, 0.0, Outcome::FINE, &[("NewState", state)]);
    }

    fn media(&mut self, me: usize) {
        let fine = Outcome::FINE;
        let end = i64::from(self.participant.seconds()) * 1000;
        let guest = self.participant.guest.clone();
        self.add("StartAudio", 950, 120.0, fine, &[]);
        for _ in 0..self.rng.below(3) {
            let from = self.rng.between(1000, end.max(1001));
            let to = self.rng.between(from, end.max(from));
            self.add("MuteMicrophone", from, 30.0, fine, &[]);
            self.add("UnmuteMicrophone", to, 30.0, fine, &[]);
        }
        if self.rng.chance(0.1) {
            self.add("SelectedMicrophoneChanged", 1200, 0.0, fine, &[]);
        }
        if guest.has_camera && guest.mishap != Some(Mishap::CameraStartFailed) {
            self.add("StartVideo", 1500, 1600.0, fine, &[("StreamType", "Video")]);
            self.add("CreateView", 1600, 350.0, fine, &[("StreamType", "Video"), ("Source", "Local")]);
            self.add("StopVideo", end - 200, 90.0, fine, &[("StreamType", "Video")]);
        }
        if self.call.sees_others(me) {
            let more = [("StreamType", "Video"), ("StreamId", "2.0"), ("Source", "Remote")];
            self.add("CreateView", 2100, 600.0, fine, &more);
            self.add("OptimalVideoCount-changed", 2000, 0.0, fine, &[]);
            self.add("DisposeView", end - 100, 20.0, fine, &more);
        }
        if guest.shares_screen {
            let from = end / 4;
            self.add("StartScreenShare", from, 2200.0, fine, &[("StreamType", "ScreenSharing")]);
            self.add("StopScreenShare", end / 2, 150.0, fine, &[("StreamType", "ScreenSharing")]);
        }
        if self.call.extras.captions && me == 0 {
            self.add("CommunicationStartCaptions", 5000.min(end), 800.0, fine, &[]);
        }
    }

    /// An episode: a diagnostic turns bad and, unless the call ends before, good again.
    fn episode(&mut self, name: &str, quality: &str, value: &str, from: i64, to: Option<i64>) {
        let id = self.rng.guid();
        let turns = [(Some(from), quality, value), (to, "Good", if value == "True" { "False" } else { "Good" })];
        for (at, quality, value) in turns {
            let Some(at) = at else { continue };
            let more = [("DiagnosticChanged", name), ("DiagnosticQuality", quality), ("DiagnosticValue", value)];
            let payload = self.payload(Outcome::FINE, &more);
            let name = "UserFacingDiagnostics";
            let (takes, result, id) = (0, Outcome::FINE, id.clone());
            self.operations.push(Operation { id, name, at, takes, result, payload, is_in_call: true });
        }
    }

    fn mishap(&mut self) {
        let end = i64::from(self.participant.seconds()) * 1000;
        let middle = end / 3 + 1000;
        let recovers = (end > 30_000).then_some(middle + 9000);
        let unexpected = "UnexpectedClientError";
        match self.participant.guest.mishap {
            None => {}
            Some(Mishap::MicrophoneDenied) => {
                self.episode("MicrophonePermissionDenied", "Bad", "True", 1100, None);
                let denied = Outcome::of(unexpected, 412, 40_601);
                self.add("UnmuteMicrophone", 1300, 60.0, denied, &[]);
            }
            Some(Mishap::CameraStartFailed) => {
                self.episode("CameraStartFailed", "Bad", "True", 1500, None);
                let failed = Outcome::of(unexpected, 500, 43_002);
                self.add("StartVideo", 1450, 3000.0, failed, &[("StreamType", "Video")]);
            }
            Some(Mishap::CameraFreeze) => self.episode("CameraFreeze", "Bad", "True", middle, recovers),
            Some(Mishap::MicrophoneNotFunctioning) => {
                self.episode("MicrophoneNotFunctioning", "Bad", "True", middle, recovers);
            }
            Some(Mishap::NoSpeaker) => self.episode("NoSpeakerDevicesEnumerated", "Bad", "True", 900, recovers),
            Some(Mishap::ScreenShareEnds) => {
                self.add("StartScreenShare", middle - 500, 2200.0, Outcome::FINE, &[("StreamType", "ScreenSharing")]);
                self.episode("CapturerStoppedUnexpectedly", "Bad", "True", middle, recovers);
            }
            Some(Mishap::RenderFails) => {
                let failed = Outcome::of(unexpected, 408, 43_203);
                let more = [("StreamType", "Video"), ("StreamId", "2.0"), ("Source", "Remote")];
                self.add("CreateView", middle, 9000.0, failed, &more);
            }
            Some(Mishap::TalksWhileMuted) => {
                self.add("MuteMicrophone", middle - 900, 30.0, Outcome::FINE, &[]);
                self.episode("SpeakingWhileMicrophoneIsMuted", "Bad", "True", middle, recovers);
            }
        }
    }

    /// The diagnostics of the network follow the troubles that also bend the curve.
    fn network(&mut self) {
        let end = i64::from(self.participant.seconds()) * 1000;
        for trouble in self.participant.guest.troubles.clone() {
            // Diagnostics notice a few seconds late.
            let from = i64::from(trouble.from) * 1000 + 3000;
            let until = i64::from(trouble.to) * 1000 + 2000;
            let to = (until < end).then_some(until);
            if from >= end {
                continue;
            }
            match trouble.cause {
                Cause::Outage => {
                    self.episode("NetworkReconnect", "Bad", "Bad", from, to);
                    self.episode("NetworkReceiveQuality", "Bad", "Bad", from, to);
                }
                Cause::Loss | Cause::Narrow => {
                    self.episode("NetworkReceiveQuality", "Bad", "Bad", from, to);
                    self.episode("NetworkSendQuality", "Poor", "Poor", from + 1000, to);
                }
                Cause::Jitter | Cause::Delay => self.episode("NetworkReceiveQuality", "Poor", "Poor", from, to),
            }
        }
    }

    fn exit(&mut self) {
        let participant = self.participant;
        let end = i64::from(participant.seconds()) * 1000;
        let left_by_itself = participant.guest.end.code == 0 && participant.seconds() > 0;
        if left_by_itself {
            self.add("Hangup", end - 50, 180.0, Outcome::FINE, &[]);
        }
        let (code, subcode) = (participant.guest.end.code.to_string(), participant.guest.end.subcode.to_string());
        let more = [("NewState", "Disconnected"), ("Code", code.as_str()), ("SubCode", subcode.as_str())];
        self.add("State-changed", end + 200, 0.0, Outcome::FINE, &more);
    }
}

fn is_phone(participant: &Participant) -> bool {
    matches!(participant.guest.role, Role::PhoneIn | Role::PhoneOut)
}
