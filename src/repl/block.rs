//! When a typed request is finished, and where one request of a file ends and the next begins.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Query, StatementKind};
use crate::syntax::{TokenKind, lex, parse};

/// Whether what was typed so far can be run, or wants another line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It can be run, be it to see what is wrong with it.
    Finished,
    /// It goes on.
    Open,
}

/// Judges typed text. An empty line finishes it whatever it is, and so do a `;` and the end of the text when there is
/// something to answer. Text that breaks off in the middle goes on.
pub(super) fn progress(text: &str) -> Progress {
    let last_line = text.rsplit('\n').next().unwrap_or("");
    if is_command(text) || last_line.trim().is_empty() {
        return Progress::Finished;
    }
    let parsed = parse(text);
    let is_wrong = parsed.diagnostics.iter().any(Diagnostic::is_error);
    match is_wrong {
        false if has_answer(&parsed.query) => Progress::Finished,
        false => Progress::Open,
        true if parsed.breaks_off() || has_open_bracket(text) => Progress::Open,
        true => Progress::Finished,
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

/// Whether the text is a command of the shell: a dot and a word that the shell knows.
pub(super) fn is_command(text: &str) -> bool {
    super::command::find(text).is_some()
}

/// Cuts a text into requests. They are separated by empty lines; statements that only declare something stay with
/// what follows, and so does a line that starts with `|`. Commands of the shell take one line.
pub(super) fn split_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = String::new();
    let mut after_gap = false;
    for line in text.lines() {
        let blank = line.trim().is_empty();
        let goes_on = line.trim_start().starts_with('|') || !has_answer(&parse(&block).query);
        if !blank && after_gap && !goes_on {
            push_block(&mut blocks, &mut block);
        }
        if !blank && is_command(line) && !is_request(&block) {
            push_block(&mut blocks, &mut block);
            blocks.push(line.trim().to_owned());
            continue;
        }
        after_gap = blank;
        block.push_str(line);
        block.push('\n');
    }
    push_block(&mut blocks, &mut block);
    blocks
}

fn push_block(blocks: &mut Vec<String>, block: &mut String) {
    if is_request(block) {
        blocks.push(block.trim_end().to_owned());
    }
    block.clear();
}

/// Whether there is more than blanks and comments.
fn is_request(text: &str) -> bool {
    lex(text).0.iter().any(|token| token.kind != TokenKind::End)
}

/// Whether the request yields something, rather than only declaring it.
fn has_answer(query: &Query) -> bool {
    query.statements.iter().any(|statement| match &statement.kind {
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

    #[track_caller]
    fn check(text: &str, expected: Progress) {
        assert_eq!(progress(text), expected, "{text:?}");
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

    #[test]
    fn files_are_cut_at_empty_lines() {
        let text = "// first\nlet n = 5;\n\nprint n\n\n| extend m = 1\n\n.format json\n.timing on\nprint 2\n\n// only a comment\n";
        let blocks = split_blocks(text);
        assert_eq!(
            blocks,
            ["// first\nlet n = 5;\n\nprint n\n\n| extend m = 1", ".format json", ".timing on", "print 2"]
        );
    }
}
