//! A page of its own: charts as SVG with their rows below, and tables that can be sorted and filtered. Nothing in it
//! comes from elsewhere, and it says all it has to say without its script.

use crate::engine::Table;
use crate::error::Result;
use crate::types::Type;

use super::cell::Cells;
use super::chart::{View, svg, view_of};
use super::markdown::is_right_aligned;
use super::{Sink, Style, write_error};
use svg::escape;

const CSS: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// The most rows of a table that a page holds; browsers get slow behind that.
const MOST_ROWS: usize = 20_000;

/// Writes all tables as one page.
pub(super) fn write_html(tables: &[Table], _style: &Style, out: &mut dyn Sink) -> Result<()> {
    let mut text = String::new();
    push_head(&page_title(tables), &mut text);
    for (index, table) in tables.iter().enumerate() {
        push_section(tables, index, &mut text)?;
        push_data(table, index, &mut text)?;
        text.push_str("</section>\n");
        out.write_all(text.as_bytes()).map_err(write_error)?;
        text.clear();
    }
    text.push_str(&format!("</main>\n<div id=\"tip\" role=\"status\" aria-live=\"polite\"></div>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out.write_all(text.as_bytes()).map_err(write_error)
}

/// The title of the first chart that has one, else the names of the tables.
fn page_title(tables: &[Table]) -> String {
    let charts = tables.iter().filter_map(|table| table.chart.as_ref());
    let title = charts.flat_map(|chart| &chart.properties).find(|(name, value)| name == "title" && !value.is_empty());
    title.map_or_else(
        || match tables {
            [only] if only.name == "PrimaryResult" => "Query result".to_owned(),
            all => all.iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", "),
        },
        |(_, title)| title.clone(),
    )
}

fn push_head(title: &str, text: &mut String) {
    text.push_str(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{CSS}</style>\n</head>\n\
         <body>\n<main>\n",
        escape(title)
    ));
}

/// The heading and the chart, or why there is none.
fn push_section(tables: &[Table], index: usize, text: &mut String) -> Result<()> {
    let table = &tables[index];
    text.push_str("<section>\n");
    if tables.len() > 1 {
        text.push_str(&format!("<h2>{}</h2>\n", escape(&table.name)));
    }
    match view_of(table)? {
        View::Picture(picture) => {
            let (drawn, description) =
                (svg::draw(&picture, &format!("chart{index}")), escape(&svg::describe(&picture)));
            text.push_str(&format!(
                "<figure tabindex=\"0\" role=\"group\" aria-label=\"{description} The arrow keys go from value to value.\">\n\
                 {drawn}</figure>\n"
            ));
        }
        View::Table(reason) => {
            text.push_str(&format!("<p class=\"note\">No chart is drawn: {}.</p>\n", escape(&reason)));
        }
        View::Plain | View::List => {}
    }
    Ok(())
}

/// The rows: open where they are all there is to see, folded below a chart.
fn push_data(table: &Table, index: usize, text: &mut String) -> Result<()> {
    let rows = table.row_count();
    let chart = text.contains("<figure");
    let count = format!("{rows} row{}", if rows == 1 { "" } else { "s" });
    if chart {
        text.push_str(&format!("<details>\n<summary>The rows behind it: {count}</summary>\n"));
    }
    if rows > MOST_ROWS {
        text.push_str(&format!("<p class=\"note\">The first {MOST_ROWS} of {count} are in this page.</p>\n"));
    }
    push_table(table, index, text)?;
    if chart {
        text.push_str("</details>\n");
    }
    Ok(())
}

fn push_table(table: &Table, index: usize, text: &mut String) -> Result<()> {
    let shown = table.row_count().min(MOST_ROWS);
    text.push_str(&format!(
        "<p class=\"count\" id=\"count{index}\" aria-live=\"polite\">{shown} row{}</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"rows\">\n<table data-count=\"count{index}\">\n<thead>\n<tr>",
        if shown == 1 { "" } else { "s" }
    ));
    for (name, ty) in &table.columns {
        let class = if is_right_aligned(*ty) { " class=\"n\"" } else { "" };
        let name = escape(name);
        text.push_str(&format!(
            "<th scope=\"col\"{class} data-type=\"{ty}\"><button type=\"button\" title=\"{name}: {ty}\">{name}</button>\
             <input type=\"search\" aria-label=\"filter {name}\" placeholder=\"filter\"></th>"
        ));
    }
    text.push_str("</tr>\n</thead>\n<tbody>\n");
    let mut left = shown;
    for batch in &table.batches {
        let columns = Cells::of_batch(table, batch)?;
        for row in 0..batch.num_rows().min(left) {
            text.push_str("<tr>");
            for ((_, ty), cells) in table.columns.iter().zip(&columns) {
                push_cell(cells, *ty, row, text);
            }
            text.push_str("</tr>\n");
        }
        left -= batch.num_rows().min(left);
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    Ok(())
}

fn push_cell(cells: &Cells, ty: Type, row: usize, text: &mut String) {
    if cells.is_null(row) {
        text.push_str("<td class=\"null\">null</td>");
        return;
    }
    let class = if is_right_aligned(ty) { " class=\"n\"" } else { "" };
    // The text of a length of time does not sort as the length does.
    let key = match cells {
        Cells::TimeSpan(array) => format!(" data-v=\"{}\"", array.value(row)),
        _ => String::new(),
    };
    let mut cell = String::new();
    cells.push_text(row, &mut cell);
    if ty == Type::DateTime {
        cell = readable_time(&cell);
    }
    text.push_str(&format!("<td{class}{key}>{}</td>", escape(&cell)));
}

/// A time without the digits that are zero.
fn readable_time(iso: &str) -> String {
    let short = iso.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    // Zeros of the seconds are no fraction.
    let end = short.len().max("2026-01-01T00:00:00".len()).min(iso.len());
    iso[..end].replace('T', " ")
}
