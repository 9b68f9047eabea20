//! Regular expressions as Kusto takes them.

use regex::{Error, Regex};

/// Compiles a regular expression. A brace that begins no repetition stands for itself, as in `volume{([^}]+)}`: Kusto's
/// engine was RE2 for long, which takes it so, and queries of that time are still about.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).or_else(|error| Regex::new(&with_plain_braces(pattern)).map_err(|_| error))
}

/// What is wrong with a regular expression, in one line.
pub(crate) fn reason(error: &Error) -> String {
    // The message draws the pattern first; its last line says what is wrong.
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn with_plain_braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '\\' => escape_length(rest),
            '{' if !in_class => match repetition_length(rest) {
                Some(length) => length,
                None => {
                    out.push('\\');
                    1
                }
            },
            _ => next.len_utf8(),
        };
        match next {
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// The length of a backslash with what belongs to it: one character, or the name or number in braces behind that.
fn escape_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let Some((at, escaped)) = chars.next() else { return text.len() };
    let end = at + escaped.len_utf8();
    match text[end..].find('}') {
        Some(close) if matches!(escaped, 'p' | 'P' | 'x' | 'u' | 'U' | 'b') && text[end..].starts_with('{') => {
            end + close + 1
        }
        _ => end,
    }
}

/// The length of `{3}`, `{3,}` or `{3,5}` at the beginning of a text.
fn repetition_length(text: &str) -> Option<usize> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some(inside.len() + 2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_no_repetition_stand_for_themselves() {
        let check = |pattern: &str, text: &str, group: &str| {
            let regex = compile(pattern).unwrap();
            let groups = regex.captures(text).unwrap();
            assert_eq!(groups.get(groups.len() - 1).unwrap().as_str(), group, "{pattern}");
        };
        check("volume{([^}]+)}", "a volume{x y}", "x y");
        check("{}", "a{}", "{}");
        check("{\\d{2,3}}", "a{1234}{123}", "{123}");
        check("a{,3}[{]", "a{,3}{", "a{,3}{");
        check("\\p{L}{2}{x}\\{", "1ab{x}{", "ab{x}{");
        check("a{2}", "aaa", "aa");
        check("{ü", "{ü", "{ü");
    }

    #[test]
    fn the_first_reason_is_told() {
        let error = compile("(a{").unwrap_err();
        assert_eq!(reason(&error), "unclosed counted repetition");
        assert!(compile("(\\").is_err());
    }
}
