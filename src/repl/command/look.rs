//! Commands that show what there is: tables, columns and canned queries.

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::output::listing;
use crate::repl::Flow;
use crate::repl::shell::Shell;

/// `.tables`
pub(super) fn tables(shell: &mut Shell, _rest: &str) -> Result<Flow> {
    let info = shell.engine.catalog().info()?;
    shell.show(listing::list_tables(&info)?)
}

/// `.schema TABLE`
pub(super) fn schema(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match shell.view()?.catalog().table(rest) {
        Some(columns) => shell.show(listing::list_columns(rest, &columns)?),
        None => Err(Error::Usage(format!("no table `{rest}`: `.tables` lists what there is"))),
    }
}

/// `.queries [WORD]`
pub(super) fn queries(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let table = listing::list_queries(&shell.library.matching(rest))?;
    shell.show(table)
}

/// `.show-query NAME`
pub(super) fn show_query(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = shell.library.find(rest)?.text.clone();
    shell.page(&text)
}
