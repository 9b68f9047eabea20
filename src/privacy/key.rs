//! The secret key, and the pseudonyms that it makes: HMAC with SHA-256, cut to 128 bits.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The environment variable that may hold the key.
const VARIABLE: &str = "CALYPSO_KEY";

/// Fewer bytes could be guessed.
const LEAST_BYTES: usize = 16;

/// What pseudonyms begin with.
const PREFIX: &str = "anon-";

/// Bytes of the hash that are kept.
const KEPT: usize = 16;

/// The block of SHA-256.
const BLOCK: usize = 64;

/// A secret key. Who has it can tell whether a pseudonym belongs to a known identity.
#[derive(Clone)]
pub struct Key {
    /// Hashes that have taken the key already, the inner and the outer one.
    inner: Sha256,
    outer: Sha256,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key of these bytes, without the ends of lines behind them. It must not be short.
    pub fn new(secret: &[u8]) -> Result<Key> {
        let secret = secret.trim_ascii_end();
        if secret.len() < LEAST_BYTES {
            return Err(Error::Usage(format!("the key has {} bytes, at least {LEAST_BYTES} are needed", secret.len())));
        }
        let mut block = [0; BLOCK];
        let short = match secret.len() {
            0..=BLOCK => secret.to_vec(),
            _ => Sha256::digest(secret).to_vec(),
        };
        block[..short.len()].copy_from_slice(&short);
        let padded = |pad: u8| Sha256::new().chain_update(block.map(|byte| byte ^ pad));
        Ok(Key { inner: padded(0x36), outer: padded(0x5c) })
    }

    /// The key that is in a file, or else in the environment as `CALYPSO_KEY`. It is never an argument, since those are
    /// seen by everybody on the machine.
    pub fn find(file: Option<&Path>) -> Result<Key> {
        match (file, std::env::var_os(VARIABLE)) {
            (Some(path), _) => Key::new(&std::fs::read(path).map_err(|cause| Error::io(path, cause))?),
            (None, Some(secret)) => Key::new(secret.as_encoded_bytes()),
            (None, None) => Err(Error::Usage(format!(
                "pseudonyms need a secret key: name a file with --key-file, or set {VARIABLE}"
            ))),
        }
    }

    /// The pseudonym of an identity. GUIDs in any letter case are the same, and telephone numbers with and without
    /// signs between the digits. What names nobody, and what is a pseudonym already, stays.
    pub(super) fn pseudonym(&self, identity: &str) -> Option<String> {
        let identity = canonical(identity);
        let names_nobody = matches!(identity.as_str(), "" | "null" | "Redacted" | "Unknown");
        (!names_nobody && !is_pseudonym(&identity)).then(|| {
            let hash = self.hash(&identity);
            hash.iter().fold(PREFIX.to_owned(), |text, byte| text + &format!("{byte:02x}"))
        })
    }

    /// The same in the form of a GUID.
    pub(super) fn guid(&self, identity: &str) -> String {
        let hex: String = self.hash(&canonical(identity)).iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    fn hash(&self, text: &str) -> [u8; KEPT] {
        let inner = self.inner.clone().chain_update(text).finalize();
        let outer = self.outer.clone().chain_update(inner).finalize();
        std::array::from_fn(|at| outer[at])
    }
}

fn is_pseudonym(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|hex| hex.len() == 2 * KEPT && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// One spelling of an identity.
fn canonical(identity: &str) -> String {
    let identity = identity.trim();
    let is_guid = identity.len() == 36 && identity.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if is_guid || identity.contains('@') {
        return identity.to_ascii_lowercase();
    }
    let number = identity.strip_prefix("%2B").or(identity.strip_prefix("%2b")).unwrap_or(identity);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || b" +().-/".contains(&b));
    match is_number && (7..=15).contains(&digits.len()) {
        true => format!("+{digits}"),
        false => identity.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Test cases 2 (with a longer key by its zero padding), 6 of RFC 4231.
    #[test]
    fn hashes_are_those_of_the_standard() {
        let check = |key: &[u8], text: &str, expected: &str| {
            let hash = Key::new(key).unwrap().hash(text);
            assert_eq!(hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
        };
        let padded = [b"Jefe".as_slice(), &[0; 20]].concat();
        check(&padded, "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7");
        let long = "Test Using Larger Than Block-Size Key - Hash Key First";
        check(&[0xaa; 131], long, "60e431591ee0b67f0d8a26aacbf5b77f");
    }
}
