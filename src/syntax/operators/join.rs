//! Grammar of `join` and `lookup`.

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{Expr, Join, Lookup, OperatorKind};
use crate::syntax::expression::parse_unnamed;
use crate::syntax::input::{Out, Tokens, commit, word};
use crate::syntax::name::comma_list;
use crate::syntax::option::parse_options;

/// `join kind=… (right) on …`
pub(super) fn parse_join(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, right) = parse_unnamed(rest)?;
    if rest.is_word("where") {
        let (next, _) = commit(parse_unnamed(rest.skip(1)))?;
        let message = "`join … where` is not supported";
        let diagnostic = Diagnostic::error(Code::UnsupportedFeature, rest.peek().span, message);
        rest.report(diagnostic.help("write `join … on …` and `| where` behind it"));
        return Ok((next, OperatorKind::Join(Join { options, right, on: Vec::new() })));
    }
    let (rest, on) = if rest.is_word("on") { parse_on(rest)? } else { (rest, Vec::new()) };
    Ok((rest, OperatorKind::Join(Join { options, right, on })))
}

/// `lookup kind=… (right) on …`
pub(super) fn parse_lookup(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, right) = parse_unnamed(rest)?;
    let (rest, on) = parse_on(rest)?;
    Ok((rest, OperatorKind::Lookup(Lookup { options, right, on })))
}

/// `on a, $left.b == $right.c`
fn parse_on(input: Tokens<'_>) -> Out<'_, Vec<Expr>> {
    let (rest, _) = word("on")(input)?;
    commit(comma_list(rest, parse_unnamed))
}
