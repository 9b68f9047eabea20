//! What is decided about a call before its details are drawn: who takes part, what goes wrong, who sees it.

use super::quality::{Cause, Trouble};
use super::rng::Rng;

/// The decisions about a call.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub(super) kind: Kind,
    /// Seconds from the first to the last.
    pub(super) seconds: u32,
    pub(super) guests: Vec<Guest>,
    /// Whether clients send their media statistics.
    pub(super) has_series: bool,
    /// Whether the service sent later versions of its rows.
    pub(super) has_updates: bool,
    pub(super) extras: Extras,
}

/// How the participants find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    P2p,
    Group,
}

/// What else belongs to a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extras {
    pub(super) recording: bool,
    pub(super) captions: bool,
    pub(super) automation: bool,
    pub(super) room: bool,
}

/// One participant's part.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) role: Role,
    /// The number of the person.
    pub(super) person: u64,
    /// Seconds after the start of the call.
    pub(super) joins: u32,
    /// Likewise.
    pub(super) leaves: u32,
    pub(super) has_camera: bool,
    pub(super) shares_screen: bool,
    pub(super) troubles: Vec<Trouble>,
    pub(super) mishap: Option<Mishap>,
    pub(super) end: End,
    /// The guest that comes back as this one.
    pub(super) again: Option<usize>,
    pub(super) seen: Seen,
    pub(super) rated: Rated,
}

/// What a participant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A client of the SDK.
    Client,
    /// A client whose owner is a stranger: the service hides most of it.
    Stranger,
    /// Somebody who rings in by telephone.
    PhoneIn,
    /// Somebody who is rung up.
    PhoneOut,
    /// A program that is steered by call automation.
    Bot,
    Voicemail,
    Anonymous,
}

/// What goes wrong at a client, other than its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    MicrophoneDenied,
    CameraStartFailed,
    CameraFreeze,
    MicrophoneNotFunctioning,
    NoSpeaker,
    ScreenShareEnds,
    RenderFails,
    TalksWhileMuted,
}

/// Who reports on a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The service, and the client if the person's is set up for it.
    AsUsual,
    Both,
    ByService,
    ByClient,
}

/// Whether a participant answers the survey, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rated {
    No,
    /// As it was.
    Honestly,
    /// Whatever it was.
    As(i64),
}

/// How a participant's part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: i64,
    pub(super) subcode: i64,
    pub(super) category: &'static str,
}

const fn end(code: i64, subcode: i64, category: &'static str) -> End {
    End { code, subcode, category }
}

const SUCCESS: &str = "Success";
const EXPECTED: &str = "ExpectedError";
const CLIENT: &str = "UnexpectedClientError";

impl End {
    pub(super) const FINE: End = end(0, 0, SUCCESS);
    /// The media path was lost. Lists of codes call this expected, but not in a call that was going on.
    pub(super) const DROPPED: End = end(410, 3112, CLIENT);
    pub(super) const NETWORK_LOST: End = end(496, 7, EXPECTED);
    pub(super) const PHONE_UNKNOWN: End = end(404, 560_404, EXPECTED);
    pub(super) const PHONE_BROKEN: End = end(503, 560_503, "UnexpectedServerError");
}

const ENDS: &[(u32, End)] = &[
    (7100, End::FINE),
    (1200, end(0, 5000, SUCCESS)),
    (900, end(0, 5003, SUCCESS)),
    (240, end(0, 5300, SUCCESS)),
    (130, end(0, 4097, SUCCESS)),
    (160, end(0, 7000, SUCCESS)),
    (35, end(0, 7015, SUCCESS)),
    (25, end(403, 5828, CLIENT)),
    (20, end(408, 10_057, EXPECTED)),
    (14, end(490, 4502, CLIENT)),
    (12, end(495, 4507, CLIENT)),
    (10, end(410, 3100, CLIENT)),
    (9, end(410, 301_005, CLIENT)),
    (8, end(500, 10_045, "UnexpectedServerError")),
];
const ENDS_AFTER_OUTAGE: &[(u32, End)] =
    &[(25, End::DROPPED), (30, end(410, 301_005, CLIENT)), (40, End::NETWORK_LOST), (5, end(410, 3101, CLIENT))];
const ENDS_UNANSWERED: &[(u32, End)] = &[
    (28, end(487, 0, SUCCESS)),
    (18, end(487, 10_003, SUCCESS)),
    (20, end(487, 10_004, EXPECTED)),
    (6, end(487, 10_024, SUCCESS)),
    (12, end(603, 0, SUCCESS)),
    (9, end(480, 10_037, EXPECTED)),
    (7, end(480, 10_076, EXPECTED)),
];
const ENDS_UNJOINED: &[(u32, End)] = &[
    (30, end(403, 5828, CLIENT)),
    (20, end(408, 40_104, CLIENT)),
    (20, end(410, 3100, CLIENT)),
    (15, end(500, 41_001, CLIENT)),
    (15, end(403, 5830, EXPECTED)),
];
const ENDS_BY_PHONE: &[(u32, End)] = &[(88, end(0, 560_000, SUCCESS)), (10, End::FINE), (2, end(0, 7015, SUCCESS))];
const ENDS_UNREACHED: &[(u32, End)] = &[
    (40, end(486, 560_486, SUCCESS)),
    (25, End::PHONE_UNKNOWN),
    (25, end(480, 560_480, "UnexpectedServerError")),
    (10, End::PHONE_BROKEN),
];

impl Guest {
    /// A client that is there from beginning to end, without trouble.
    pub(super) fn new(role: Role, person: u64, seconds: u32) -> Guest {
        let seen = if role == Role::Client { Seen::Both } else { Seen::ByService };
        Guest {
            role,
            person,
            joins: 0,
            leaves: seconds,
            has_camera: false,
            shares_screen: false,
            troubles: Vec::new(),
            mishap: None,
            end: End::FINE,
            again: None,
            seen,
            rated: Rated::No,
        }
    }
}

impl Sketch {
    /// A call without extras.
    pub(super) fn new(kind: Kind, seconds: u32, guests: Vec<Guest>) -> Sketch {
        Sketch { kind, seconds, guests, has_series: true, has_updates: false, extras: Extras::default() }
    }

    /// A call like any other.
    pub(super) fn draw(people: u64, rng: &mut Rng) -> Sketch {
        let shape = rng.weighted(&[(46, Shape::Pair), (33, Shape::Group), (17, Shape::Phone), (4, Shape::Bot)]);
        let median = if shape == Shape::Group { 660.0 } else { 240.0 };
        let seconds = rng.around(median, 1.05).clamp(4.0, 2.5 * 3600.0) as u32;
        let mut sketch = match shape {
            Shape::Pair => pair(seconds, people, rng),
            Shape::Group => group(seconds, people, rng),
            Shape::Phone => phone(seconds, people, rng),
            Shape::Bot => bot(seconds, people, rng),
        };
        for guest in &mut sketch.guests {
            guest.embellish(rng);
        }
        if sketch.kind == Kind::Group {
            sketch.let_some_return(rng);
        }
        sketch.has_series = rng.chance(0.05);
        sketch.has_updates = rng.chance(0.05);
        sketch
    }

    /// Some who lost their network come back.
    fn let_some_return(&mut self, rng: &mut Rng) {
        for at in 0..self.guests.len() {
            let gone = &self.guests[at];
            let left = gone.leaves;
            if gone.role == Role::Client && gone.end.code != 0 && left + 40 < self.seconds && rng.chance(0.7) {
                let mut back = Guest::new(Role::Client, gone.person, self.seconds);
                (back.joins, back.again, back.seen) = (left + 20, Some(at), gone.seen);
                back.has_camera = gone.has_camera;
                self.guests.push(back);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Pair,
    Group,
    Phone,
    Bot,
}

/// A person; few call often, many call seldom.
fn person(people: u64, rng: &mut Rng) -> u64 {
    let at = rng.unit();
    (at * at * at * people as f64) as u64
}

fn pair(seconds: u32, people: u64, rng: &mut Rng) -> Sketch {
    let a = person(people, rng);
    let b = (a + 1 + rng.below(people)) % (people + 1);
    let mut guests = vec![Guest::new(Role::Client, a, seconds), Guest::new(Role::Client, b, seconds)];
    if rng.chance(0.11) {
        // Nobody answers: there is no media, and both ends say why.
        let end = rng.weighted(ENDS_UNANSWERED);
        for guest in &mut guests {
            (guest.end, guest.leaves) = (end, 0);
        }
        return Sketch::new(Kind::P2p, 0, guests);
    }
    if rng.chance(0.02) {
        guests[1].role = Role::Voicemail;
        guests[1].seen = Seen::ByService;
    }
    Sketch::new(Kind::P2p, seconds, guests)
}

fn group(seconds: u32, people: u64, rng: &mut Rng) -> Sketch {
    let size = (rng.around(2.9, 0.65) as u64).clamp(2, 250);
    let first = person(people, rng);
    let mut guests: Vec<Guest> = (0..size)
        .map(|at| {
            // A circle of people who meet: neighbours by number, so that they meet again.
            let person = if at == 0 { first } else { (first + at * 7 + rng.below(3)) % (people + 1) };
            let role =
                rng.weighted(&[(93, Role::Client), (4, Role::Stranger), (2, Role::PhoneIn), (1, Role::Anonymous)]);
            let mut guest = Guest::new(role, person, seconds);
            if at > 0 {
                guest.joins = (rng.around(25.0, 1.2) as u32).min(seconds / 2);
            }
            if at > 0 && role == Role::Client && rng.chance(0.015) {
                (guest.end, guest.leaves) = (rng.weighted(ENDS_UNJOINED), guest.joins);
            } else if rng.chance(0.4) {
                guest.leaves = seconds - (rng.around(20.0, 1.3) as u32).min(seconds / 3);
            }
            guest
        })
        .collect();
    // Someone has to be there from the start, and someone until the end.
    (guests[0].role, guests[0].joins, guests[0].leaves) = (Role::Client, 0, seconds);
    let mut sketch = Sketch::new(Kind::Group, seconds, guests);
    sketch.extras =
        Extras { recording: rng.chance(0.12), captions: rng.chance(0.08), automation: false, room: rng.chance(0.25) };
    sketch
}

fn phone(seconds: u32, people: u64, rng: &mut Rng) -> Sketch {
    let client = Guest::new(Role::Client, person(people, rng), seconds);
    let role = if rng.chance(0.6) { Role::PhoneOut } else { Role::PhoneIn };
    let mut phone = Guest::new(role, rng.below(people * 3), seconds);
    phone.end = rng.weighted(ENDS_BY_PHONE);
    let is_reached = role == Role::PhoneIn || rng.chance(0.9);
    if !is_reached {
        (phone.end, phone.leaves) = (rng.weighted(ENDS_UNREACHED), 0);
        let mut client = client;
        (client.end, client.leaves) = (phone.end, 0);
        return Sketch::new(Kind::Group, 0, vec![client, phone]);
    }
    Sketch::new(Kind::Group, seconds, vec![client, phone])
}

fn bot(seconds: u32, people: u64, rng: &mut Rng) -> Sketch {
    let mut caller = Guest::new(Role::PhoneIn, rng.below(people * 3), seconds);
    if rng.chance(0.4) {
        caller = Guest::new(Role::Client, person(people, rng), seconds);
    }
    let mut sketch = Sketch::new(Kind::Group, seconds, vec![Guest::new(Role::Bot, 0, seconds), caller]);
    sketch.extras.automation = true;
    sketch.extras.recording = rng.chance(0.5);
    sketch
}

impl Guest {
    /// Adds what happens to clients now and then.
    fn embellish(&mut self, rng: &mut Rng) {
        if self.role != Role::Client {
            return;
        }
        let seconds = self.leaves - self.joins.min(self.leaves);
        self.seen = Seen::AsUsual;
        if seconds == 0 {
            return;
        }
        self.has_camera = rng.chance(0.45);
        self.shares_screen = seconds > 120 && rng.chance(0.08);
        if rng.chance(0.07) {
            self.worsen(seconds, rng);
        } else {
            self.end = rng.weighted(ENDS);
        }
        if rng.chance(0.03) {
            self.mishap = Some(rng.pick(MISHAPS));
        }
        self.seen = rng.weighted(&[(94, Seen::AsUsual), (4, Seen::ByService), (2, Seen::ByClient)]);
        if rng.chance(0.12) {
            self.rated = if rng.chance(0.93) { Rated::Honestly } else { Rated::As(rng.between(1, 5)) };
        }
    }

    /// Gives the participant a bad network: throughout, for a while, or until it breaks.
    fn worsen(&mut self, seconds: u32, rng: &mut Rng) {
        let cause = rng.weighted(&[(30, Cause::Jitter), (30, Cause::Loss), (25, Cause::Delay), (15, Cause::Narrow)]);
        match rng.below(10) {
            0..4 => self.troubles.push(Trouble { from: 0, to: seconds, cause }),
            4..8 => {
                let from = rng.below(u64::from(seconds)) as u32;
                let long = (rng.around(45.0, 0.8) as u32).max(10);
                self.troubles.push(Trouble { from, to: (from + long).min(seconds), cause });
            }
            _ => {
                // The network breaks, and the participant is thrown out before the end of the call.
                self.leaves -= seconds / 4;
                let seconds = self.leaves - self.joins;
                self.troubles.push(Trouble { from: seconds.saturating_sub(25), to: seconds, cause: Cause::Outage });
                self.end = rng.weighted(ENDS_AFTER_OUTAGE);
            }
        }
    }
}

const MISHAPS: &[Mishap] = &[
    Mishap::MicrophoneDenied,
    Mishap::CameraStartFailed,
    Mishap::CameraFreeze,
    Mishap::MicrophoneNotFunctioning,
    Mishap::NoSpeaker,
    Mishap::ScreenShareEnds,
    Mishap::RenderFails,
    Mishap::TalksWhileMuted,
    Mishap::TalksWhileMuted,
];
