//! `.profile`: a table column by column, as one query.

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::repl::Flow;
use crate::repl::complete::written;
use crate::repl::shell::{LAST, Shell};
use crate::types::Type;

use super::kept::nothing_yet;

/// Longer values are cut among the top values.
const LONGEST_VALUE: usize = 40;
/// How many frequent values are shown.
const TOP_VALUES: usize = 3;

/// `.profile [TABLE]`
pub(super) fn profile(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let name = if rest.is_empty() { LAST } else { rest };
    if name == LAST && shell.it.is_none() {
        return Err(nothing_yet());
    }
    match shell.view()?.catalog().table(name) {
        Some(columns) if columns.is_empty() => Err(Error::Usage(format!("`{name}` has no columns"))),
        Some(columns) => shell.query("profile", &profile_text(name, &columns), &[]),
        None => Err(Error::Usage(format!("no table `{name}`: `.tables` and `.kept` list what there is"))),
    }
}

/// The query that profiles a table.
fn profile_text(name: &str, columns: &[(String, Type)]) -> String {
    let parts: Vec<String> = columns.iter().enumerate().map(|(at, (column, ty))| part(name, at, column, *ty)).collect();
    format!(
        "union\n{}\n| sort by At asc\n| project Column, Type, Rows, Missing, Distinct, Least, Greatest, Top",
        parts.join(",\n")
    )
}

/// The row of one column.
fn part(table: &str, at: usize, name: &str, ty: Type) -> String {
    let column = written(name);
    let text = format!("tostring({column})");
    let missing = if ty == Type::String { format!("isempty({column})") } else { format!("isnull({column})") };
    let counted = if ty == Type::Dynamic { &text } else { &column };
    let (least, greatest) = match ty {
        Type::Dynamic => ("''".to_owned(), "''".to_owned()),
        Type::Bool => {
            (format!("tostring(tobool(min(toint({column}))))"), format!("tostring(tobool(max(toint({column}))))"))
        }
        Type::Guid => (format!("min({text})"), format!("max({text})")),
        _ => (format!("tostring(min({column}))"), format!("tostring(max({column}))")),
    };
    let top = format!(
        "toscalar({table} | where not({missing}) | summarize Times = count() by Value = {text} \
         | sort by Times desc, Value asc | take {TOP_VALUES} \
         | summarize strcat_array(make_list(strcat(substring(Value, 0, {LONGEST_VALUE}), ' (', Times, ')')), ', '))"
    );
    format!(
        "({table} | summarize Rows = count(), Missing = countif({missing}), \
         Distinct = count_distinctif({counted}, not({missing})), Least = {least}, Greatest = {greatest} \
         | extend At = {at}, Column = {}, Type = '{}', Top = {top})",
        literal(name),
        ty.name()
    )
}

/// A text as a literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
