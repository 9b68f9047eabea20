//! Sets of rows, a bit each.

/// A set of row numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// No row of so many.
    pub(in crate::engine) fn none(rows: usize) -> Bits {
        Bits { words: vec![0; rows.div_ceil(64)] }
    }

    /// All of so many rows.
    pub(in crate::engine) fn all(rows: usize) -> Bits {
        let mut words = vec![u64::MAX; rows.div_ceil(64)];
        if let (Some(last), rest @ 1..) = (words.last_mut(), rows % 64) {
            *last = (1 << rest) - 1;
        }
        Bits { words }
    }

    pub(in crate::engine) fn set(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub(in crate::engine) fn and(&self, other: &Bits) -> Bits {
        Bits { words: self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect() }
    }

    /// The rows that are not in the other set.
    pub(in crate::engine) fn without(&self, other: &Bits) -> Bits {
        Bits { words: self.words.iter().zip(&other.words).map(|(a, b)| a & !b).collect() }
    }

    /// Whether the other set has all rows of this one.
    pub(in crate::engine) fn within(&self, other: &Bits) -> bool {
        self.words.iter().zip(&other.words).all(|(a, b)| a & !b == 0)
    }

    /// The rows, in order.
    pub(in crate::engine) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors((word != 0).then_some(word), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_rows() {
        let mut some = Bits::none(70);
        some.set(1);
        some.set(69);
        let all = Bits::all(70);
        assert_eq!(all.ones().count(), 70);
        assert_eq!(all.and(&some).ones().collect::<Vec<_>>(), [1, 69]);
        assert!(some.within(&all) && !all.within(&some));
        assert_eq!(all.without(&some).ones().count(), 68);
        assert_eq!(Bits::all(0).ones().count(), 0);
        assert_eq!(Bits::all(64).ones().count(), 64);
    }
}
