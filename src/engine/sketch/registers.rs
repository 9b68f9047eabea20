//! HyperLogLog: how many different 64-bit hashes were seen, in a fixed amount of memory.

/// Registers with the longest run of leading zeros seen in each bucket of hashes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sketch {
    registers: Box<[u8]>,
}

impl Sketch {
    /// A sketch of 2^`bits` registers, with a standard error of 1.04 / 2^(`bits` / 2).
    pub(crate) fn new(bits: u32) -> Sketch {
        Sketch { registers: vec![0; 1 << bits].into() }
    }

    /// A sketch from its registers; `None` unless their number is a power of two of a usual size.
    pub(crate) fn from_registers(registers: &[u8]) -> Option<Sketch> {
        let fits = registers.len().is_power_of_two() && (16..=1 << 18).contains(&registers.len());
        fits.then(|| Sketch { registers: registers.into() })
    }

    /// The registers.
    pub(crate) fn registers(&self) -> &[u8] {
        &self.registers
    }

    /// The number of registers, as a power of two.
    pub(crate) fn bits(&self) -> u32 {
        self.registers.len().trailing_zeros()
    }

    /// Adds a hash.
    pub(crate) fn add(&mut self, hash: u64) {
        let bits = self.bits();
        let bucket = (hash >> (64 - bits)) as usize;
        // The bit below the rest bounds the run when the rest is all zeros.
        let rest = (hash << bits) | (1 << (bits - 1));
        let run = rest.leading_zeros() as u8 + 1;
        let register = &mut self.registers[bucket];
        *register = (*register).max(run);
    }

    /// Adds what another sketch has seen. Of two sizes the smaller wins.
    pub(crate) fn merge(&mut self, other: &Sketch) {
        if other.registers.len() < self.registers.len() {
            *self = self.folded(other.bits());
        }
        let folded;
        let other = if other.registers.len() > self.registers.len() {
            folded = other.folded(self.bits());
            &folded
        } else {
            other
        };
        for (own, other) in self.registers.iter_mut().zip(&other.registers) {
            *own = (*own).max(*other);
        }
    }

    /// The sketch that fewer registers would have given.
    fn folded(&self, bits: u32) -> Sketch {
        let lost = self.bits() - bits;
        let mut folded = Sketch::new(bits);
        for (bucket, &run) in self.registers.iter().enumerate().filter(|(_, run)| **run > 0) {
            let low = bucket as u64 & ((1 << lost) - 1);
            // The lost bits of the bucket lead the rest of the hash.
            let run = match low {
                0 => run + lost as u8,
                _ => (low.leading_zeros() - (64 - lost)) as u8 + 1,
            };
            let register = &mut folded.registers[bucket >> lost];
            *register = (*register).max(run);
        }
        folded
    }

    /// How many different hashes were seen, by Ertl's estimator, which needs no corrections for small or large counts.
    pub(crate) fn count(&self) -> u64 {
        let buckets = self.registers.len() as f64;
        let longest = 64 - self.bits() as usize;
        let mut histogram = vec![0.0f64; longest + 2];
        for &run in &self.registers {
            histogram[usize::from(run).min(longest + 1)] += 1.0;
        }
        let mut z = buckets * tau(1.0 - histogram[longest + 1] / buckets);
        for count in histogram[1..=longest].iter().rev() {
            z = 0.5 * (z + count);
        }
        z += buckets * sigma(histogram[0] / buckets);
        (buckets * buckets / (2.0 * std::f64::consts::LN_2) / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(range: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
        // SplitMix64: a bijection that scatters well.
        range.map(|n| {
            let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        })
    }

    fn sketch(bits: u32, range: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::new(bits);
        hashes(range).for_each(|hash| sketch.add(hash));
        sketch
    }

    #[test]
    fn counts_are_within_three_standard_errors() {
        for bits in [12, 14, 16, 18] {
            for count in [0u64, 1, 100, 5_000, 100_000, 3_000_000] {
                let error = (sketch(bits, 0..count).count() as f64 - count as f64).abs();
                let allowed = 3.0 * 1.04 / f64::from(1 << bits).sqrt() * count as f64;
                assert!(error <= allowed.max(0.5), "{bits} bits, {count} values: off by {error}");
            }
        }
    }

    #[test]
    fn merging_is_counting_together() {
        let mut left = sketch(14, 0..60_000);
        left.merge(&sketch(14, 40_000..90_000));
        assert_eq!(left, sketch(14, 0..90_000));
    }

    #[test]
    fn a_large_sketch_folds_to_the_small_one() {
        let mut large = sketch(16, 0..60_000);
        large.merge(&sketch(12, 0..10));
        assert_eq!(large, sketch(12, 0..60_000));
        let mut small = sketch(12, 0..10);
        small.merge(&sketch(16, 0..60_000));
        assert_eq!(small, sketch(12, 0..60_000));
    }
}
