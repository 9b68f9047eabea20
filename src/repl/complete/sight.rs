//! What a request has in sight at the cursor: columns, `let` names, parameters, and the call around it.

use crate::bind::{Options, bind};
use crate::functions;
use crate::syntax::operators::operator_row;
use crate::syntax::{Token, TokenKind, lex, parse};
use crate::types::Type;

use super::Known;

/// How many rows plugins are shown while somebody types.
const SAMPLE: usize = 20_000;

/// A column's name as a request has to write it.
pub(in crate::repl) fn written(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain { name.to_owned() } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

/// A name that the request declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// By `let`.
    Let,
    /// By `let`, as a function.
    Function,
    /// By `declare query_parameters`.
    Parameter,
}

/// The names that statements in front declare.
pub(super) fn declared(before: &str) -> Vec<(String, Declared)> {
    let tokens = lex(before).0;
    let mut names: Vec<(String, Declared)> = Vec::new();
    let mut in_parameters = false;
    for (index, token) in tokens.iter().enumerate() {
        let behind = |steps: usize| tokens.get(index + steps).map_or("", |token| token.text);
        match token.text {
            "let" if behind(2) == "=" => {
                let is_function = behind(3) == "(" && has_body(&tokens[index + 3..]);
                names.push((behind(1).to_owned(), if is_function { Declared::Function } else { Declared::Let }));
            }
            "query_parameters" => in_parameters = true,
            ";" => in_parameters = false,
            ":" if in_parameters && index > 0 => names.push((tokens[index - 1].text.to_owned(), Declared::Parameter)),
            _ => {}
        }
    }
    names
}

/// Whether parentheses are followed by a brace: the parameters of a function.
fn has_body(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen if depth == 1 => {
                return tokens.get(index + 1).is_some_and(|next| next.kind == TokenKind::OpenBrace);
            }
            TokenKind::CloseParen => depth -= 1,
            _ => {}
        }
    }
    false
}

/// The columns of a query's last result.
pub(super) fn columns_of(request: &str, known: &Known) -> Vec<(String, Type)> {
    let parsed = parse(request);
    let options = Options { functions: known.functions.clone(), ..Options::default() };
    let bound = bind(&parsed.query, known.catalog, &options);
    if !bound.questions.is_empty() {
        return (known.columns)(&sampled(request));
    }
    let Some(result) = bound.results.last() else { return Vec::new() };
    result.rel.columns().iter().map(|column| (column.name.clone(), column.ty)).collect()
}

/// The request with its plugins looking at a sample of their rows: what columns they make is asked while somebody types.
fn sampled(request: &str) -> String {
    let tokens = lex(request).0;
    let mut depth = 0;
    let mut bar = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth -= 1,
            TokenKind::Semicolon if depth == 0 => bar = None,
            TokenKind::Bar if depth == 0 && bar.is_none() => {
                let is_plugin = tokens.get(index + 1).is_some_and(|next| next.text == "evaluate");
                bar = is_plugin.then_some(token.span.start as usize);
            }
            _ => {}
        }
    }
    match bar {
        Some(bar) => format!("{}| take {SAMPLE} {}", &request[..bar], &request[bar..]),
        None => request.to_owned(),
    }
}

/// The request that gives the rows that the operator at the cursor reads: all up to the last `|` around the cursor.
pub(super) fn request_so_far(before: &str) -> Option<String> {
    let (lets, pipeline, _) = cut_pipeline(before)?;
    Some(format!("{lets}\n{pipeline}"))
}

/// The request that gives the rows of the right side of the join at the cursor.
pub(super) fn right_side(before: &str) -> Option<String> {
    let (lets, _, join) = cut_pipeline(before)?;
    let tokens = lex(join).0;
    let at = tokens.iter().position(|token| matches!(token.text, "join" | "lookup"))?;
    let mut depth = 0;
    let mut open = None;
    for (index, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.kind {
            TokenKind::OpenParen => {
                depth += 1;
                open = open.or(Some(token.span.end as usize));
            }
            TokenKind::CloseParen if depth == 1 => {
                return Some(format!("{lets}\n{}", &join[open?..token.span.start as usize]));
            }
            TokenKind::CloseParen => depth -= 1,
            // `join kind=inner Table on …`
            TokenKind::Ident | TokenKind::Keyword(_) if depth == 0 => {
                let next = tokens.get(index + 1).map_or("", |next| next.text);
                let before = tokens[index - 1].text;
                if next == "on" && before != "=" {
                    return Some(format!("{lets}\n{}", token.text));
                }
            }
            _ => {}
        }
    }
    None
}

/// The statements in front of the one with the cursor, its pipeline up to the last `|` around the cursor, and the rest.
fn cut_pipeline(before: &str) -> Option<(&str, &str, &str)> {
    let tokens = lex(before).0;
    let mut depth = 0;
    let mut bar = None;
    let mut start = 0;
    let mut statement = 0;
    for token in tokens.iter().rev() {
        match token.kind {
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth += 1,
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace if depth > 0 => depth -= 1,
            // An open parenthesis around the last bar is where its pipeline starts; one behind it belongs to a call.
            TokenKind::OpenParen | TokenKind::OpenBrace if bar.is_some() && start == 0 => {
                start = token.span.end as usize
            }
            TokenKind::Bar if depth == 0 && bar.is_none() => bar = Some(token.span.start as usize),
            TokenKind::Semicolon if depth == 0 => {
                statement = token.span.end as usize;
                break;
            }
            _ => {}
        }
    }
    let bar = bar?;
    let pipeline = &before[start.max(statement)..bar];
    Some((&before[..statement], strip_let(pipeline), &before[bar..]))
}

/// The value of `let name = …`, which is a pipeline of its own.
fn strip_let(pipeline: &str) -> &str {
    let tokens = lex(pipeline).0;
    match tokens.as_slice() {
        [first, _, assign, ..] if first.text == "let" && assign.kind == TokenKind::Assign => {
            &pipeline[assign.span.end as usize..]
        }
        _ => pipeline,
    }
}

/// The call around the end of the text, as help shows it: `substring(source, start, [length])`.
pub(in crate::repl) fn signature(text: &str) -> Option<String> {
    let tokens = lex(text).0;
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::CloseParen => depth += 1,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::OpenParen => {
                let name = tokens.get(index.checked_sub(1)?)?.text;
                let scalar = functions::function(name).map(|row| row.params);
                let params = scalar.or_else(|| functions::aggregate(name).map(|row| row.params))?;
                return Some(functions::syntax(name, params));
            }
            TokenKind::Bar | TokenKind::Semicolon if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// How the operator at the end of the text is written, while nothing stands behind it yet.
pub(in crate::repl) fn operator_syntax(text: &str) -> Option<&'static str> {
    let tokens = lex(text).0;
    let done: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::End).collect();
    let [.., bar, operator] = done.as_slice() else { return None };
    if bar.kind != TokenKind::Bar || !text.ends_with(char::is_whitespace) {
        return None;
    }
    operator_row(operator.text).map(|row| row.syntax)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_call_is_shown() {
        assert_eq!(signature("T | where strlen(strcat(a, b").unwrap().split('(').next(), Some("strcat"));
        assert_eq!(signature("T | where strlen(a)"), None);
        assert!(operator_syntax("T | summarize ").unwrap().starts_with("summarize"));
        assert_eq!(operator_syntax("T | summarize a"), None);
    }

    #[test]
    fn plugins_are_shown_a_sample() {
        let text = "let a = T | evaluate bag_unpack(p); a | where x in (1, 2) | evaluate bag_unpack(p) | take 3";
        let (before, behind) = text.split_at(text.rfind("| evaluate").unwrap());
        assert_eq!(sampled(text), format!("{before}| take {SAMPLE} {behind}"));
        assert_eq!(sampled("T | take 1"), "T | take 1");
    }

    #[test]
    fn declarations_are_found() {
        let text = "declare query_parameters(n: long = 5, s: string); let f = (a: long) { a }; let x = (1 + 2); ";
        let expected =
            [("n", Declared::Parameter), ("s", Declared::Parameter), ("f", Declared::Function), ("x", Declared::Let)];
        assert_eq!(declared(text), expected.map(|(name, kind)| (name.to_owned(), kind)));
    }

    #[test]
    fn the_right_side_of_a_join_is_found() {
        let right = |text: &str| right_side(text).map(|text| text.trim().to_owned());
        assert_eq!(right("T | join kind=inner (S | take 1) on "), Some("S | take 1".to_owned()));
        assert_eq!(right("T | join (T | take 1) on "), Some("T | take 1".to_owned()));
        assert_eq!(right("T | take 2 | join kind=inner S on "), Some("S".to_owned()));
    }
}
