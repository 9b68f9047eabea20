//! A count of different values as a `dynamic` value: `[[1024,14],[hashes],[]]` while there are few of them, then
//! `[[1024,14],[],[registers]]`, the registers in base64.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{Sketch, Summary};

/// Counts are exact up to this many values.
const FEW: usize = 1024;

/// Which hashes were seen: all of them while they are few, then a sketch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hll {
    bits: u32,
    few: BTreeSet<u64>,
    many: Option<Sketch>,
}

impl Hll {
    /// Nothing seen yet; later in 2^`bits` registers.
    pub(crate) fn new(bits: u32) -> Hll {
        Hll { bits, few: BTreeSet::new(), many: None }
    }

    /// Adds a hash.
    pub(crate) fn add(&mut self, hash: u64) {
        match &mut self.many {
            Some(sketch) => sketch.add(hash),
            None => {
                self.few.insert(hash);
                if self.few.len() > FEW {
                    self.go_over();
                }
            }
        }
    }

    fn go_over(&mut self) -> &mut Sketch {
        let few = std::mem::take(&mut self.few);
        let sketch = self.many.get_or_insert_with(|| Sketch::new(self.bits));
        few.into_iter().for_each(|hash| sketch.add(hash));
        sketch
    }

    /// How many different hashes were seen.
    pub(crate) fn count(&self) -> u64 {
        self.many.as_ref().map_or(self.few.len() as u64, Sketch::count)
    }

    /// How many hashes all of these have seen: exactly while they are few, then from the counts of all unions.
    pub(crate) fn common(all: &[Hll]) -> u64 {
        let Some((first, rest)) = all.split_first() else { return 0 };
        if all.iter().all(|hll| hll.many.is_none()) {
            return first.few.iter().filter(|hash| rest.iter().all(|hll| hll.few.contains(hash))).count() as u64;
        }
        let mut sum = 0;
        for chosen in 1..1u32 << all.len() {
            let mut union = Hll::new(first.bits);
            let members = all.iter().enumerate().filter(|(index, _)| chosen & (1 << index) != 0);
            members.for_each(|(_, hll)| union.merge(hll));
            let count = i64::try_from(union.count()).unwrap_or(i64::MAX);
            sum += if chosen.count_ones() % 2 == 1 { count } else { -count };
        }
        // The counts are estimates, so their sum may leave the range of what is possible.
        let most = all.iter().map(Hll::count).min().unwrap_or(0);
        u64::try_from(sum).unwrap_or(0).min(most)
    }
}

impl Summary for Hll {
    fn merge(&mut self, other: &Hll) {
        if let Some(sketch) = &other.many {
            self.go_over().merge(sketch);
        }
        other.few.iter().for_each(|hash| self.add(*hash));
        self.bits = self.many.as_ref().map_or(self.bits.min(other.bits), Sketch::bits);
    }

    fn to_json(&mut self) -> String {
        let few: Vec<String> = self.few.iter().map(|hash| hash.cast_signed().to_string()).collect();
        let many: Vec<String> = self.many.iter().map(|sketch| STANDARD.encode(sketch.registers())).collect();
        json!([[FEW, self.bits], few, many]).to_string()
    }

    fn parse(cell: &str) -> Option<Hll> {
        let json: Json = serde_json::from_str(cell).ok()?;
        let [Json::Array(head), Json::Array(few), Json::Array(many)] = json.as_array()?.as_slice() else { return None };
        let bits = u32::try_from(head.get(1)?.as_u64()?).ok().filter(|bits| (4..=18).contains(bits))?;
        let hash = |hash: &Json| Some(hash.as_str()?.parse::<i64>().ok()?.cast_unsigned());
        let few = few.iter().map(hash).collect::<Option<_>>()?;
        let many = match many.first() {
            Some(registers) => Some(Sketch::from_registers(&STANDARD.decode(registers.as_str()?).ok()?)?),
            None => None,
        };
        Some(Hll { bits, few, many })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.few.len() * 16 + self.many.as_ref().map_or(0, |sketch| sketch.registers().len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn hll(range: std::ops::Range<u64>) -> Hll {
        let mut hll = Hll::new(14);
        range.for_each(|n| hll.add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        hll
    }

    #[test]
    fn few_values_are_counted_exactly() {
        assert_eq!(hll(0..1000).count(), 1000);
        let mut merged = hll(0..600);
        merged.merge(&hll(400..900));
        assert_eq!(merged.count(), 900);
    }

    #[test]
    fn merging_is_seeing_all() {
        for (left, right) in [(0..5000, 4000..9000), (0..10, 0..9000), (0..9000, 5..10)] {
            let mut merged = hll(left);
            merged.merge(&hll(right));
            assert_eq!(merged, hll(0..9000));
        }
    }

    #[test]
    fn common_values() {
        assert_eq!(Hll::common(&[hll(0..600), hll(400..900), hll(500..501)]), 1);
        assert_eq!(Hll::common(&[hll(0..5000), hll(0..5000), hll(0..5000)]), hll(0..5000).count());
        assert_eq!(Hll::common(&[hll(0..5000), hll(0..0)]), 0);
        // Estimates want hashes that look random.
        let mixed = |range: std::ops::Range<u64>| {
            let mut hll = Hll::new(14);
            range.for_each(|n| {
                let n = (n ^ (n >> 30)).wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                hll.add(n ^ (n >> 31));
            });
            hll
        };
        let many = Hll::common(&[mixed(0..5000), mixed(4000..9000)]);
        assert!(many.abs_diff(1000) < 200, "{many}");
    }

    #[test]
    fn json_keeps_all() {
        for end in [0, 5, 5000] {
            let mut seen = hll(0..end);
            let json = seen.to_json();
            assert_eq!(Hll::parse(&json), Some(seen));
        }
        assert_eq!(hll(0..1).to_json(), r#"[[1024,14],["0"],[]]"#);
        assert_eq!(Hll::parse("[1,2]"), None);
    }
}
