//! Results that outlive their request: the last one is the table `It`, others are kept under names.

use crate::catalog::Catalog;
use crate::engine::catalog::TableInfo;
use crate::error::{Error, Result};
use crate::output::listing;
use crate::repl::Flow;
use crate::repl::shell::{LAST, Shell};

/// `.push NAME`
pub(super) fn push(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let is_name = rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !is_name {
        return Err(Error::Usage(format!("`{rest}` is no name: letters, digits and `_` make one")));
    }
    if rest == LAST || shell.engine.catalog().table(rest).is_some() {
        return Err(Error::Usage(format!("`{rest}` is a table already: choose another name")));
    }
    let last = shell.it.clone().ok_or_else(nothing_yet)?;
    shell.kept.insert(rest.to_owned(), last);
    Ok(Flow::Go)
}

/// `.pull NAME`
pub(super) fn pull(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let table = shell.kept.get(rest).cloned().ok_or_else(|| not_kept(rest))?;
    shell.it = Some(table.clone());
    shell.show_result(table)
}

/// `.kept`
pub(super) fn list(shell: &mut Shell, _rest: &str) -> Result<Flow> {
    let last = shell.it.iter().map(|table| (LAST, table));
    let kept = last.chain(shell.kept.iter().map(|(name, table)| (name.as_str(), table)));
    let rows: Vec<TableInfo> = kept
        .map(|(name, table)| TableInfo {
            name: name.to_owned(),
            rows: table.row_count() as u64,
            times: None,
            files: 0,
            bytes: table.batches.iter().map(|batch| batch.get_array_memory_size() as u64).sum(),
        })
        .collect();
    shell.show(listing::list_kept(&rows)?)
}

/// `.forget NAME|all`
pub(super) fn forget(shell: &mut Shell, rest: &str) -> Result<Flow> {
    if rest == "all" {
        shell.kept.clear();
    } else if shell.kept.remove(rest).is_none() {
        return Err(not_kept(rest));
    }
    Ok(Flow::Go)
}

/// What is said where a command needs a result and there is none.
pub(super) fn nothing_yet() -> Error {
    Error::Usage("there is no result yet: run a request first".to_owned())
}

fn not_kept(name: &str) -> Error {
    Error::Usage(format!("no result is kept as `{name}`: `.kept` lists them"))
}
