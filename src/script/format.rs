//! Formats a file that may hold several requests.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::{TokenKind, format, lex, parse};

use super::block::{Block, BlockKind, blocks};

/// What came of formatting a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Formatted {
    /// The new text.
    pub text: String,
    /// What is wrong with the requests that were left as they are, at places of the old text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Formats every request of a file. The empty lines between them stay; a request with a mistake is left as it is.
///
/// A file that is one request as a whole, of several statements, stays one.
pub fn format_script(text: &str, is_command: impl Fn(&str) -> bool) -> Formatted {
    let blocks = blocks(text, is_command);
    let count = |kind: BlockKind| blocks.iter().filter(|block| block.kind == kind).count();
    if count(BlockKind::Command) == 0 && count(BlockKind::Request) > 1 && parse(text).diagnostics.is_empty() {
        let whole = Block { kind: BlockKind::Request, span: Span::new(0, text.len()), text: text.to_owned() };
        return write(text, &[whole]);
    }
    write(text, &blocks)
}

fn write(text: &str, blocks: &[Block]) -> Formatted {
    let mut out = String::new();
    let mut diagnostics = Vec::new();
    let mut at = 0;
    for block in blocks {
        let gap = text.get(at..block.span.range().start).unwrap_or("");
        let empty = gap.matches('\n').count().saturating_sub(usize::from(at > 0));
        if at > 0 {
            out.push_str(&"\n".repeat(empty));
        }
        match block.kind {
            BlockKind::Command | BlockKind::Comment => push_lines(&mut out, &block.text),
            BlockKind::Request => {
                let body = head(&block.text);
                match format(&block.text[body..]) {
                    Ok(formatted) => {
                        push_lines(&mut out, &block.text[..body]);
                        out.push_str(&formatted);
                    }
                    Err(mistakes) => {
                        let by = block.span.range().start + body;
                        diagnostics.extend(mistakes.into_iter().map(|mistake| mistake.moved(by)));
                        out.push_str(&block.text);
                        out.push('\n');
                    }
                }
            }
        }
        at = block.span.range().end;
    }
    if text.contains("\r\n") {
        out = out.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Formatted { text: out, diagnostics }
}

/// The length of the comments at the start that an empty line sets apart from the rest.
fn head(text: &str) -> usize {
    let first =
        lex(text).0.iter().find(|token| token.kind != TokenKind::End).map_or(text.len(), |t| t.span.range().start);
    let (mut at, mut end) = (0, 0);
    for line in text.get(..first).unwrap_or("").split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() && line.ends_with('\n') {
            end = at;
        }
    }
    end
}

/// Adds lines as they are, without blanks around them, and without empty ones at the start of everything.
fn push_lines(out: &mut String, text: &str) {
    for line in text.lines().map(str::trim) {
        if !(out.is_empty() && line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let is_command = |line: &str| line.trim().starts_with(".format");
        let formatted = format_script(text, is_command);
        assert_eq!(formatted.text, expected);
        assert_eq!(format_script(expected, is_command).text, expected, "formatting twice");
    }

    #[test]
    fn requests_stay_apart() {
        check("T|count\n\n\n\nU|take 5 // x\n", "T\n| count\n\n\n\nU\n| take 5 // x\n");
        check("// Title\n\n// about\nT|count\n\n// end", "// Title\n\n// about\nT\n| count\n\n// end\n");
        check(".format   json\nT|count", ".format   json\nT\n| count\n");
        check("\n\nT", "T\n");
        check("T|count\r\n\r\nU\r\n", "T\r\n| count\r\n\r\nU\r\n");
        check("", "");
    }

    #[test]
    fn a_file_that_is_one_request_stays_one() {
        check("T|count;\n\nU|count;", "T\n| count;\n\nU\n| count\n");
    }

    #[test]
    fn mistakes_are_left_and_reported() {
        let text = "T|count\n\nT | wher  x\n\nU|count\n";
        let formatted = format_script(text, |_| false);
        assert_eq!(formatted.text, "T\n| count\n\nT | wher  x\n\nU\n| count\n");
        assert_eq!(formatted.diagnostics.len(), 1);
        assert_eq!(&text[formatted.diagnostics[0].label.span.range()], "wher");
    }
}
