//! Capture files of an event hub: an Avro container with one row per message.

/// What a capture file says about its rows.
const SCHEMA: &str = concat!(
    r#"{"type":"record","name":"EventData","namespace":"Microsoft.ServiceBus.Messaging","fields":["#,
    r#"{"name":"SequenceNumber","type":"long"},{"name":"Offset","type":"string"},"#,
    r#"{"name":"EnqueuedTimeUtc","type":"string"},"#,
    r#"{"name":"SystemProperties","type":{"type":"map","values":["long","double","string","bytes"]}},"#,
    r#"{"name":"Properties","type":{"type":"map","values":["long","double","string","bytes","null"]}},"#,
    r#"{"name":"Body","type":["null","bytes"]}]}"#,
);

/// What stands between the blocks of a file. Any sixteen bytes do.
const MARK: &[u8; 16] = b"calypso-generate";

/// Messages in one block.
const BLOCK: usize = 16;

/// A file with messages, each with the time at which it came in.
pub(super) fn capture(messages: &[(String, String)]) -> Vec<u8> {
    let mut file = b"Obj\x01".to_vec();
    push_long(&mut file, 2);
    for (key, value) in [("avro.codec", "null"), ("avro.schema", SCHEMA)] {
        push_bytes(&mut file, key.as_bytes());
        push_bytes(&mut file, value.as_bytes());
    }
    push_long(&mut file, 0);
    file.extend(MARK);
    let mut sequence = 0;
    for messages in messages.chunks(BLOCK) {
        let mut block = Vec::new();
        for (time, body) in messages {
            push_long(&mut block, sequence);
            push_bytes(&mut block, (sequence * 4096).to_string().as_bytes());
            push_bytes(&mut block, time.as_bytes());
            // Two maps without entries, then the second branch of a union.
            block.extend([0, 0]);
            push_long(&mut block, 1);
            push_bytes(&mut block, body.as_bytes());
            sequence += 1;
        }
        push_long(&mut file, messages.len() as i64);
        push_bytes(&mut file, &block);
        file.extend(MARK);
    }
    file
}

/// A number, small ones in few bytes, whatever their sign.
fn push_long(out: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest > 0x7f {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_long(out, bytes.len() as i64);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed() {
        let check = |number: i64, bytes: &[u8]| {
            let mut out = Vec::new();
            push_long(&mut out, number);
            assert_eq!(out, bytes, "{number}");
        };
        check(0, &[0]);
        check(-1, &[1]);
        check(1, &[2]);
        check(64, &[0x80, 1]);
        check(-64, &[0x7f]);
    }

    #[test]
    fn a_file_ends_with_its_mark() {
        let file = capture(&[("3/2/2026 9:00:00 AM".to_owned(), "{}".to_owned())]);
        assert!(file.starts_with(b"Obj\x01") && file.ends_with(MARK));
    }
}
