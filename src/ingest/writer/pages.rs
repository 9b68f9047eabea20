//! How Parquet writes small numbers: runs of one number, and numbers packed bit by bit.

/// Fewest equal numbers that are worth a run.
const RUN: usize = 8;

/// Bits that the numbers below a count take.
pub(super) fn width_of(count: usize) -> u8 {
    (usize::BITS - count.saturating_sub(1).leading_zeros()) as u8
}

/// Appends numbers as runs and packed groups of eight.
pub(super) fn write_hybrid(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    let (mut packed_from, mut at) = (0, 0);
    while at < numbers.len() {
        let number = numbers[at];
        let run = numbers[at..].iter().take_while(|other| **other == number).count();
        // What is packed before a run must be whole groups.
        let filling = (at - packed_from).next_multiple_of(8) - (at - packed_from);
        if run >= RUN + filling {
            write_packed(&numbers[packed_from..at + filling], width, out);
            write_run(number, run - filling, width, out);
            packed_from = at + run;
        }
        at += run;
    }
    write_packed(&numbers[packed_from..], width, out);
}

/// Appends a run of one number.
pub(super) fn write_run(number: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    write_varint((count as u64) << 1, out);
    out.extend_from_slice(&number.to_le_bytes()[..usize::from(width).div_ceil(8)]);
}

fn write_packed(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(8);
    write_varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * usize::from(width);
    let (mut bits, mut count) = (0u64, 0);
    for number in numbers {
        bits |= u64::from(*number) << count;
        count += u32::from(width);
        if count >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            count -= 32;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..(count as usize).div_ceil(8)]);
    out.resize(end, 0);
}

fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what was written, by the letter of the format.
    fn read(bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let (mut numbers, mut at) = (Vec::new(), 0);
        while numbers.len() < count {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                header |= u64::from(bytes[at] & 0x7f) << shift;
                shift += 7;
                at += 1;
                if bytes[at - 1] & 0x80 == 0 {
                    break;
                }
            }
            if header & 1 == 0 {
                let mut number = [0; 4];
                let size = usize::from(width).div_ceil(8);
                number[..size].copy_from_slice(&bytes[at..at + size]);
                at += size;
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(number), (header >> 1) as usize));
                continue;
            }
            let size = (header >> 1) as usize * usize::from(width);
            for n in 0..(header >> 1) as usize * 8 {
                let bit = |b: usize| u32::from(bytes[at + b / 8] >> (b % 8) & 1);
                let number = (0..usize::from(width)).map(|b| bit(n * usize::from(width) + b) << b);
                numbers.push(number.sum());
            }
            at += size;
        }
        assert_eq!(at, bytes.len());
        numbers.truncate(count);
        numbers
    }

    #[test]
    fn numbers_come_back() {
        let mut state = 1u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for width in [1, 2, 3, 7, 8, 9, 13, 17, 20] {
            for length in [0, 1, 7, 8, 9, 100, 1000] {
                let mut numbers: Vec<u32> = Vec::new();
                while numbers.len() < length {
                    let run = if next(3) == 0 { next(40) as usize } else { 1 };
                    numbers.extend(std::iter::repeat_n(next(1 << width), run));
                }
                numbers.truncate(length);
                let mut bytes = Vec::new();
                write_hybrid(&numbers, width, &mut bytes);
                assert_eq!(read(&bytes, width, length), numbers, "{width} {length}");
            }
        }
        assert_eq!([0, 1, 2, 3, 4, 5, 256, 257].map(width_of), [0, 0, 1, 2, 2, 3, 8, 9]);
    }
}
