//! Calls that show one thing each, with ids and times that never change.

use super::quality::{Cause, Trouble};
use super::sketch::{End, Guest, Kind, Mishap, Rated, Role, Seen, Sketch};

/// A call that shows one thing.
pub struct Scenario {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub summary: &'static str,
    pub(super) sketch: fn() -> Sketch,
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All of them. The place in this list is part of a call's id and time, so new ones come at the end.
pub const SCENARIOS: &[Scenario] = &[
    scenario("p2p-audio-good", "Two people talk, and nothing is wrong.", p2p_audio_good),
    scenario("group-bad-network", "One of four has a bad network all the time.", group_bad_network),
    scenario("microphone-denied", "A client may not use its microphone.", microphone_denied),
    scenario("ungraceful-drop", "A network breaks, and its participant is thrown out with 410/3112.", ungraceful_drop),
    scenario("pstn-failure", "An operator refuses an outbound telephone call with 560503.", pstn_failure),
    scenario("bot", "A program answers a telephone call and plays a prompt.", bot),
    scenario("cross-tenant", "Two of four belong to a stranger, and are redacted.", cross_tenant),
    scenario("rejoin", "A participant loses the network and comes back.", rejoin),
    scenario(
        "survey-contradicts",
        "The media was fine, the rating is bad; and the other way round.",
        survey_contradicts,
    ),
    scenario("client-only", "Only the clients report.", client_only),
    scenario("service-only", "Only the service reports.", service_only),
    scenario("large", "A thousand participants, a few with trouble.", large),
];

const fn scenario(name: &'static str, summary: &'static str, sketch: fn() -> Sketch) -> Scenario {
    Scenario { name, summary, sketch }
}

fn client(person: u64, seconds: u32) -> Guest {
    Guest::new(Role::Client, person, seconds)
}

fn p2p_audio_good() -> Sketch {
    let mut guests = vec![client(1, 300), client(2, 300)];
    guests[0].rated = Rated::As(5);
    Sketch::new(Kind::P2p, 300, guests)
}

fn group_bad_network() -> Sketch {
    let mut guests: Vec<Guest> = (1..=4).map(|person| client(person, 900)).collect();
    for guest in &mut guests {
        guest.has_camera = true;
    }
    for cause in [Cause::Jitter, Cause::Loss, Cause::Delay] {
        guests[2].troubles.push(Trouble { from: 0, to: 900, cause });
    }
    guests[2].rated = Rated::Honestly;
    Sketch::new(Kind::Group, 900, guests)
}

fn microphone_denied() -> Sketch {
    let mut guests = vec![client(1, 240), client(2, 240), client(3, 240)];
    guests[1].mishap = Some(Mishap::MicrophoneDenied);
    Sketch::new(Kind::Group, 240, guests)
}

fn ungraceful_drop() -> Sketch {
    let mut guests = vec![client(1, 600), client(2, 600), client(3, 600)];
    guests[1].leaves = 400;
    guests[1].end = End::DROPPED;
    guests[1].troubles.push(Trouble { from: 370, to: 400, cause: Cause::Outage });
    Sketch::new(Kind::Group, 600, guests)
}

fn pstn_failure() -> Sketch {
    let mut guests = vec![client(1, 0), Guest::new(Role::PhoneOut, 2, 0)];
    for guest in &mut guests {
        guest.end = End::PHONE_BROKEN;
    }
    Sketch::new(Kind::Group, 0, guests)
}

fn bot() -> Sketch {
    let guests = vec![Guest::new(Role::Bot, 1, 90), Guest::new(Role::PhoneIn, 2, 90)];
    let mut sketch = Sketch::new(Kind::Group, 90, guests);
    (sketch.extras.automation, sketch.extras.recording) = (true, true);
    sketch
}

fn cross_tenant() -> Sketch {
    let strangers = [3, 4].map(|person| Guest::new(Role::Stranger, person, 600));
    let mut guests = vec![client(1, 600), client(2, 600)];
    guests.extend(strangers);
    Sketch::new(Kind::Group, 600, guests)
}

fn rejoin() -> Sketch {
    let mut guests = vec![client(1, 600), client(2, 600), client(2, 600)];
    guests[1].leaves = 200;
    guests[1].end = End::NETWORK_LOST;
    guests[1].troubles.push(Trouble { from: 180, to: 200, cause: Cause::Outage });
    (guests[2].joins, guests[2].again) = (220, Some(1));
    Sketch::new(Kind::Group, 600, guests)
}

fn survey_contradicts() -> Sketch {
    let mut guests = vec![client(1, 480), client(2, 480)];
    guests[0].rated = Rated::As(1);
    guests[1].rated = Rated::As(5);
    guests[1].troubles.push(Trouble { from: 0, to: 480, cause: Cause::Loss });
    Sketch::new(Kind::Group, 480, guests)
}

fn client_only() -> Sketch {
    let mut guests = vec![client(1, 360), client(2, 360)];
    for guest in &mut guests {
        guest.seen = Seen::ByClient;
    }
    Sketch::new(Kind::Group, 360, guests)
}

fn service_only() -> Sketch {
    let mut guests = vec![client(1, 360), client(2, 360)];
    for guest in &mut guests {
        guest.seen = Seen::ByService;
    }
    Sketch::new(Kind::Group, 360, guests)
}

fn large() -> Sketch {
    let mut guests: Vec<Guest> = (1..=1000).map(|person| client(person, 1800)).collect();
    for (at, guest) in guests.iter_mut().enumerate() {
        guest.joins = (at as u32 * 7) % 300;
        guest.has_camera = at < 9;
    }
    for (at, cause) in [(50, Cause::Jitter), (150, Cause::Loss), (250, Cause::Delay)] {
        guests[at].troubles.push(Trouble { from: 0, to: 1800, cause });
    }
    let mut sketch = Sketch::new(Kind::Group, 1800, guests);
    // The media statistics of so many would be millions of rows.
    sketch.has_series = false;
    sketch.extras.recording = true;
    sketch
}
