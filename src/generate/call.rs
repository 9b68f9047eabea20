//! One call with all its facts. The rows of every table are derived from it, so they agree.

use super::operations::{self, Operation};
use super::people::Person;
use super::quality::{Sample, badness, curve};
use super::rng::Rng;
use super::sketch::{Extras, Guest, Kind, Rated, Role, Seen, Sketch};

/// Nanoseconds of a millisecond.
pub(super) const MS: i64 = 1_000_000;
/// Nanoseconds of a second.
pub(super) const SECOND: i64 = 1000 * MS;

/// A call.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// In nanoseconds since 1970.
    pub(super) start: i64,
    /// In seconds.
    pub(super) seconds: u32,
    pub(super) thread: Option<String>,
    pub(super) participants: Vec<Participant>,
    pub(super) has_series: bool,
    pub(super) has_updates: bool,
    pub(super) extras: Extras,
}

/// One connection of somebody to a call. Who comes back is another one, with the same endpoint.
pub(super) struct Participant {
    pub(super) id: String,
    pub(super) guest: Guest,
    pub(super) person: Person,
    pub(super) identifier: String,
    pub(super) endpoint: String,
    /// The id of the client's own object; a new one for each page.
    pub(super) instance: String,
    /// In nanoseconds since 1970.
    pub(super) start: i64,
    pub(super) curve: Vec<Sample>,
    pub(super) operations: Vec<Operation>,
    pub(super) survey: Option<Survey>,
    /// The first of the numbers of its media streams.
    pub(super) stream: i64,
    /// How far the client's clock is off.
    pub(super) skew: i64,
    /// How long after an event the client's report arrives.
    pub(super) delay: i64,
}

/// What a participant answered.
pub(super) struct Survey {
    pub(super) id: String,
    /// In nanoseconds since 1970.
    pub(super) at: i64,
    pub(super) overall: i64,
    pub(super) audio: i64,
    pub(super) video: Option<i64>,
    pub(super) call_issues: &'static str,
    pub(super) audio_issues: &'static str,
    pub(super) video_issues: &'static str,
}

impl Call {
    /// Draws the details of a call.
    pub(super) fn new(sketch: Sketch, id: String, start: i64, seed: u64, rng: &mut Rng) -> Call {
        let mut participants: Vec<Participant> = Vec::with_capacity(sketch.guests.len());
        for guest in sketch.guests {
            let person = Person::new(seed, guest.person);
            let before = guest.again.and_then(|at| participants.get(at));
            let id = rng.guid();
            let endpoint = match before {
                Some(before) => before.endpoint.clone(),
                None if person.client.platform == "Web" || guest.role != Role::Client => rng.guid(),
                None => person.endpoint.clone(),
            };
            let instance = before.map_or_else(|| rng.guid(), |before| before.instance.clone());
            participants.push(Participant::new((id, endpoint, instance), guest, person, start, rng));
        }
        let is_group = sketch.kind == Kind::Group;
        let mut call = Call {
            id,
            kind: sketch.kind,
            start,
            seconds: sketch.seconds,
            thread: (is_group && rng.chance(0.3)).then(|| format!("19:meeting_{}@thread.v2", rng.base64(48))),
            participants,
            has_series: sketch.has_series,
            has_updates: sketch.has_updates,
            extras: sketch.extras,
        };
        for at in 0..call.participants.len() {
            let operations = operations::draw(&call, at, rng);
            call.participants[at].operations = operations;
        }
        call
    }

    /// The end, in nanoseconds since 1970.
    pub(super) fn end(&self) -> i64 {
        self.start + i64::from(self.seconds) * SECOND
    }

    /// What the service writes as the kind of the call.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::P2p => "P2P",
            Kind::Group => "Group",
        }
    }

    /// The id of a participant in the logs: calls of two have none, and strangers are hidden.
    pub(super) fn participant_id<'p>(&self, participant: &'p Participant) -> &'p str {
        match (self.kind, participant.guest.role) {
            (Kind::P2p, _) => "",
            (Kind::Group, Role::Stranger) => REDACTED,
            (Kind::Group, _) => &participant.id,
        }
    }

    /// Whether somebody else than this participant shows a camera picture while it is there.
    pub(super) fn sees_others(&self, at: usize) -> bool {
        let me = &self.participants[at].guest;
        let shows = |(other, guest): (usize, &Guest)| {
            other != at && guest.has_camera && guest.joins < me.leaves && guest.leaves > me.joins
        };
        self.participants.iter().map(|participant| &participant.guest).enumerate().any(shows)
    }
}

/// What the service writes in place of facts about strangers.
pub(super) const REDACTED: &str = "Redacted";

impl Participant {
    fn new(ids: (String, String, String), guest: Guest, person: Person, call: i64, rng: &mut Rng) -> Participant {
        let (id, endpoint, instance) = ids;
        let seconds = guest.leaves.saturating_sub(guest.joins);
        let curve = curve(&person.network, &guest.troubles, seconds, rng);
        let identifier = match guest.role {
            Role::Client | Role::Anonymous => person.identifier(),
            Role::Stranger => format!("8:orgid:{}", person.user),
            Role::PhoneIn | Role::PhoneOut => format!("4:+1555{:07}", guest.person % 10_000_000),
            Role::Bot => person.user.clone(),
            Role::Voicemail => String::new(),
        };
        let start = call + i64::from(guest.joins) * SECOND + rng.between(0, 300) * MS;
        let skew = if rng.chance(0.01) { rng.between(-4, 4) * 3600 * SECOND } else { rng.between(-400, 400) * MS };
        // Most reports come with the next minute; a few when the device is next online.
        let delay = match rng.chance(0.03) {
            true => rng.between(3600, 40 * 3600) * SECOND,
            false => rng.between(20, 240) * SECOND,
        };
        let mut participant = Participant {
            id,
            identifier,
            endpoint,
            instance,
            start,
            curve,
            operations: Vec::new(),
            survey: None,
            stream: rng.between(1000, 1 << 30),
            skew,
            delay,
            guest,
            person,
        };
        participant.survey = participant.answer(rng);
        participant
    }

    /// Seconds in the call.
    pub(super) fn seconds(&self) -> u32 {
        self.guest.leaves.saturating_sub(self.guest.joins)
    }

    pub(super) fn end(&self) -> i64 {
        self.start + i64::from(self.seconds()) * SECOND
    }

    /// Whether the service writes rows about it.
    pub(super) fn is_in_service(&self) -> bool {
        self.guest.seen != Seen::ByClient
    }

    /// Whether its client writes rows.
    pub(super) fn is_in_client(&self) -> bool {
        match self.guest.seen {
            Seen::ByService => false,
            Seen::Both | Seen::ByClient => self.guest.role == Role::Client,
            Seen::AsUsual => self.guest.role == Role::Client && self.person.reports,
        }
    }

    /// When the report on something that happened at a time arrives.
    pub(super) fn arrival(&self, at: i64) -> i64 {
        // Reports are sent together, once in half a minute.
        (at + self.delay).div_euclid(30 * SECOND) * 30 * SECOND + 30 * SECOND + self.delay % SECOND
    }

    fn answer(&self, rng: &mut Rng) -> Option<Survey> {
        // Only the SDK for the web asks.
        let is_asked = self.person.client.platform == "Web" || self.guest.seen == Seen::Both;
        if self.guest.rated == Rated::No || self.curve.is_empty() || !is_asked {
            return None;
        }
        let badness = badness(&self.curve) + f64::from(u8::from(self.guest.mishap.is_some())) * 0.3;
        let overall = match self.guest.rated {
            Rated::As(score) => score,
            Rated::Honestly | Rated::No => {
                let felt = 5.0 - 4.2 * badness.min(1.0) - rng.unit() * 0.9;
                (libm::round(felt) as i64).clamp(1, 5)
            }
        };
        let is_poor = overall <= 2;
        let was_thrown_out = self.guest.end.code != 0;
        let call_issues = match () {
            () if was_thrown_out && is_poor => "CallEndedUnexpectedly",
            () if self.guest.again.is_some() => "HadToRejoin",
            () => "",
        };
        let audio_issues = if is_poor {
            rng.pick(&["DistortedSpeech", "AudioInterruption", "NoRemoteAudio,AudioInterruption"])
        } else {
            ""
        };
        let video = self.guest.has_camera.then(|| (overall + rng.between(-1, 1)).clamp(1, 5));
        let video_issues =
            if video.is_some_and(|score| score <= 2) { rng.pick(&["Freezes", "LowQuality,Freezes"]) } else { "" };
        Some(Survey {
            id: rng.guid(),
            at: self.end() + rng.between(4, 60) * SECOND,
            overall,
            audio: (overall + rng.between(0, 1)).clamp(1, 5),
            video,
            call_issues,
            audio_issues,
            video_issues,
        })
    }
}
