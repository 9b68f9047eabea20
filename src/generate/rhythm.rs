//! When calls begin: more by day than by night, more on workdays than on Sundays.

use super::rng::Rng;
use crate::value::NANOS_PER_DAY;

const HOUR: i64 = NANOS_PER_DAY / 24;

/// Calls per hour of a workday, in parts; UTC.
const BY_HOUR: [u32; 24] = [4, 3, 2, 2, 3, 7, 18, 45, 82, 100, 96, 84, 66, 80, 97, 92, 78, 58, 40, 30, 22, 16, 11, 7];

/// The share of a workday's calls, from Monday on.
const BY_WEEKDAY: [f64; 7] = [0.94, 1.0, 0.99, 0.96, 0.82, 0.24, 0.17];

/// The starts of calls over a period, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Rhythm {
    from: i64,
    to: i64,
    calls: u64,
    /// For each hour of the period its start and the share of calls before it.
    hours: Vec<(i64, f64)>,
}

impl Rhythm {
    /// Spreads calls over a period. It must not be empty.
    pub(super) fn new(from: i64, to: i64, calls: u64) -> Self {
        let mut hours = Vec::new();
        let mut total = 0.0;
        let mut at = from;
        while at < to {
            let end = ((at.div_euclid(HOUR) + 1) * HOUR).min(to);
            hours.push((at, total));
            total += weight(at) * (end - at) as f64 / HOUR as f64;
            at = end;
        }
        for (_, before) in &mut hours {
            *before /= total;
        }
        Self { from, to, calls, hours }
    }

    /// When a call begins, to the millisecond. Later numbers begin later, so a part of the calls is a part of the time.
    pub(super) fn start(&self, number: u64, rng: &mut Rng) -> i64 {
        let share = (number as f64 + rng.unit()) / self.calls.max(1) as f64;
        let after = self.hours.partition_point(|(_, before)| *before <= share).max(1);
        let (start, before) = self.hours.get(after - 1).copied().unwrap_or((self.from, 0.0));
        let (end, until) = self.hours.get(after).copied().unwrap_or((self.to, 1.0));
        let part = if until > before { (share - before) / (until - before) } else { 0.0 };
        let at = start + (part * (end - start) as f64) as i64;
        at.clamp(self.from, self.to - 1) / 1_000_000 * 1_000_000
    }
}

fn weight(at: i64) -> f64 {
    let day = at.div_euclid(NANOS_PER_DAY);
    // The first of January 1970 was a Thursday.
    let weekday = (day + 3).rem_euclid(7) as usize;
    let hour = at.rem_euclid(NANOS_PER_DAY) / HOUR;
    BY_WEEKDAY[weekday] * f64::from(BY_HOUR[hour as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_follow_the_week() {
        // 2026-03-02 is a Monday.
        let from = 1_772_409_600_000_000_000;
        let rhythm = Rhythm::new(from, from + 7 * NANOS_PER_DAY, 7000);
        let mut by_day = [0u32; 7];
        let mut by_hour = [0u32; 24];
        let mut last = from;
        for number in 0..7000 {
            let start = rhythm.start(number, &mut Rng::new(1, 1, number));
            assert!(start >= last - 1_000_000, "{number}");
            last = start;
            by_day[((start - from) / NANOS_PER_DAY) as usize] += 1;
            by_hour[((start - from) % NANOS_PER_DAY / HOUR) as usize] += 1;
        }
        assert!(by_day[0] > 3 * by_day[6], "{by_day:?}");
        assert!(by_hour[9] > 10 * by_hour[2], "{by_hour:?}");
    }
}
