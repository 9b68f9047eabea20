//! Many numbers counted by size: of those that differ by less than a four-thousandth only the greatest is known, and how
//! many there are.

use super::leader::Ordered;
use super::thin::Weighted;

/// Bits of a number's order that tell its bin: sign and exponent, then twelve bits of what follows.
const PAGE_BITS: u32 = 12;
const BIN_BITS: u32 = 12;

/// Numbers that a histogram can hold.
pub(super) trait Sized64: Ordered {
    /// The nearest floating point number. A greater number must not have a smaller one.
    fn near(self) -> f64;
}

impl Sized64 for i32 {
    fn near(self) -> f64 {
        f64::from(self)
    }
}

impl Sized64 for i64 {
    fn near(self) -> f64 {
        self as f64
    }
}

impl Sized64 for i128 {
    fn near(self) -> f64 {
        self as f64
    }
}

impl Sized64 for f64 {
    fn near(self) -> f64 {
        self
    }
}

/// The numbers of one group.
pub(super) struct Histogram<N> {
    /// The bins of each sign and exponent that occurs.
    pages: Vec<Option<Box<[Weighted<N>]>>>,
    used: usize,
}

impl<N: Sized64> Histogram<N> {
    pub(super) fn new() -> Self {
        Self { pages: std::iter::repeat_with(|| None).take(1 << PAGE_BITS).collect(), used: 0 }
    }

    /// Adds a number as often as its weight says.
    pub(super) fn add(&mut self, number: N, weight: i64) {
        // From the least to the greatest, with those that are no number last.
        let order = (number.near().key() as u64) ^ (1 << 63);
        let page = &mut self.pages[(order >> (64 - PAGE_BITS)) as usize];
        let bins = page.get_or_insert_with(|| {
            self.used += 1;
            vec![(N::default(), 0); 1 << BIN_BITS].into_boxed_slice()
        });
        let bin = (order >> (64 - PAGE_BITS - BIN_BITS)) as usize & ((1 << BIN_BITS) - 1);
        let (greatest, count) = &mut bins[bin];
        if *count == 0 || number.key() > greatest.key() {
            *greatest = number;
        }
        *count = count.saturating_add(weight);
    }

    /// The numbers with their weights, from the least to the greatest.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Weighted<N>> {
        self.pages.iter().flatten().flat_map(|bins| bins.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// The memory in use.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.pages.as_slice()) + self.used * (size_of::<Weighted<N>>() << BIN_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_whole_numbers_stay_themselves() {
        let mut histogram = Histogram::<i64>::new();
        (-4000..4000).rev().for_each(|number| histogram.add(number, 2));
        let numbers: Vec<_> = histogram.numbers().collect();
        assert_eq!(numbers, (-4000..4000).map(|number| (number, 2)).collect::<Vec<_>>());
    }

    #[test]
    fn of_near_numbers_the_greatest_is_known() {
        let mut histogram = Histogram::<f64>::new();
        let numbers = (0..100_000).map(|n| f64::from(n) * 1e7 - 3e11);
        let numbers: Vec<f64> = numbers.chain([f64::INFINITY, f64::NAN]).collect();
        numbers.iter().for_each(|number| histogram.add(*number, 1));
        let found: Vec<_> = histogram.numbers().collect();
        assert!(found.len() < 40_000, "{}", found.len());
        let mut below = 0;
        for (greatest, count) in found {
            let least = numbers[below];
            below += count as usize;
            assert_eq!(greatest.key(), numbers[below - 1].key());
            let is_near = greatest == least || greatest.is_nan() || (greatest - least).abs() <= greatest.abs() / 4000.0;
            assert!(is_near, "{greatest} for {least}");
        }
        assert_eq!(below, numbers.len());
    }
}
