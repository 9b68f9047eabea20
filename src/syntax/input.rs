//! The cursor over tokens that the parser functions run on, its error type, and the smallest parsers.

use std::cell::{Cell, RefCell};
use std::iter::{Copied, Enumerate};
use std::slice::Iter;

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Input, Needed};

use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Span, Spanned};

use super::token::{Token, TokenKind};

/// What is said where more should follow.
pub(super) const ENDS_EARLY: &str = "the query ends too early";

/// How deep the grammar may nest: a parenthesis or a call is a level, and so is a pipeline inside of one.
const MAX_DEPTH: u32 = 200;
/// How high a tree of expressions may grow; bounds the recursion of everything that walks it.
pub(super) const MAX_HEIGHT: u32 = 250;

/// Help that is filled in with the keyword at the place: it needs brackets to be a name.
pub(super) const BRACKETS: &str = "brackets";

/// What every parser function gives back.
pub(super) type Out<'t, T> = IResult<Tokens<'t>, T, Fault>;

/// What all cursors over one text share.
pub(super) struct Context<'t> {
    text: &'t str,
    tokens: &'t [Token<'t>],
    diagnostics: RefCell<Vec<Diagnostic>>,
    depth: Cell<u32>,
    height: Cell<u32>,
}

impl<'t> Context<'t> {
    /// Takes the tokens and what the lexer found wrong.
    pub(super) fn new(text: &'t str, tokens: &'t [Token<'t>], diagnostics: Vec<Diagnostic>) -> Self {
        Self { text, tokens, diagnostics: RefCell::new(diagnostics), depth: Cell::new(0), height: Cell::new(0) }
    }

    /// Everything that was found wrong, in the order of the text.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| diagnostic.label.span.start);
        diagnostics
    }
}

/// A place among the tokens. Cheap to copy; taking a token gives a new cursor.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'t> {
    ctx: &'t Context<'t>,
    at: usize,
    end: usize,
}

impl<'t> Tokens<'t> {
    /// The start of the text.
    pub(super) fn new(ctx: &'t Context<'t>) -> Self {
        Self { ctx, at: 0, end: ctx.tokens.len() }
    }

    /// The next token; the last one, `End`, is there forever.
    pub(super) fn peek(&self) -> &'t Token<'t> {
        self.peek_at(0)
    }

    /// The token `offset` places ahead.
    pub(super) fn peek_at(&self, offset: usize) -> &'t Token<'t> {
        let last = self.ctx.tokens.len() - 1;
        &self.ctx.tokens[(self.at + offset).min(last)]
    }

    /// The kind of the next token.
    pub(super) fn kind(&self) -> TokenKind {
        self.peek().kind
    }

    /// The kind of the token `offset` places ahead.
    pub(super) fn kind_at(&self, offset: usize) -> TokenKind {
        self.peek_at(offset).kind
    }

    /// Whether the token `offset` places ahead is the given word, keyword or not.
    pub(super) fn is_word_at(&self, offset: usize, text: &str) -> bool {
        let token = self.peek_at(offset);
        matches!(token.kind, TokenKind::Ident | TokenKind::Keyword(_)) && token.text == text
    }

    /// Whether the next token is the given word.
    pub(super) fn is_word(&self, text: &str) -> bool {
        self.is_word_at(0, text)
    }

    /// The cursor behind `count` tokens.
    pub(super) fn skip(&self, count: usize) -> Self {
        Self { at: (self.at + count).min(self.ctx.tokens.len() - 1), ..*self }
    }

    /// How many tokens lie before the cursor.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The text of a place.
    pub(super) fn text(&self, span: Span) -> &'t str {
        self.ctx.text.get(span.range()).unwrap_or("")
    }

    /// From the first token of `start` to the last token before `self`.
    pub(super) fn span_since(&self, start: Tokens<'t>) -> Span {
        let first = start.peek().span;
        match self.at.checked_sub(1).filter(|last| *last >= start.at) {
            Some(last) => first.cover(self.ctx.tokens[last].span),
            None => Span { start: first.start, end: first.start },
        }
    }

    /// Notes a mistake, unless one of the same kind was already reported for the same place.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        let mut diagnostics = self.ctx.diagnostics.borrow_mut();
        let same =
            |known: &Diagnostic| known.code == diagnostic.code && overlap(known.label.span, diagnostic.label.span);
        if !diagnostics.iter().any(same) {
            diagnostics.push(diagnostic);
        }
    }

    /// Notes a mistake of a parser.
    pub(super) fn report_fault(&self, fault: &Fault) {
        let fault = &fault.0;
        let at = fault.at.min(self.ctx.tokens.len() - 1);
        let token = &self.ctx.tokens[at];
        if token.kind == TokenKind::Bad {
            return;
        }
        let message = match (fault.reason, token.kind) {
            (Some(reason), _) => reason.to_owned(),
            (None, TokenKind::Keyword(_)) if fault.help == Some(BRACKETS) => format!("`{}` is a keyword", token.text),
            (None, TokenKind::End) => ENDS_EARLY.to_owned(),
            (None, _) => format!("unexpected `{}`", shortened(token.text)),
        };
        // The end has no characters to underline, so the last word is.
        let span = match (token.kind, at.checked_sub(1)) {
            (TokenKind::End, Some(last)) => self.ctx.tokens[last].span,
            _ => token.span,
        };
        let mut diagnostic = Diagnostic::error(Code::Syntax, span, message).label(fault.expectation());
        diagnostic.help = fault.help.map(|help| match help {
            BRACKETS => format!("as a name it is written `['{}']`", token.text),
            other => other.to_owned(),
        });
        self.report(diagnostic);
    }
}

fn overlap(a: Span, b: Span) -> bool {
    a == b || (a.start < b.end && b.start < a.end)
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

impl<'t> Input for Tokens<'t> {
    type Item = Token<'t>;
    type Iter = Copied<Iter<'t, Token<'t>>>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.end - self.at
    }

    fn take(&self, index: usize) -> Self {
        Self { end: self.at + index, ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Self { at: self.at + index, ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Self::Item) -> bool>(&self, predicate: P) -> Option<usize> {
        self.iter_elements().position(predicate)
    }

    fn iter_elements(&self) -> Self::Iter {
        self.ctx.tokens[self.at..self.end].iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.input_len() { Ok(count) } else { Err(Needed::new(count - self.input_len())) }
    }
}

/// Something that could have stood at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expected {
    /// A word or sign, shown in backquotes.
    Text(&'static str),
    /// A class of things, such as "an expression".
    Class(&'static str),
}

/// Why a parser function failed: the furthest place it got to, and what could have stood there.
///
/// It is boxed, so that what parser functions give back stays small on a stack that grows with every parenthesis.
#[derive(Clone, Debug)]
pub(super) struct Fault(Box<Finding>);

#[derive(Clone, Debug)]
struct Finding {
    at: usize,
    expected: [Option<Expected>; 4],
    reason: Option<&'static str>,
    help: Option<&'static str>,
}

impl Fault {
    /// Something else was expected at a place.
    pub(super) fn expected(input: Tokens<'_>, what: Expected) -> Self {
        Self::any_of(input, &[what])
    }

    /// One of several things was expected at a place.
    pub(super) fn any_of(input: Tokens<'_>, what: &[Expected]) -> Self {
        let mut expected = [None; 4];
        for (slot, what) in expected.iter_mut().zip(what) {
            *slot = Some(*what);
        }
        Self(Box::new(Finding { at: input.at, expected, reason: None, help: None }))
    }

    /// A mistake with a message of its own.
    pub(super) fn because(input: Tokens<'_>, reason: &'static str) -> Self {
        let mut fault = Self::any_of(input, &[]);
        fault.0.reason = Some(reason);
        fault
    }

    /// Adds advice.
    pub(super) fn help(mut self, help: &'static str) -> Self {
        self.0.help = Some(help);
        self
    }
}

impl Finding {
    fn expectation(&self) -> String {
        let text = |expected: &Expected| match expected {
            Expected::Text(text) => format!("`{text}`"),
            Expected::Class(class) => (*class).to_owned(),
        };
        let texts: Vec<String> = self.expected.iter().flatten().map(text).collect();
        match texts.split_last() {
            None => String::new(),
            Some((only, [])) => format!("expected {only}"),
            Some((last, others)) => format!("expected {} or {last}", others.join(", ")),
        }
    }
}

impl<'t> ParseError<Tokens<'t>> for Fault {
    fn from_error_kind(input: Tokens<'t>, _: ErrorKind) -> Self {
        Self::any_of(input, &[])
    }

    fn append(_: Tokens<'t>, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// The one that got further counts; of equals, both.
    fn or(mut self, other: Self) -> Self {
        let (own, new) = (&mut *self.0, &*other.0);
        if new.at != own.at {
            return if new.at > own.at { other } else { self };
        }
        for what in new.expected.iter().flatten() {
            if !own.expected.contains(&Some(*what))
                && let Some(free) = own.expected.iter_mut().find(|slot| slot.is_none())
            {
                *free = Some(*what);
            }
        }
        own.reason = own.reason.or(new.reason);
        own.help = own.help.or(new.help);
        self
    }
}

/// A failure that alternatives may still repair.
pub(super) fn fail<'t, T>(input: Tokens<'t>, what: Expected) -> Out<'t, T> {
    Err(Err::Error(Fault::expected(input, what)))
}

/// Turns a failure into one that no alternative repairs.
pub(super) fn commit<T>(out: Out<'_, T>) -> Out<'_, T> {
    out.map_err(|err| match err {
        Err::Error(fault) => Err::Failure(fault),
        other => other,
    })
}

/// The fault inside of nom's wrapping.
pub(super) fn fault_of(err: Err<Fault>, input: Tokens<'_>) -> Fault {
    match err {
        Err::Error(fault) | Err::Failure(fault) => fault,
        Err::Incomplete(_) => Fault::from_error_kind(input, ErrorKind::Complete),
    }
}

/// A token of a kind without a text of its own choice, such as `(`.
pub(super) fn sign<'t>(kind: TokenKind) -> impl Fn(Tokens<'t>) -> Out<'t, Span> {
    move |input| {
        let token = input.peek();
        if token.kind == kind {
            return Ok((input.skip(1), token.span));
        }
        fail(input, Expected::Text(kind.sign()))
    }
}

/// The given word, keyword or not.
pub(super) fn word<'t>(text: &'static str) -> impl Fn(Tokens<'t>) -> Out<'t, Span> {
    move |input| match input.is_word(text) {
        true => Ok((input.skip(1), input.peek().span)),
        false => fail(input, Expected::Text(text)),
    }
}

/// One of several words, with the value each stands for.
pub(super) fn one_of<'t, T: Copy>(
    words: &'static [(&'static str, T)],
    class: &'static str,
) -> impl Fn(Tokens<'t>) -> Out<'t, Spanned<T>> {
    move |input| {
        let found = words.iter().find(|(text, _)| input.is_word(text));
        match found {
            Some((_, value)) => Ok((input.skip(1), Spanned::new(*value, input.peek().span))),
            None => fail(input, Expected::Class(class)),
        }
    }
}

/// Runs a parser one level deeper; too many levels are a mistake of the text, not a crash.
pub(super) fn nested<'t, T>(input: Tokens<'t>, parser: impl FnOnce(Tokens<'t>) -> Out<'t, T>) -> Out<'t, T> {
    let depth = input.ctx.depth.get();
    if depth >= MAX_DEPTH {
        return Err(Err::Failure(too_deep(input)));
    }
    input.ctx.depth.set(depth + 1);
    let out = parser(input);
    input.ctx.depth.set(depth);
    out
}

/// Runs a parser and tells how high the tree under it is. Heights grow by `rise` on the way up.
pub(super) fn measured<'t, T>(
    input: Tokens<'t>,
    rise: u32,
    parser: impl FnOnce(Tokens<'t>) -> Out<'t, T>,
) -> Out<'t, (T, u32)> {
    let before = input.ctx.height.replace(0);
    let out = parser(input);
    let height = input.ctx.height.get() + rise;
    input.ctx.height.set(before.max(height));
    let (rest, value) = out?;
    if height > MAX_HEIGHT {
        return Err(Err::Failure(too_deep(input)));
    }
    Ok((rest, (value, height)))
}

/// Notes that the expression just parsed is this high.
pub(super) fn raise(input: Tokens<'_>, height: u32) -> Result<(), Err<Fault>> {
    input.ctx.height.set(input.ctx.height.get().max(height));
    if height > MAX_HEIGHT { Err(Err::Failure(too_deep(input))) } else { Ok(()) }
}

fn too_deep(input: Tokens<'_>) -> Fault {
    Fault::because(input, "this is nested too deeply").help("name inner parts with `let`")
}
