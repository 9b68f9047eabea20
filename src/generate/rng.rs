//! A small random generator: the same numbers for the same seed on every machine, for every number of threads.

/// A stream of random numbers (xoshiro256++). Each call, person and table has its own stream.
#[derive(Clone, Debug)]
pub(super) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of a number, for a purpose, under a seed.
    pub(super) fn new(seed: u64, purpose: u64, number: u64) -> Self {
        let mut mixed = seed ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ number.wrapping_mul(0xa076_1d64_78bd_642f);
        let mut split = || {
            mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = mixed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: [split(), split(), split(), split()] }
    }

    pub(super) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from 0 up to below one.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number below another; 0 when that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// A number between two, both included.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1).max(1) as u64) as i64
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A number of the normal distribution. The logarithm and the cosine are ours, not the machine's.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// A positive number with a long tail around its median.
    pub(super) fn around(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(spread * self.normal())
    }

    /// One of several; the list must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// One of several by their weights.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let total: u64 = from.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        let hit = from.iter().position(|(weight, _)| {
            let here = left < u64::from(*weight);
            left = left.saturating_sub(u64::from(*weight));
            here
        });
        from[hit.unwrap_or_default()].1
    }

    /// A random GUID in lower case.
    pub(super) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (high, low) = ((high & !0xf000) | 0x4000, (low & (u64::MAX >> 2)) | (1 << 63));
        let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
        let (d, e) = (low >> 48, low & 0xffff_ffff_ffff);
        hex_groups(&[(a, 8), (b, 4), (c, 4), (d, 4), (e, 12)])
    }

    /// Text of letters and digits.
    pub(super) fn base64(&mut self, length: usize) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| self.pick(DIGITS) as char).collect()
    }
}

fn hex_groups(groups: &[(u64, usize)]) -> String {
    const DIGITS: &[u8] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (at, (number, width)) in groups.iter().enumerate() {
        if at > 0 {
            text.push('-');
        }
        for digit in (0..*width).rev() {
            text.push(DIGITS[(number >> (4 * digit)) as usize & 15] as char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_and_apart() {
        // Known values: files made by older versions must be made again the same.
        let mut rng = Rng::new(1, 2, 3);
        let first = rng.next();
        assert_eq!(Rng::new(1, 2, 3).next(), first);
        assert_ne!(Rng::new(1, 2, 4).next(), first);
        assert_ne!(Rng::new(1, 3, 3).next(), first);
        assert_ne!(Rng::new(2, 2, 3).next(), first);
    }

    #[test]
    fn guids_look_like_guids() {
        let guid = Rng::new(1, 1, 1).guid();
        let groups: Vec<usize> = guid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{guid}");
        assert_eq!(guid.as_bytes()[14], b'4', "{guid}");
        assert!(guid.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c)), "{guid}");
    }

    #[test]
    fn weights_count() {
        let mut rng = Rng::new(7, 0, 0);
        let mut hits = [0u32; 3];
        for _ in 0..10_000 {
            hits[rng.weighted(&[(1, 0), (0, 1), (9, 2)])] += 1;
        }
        assert_eq!(hits[1], 0);
        assert!((800..1200).contains(&hits[0]), "{hits:?}");
    }
}
