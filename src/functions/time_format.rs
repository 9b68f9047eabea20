//! The format texts of `format_datetime` and `format_timespan`, taken apart.

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A separator, copied.
    Plain(char),
    /// A letter and how often it stands there: `MM` is `Field('M', 2)`.
    Field(char, usize),
}

/// What is formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `format_datetime`
    DateTime,
    /// `format_timespan`
    TimeSpan,
}

/// Takes a format apart; the error names what Kusto does not know. A run of letters is cut into the longest fields that
/// exist, so `MMM` is the month with two digits and then the month again.
pub fn pieces(kind: Kind, format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|&c| c == first).count();
        let taken = match widths(kind, first) {
            [] if is_separator(first) => 1,
            widths => match widths.iter().rev().find(|&&width| width <= run) {
                Some(&width) => width,
                None => return Err(format!("`{first}` has no meaning in the format `{format}`")),
            },
        };
        pieces.push(if is_separator(first) { Piece::Plain(first) } else { Piece::Field(first, taken) });
        rest = &rest[taken * first.len_utf8()..];
    }
    Ok(pieces)
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '/' | '-' | ':' | ',' | '.' | '_' | '[' | ']')
}

/// How often a letter may be repeated in one field, ascending.
fn widths(kind: Kind, letter: char) -> &'static [usize] {
    match (kind, letter) {
        (_, 'f' | 'F') => &[1, 2, 3, 4, 5, 6, 7],
        (_, 'h' | 'H' | 'm' | 's') => &[1, 2],
        (Kind::DateTime, 'd' | 'M') => &[1, 2],
        (Kind::DateTime, 'y') => &[1, 2, 4],
        (Kind::DateTime, 't') => &[2],
        (Kind::TimeSpan, 'd') => &[1, 2, 3, 4, 5, 6, 7, 8],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_cut_into_fields() {
        use Piece::{Field, Plain};
        assert_eq!(
            pieces(Kind::DateTime, "yyyy-MMM"),
            Ok(vec![Field('y', 4), Plain('-'), Field('M', 2), Field('M', 1)])
        );
        assert_eq!(pieces(Kind::TimeSpan, "dddd.h"), Ok(vec![Field('d', 4), Plain('.'), Field('h', 1)]));
        assert!(pieces(Kind::DateTime, "yyyy-MM-ddTHH").is_err_and(|message| message.contains("`T`")));
        assert!(pieces(Kind::TimeSpan, "%d").is_err());
        assert!(pieces(Kind::DateTime, "h t").is_err());
    }
}
