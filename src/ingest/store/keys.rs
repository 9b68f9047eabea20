//! The keys of a data file's rows, kept beside it: small, and enough to tell whether a row is there already.
//!
//! A file has its checksum, a mark for versions, and then the rows in order: how much later than the one before, the
//! hash, and with versions the name and the version. One that is missing or torn is made anew from the data.

use std::io::Write;
use std::path::Path;

use twox_hash::XxHash64;

use super::identity::Key;
use crate::error::{Error, Result};

const PLAIN: u8 = 0;
const WITH_VERSIONS: u8 = 1;
/// Bytes of checksum and mark.
const HEAD: usize = 9;

/// Writes keys, which are in order of time.
pub(super) fn write(path: &Path, keys: impl Iterator<Item = Key>, is_versioned: bool) -> Result<()> {
    let mut bytes = vec![0; HEAD];
    bytes[HEAD - 1] = if is_versioned { WITH_VERSIONS } else { PLAIN };
    let mut last = 0;
    for key in keys {
        let time = unsigned(key.time);
        write_number(time.wrapping_sub(last), &mut bytes);
        last = time;
        bytes.extend_from_slice(&key.hash.to_le_bytes());
        if is_versioned {
            bytes.extend_from_slice(&key.name.to_le_bytes());
            bytes.extend_from_slice(&key.version.to_le_bytes());
        }
    }
    let sum = XxHash64::oneshot(0, &bytes[8..]);
    bytes[..8].copy_from_slice(&sum.to_le_bytes());
    let file = std::fs::File::create(path).and_then(|mut file| file.write_all(&bytes));
    file.map_err(|cause| Error::io(path, cause))
}

/// Reads keys; `None` when the file is missing or not whole.
pub(super) fn read(path: &Path) -> Option<Keys> {
    let bytes = std::fs::read(path).ok()?;
    let sum = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    if bytes.len() < HEAD || XxHash64::oneshot(0, &bytes[8..]) != sum {
        return None;
    }
    Some(Keys { is_versioned: bytes[HEAD - 1] == WITH_VERSIONS, bytes, at: HEAD, last: 0 })
}

/// The keys of a file, one by one.
pub(super) struct Keys {
    bytes: Vec<u8>,
    is_versioned: bool,
    at: usize,
    last: u64,
}

impl Keys {
    fn eight(&mut self) -> Option<[u8; 8]> {
        let eight = self.bytes.get(self.at..self.at + 8)?.try_into().ok()?;
        self.at += 8;
        Some(eight)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl Iterator for Keys {
    type Item = Key;

    fn next(&mut self) -> Option<Key> {
        self.last = self.number()?.wrapping_add(self.last);
        let mut key = Key { time: signed(self.last), hash: u64::from_le_bytes(self.eight()?), ..Key::default() };
        if self.is_versioned {
            key.name = u64::from_le_bytes(self.eight()?);
            key.version = i64::from_le_bytes(self.eight()?);
        }
        Some(key)
    }
}

/// A time as a number whose order is the same.
fn unsigned(time: i64) -> u64 {
    (time as u64) ^ (1 << 63)
}

fn signed(time: u64) -> i64 {
    (time ^ (1 << 63)) as i64
}

/// Seven bits a byte, the lowest first.
fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let times = [i64::MIN, i64::MIN, -5, 0, 1, 1_700_000_000_000_000_000, i64::MAX];
        for is_versioned in [false, true] {
            let keys: Vec<Key> = times
                .iter()
                .enumerate()
                .map(|(at, time)| match is_versioned {
                    true => Key { time: *time, hash: at as u64, name: 7, version: -(at as i64) },
                    false => Key { time: *time, hash: u64::MAX - at as u64, ..Key::default() },
                })
                .collect();
            write(&path, keys.iter().copied(), is_versioned).unwrap();
            assert_eq!(read(&path).unwrap().collect::<Vec<_>>(), keys);
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(read(&path).is_none());
        std::fs::write(&path, "").unwrap();
        assert!(read(&path).is_none());
    }
}
