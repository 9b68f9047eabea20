//! The data that cases run on: the known tables, and those that a case brings along as CSV.

use calypso::catalog::MemoryCatalog;
use calypso::tables::TABLES;
use calypso::types::Type;

use super::format::Case;

/// The names and types of all tables that a case can see.
pub(super) fn catalog(case: &Case) -> Result<MemoryCatalog, String> {
    let mut catalog = known();
    for (name, csv) in case.data() {
        catalog.insert(name, columns(csv)?);
    }
    Ok(catalog)
}

/// The known tables.
pub(super) fn known() -> MemoryCatalog {
    let mut catalog = MemoryCatalog::default();
    catalog.allow_files("tests/data");
    for table in TABLES {
        let columns = table.columns.iter().map(|column| (column.name.to_owned(), column.ty));
        catalog.insert(table.name, columns.collect());
    }
    catalog
}

/// The columns of a table given as CSV with a `name:type` header.
pub(super) fn columns(csv: &str) -> Result<Vec<(String, Type)>, String> {
    let header = csv.lines().next().unwrap_or_default();
    cells(header).iter().map(|cell| column(cell)).collect()
}

fn column(cell: &str) -> Result<(String, Type), String> {
    let pair = cell.rsplit_once(':').and_then(|(name, ty)| Some((name.to_owned(), Type::parse(ty)?)));
    pair.ok_or_else(|| format!("`{cell}` is not `name:type`"))
}

/// The cells of a line of CSV; quoted ones may hold commas, and quotes written twice.
pub(super) fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// The first line of a result.
pub(super) fn header(columns: &[(String, Type)]) -> String {
    columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect::<Vec<_>>().join(" | ")
}
