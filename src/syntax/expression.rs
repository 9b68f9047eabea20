//! Scalar expressions: infix operators with their precedence, `in` and `between`, and named expressions.

use nom::Err;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Span, Spanned};

use super::ast::{BetweenOp, BinaryOp, Expr, ExprKind, Ident, InOp, NamedExpr, UnaryOp};
use super::input::{BRACKETS, Expected, Fault, MAX_HEIGHT, Out, Tokens, commit, fail, measured, nested, raise, sign};
use super::name::{Use, comma_list, parse_given_name, scan_name};
use super::pipeline::{parse_expression, starts_operator};
use super::primary::parse_path;
use super::token::TokenKind;

/// How tightly an infix operator binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Equality,
    Relation,
    Sum,
    Product,
    Text,
}

impl Level {
    /// Whether `a op b op c` is allowed.
    fn chains(self) -> bool {
        matches!(self, Level::Or | Level::And | Level::Sum | Level::Product)
    }
}

/// The words that are infix operators, older spellings included.
pub(super) const WORD_OPERATORS: &[(&str, BinaryOp)] = &[
    ("or", BinaryOp::Or),
    ("and", BinaryOp::And),
    ("has", BinaryOp::Has),
    ("!has", BinaryOp::NotHas),
    ("has_cs", BinaryOp::HasCs),
    ("!has_cs", BinaryOp::NotHasCs),
    ("hasprefix", BinaryOp::HasPrefix),
    ("!hasprefix", BinaryOp::NotHasPrefix),
    ("hasprefix_cs", BinaryOp::HasPrefixCs),
    ("!hasprefix_cs", BinaryOp::NotHasPrefixCs),
    ("hassuffix", BinaryOp::HasSuffix),
    ("!hassuffix", BinaryOp::NotHasSuffix),
    ("hassuffix_cs", BinaryOp::HasSuffixCs),
    ("!hassuffix_cs", BinaryOp::NotHasSuffixCs),
    ("contains", BinaryOp::Contains),
    ("!contains", BinaryOp::NotContains),
    ("notcontains", BinaryOp::NotContains),
    ("contains_cs", BinaryOp::ContainsCs),
    ("containscs", BinaryOp::ContainsCs),
    ("!contains_cs", BinaryOp::NotContainsCs),
    ("notcontainscs", BinaryOp::NotContainsCs),
    ("startswith", BinaryOp::StartsWith),
    ("!startswith", BinaryOp::NotStartsWith),
    ("startswith_cs", BinaryOp::StartsWithCs),
    ("!startswith_cs", BinaryOp::NotStartsWithCs),
    ("endswith", BinaryOp::EndsWith),
    ("!endswith", BinaryOp::NotEndsWith),
    ("endswith_cs", BinaryOp::EndsWithCs),
    ("!endswith_cs", BinaryOp::NotEndsWithCs),
    ("like", BinaryOp::Like),
    ("notlike", BinaryOp::NotLike),
    ("likecs", BinaryOp::LikeCs),
    ("notlikecs", BinaryOp::NotLikeCs),
];

/// A chain of `and` or `or` longer than this becomes a balanced tree, so that walking it does not go deep.
const LONG_CHAIN: usize = 16;

fn level(op: BinaryOp) -> Level {
    match op {
        BinaryOp::Or => Level::Or,
        BinaryOp::And => Level::And,
        BinaryOp::Equal | BinaryOp::NotEqual => Level::Equality,
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => Level::Relation,
        BinaryOp::Add | BinaryOp::Subtract => Level::Sum,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => Level::Product,
        _ => Level::Text,
    }
}

/// The infix operator at the cursor, and how many tokens it has.
fn binary_operator(input: Tokens<'_>) -> Option<(BinaryOp, usize)> {
    let token = input.peek();
    let op = match token.kind {
        TokenKind::Plus => BinaryOp::Add,
        TokenKind::Minus => BinaryOp::Subtract,
        TokenKind::Star => BinaryOp::Multiply,
        TokenKind::Slash => BinaryOp::Divide,
        TokenKind::Percent => BinaryOp::Modulo,
        TokenKind::Equal => BinaryOp::Equal,
        TokenKind::NotEqual | TokenKind::LessGreater => BinaryOp::NotEqual,
        TokenKind::Less => BinaryOp::Less,
        TokenKind::LessEqual => BinaryOp::LessOrEqual,
        TokenKind::Greater => BinaryOp::Greater,
        TokenKind::GreaterEqual => BinaryOp::GreaterOrEqual,
        TokenKind::EqualTilde => BinaryOp::EqualTilde,
        TokenKind::NotTilde => BinaryOp::NotEqualTilde,
        TokenKind::Colon => BinaryOp::Search,
        TokenKind::Keyword(_) if token.text == "matches" && input.is_word_at(1, "regex") => {
            return Some((BinaryOp::MatchesRegex, 2));
        }
        TokenKind::Keyword(_) => WORD_OPERATORS.iter().find(|(word, _)| *word == token.text)?.1,
        _ => return None,
    };
    Some((op, 1))
}

/// An operand and how high its tree is.
type Operand = (Expr, u32);

/// Operands and the operators between them, not yet put together.
struct Chain {
    operands: Vec<Operand>,
    operators: Vec<Spanned<BinaryOp>>,
}

impl Chain {
    fn top(&self) -> Option<Level> {
        self.operators.last().map(|op| level(op.node))
    }

    /// Puts together everything at the end that binds more tightly than `floor`.
    fn fold(&mut self, floor: Option<Level>) {
        while let Some(top) = self.top().filter(|top| floor.is_none_or(|floor| *top > floor)) {
            let run = self.operators.iter().rev().take_while(|op| level(op.node) == top).count();
            let operators = self.operators.split_off(self.operators.len() - run);
            let operands = self.operands.split_off(self.operands.len() - run - 1);
            self.operands.push(match top {
                Level::Or | Level::And if run > LONG_CHAIN => balanced(operands, &operators),
                _ => left_deep(operands, operators),
            });
        }
    }
}

fn join((left, a): Operand, op: Spanned<BinaryOp>, (right, b): Operand) -> Operand {
    let span = left.span.cover(right.span);
    (Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), span }, a.max(b) + 1)
}

fn left_deep(operands: Vec<Operand>, operators: Vec<Spanned<BinaryOp>>) -> Operand {
    let mut operands = operands.into_iter();
    let mut left = operands.next().unwrap_or_else(missing);
    for (op, right) in operators.into_iter().zip(operands) {
        left = join(left, op, right);
    }
    left
}

fn balanced(mut operands: Vec<Operand>, operators: &[Spanned<BinaryOp>]) -> Operand {
    if operands.len() <= 1 {
        return operands.pop().unwrap_or_else(missing);
    }
    let middle = operands.len() / 2;
    let right = operands.split_off(middle);
    let op = operators[middle - 1].clone();
    join(balanced(operands, &operators[..middle - 1]), op, balanced(right, &operators[middle..]))
}

fn missing() -> Operand {
    (Expr { kind: ExprKind::Star, span: Span::default() }, 0)
}

/// A scalar expression without a name: everything from `or` down.
pub(super) fn parse_unnamed(input: Tokens<'_>) -> Out<'_, Expr> {
    nested(input, parse_infix)
}

fn parse_infix(input: Tokens<'_>) -> Out<'_, Expr> {
    let (mut rest, first) = parse_operand(input)?;
    let mut chain = Chain { operands: vec![first], operators: Vec::new() };
    // `in` and `between` end with a parenthesis; nothing that binds more tightly than `and` may follow.
    let mut closed = false;
    loop {
        if let Some((next, operand)) = parse_list_operator(rest, &mut chain, closed)? {
            chain.operands.push(operand);
            closed = true;
            rest = next;
        }
        let Some((op, length)) = binary_operator(rest) else { break };
        let new = level(op);
        if closed && new >= Level::Equality {
            break;
        }
        chain.fold(Some(new));
        if !new.chains() && chain.top() == Some(new) {
            break;
        }
        let spanned = Spanned::new(op, rest.skip(length).span_since(rest));
        let (next, operand) = commit(parse_operand(rest.skip(length)))?;
        chain.operators.push(spanned);
        chain.operands.push(operand);
        closed = false;
        rest = next;
        if chain.operators.len() as u32 > MAX_HEIGHT && new.chains() && new >= Level::Sum {
            let reason = "this chain of operators is too long";
            return Err(Err::Failure(Fault::because(rest, reason).help("name parts of it with `let`")));
        }
    }
    chain.fold(None);
    let (expr, height) = chain.operands.pop().unwrap_or_else(missing);
    raise(rest, height)?;
    Ok((rest, expr))
}

/// `in (…)`, `has_any (…)`, `between (… .. …)` behind what was read so far.
fn parse_list_operator<'t>(
    input: Tokens<'t>,
    chain: &mut Chain,
    closed: bool,
) -> Result<Option<(Tokens<'t>, Operand)>, Err<Fault>> {
    let token = input.peek();
    if !matches!(token.kind, TokenKind::Keyword(_)) || closed {
        return Ok(None);
    }
    let in_op = InOp::ALL.iter().find(|(_, text)| *text == token.text).map(|(op, _)| *op);
    let between = match token.text {
        "between" => Some(BetweenOp::Between),
        "!between" => Some(BetweenOp::NotBetween),
        _ => None,
    };
    // `in range (…)` belongs to `make-series`.
    let of_make_series = token.text == "in" && input.is_word_at(1, "range");
    if (in_op.is_none() && between.is_none()) || of_make_series {
        return Ok(None);
    }
    chain.fold(Some(Level::Equality));
    if chain.top() == Some(Level::Equality) {
        return Ok(None);
    }
    let (value, height) = chain.operands.pop().unwrap_or_else(missing);
    let start = value.span;
    let value = Box::new(value);
    let (rest, (kind, inner)) = measured(input.skip(1), 1, |rest| match (in_op, between) {
        (Some(op), _) => {
            let (rest, list) = commit(parse_in_list(rest))?;
            Ok((rest, ExprKind::In(Spanned::new(op, token.span), value, list)))
        }
        (None, op) => {
            let (rest, (low, high)) = commit(parse_couple(rest))?;
            let op = Spanned::new(op.unwrap_or(BetweenOp::Between), token.span);
            Ok((rest, ExprKind::Between { op, value, low: Box::new(low), high: Box::new(high) }))
        }
    })?;
    let span = start.cover(rest.span_since(input));
    Ok(Some((rest, (Expr { kind, span }, height.max(inner) + 1))))
}

/// `(a, b, …)` or `(pipeline)`
fn parse_in_list(input: Tokens<'_>) -> Out<'_, Vec<Expr>> {
    if input.kind() != TokenKind::OpenParen {
        let fault = Fault::expected(input, Expected::Text("("));
        return Err(Err::Error(fault.help("the list stands in parentheses")));
    }
    let rest = input.skip(1);
    let (rest, list) = if starts_operator(rest) || bar_comes_first(rest) {
        let (rest, query) = commit(parse_expression(rest))?;
        (rest, vec![query])
    } else {
        commit(comma_list(rest, parse_unnamed))?
    };
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, list))
}

/// Whether a `|` comes before the comma or parenthesis that would end an element of the list.
fn bar_comes_first(input: Tokens<'_>) -> bool {
    let mut depth = 0usize;
    let mut offset = 0;
    loop {
        match input.kind_at(offset) {
            TokenKind::End | TokenKind::Semicolon => return false,
            TokenKind::Comma | TokenKind::CloseParen if depth == 0 => return false,
            TokenKind::Bar if depth == 0 => return true,
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        offset += 1;
    }
}

/// `(low .. high)`
fn parse_couple(input: Tokens<'_>) -> Out<'_, (Expr, Expr)> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, low) = parse_unnamed(rest)?;
    let (rest, _) = sign(TokenKind::DotDot)(rest)?;
    let (rest, high) = parse_unnamed(rest)?;
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    Ok((rest, (low, high)))
}

/// A path with an optional sign, or the `*` of `* has "x"`.
fn parse_operand(input: Tokens<'_>) -> Out<'_, Operand> {
    let token = input.peek();
    let op = match token.kind {
        TokenKind::Minus => UnaryOp::Minus,
        TokenKind::Plus => UnaryOp::Plus,
        TokenKind::Star => {
            let next = binary_operator(input.skip(1)).map(|(op, _)| op);
            let compared = next.is_some_and(|op| op == BinaryOp::Equal || level(op) == Level::Text);
            let star = Expr { kind: ExprKind::Star, span: token.span };
            let expected = Expected::Class("an expression");
            return if compared { Ok((input.skip(1), (star, 1))) } else { fail(input, expected) };
        }
        _ => return measured(input, 0, parse_path),
    };
    let (rest, (inner, height)) = measured(input.skip(1), 1, |rest| commit(parse_path(rest)))?;
    let kind = ExprKind::Unary(Spanned::new(op, token.span), Box::new(inner));
    Ok((rest, (Expr { kind, span: rest.span_since(input) }, height)))
}

/// `value`, `name = value`, `(a, b) = value`
pub(super) fn parse_named(input: Tokens<'_>) -> Out<'_, NamedExpr> {
    let (rest, names) = parse_names(input)?;
    let (rest, value) = if names.is_empty() { parse_unnamed(rest)? } else { commit(parse_unnamed(rest))? };
    Ok((rest, NamedExpr { names, value, span: rest.span_since(input) }))
}

/// The names in front of `=`, and the sign itself; nothing when there are none.
fn parse_names(input: Tokens<'_>) -> Out<'_, Vec<Ident>> {
    if scan_name(input, 0, Use::Given).is_some_and(|length| input.kind_at(length) == TokenKind::Assign) {
        let (rest, name) = parse_given_name(input)?;
        return Ok((rest.skip(1), vec![name]));
    }
    if scan_name_list(input).is_some_and(|length| input.kind_at(length) == TokenKind::Assign) {
        let (rest, names) = comma_list(input.skip(1), parse_given_name)?;
        return Ok((rest.skip(2), names));
    }
    if matches!(input.kind(), TokenKind::Keyword(_)) && input.kind_at(1) == TokenKind::Assign {
        return Err(Err::Failure(Fault::expected(input, Expected::Class("a name")).help(BRACKETS)));
    }
    Ok((input, Vec::new()))
}

/// The number of tokens of `(a, b, …)`, if that comes next.
fn scan_name_list(input: Tokens<'_>) -> Option<usize> {
    if input.kind() != TokenKind::OpenParen {
        return None;
    }
    let mut length = 1;
    loop {
        length += scan_name(input, length, Use::Given)?;
        match input.kind_at(length) {
            TokenKind::Comma => length += 1,
            TokenKind::CloseParen => return Some(length + 1),
            _ => return None,
        }
    }
}

/// One named expression where the grammar allows a name but a name means nothing: `where a = true` keeps every row.
pub(super) fn parse_unnameable(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, named) = parse_named(input)?;
    if !named.names.is_empty() {
        let diagnostic =
            Diagnostic::warning(Code::InvalidValue, named.span, "the name in front of `=` means nothing here");
        input.report(diagnostic.label("`=` gives a name").help("`==` compares"));
    }
    Ok((rest, named.value))
}
