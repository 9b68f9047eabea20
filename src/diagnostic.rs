//! What is wrong with a query, as plain data: code, message, places, help. Drawn by `render`.

use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The query is not run.
    Error,
    /// The query runs, but probably not as meant.
    Warning,
}

/// The kind of mistake. Each has a page in `tests/lang/errors/`, named like its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not KQL.
    Syntax,
    /// A column that is not in sight.
    UnknownColumn,
    /// A table that no data folder holds.
    UnknownTable,
    /// A function that does not exist.
    UnknownFunction,
    /// A word behind `|` that is no operator.
    UnknownOperator,
    /// A name of a `let` statement or parameter that does not exist, or cannot be used here.
    UnknownName,
    /// Too few or too many arguments.
    WrongArgumentCount,
    /// A value of a type that does not fit here.
    TypeMismatch,
    /// A scalar function where an aggregate is needed.
    NotAnAggregate,
    /// An aggregate outside of `summarize` and its kin.
    MisplacedAggregate,
    /// A window function on rows without an order.
    NotSerialized,
    /// Something that must be a constant is not.
    NotConstant,
    /// Two columns of one name, or one name declared twice.
    DuplicateName,
    /// A value that is out of range or malformed, such as a broken regular expression.
    InvalidValue,
    /// A table where a value is needed, or the other way around.
    NotTabular,
    /// A KQL operator that this engine does not run (yet).
    UnsupportedOperator,
    /// A KQL function that this engine does not run (yet).
    UnsupportedFunction,
    /// An option, form or statement that this engine does not run (yet).
    UnsupportedFeature,
    /// A query parameter without a value, or with one that does not fit.
    BadParameter,
    /// A `set` option that means nothing here.
    UnknownOption,
    /// A remark of `lint`, by its name; its page is in `tests/lang/lints/`.
    Lint(&'static str),
}

impl Code {
    /// All codes, in the order of their pages.
    pub const ALL: &'static [Code] = &[
        Code::Syntax,
        Code::UnknownColumn,
        Code::UnknownTable,
        Code::UnknownFunction,
        Code::UnknownOperator,
        Code::UnknownName,
        Code::WrongArgumentCount,
        Code::TypeMismatch,
        Code::NotAnAggregate,
        Code::MisplacedAggregate,
        Code::NotSerialized,
        Code::NotConstant,
        Code::DuplicateName,
        Code::InvalidValue,
        Code::NotTabular,
        Code::UnsupportedOperator,
        Code::UnsupportedFunction,
        Code::UnsupportedFeature,
        Code::BadParameter,
        Code::UnknownOption,
    ];

    /// The kebab-case name that messages and pages use.
    pub fn name(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::UnknownColumn => "unknown-column",
            Code::UnknownTable => "unknown-table",
            Code::UnknownFunction => "unknown-function",
            Code::UnknownOperator => "unknown-operator",
            Code::UnknownName => "unknown-name",
            Code::WrongArgumentCount => "wrong-argument-count",
            Code::TypeMismatch => "type-mismatch",
            Code::NotAnAggregate => "not-an-aggregate",
            Code::MisplacedAggregate => "misplaced-aggregate",
            Code::NotSerialized => "not-serialized",
            Code::NotConstant => "not-constant",
            Code::DuplicateName => "duplicate-name",
            Code::InvalidValue => "invalid-value",
            Code::NotTabular => "not-tabular",
            Code::UnsupportedOperator => "unsupported-operator",
            Code::UnsupportedFunction => "unsupported-function",
            Code::UnsupportedFeature => "unsupported-feature",
            Code::BadParameter => "bad-parameter",
            Code::UnknownOption => "unknown-option",
            Code::Lint(name) => name,
        }
    }
}

/// A place with a short text that says what is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What was found or expected there; may be empty.
    pub text: String,
}

/// One mistake of the person who wrote the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The kind of mistake.
    pub code: Code,
    /// What is wrong: lower case, no final period, names in backquotes.
    pub message: String,
    /// The narrowest place that is wrong.
    pub label: Label,
    /// Other places that explain it.
    pub others: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            label: Label { span, text: String::new() },
            others: Vec::new(),
            help: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Sets the text behind the underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label.text = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn other(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }

    /// Sets the advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The same at places that lie further on in the text: those of a part, for the whole.
    #[must_use]
    pub fn moved(mut self, by: usize) -> Self {
        for label in std::iter::once(&mut self.label).chain(&mut self.others) {
            let range = label.span.range();
            label.span = Span::new(range.start + by, range.end + by);
        }
        self
    }

    /// Whether it stops the query.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
