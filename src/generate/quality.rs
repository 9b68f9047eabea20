//! How well media came through, every ten seconds. Everything that speaks of quality is derived from this one curve.

use super::people::Network;
use super::rng::Rng;

/// Seconds that a sample stands for.
pub(super) const STEP: u32 = 10;

/// A while in which something was wrong with a participant's network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    /// Seconds after the participant joined.
    pub(super) from: u32,
    /// Likewise.
    pub(super) to: u32,
    pub(super) cause: Cause,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Packets come irregularly.
    Jitter,
    /// Packets do not come.
    Loss,
    /// Packets come late.
    Delay,
    /// Only little fits through.
    Narrow,
    /// Nothing comes through.
    Outage,
}

/// The network as it was for ten seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Round trip in milliseconds.
    pub(super) rtt: f64,
    /// In milliseconds.
    pub(super) jitter: f64,
    /// Share of packets.
    pub(super) loss: f64,
    /// Jitter buffer in milliseconds.
    pub(super) buffer: f64,
    /// Share of audio that was made up.
    pub(super) healed: f64,
    /// Bits per second that fit through.
    pub(super) room: f64,
    /// Whether anything came through.
    pub(super) is_up: bool,
}

/// What can be seen of a picture under such a network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    /// Per second.
    pub(super) frames: f64,
    /// In pixels.
    pub(super) height: i64,
    /// Milliseconds that it stood still, per minute.
    pub(super) freeze: f64,
    /// Bits per second.
    pub(super) rate: f64,
}

/// What the camera or the screen gives when nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Camera,
    Screen,
}

/// The samples of a participant's time in the call.
pub(super) fn curve(network: &Network, troubles: &[Trouble], seconds: u32, rng: &mut Rng) -> Vec<Sample> {
    let steps = seconds.div_ceil(STEP);
    (0..steps)
        .map(|step| {
            let at = step * STEP;
            let causes = troubles.iter().filter(|trouble| trouble.from < at + STEP && trouble.to > at);
            let wobble = 1.0 + 0.08 * rng.normal().clamp(-3.0, 3.0);
            let fine = Sample {
                rtt: network.rtt * wobble,
                jitter: network.jitter * (2.0 - wobble),
                loss: if rng.chance(0.3) { network.loss * 3.0 * wobble } else { 0.0 },
                buffer: 40.0 + 6.0 * network.jitter * wobble,
                healed: network.loss * 2.0 * wobble,
                room: network.room * wobble,
                is_up: true,
            };
            causes.fold(fine, |sample, trouble| sample.under(trouble.cause, wobble))
        })
        .collect()
}

impl Sample {
    fn under(self, cause: Cause, wobble: f64) -> Sample {
        match cause {
            Cause::Jitter => Sample {
                jitter: self.jitter + 52.0 * wobble,
                buffer: self.buffer + 195.0 * wobble,
                healed: self.healed + 0.06 * wobble,
                ..self
            },
            Cause::Loss => {
                Sample { loss: self.loss + 0.16 * wobble, healed: self.healed + 0.15 * wobble, room: 6e5, ..self }
            }
            Cause::Delay => Sample { rtt: self.rtt + 620.0 * wobble, buffer: self.buffer + 60.0 * wobble, ..self },
            Cause::Narrow => Sample { room: 1.2e5 * wobble, rtt: self.rtt * 1.8, loss: self.loss + 0.02, ..self },
            Cause::Outage => Sample { is_up: false, loss: 1.0, healed: 1.0, room: 0.0, ..self },
        }
    }

    /// Share of full quality that speech had.
    pub(super) fn speech(&self) -> f64 {
        if self.is_up { (1.0 - self.healed).clamp(0.0, 1.0) } else { 0.0 }
    }

    pub(super) fn picture(&self, shown: Shown) -> Picture {
        let (best, most) = match shown {
            Shown::Camera => (720, 1.7e6),
            Shown::Screen => (1080, 1.1e6),
        };
        let room = self.room * 0.85;
        let (height, share) = match (self.is_up, room) {
            (false, _) => (0, 0.0),
            (true, room) if room >= 1e6 => (best, 1.0),
            (true, room) if room >= 4e5 => (best / 2, 0.6),
            (true, _) => (best / 4, 0.17),
        };
        let full = match shown {
            Shown::Camera => 29.0,
            Shown::Screen => 8.0,
        };
        let freeze = match () {
            () if !self.is_up => 60_000.0,
            () if self.loss > 0.1 || room < 2e5 => 9_500.0,
            () => self.loss * 20_000.0,
        };
        Picture { frames: full * share * (1.0 - self.loss).max(0.0), height, freeze, rate: room.min(most) }
    }
}

/// The mean of a number over a curve; `None` when there are no samples.
pub(super) fn mean(curve: &[Sample], of: impl Fn(&Sample) -> f64) -> Option<f64> {
    (!curve.is_empty()).then(|| curve.iter().map(of).sum::<f64>() / curve.len() as f64)
}

/// The greatest value of a number over a curve.
pub(super) fn most(curve: &[Sample], of: impl Fn(&Sample) -> f64) -> Option<f64> {
    curve.iter().map(of).reduce(f64::max)
}

/// How bad it was altogether: 0 is fine, 1 is bad all the time.
pub(super) fn badness(curve: &[Sample]) -> f64 {
    let bad = |sample: &Sample| {
        let is_bad = !sample.is_up || sample.jitter > 30.0 || sample.loss > 0.1 || sample.rtt > 500.0;
        f64::from(u8::from(is_bad || sample.room < 2e5))
    };
    mean(curve, bad).unwrap_or_default()
}
