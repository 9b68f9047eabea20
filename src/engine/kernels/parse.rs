//! Texts taken apart: JSON by path, CSV records, file paths, command lines.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Decimal128Type;
use datafusion::common::{Result, exec_datafusion_err};
use serde_json::{Value as Json, json};

use super::{Args, Kernel};
use crate::engine::dynamic;
use crate::functions::json_path::{Step, parse_json_path};

/// What a part of a version is less than.
const VERSION_PART: i128 = 100_000_000;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("extract_json", extract_json),
    Kernel::new("parse_csv", |args| map(args, |text| Json::from(csv_record(text)))),
    Kernel::new("parse_version", parse_version),
    Kernel::new("parse_path", |args| map(args, parse_path)),
    Kernel::new("parse_command_line", |args| map(args, |text| Json::from(windows_arguments(text)))),
];

/// A function of one text to a value.
pub(super) fn map(args: &Args, f: impl Fn(&str) -> Json) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.dynamics(|row| dynamic::encode(&f(texts.text(row))))
}

/// The part of a cell at the end of a path; `None` for null too.
fn at<'a>(cell: &'a str, steps: &[Step]) -> Option<&'a str> {
    let part = steps.iter().try_fold(cell, |cell, step| match step {
        Step::Key(key) => dynamic::member(cell, key),
        Step::Index(index) => dynamic::element(cell, i64::try_from(*index).ok()?),
    })?;
    (part != "null").then_some(part)
}

fn extract_json(args: &Args) -> Result<ArrayRef> {
    let (paths, texts) = (args.text(0)?, args.text(1)?);
    let read = |path: &str| parse_json_path(path).map_err(|message| exec_datafusion_err!("{message}"));
    let count = if paths.constant().is_some() { 1 } else { args.rows };
    let steps = (0..count).map(|row| read(paths.text(row))).collect::<Result<Vec<_>>>()?;
    args.dynamics(|row| {
        let cell = dynamic::cell(texts.text(row)).ok()??;
        at(&cell, if count == 1 { &steps[0] } else { &steps[row] }).map(str::to_owned)
    })
}

/// Null unless the text is one to four numbers of up to eight digits, set apart by dots.
fn parse_version(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.values::<Decimal128Type>(|row| version(texts.get(row)?))
}

/// Each number in eight digits, one behind the other; those that are missing are zeros.
fn version(text: &str) -> Option<i128> {
    let mut parts = text.trim().split('.');
    let mut whole = 0;
    for place in 0..4 {
        let part = match parts.next() {
            Some(part) => part,
            None if place > 0 => "0",
            None => return None,
        };
        let digits = !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        let part: i128 = digits.then(|| part.parse().ok())??;
        whole = (part < VERSION_PART).then(|| whole * VERSION_PART + part)?;
    }
    parts.next().is_none().then_some(whole)
}

/// The fields of the first record.
fn csv_record(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let last = fields.len() - 1;
        let field = &mut fields[last];
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            '\r' if !quoted && letters.peek() == Some(&'\n') => break,
            '\n' if !quoted => break,
            other => field.push(other),
        }
    }
    fields
}

fn parse_path(path: &str) -> Json {
    let (scheme, rest) = path.split_once("://").unwrap_or(("", path));
    let (directory, file) = match rest.rfind(['/', '\\']) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => ("", rest),
    };
    let (file, stream) = file.split_once(':').unwrap_or((file, ""));
    let drive = rest.as_bytes().get(1) == Some(&b':') && rest.as_bytes()[0].is_ascii_alphabetic();
    json!({
        "Scheme": scheme,
        "RootPath": if drive { &rest[..2] } else { "" },
        "DirectoryPath": directory,
        "DirectoryName": directory.rsplit(['/', '\\']).next().unwrap_or(""),
        "Filename": file,
        "Extension": file.rsplit_once('.').map_or("", |(_, extension)| extension),
        "AlternateDataStreamName": stream,
    })
}

/// Arguments as Windows programs get them: blanks separate, quotes group, and backslashes before a quote escape it.
fn windows_arguments(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut argument: Option<String> = None;
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            ' ' | '\t' if !quoted => arguments.extend(argument.take()),
            '\\' => {
                let mut slashes = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    slashes += 1;
                }
                let current = argument.get_or_insert_default();
                if letters.peek() == Some(&'"') {
                    current.extend(std::iter::repeat_n('\\', slashes / 2));
                    if slashes % 2 == 1 {
                        current.extend(letters.next());
                    }
                } else {
                    current.extend(std::iter::repeat_n('\\', slashes));
                }
            }
            '"' => {
                let current = argument.get_or_insert_default();
                if quoted && letters.next_if_eq(&'"').is_some() {
                    current.push('"');
                } else {
                    quoted = !quoted;
                }
            }
            other => argument.get_or_insert_default().push(other),
        }
    }
    arguments.extend(argument);
    arguments
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use super::version;
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn json_by_path() {
        let source = text(r#"{"a": [{"b c": 5}], "d": null}"#);
        check("extract_json", &[text("$.a[0]['b c']"), source.clone()], Value::Dynamic(json!(5)));
        check("extract_json", &[text("$.a[0]"), source.clone()], Value::Dynamic(json!({"b c": 5})));
        for path in ["$.a[1]", "$.d", "$.x.y"] {
            check("extract_json", &[text(path), source.clone()], Value::Null(Type::Dynamic));
        }
        check("extract_json", &[text("$.a"), text("no json")], Value::Null(Type::Dynamic));
    }

    #[test]
    fn csv() {
        let record = |source: &str, expected| check("parse_csv", &[text(source)], Value::Dynamic(expected));
        record(r#"aa,"b,b","say ""x""","#, json!(["aa", "b,b", "say \"x\"", ""]));
        record("a,\"1\n2\"\nb", json!(["a", "1\n2"]));
        record("", json!([""]));
    }

    #[test]
    fn paths() {
        let path = |source: &str, expected: [&str; 7]| {
            let [scheme, root, directory, name, file, extension, stream] = expected;
            let expected = json!({"Scheme": scheme, "RootPath": root, "DirectoryPath": directory,
                "DirectoryName": name, "Filename": file, "Extension": extension, "AlternateDataStreamName": stream});
            check("parse_path", &[text(source)], Value::Dynamic(expected));
        };
        path(r"C:\temp\file.txt", ["", "C:", r"C:\temp", "temp", "file.txt", "txt", ""]);
        path("file://C:/temp/file.txt:some.exe", ["file", "C:", "C:/temp", "temp", "file.txt", "txt", "some.exe"]);
        path("/usr/lib/x.tar.gz", ["", "", "/usr/lib", "lib", "x.tar.gz", "gz", ""]);
    }

    #[test]
    fn versions() {
        assert_eq!(version("1.2.3.40"), Some(1_0000_0002_0000_0003_0000_0040));
        assert_eq!(version("1"), version("1.0.0.0"));
        assert_eq!(version("99999999.99999999.99999999.99999999"), Some(10i128.pow(32) - 1));
        for wrong in ["", "1.", "1.2.3.4.5", "1.a", "100000000", "-1", "1.+2"] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn command_lines() {
        let split = |source: &str, expected| check("parse_command_line", &[text(source)], Value::Dynamic(expected));
        split(r#"echo "hello world!" "" x"#, json!(["echo", "hello world!", "", "x"]));
        split(r#"a\\"b c" d\"e \f"#, json!([r"a\b c", r#"d"e"#, r"\f"]));
    }
}
