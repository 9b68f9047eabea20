//! What kind of thing can stand at the cursor, judged by the tokens in front of it.

use crate::functions;
use crate::syntax::{Token, TokenKind, lex};

use super::words::{CHART_COLUMNS, OPERATOR_WORDS, OPTION_VALUES};

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// An operator, behind `|`.
    Operator,
    /// A table, or what else a query may begin with.
    Source,
    /// One of a few words, with what they are.
    Words(&'static [&'static str], &'static str),
    /// A chart of `render`.
    Chart,
    /// A property of `render`.
    Property,
    /// A plugin of `evaluate`.
    Plugin,
    /// The name of a type.
    Type,
    /// A name that the request makes up.
    NewName,
    /// Only a column, such as behind `project-away`.
    Column,
    /// A column that both sides of a join have, or `$left.`, `$right.`
    Shared,
    /// A column of the left side of a join, behind `$left.`
    LeftColumn,
    /// A column of the right side of a join, behind `$right.`
    RightColumn,
    /// A key of a dynamic value, behind a dot.
    Key {
        /// What stands in front of the dot.
        path: String,
    },
    /// An operand of an expression.
    Operand {
        /// Whether aggregates can stand here.
        aggregates: Aggregates,
        /// The column that it is compared with.
        compared: Option<String>,
        /// Words of the operator that can stand here too.
        first: &'static [&'static str],
    },
    /// What follows an operand: signs and words between operands, and words of the operator.
    Behind(&'static [&'static str]),
    /// The inside of a string that a column is compared with.
    Text {
        /// The column.
        column: String,
        /// Where the string begins, quote included.
        start: usize,
    },
    /// The inside of another string, or of a comment.
    Nothing,
}

/// Whether aggregates can stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregates {
    /// No.
    None,
    /// They are what is expected.
    First,
}

/// An open bracket, or the request itself, and the operator that stands in it.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    /// The index of the bracket; none for the request.
    open: Option<usize>,
    /// Where the operator behind the last `|`, or the statement, begins.
    start: usize,
}

/// The place at the end of a text.
pub(super) fn place(before: &str) -> Place {
    let tokens = lex(before).0;
    let mut done: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::End).collect();
    let is_at_end = |token: &&Token| token.span.end as usize == before.len();
    if let Some(text) = done.last().filter(|token| is_at_end(token) && token.kind == TokenKind::String).copied()
        && is_open_string(text.text)
    {
        done.pop();
        return match compared_column(&done) {
            Some(column) => Place::Text { column, start: text.span.start as usize },
            None => Place::Nothing,
        };
    }
    let end = done.last().map_or(0, |token| token.span.end as usize);
    let comment = before[end..].rsplit('\n').next().is_some_and(|line| line.contains("//"));
    if comment {
        return Place::Nothing;
    }
    // A word that ends at the cursor is still being typed.
    if done.last().is_some_and(|token| is_at_end(token) && is_word(token.text)) {
        done.pop();
    }
    // The name of an operator that has a dash in it is several tokens until it is whole.
    if let [.., bar, _, dash] = done.as_slice()
        && bar.kind == TokenKind::Bar
        && dash.kind == TokenKind::Minus
        && !dash.spaced
    {
        done.truncate(done.len() - 2);
    }
    judge(&done)
}

/// Whether the string at the end of the text is not closed yet.
fn is_open_string(text: &str) -> bool {
    let text = text.trim_start_matches(['@', 'h', 'H']);
    let Some(quote) = text.chars().next() else { return true };
    text.len() == 1 || !text.ends_with(quote)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

fn judge(done: &[&Token]) -> Place {
    let frames = frames(done);
    let Some(frame) = frames.last().copied() else { return Place::Source };
    let Some(last) = done.last() else { return Place::Source };
    let operator = operator_of(done, &frame);
    let opener = frame.open.and_then(|open| open.checked_sub(1)).and_then(|at| done.get(at)).map(|token| token.text);
    let inside = &done[frame.start.min(done.len())..];
    match last.kind {
        TokenKind::Bar => return Place::Operator,
        TokenKind::Semicolon => return Place::Source,
        TokenKind::Dot if done.len() > 1 => {
            return match done[done.len() - 2].text {
                "$left" => Place::LeftColumn,
                "$right" => Place::RightColumn,
                _ => path_before(done).map_or(Place::Nothing, |path| Place::Key { path }),
            };
        }
        TokenKind::Assign => {
            if let Some(place) = behind_assign(done, operator_around(done, &frames)) {
                return place;
            }
        }
        TokenKind::Colon => return Place::Type,
        _ => {}
    }
    if let (Some(_), "typeof" | "typeof(") = (frame.open, opener.unwrap_or_default()) {
        return Place::Type;
    }
    if is_source(done, &frames, inside, operator) {
        return Place::Source;
    }
    match (operator, inside.len()) {
        (Some("render"), 1) => return Place::Chart,
        (Some("evaluate"), 1) => return Place::Plugin,
        (Some("let" | "as"), 1) => return Place::NewName,
        // A number comes first.
        (Some("take" | "limit" | "sample" | "top"), 1) => return Place::Nothing,
        (Some("project-away" | "project-keep" | "project-reorder" | "distinct"), _) if is_open(last) => {
            return Place::Column;
        }
        _ => {}
    }
    if operator_around(done, &frames) == Some("render") && frame.open.is_some() {
        return Place::Property;
    }
    if matches!(operator, Some("join" | "lookup")) && last.text == "on"
        || matches!(operator, Some("join" | "lookup")) && last.kind == TokenKind::Comma && has_word(inside, "on")
    {
        return Place::Shared;
    }
    operand_or_behind(done, &frames, inside, operator)
}

/// The path in front of a dot: `Payload.device`, `Payload['a b'][0]`.
fn path_before(done: &[&Token]) -> Option<String> {
    let end = done.len().checked_sub(1)?;
    let mut start = end;
    loop {
        let step = start.checked_sub(1)?;
        start = match done[step].kind {
            TokenKind::Ident | TokenKind::Keyword(_) => step,
            TokenKind::CloseBracket => {
                let open = done[..step].iter().rposition(|token| token.kind == TokenKind::OpenBracket)?;
                if open > 0 && !done[open].spaced && !is_open(done[open - 1]) {
                    start = open;
                    continue;
                }
                open
            }
            _ => return None,
        };
        match start.checked_sub(1) {
            Some(dot) if done[dot].kind == TokenKind::Dot => start = dot,
            _ => return Some(done[start..end].iter().map(|token| token.text).collect()),
        }
    }
}

fn operand_or_behind(done: &[&Token], frames: &[Frame], inside: &[&Token], operator: Option<&str>) -> Place {
    let words = operator.and_then(|name| OPERATOR_WORDS.iter().find(|row| row.operator == name));
    let Some(last) = done.last() else { return Place::Source };
    if inside.len() == 1 && matches!(operator, Some("sort" | "order" | "facet" | "reduce" | "count")) {
        return Place::Words(words.map_or(&[], |row| row.first), "");
    }
    if !is_open(last) && inside.len() > 1 || last.kind == TokenKind::CloseParen {
        return Place::Behind(words.map_or(&[], |row| row.later));
    }
    let first = if inside.len() == 1 { words.map_or(&[][..], |row| row.first) } else { &[] };
    Place::Operand { aggregates: aggregates_at(done, frames), compared: compared_column(done), first }
}

/// The open brackets around the end, outermost first; the request itself comes before them.
fn frames(done: &[&Token]) -> Vec<Frame> {
    let mut frames = vec![Frame::default()];
    for (index, token) in done.iter().enumerate() {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => {
                frames.push(Frame { open: Some(index), start: index + 1 });
            }
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace if frames.len() > 1 => {
                frames.pop();
            }
            TokenKind::Bar | TokenKind::Semicolon => {
                if let Some(frame) = frames.last_mut() {
                    frame.start = index + 1;
                }
            }
            _ => {}
        }
    }
    frames
}

/// The operator that stands in a frame itself: the word behind its last `|`, or one that begins a query.
fn operator_of<'t>(done: &[&Token<'t>], frame: &Frame) -> Option<&'t str> {
    let first = done.get(frame.start)?;
    let behind_bar = frame.start > 0 && done[frame.start - 1].kind == TokenKind::Bar;
    let begins = matches!(first.text, "union" | "print" | "range" | "search" | "find" | "let" | "evaluate" | "set");
    (behind_bar || begins).then_some(first.text)
}

/// The operator of the nearest frame that has one.
fn operator_around<'t>(done: &[&Token<'t>], frames: &[Frame]) -> Option<&'t str> {
    frames.iter().rev().find_map(|frame| operator_of(done, frame))
}

/// Whether an operand is still to come behind this token.
fn is_open(token: &Token) -> bool {
    match token.kind {
        TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => false,
        TokenKind::Ident | TokenKind::String => false,
        TokenKind::Keyword(_) => !is_name_like(token.text),
        TokenKind::Long
        | TokenKind::Int
        | TokenKind::Real
        | TokenKind::Decimal
        | TokenKind::Bool
        | TokenKind::TimeSpan
        | TokenKind::DateTime
        | TokenKind::Guid
        | TokenKind::RawGuid => false,
        _ => true,
    }
}

/// Keywords that often are names of columns or end an expression.
fn is_name_like(word: &str) -> bool {
    matches!(word, "asc" | "desc" | "first" | "last" | "id" | "kind" | "title" | "series" | "table" | "type")
}

fn has_word(tokens: &[&Token], word: &str) -> bool {
    tokens.iter().any(|token| token.text == word)
}

/// Whether a query begins here: at the start, in the parentheses of `join` and its like, in a list of `union`.
fn is_source(done: &[&Token], frames: &[Frame], inside: &[&Token], operator: Option<&str>) -> bool {
    let Some(last) = done.last() else { return true };
    let at_start = inside.is_empty();
    match frames.last().and_then(|frame| frame.open) {
        Some(open) if at_start => follows_table_operator(done, open),
        Some(open) if last.kind == TokenKind::Comma => {
            let words: Vec<&str> = done[..open].iter().rev().take(1).map(|token| token.text).collect();
            words == ["union"]
        }
        None if at_start => true,
        _ => match operator {
            Some("union") => last.text == "union" || last.kind == TokenKind::Comma,
            Some("join" | "lookup") => inside.len() == 1 && last.text != "(",
            Some("let") => last.kind == TokenKind::Assign,
            _ => false,
        },
    }
}

/// `join (`, `join kind=inner (`, `lookup (`, `union (`, `in (`, `toscalar(`, `materialize(`
fn follows_table_operator(done: &[&Token], open: usize) -> bool {
    let words: Vec<&str> = done[..open].iter().rev().take(4).map(|token| token.text).collect();
    matches!(
        words.as_slice(),
        ["join" | "lookup" | "union" | "toscalar" | "materialize" | "view" | "{", ..]
            | [_, "=", "kind", "join" | "lookup"]
            | [",", ..]
            | ["=", ..]
            | []
    )
}

/// What stands behind the `=` of an option.
fn behind_assign(done: &[&Token], operator: Option<&str>) -> Option<Place> {
    let option = done.get(done.len().checked_sub(2)?)?.text;
    let operator = operator?;
    if operator == "render" && CHART_COLUMNS.contains(&option) {
        return Some(Place::Column);
    }
    let row = OPTION_VALUES.iter().find(|(operators, name, _)| operators.contains(&operator) && *name == option);
    let (operators, _, values) = row?;
    let note = if operators.contains(&"join") { "join kind" } else { "" };
    Some(Place::Words(values, note))
}

/// Whether aggregates can stand at the end: in `summarize` and its like in front of `by`, but not inside of another
/// aggregate.
fn aggregates_at(done: &[&Token], frames: &[Frame]) -> Aggregates {
    for frame in frames.iter().rev() {
        let caller = frame.open.and_then(|open| open.checked_sub(1)).and_then(|at| done.get(at));
        if let Some(operator) = operator_of(done, frame) {
            let inside = &done[frame.start..];
            let by = has_word(inside, "by");
            return match operator {
                "summarize" | "make-series" if !by => Aggregates::First,
                "top-nested" if by => Aggregates::First,
                _ => Aggregates::None,
            };
        }
        if caller.is_some_and(|token| functions::aggregate(token.text).is_some()) {
            return Aggregates::None;
        }
    }
    Aggregates::None
}

/// The column that what comes next is compared with: `Column == `, `Column in (`, `Column has_any ('a', `.
fn compared_column(done: &[&Token]) -> Option<String> {
    let is_list =
        |text: &str| matches!(text, "in" | "in~" | "!in" | "!in~" | "has_any" | "has_all") || matches!(text, "not in");
    let last = done.last()?;
    let sign = match last.kind {
        TokenKind::OpenParen => done.len().checked_sub(2)?,
        TokenKind::Comma => done.iter().rposition(|token| token.kind == TokenKind::OpenParen)?.checked_sub(1)?,
        _ => done.len() - 1,
    };
    let text = done.get(sign)?.text;
    let compares = match last.kind {
        TokenKind::OpenParen | TokenKind::Comma => is_list(text),
        _ => is_comparison(text),
    };
    let column = done.get(sign.checked_sub(1)?).filter(|_| compares)?;
    match column.kind {
        TokenKind::Ident | TokenKind::Keyword(_) => Some(column.text.to_owned()),
        // `['a column']`
        TokenKind::CloseBracket => {
            let open = done[..sign].iter().rposition(|token| token.kind == TokenKind::OpenBracket)?;
            Some(done[open..sign].iter().map(|token| token.text).collect())
        }
        _ => None,
    }
}

fn is_comparison(text: &str) -> bool {
    let word = text.trim_start_matches('!').trim_end_matches("_cs");
    matches!(text, "==" | "!=" | "=~" | "!~" | "<>")
        || matches!(word, "has" | "contains" | "startswith" | "endswith" | "hasprefix" | "hassuffix")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Place) {
        assert_eq!(place(text), expected, "{text}");
    }

    fn operand(aggregates: Aggregates, compared: Option<&str>) -> Place {
        Place::Operand { aggregates, compared: compared.map(str::to_owned), first: &[] }
    }

    #[test]
    fn operands_and_what_follows_them_are_told_apart() {
        check("T | where ", operand(Aggregates::None, None));
        check("T | where a", operand(Aggregates::None, None));
        check("T | where a ", Place::Behind(&[]));
        check("T | where a == ", operand(Aggregates::None, Some("a")));
        check("T | where a in (", operand(Aggregates::None, Some("a")));
        check("T | where a in ('x', ", operand(Aggregates::None, Some("a")));
        check("T | where a has '", Place::Text { column: "a".to_owned(), start: 16 });
        check("T | where strlen('", Place::Nothing);
        check("T | where a // ", Place::Nothing);
        check("T | summarize n = count() ", Place::Behind(&["by"]));
    }

    #[test]
    fn aggregates_stand_where_rows_are_put_together() {
        check("T | summarize ", operand(Aggregates::First, None));
        check("T | summarize n = round(", operand(Aggregates::First, None));
        check("T | summarize n = sum(", operand(Aggregates::None, None));
        check("T | summarize n = count() by ", operand(Aggregates::None, None));
        check("T | where ", operand(Aggregates::None, None));
    }

    #[test]
    fn options_and_parts_of_operators_have_their_words() {
        check("T | render ", Place::Chart);
        check("T | render timechart with (", Place::Property);
        check("T | render timechart with (title='x', ", Place::Property);
        check("T | render barchart with (legend=", Place::Words(&["visible", "hidden"], ""));
        check("T | render barchart with (xcolumn=", Place::Column);
        check("T | evaluate ", Place::Plugin);
        check("T | project-away ", Place::Column);
        check("T | sort ", Place::Words(&["by"], ""));
        check("T | join kind=inner (S) on ", Place::Shared);
        check("T | join (S) on $left.a == $right.", Place::RightColumn);
        check("T | where p.", Place::Key { path: "p".to_owned() });
        check("T | where strlen(p.a.b", Place::Key { path: "p.a".to_owned() });
        check("T | where p['a b'][0].", Place::Key { path: "p['a b'][0]".to_owned() });
        check("T | where ['a b'].", Place::Key { path: "['a b']".to_owned() });
        check("T | where f(x).", Place::Nothing);
        check("print typeof(", Place::Type);
        check("declare query_parameters(a:", Place::Type);
        check("let ", Place::NewName);
    }
}
