//! When a typed request is finished, and where one request of a file ends and the next begins.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{Query, StatementKind};
use crate::syntax::{TokenKind, comments, lex, parse};

/// Whether what was typed so far can be run, or wants another line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It can be run, be it to see what is wrong with it.
    Finished,
    /// It goes on.
    Open,
}

/// Judges typed text. An empty line finishes it whatever it is, and so do a command of the shell, a `;`, and the end of
/// the text when there is something to answer. Text that breaks off in the middle goes on.
pub fn progress(text: &str, is_command: impl Fn(&str) -> bool) -> Progress {
    let last_line = text.rsplit('\n').next().unwrap_or("");
    if is_command(text) || last_line.trim().is_empty() || !goes_on(text) { Progress::Finished } else { Progress::Open }
}

/// Whether a text breaks off, or only declares something.
fn goes_on(text: &str) -> bool {
    let parsed = parse(text);
    let is_wrong = parsed.diagnostics.iter().any(Diagnostic::is_error);
    match is_wrong {
        false => !ends_in_answer(&parsed.query),
        true => parsed.breaks_off() || has_open_bracket(text),
    }
}

fn has_open_bracket(text: &str) -> bool {
    let depth = lex(text).0.iter().fold(0i32, |depth, token| match token.kind {
        TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth + 1,
        TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// A string of several lines that has begun and not ended.
fn has_open_string(text: &str) -> bool {
    let (tokens, _) = lex(text);
    tokens.iter().rev().find(|token| token.kind != TokenKind::End).is_some_and(|last| {
        ["```", "~~~"].iter().any(|quote| {
            last.text.trim_start_matches(['h', 'H']).starts_with(quote)
                && (last.text.len() < 6 || !last.text.ends_with(quote))
        })
    })
}

/// A part of a file that stands between empty lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its place in the file, without the line break at its end.
    pub span: Span,
    /// Its text.
    pub text: String,
}

/// What a part of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A request.
    Request,
    /// A command of the shell.
    Command,
    /// Nothing but comments.
    Comment,
}

impl Block {
    /// What a comment `// name: …` calls it, else the title: its first comment line, if that asks for nothing.
    pub fn name(&self) -> Option<String> {
        let texts = || comments(&self.text).into_iter().filter_map(|span| self.text.get(span.range()));
        let words = |text: &str| text.trim_start_matches('/').trim().to_owned();
        let named = texts().map(words).find_map(|text| Some(text.strip_prefix("name:")?.trim().to_owned()));
        let title = || self.text.lines().next()?.trim().strip_prefix("//").map(words);
        let is_title = |text: &String| ["expect:", "calypso:", "tags:"].iter().all(|word| !text.starts_with(word));
        named.or_else(|| title().filter(is_title)).filter(|name| !name.is_empty())
    }

    /// The text of the whole file with everything outside of the block blanked out, so that places in it are places of
    /// the file.
    pub fn in_place(&self, file: &str) -> String {
        let before = file.get(..self.span.range().start).unwrap_or("");
        let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
        before.chars().map(blank).collect::<String>() + &self.text
    }
}

/// Cuts a text into requests. They are separated by empty lines; statements that only declare something stay with
/// what follows, and so do a line that starts with `|` and whatever breaks off in the middle. Commands of the shell
/// take one line.
pub fn blocks(text: &str, is_command: impl Fn(&str) -> bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    // The block at hand: where it starts and where its last line ends.
    let mut open: Option<(usize, usize)> = None;
    let mut after_gap = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() {
            after_gap = true;
            continue;
        }
        if after_gap && open.is_some_and(|(from, to)| !stays_open(&text[from..to], line)) {
            push(&mut blocks, text, open.take(), BlockKind::Request);
        }
        after_gap = false;
        if is_command(line) && open.is_none_or(|(from, to)| !is_request(&text[from..to])) {
            push(&mut blocks, text, open.take(), BlockKind::Comment);
            push(&mut blocks, text, Some((start, end)), BlockKind::Command);
            continue;
        }
        open = Some((open.map_or(start, |(from, _)| from), end));
    }
    push(&mut blocks, text, open, BlockKind::Request);
    blocks
}

/// Whether a text is a request that nothing behind it could belong to, but for a line that starts with `|`.
pub fn is_whole(text: &str) -> bool {
    is_request(text) && !goes_on(text) && !has_open_string(text)
}

fn stays_open(block: &str, next_line: &str) -> bool {
    next_line.trim_start().starts_with('|') || goes_on(block) || has_open_string(block)
}

fn push(blocks: &mut Vec<Block>, text: &str, place: Option<(usize, usize)>, kind: BlockKind) {
    let Some((start, end)) = place else { return };
    let body = text[start..end].to_owned();
    let kind = if kind == BlockKind::Request && !is_request(&body) { BlockKind::Comment } else { kind };
    blocks.push(Block { kind, span: Span::new(start, end), text: body });
}

/// Whether there is more than blanks and comments.
pub fn is_request(text: &str) -> bool {
    lex(text).0.iter().any(|token| token.kind != TokenKind::End)
}

/// Whether a text ends in something that yields an answer, rather than in a declaration.
pub fn has_answer(text: &str) -> bool {
    ends_in_answer(&parse(text).query)
}

/// Whether the request ends in something that yields an answer, rather than in a declaration.
fn ends_in_answer(query: &Query) -> bool {
    query.statements.last().is_some_and(|statement| match &statement.kind {
        StatementKind::Expression(_) | StatementKind::Command(_) => true,
        StatementKind::Let(_)
        | StatementKind::Set(_)
        | StatementKind::QueryParameters(_)
        | StatementKind::Pattern(_)
        | StatementKind::Alias { .. }
        | StatementKind::Restrict(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_command(line: &str) -> bool {
        [".tables", ".format", ".timing"].iter().any(|name| line.trim().starts_with(name))
    }

    #[track_caller]
    fn check(text: &str, expected: Progress) {
        assert_eq!(progress(text, is_command), expected, "{text:?}");
    }

    #[test]
    fn whole_requests_are_finished_and_broken_off_ones_are_not() {
        check("", Progress::Finished);
        check("T", Progress::Finished);
        check("T | take 5", Progress::Finished);
        check("T |", Progress::Open);
        check("T | where", Progress::Open);
        check("T | where a >", Progress::Open);
        check("T | summarize count() by", Progress::Open);
        check("T | join kind=inner (S | take", Progress::Open);
        check("let n = 5;", Progress::Open);
        check("let n = 5;\nprint n", Progress::Finished);
        check("print 1;", Progress::Finished);
        check(".tables", Progress::Finished);
        check(".show tables", Progress::Finished);
    }

    #[test]
    fn an_empty_line_and_a_mistake_inside_finish() {
        check("T | where\n", Progress::Finished);
        check("T | where\n   ", Progress::Finished);
        check("T | whree a | take 5", Progress::Finished);
    }

    #[track_caller]
    fn cut(text: &str, expected: &[&str]) {
        let found = blocks(text, is_command);
        let texts: Vec<&str> = found.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, expected);
        for block in found {
            assert_eq!(&text[block.span.range()], block.text);
        }
    }

    #[test]
    fn files_are_cut_at_empty_lines() {
        cut(
            "// first\nlet n = 5;\n\nprint n\n\n| extend m = 1\n\n.format json\n.timing on\nprint 2\n\n// only a comment\n",
            &[
                "// first\nlet n = 5;\n\nprint n\n\n| extend m = 1",
                ".format json",
                ".timing on",
                "print 2",
                "// only a comment",
            ],
        );
    }

    #[test]
    fn what_breaks_off_goes_on_behind_an_empty_line() {
        cut("print ```a\n\nb```\n\nprint 2", &["print ```a\n\nb```", "print 2"]);
        cut("T | join (\n\n  U\n) on a\n\nU", &["T | join (\n\n  U\n) on a", "U"]);
        cut("print 1;\nlet a = 2;\n\nprint a", &["print 1;\nlet a = 2;\n\nprint a"]);
        cut("T | wher a\n\nU", &["T | wher a", "U"]);
        cut("\r\nT\r\n\r\nU\r\n", &["T", "U"]);
    }

    #[test]
    fn blocks_have_names_and_places() {
        let text = "print 1\n\n// Calls ä\n// name: x y\nprint 2\n\n// expect: rows 1\nprint 3";
        let found = blocks(text, is_command);
        let names: Vec<Option<String>> = found.iter().map(Block::name).collect();
        assert_eq!(names, [None, Some("x y".to_owned()), None]);
        assert_eq!(found[2].in_place(text).find("print"), text.rfind("print"));
        assert_eq!(found[2].in_place(text).lines().count(), text.lines().count());
    }
}
