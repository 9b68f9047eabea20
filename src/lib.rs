//! Calypso: a Kusto Query Language (KQL) engine over call logs.
//!
//! ```text
//!  text ──lex──▶ tokens ──parse──▶ tree ──bind──▶ ir ──plan──▶ LogicalPlan ──run──▶ batches ──write──▶ output
//!        syntax::lexer    syntax::parse    bind::bind  engine::plan        engine::Engine    output
//! ```
//!
//! Modules in reading order; a module uses those above it, never below (`tests/tidy.rs` checks it). Everything
//! from `remote` on needs the feature `engine`; without it the crate is the language alone.

pub mod diagnostic;
pub mod error;
mod pattern;
pub mod render;
pub mod source;
pub mod span;
pub mod types;
pub mod value;
pub mod words;

pub mod syntax;

pub mod tables;

pub mod catalog;
pub mod functions;
pub mod ir;
pub mod stored;

pub mod bind;

pub mod support;

pub mod library;
pub mod lint;
pub mod script;

#[cfg(feature = "engine")]
pub mod remote;

#[cfg(feature = "engine")]
pub mod engine;

#[cfg(feature = "engine")]
pub mod privacy;

#[cfg(feature = "engine")]
pub mod generate;
#[cfg(feature = "engine")]
pub mod ingest;
#[cfg(feature = "engine")]
pub mod output;

#[cfg(feature = "engine")]
pub mod calls;
#[cfg(feature = "engine")]
pub mod repl;

#[cfg(feature = "engine")]
pub mod batch;

pub use error::{Error, Result};
pub use source::Source;
