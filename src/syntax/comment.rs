//! Where the comments of a text are.

use crate::span::Span;

use super::lexer::lex;

/// The places of all comments, in order, each from its `//` to the end of its line.
pub fn comments(source: &str) -> Vec<Span> {
    let (tokens, _) = lex(source);
    let mut found = Vec::new();
    let mut at = 0;
    for token in &tokens {
        let end = token.span.range().start;
        while let Some(start) = source.get(at..end).and_then(|gap| gap.find("//")).map(|start| at + start) {
            let length = source[start..].find(['\n', '\r']).unwrap_or(source.len() - start);
            found.push(Span::new(start, start + length));
            at = start + length;
        }
        at = token.span.range().end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_are_found() {
        let text = "// a\nprint \"http://x\" // b\n";
        let found: Vec<&str> = comments(text).into_iter().map(|span| &text[span.range()]).collect();
        assert_eq!(found, ["// a", "// b"]);
    }
}
