//! Rows as the log files that people have: one function per wrapping.

mod avro;
mod cells;
mod faults;
mod record;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;

use self::cells::{Cell, Sheet};
use self::faults::{Faults, american};
use self::record::{exported, json, object, quoted, raw};
use super::RESOURCE;
use crate::error::{Error, Result};
use crate::tables::TableDef;
use crate::types::Type;
use crate::value::{NANOS_PER_DAY, civil_from_days, push_datetime_iso};

/// A way in which logs reach people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappingDef {
    /// What it is asked for by.
    pub name: &'static str,
    /// Where such files come from, in one sentence.
    pub summary: &'static str,
    wrapping: Wrapping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    Storage,
    Records,
    EventHub,
    Capture,
    Export,
    Rest,
    CommandLine,
    Portal,
}

const fn wrapping(name: &'static str, summary: &'static str, wrapping: Wrapping) -> WrappingDef {
    WrappingDef { name, summary, wrapping }
}

/// All of them; the first is what one gets without a name.
pub const WRAPPINGS: &[WrappingDef] = &[
    wrapping("storage", "Append blobs of a diagnostic setting, one per hour.", Wrapping::Storage),
    wrapping("records", "The older form of those blobs: one object with `records`.", Wrapping::Records),
    wrapping("event-hub", "Messages of an event hub, one per line.", Wrapping::EventHub),
    wrapping("capture", "Messages of an event hub as it captures them, in Avro.", Wrapping::Capture),
    wrapping("export", "What a workspace exports all the time, five minutes a file.", Wrapping::Export),
    wrapping("rest", "Results of queries by the REST interface.", Wrapping::Rest),
    wrapping("cli", "Results of queries by the command line.", Wrapping::CommandLine),
    wrapping("portal", "Results of queries as the portal exports them to CSV.", Wrapping::Portal),
];

/// Whether files have the faults that real ones have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Soundness {
    /// They have none.
    Sound,
    /// They have those that a careful reader can mend.
    Faulty,
}

/// Rows of one table and day, sorted by time.
pub(super) struct Piece<'r> {
    pub(super) table: &'static TableDef,
    pub(super) day: i64,
    /// How many pieces of the same table and day there were before.
    pub(super) number: u32,
    pub(super) rows: &'r RecordBatch,
}

/// Files under construction: path to content.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Writes rows in a wrapping; gives the number of new files.
pub(super) fn write(root: &Path, def: WrappingDef, soundness: Soundness, piece: &Piece<'_>) -> Result<u64> {
    let mut files = Files::new();
    match def.wrapping {
        Wrapping::Storage | Wrapping::Records | Wrapping::EventHub | Wrapping::Capture => {
            raw_files(def.wrapping, soundness, piece, &mut files)
        }
        Wrapping::Export => export_files(soundness, piece, &mut files),
        Wrapping::Rest => drop(files.insert(path("rest", "json", piece), rest(piece).into())),
        Wrapping::CommandLine => drop(files.insert(path("cli", "json", piece), command_line(piece).into())),
        Wrapping::Portal => drop(files.insert(path("portal", "csv", piece), portal(soundness, piece).into())),
    }
    let mut new = 0;
    for (name, text) in files {
        new += append(&root.join(name), &text)?;
    }
    Ok(new)
}

fn append(path: &Path, text: &[u8]) -> Result<u64> {
    let is_new = !path.exists();
    let write = || {
        create_dir_all(path.parent().unwrap_or(path))?;
        let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(text)
    };
    write().map_err(|cause| Error::io(path, cause))?;
    Ok(u64::from(is_new))
}

/// A file for a piece.
fn path(folder: &str, extension: &str, piece: &Piece<'_>) -> PathBuf {
    let (year, month, day) = civil_from_days(piece.day);
    let name = format!("{}-{year:04}-{month:02}-{day:02}-{}.{extension}", piece.table.name, piece.number);
    Path::new(folder).join(name)
}

/// Rows as the service logs them, by hour, as one object, or as messages.
fn raw_files(wrapping: Wrapping, soundness: Soundness, piece: &Piece<'_>, files: &mut Files) {
    let sheet = Sheet::new(piece.table, piece.rows);
    let mut messages: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for row in 0..piece.rows.num_rows() {
        let mut record = raw(piece.table, &sheet, row);
        let faults = match soundness {
            Soundness::Sound => Faults::NONE,
            Soundness::Faulty => Faults::draw(&mut record, number(piece, row)),
        };
        let line = record.line(&faults);
        let into = match wrapping {
            Wrapping::Storage => storage_path(piece.table, time(&sheet, row)),
            Wrapping::EventHub => path("event-hub", "json", piece),
            Wrapping::Capture => path("capture", "avro", piece),
            _ => path("records", "json", piece),
        };
        let lines = messages.entry(into).or_default();
        if faults.twice {
            lines.push(line.clone());
        }
        lines.push(line);
    }
    for (path, mut lines) in messages {
        let bodies = |lines: &[String]| -> Vec<String> {
            lines.chunks(MESSAGE).map(|lines| format!("{{\"records\":[{}]}}", lines.join(","))).collect()
        };
        let text = match wrapping {
            Wrapping::Storage => {
                // A blob that was copied while a retry wrote its last line once more.
                let unfinished = lines.last().and_then(|last| last.strip_suffix("}}")).unwrap_or_default().to_owned();
                let is_unfinished = soundness == Soundness::Faulty && lines.len() % 3 == 0;
                lines.push(if is_unfinished { unfinished } else { String::new() });
                lines.join("\n").into()
            }
            Wrapping::EventHub => (bodies(&lines).join("\n") + "\n").into(),
            Wrapping::Capture => {
                let came = american(piece.day * NANOS_PER_DAY).replace(", ", " ");
                avro::capture(&bodies(&lines).into_iter().map(|body| (came.clone(), body)).collect::<Vec<_>>())
            }
            _ => format!("{{\"records\":[\n{}\n]}}\n", lines.join(",\n")).into(),
        };
        files.insert(path, text);
    }
}

/// Records in one message of an event hub.
const MESSAGE: usize = 40;

/// A number for a row that no other row has, for faults.
fn number(piece: &Piece<'_>, row: usize) -> u64 {
    let table = piece.table.name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    table ^ (piece.day as u64) << 40 ^ u64::from(piece.number) << 30 ^ row as u64
}

fn time(sheet: &Sheet<'_>, row: usize) -> i64 {
    // Every table begins with its time.
    if let Cell::Time(nanos) = sheet.cell(0, row) { nanos } else { 0 }
}

/// Parts of a time, for the names of folders: `y=2026/m=03/d=02/h=09`.
fn hour_folders(time: i64) -> String {
    let (year, month, day) = civil_from_days(time.div_euclid(NANOS_PER_DAY));
    let hour = time.rem_euclid(NANOS_PER_DAY) / (NANOS_PER_DAY / 24);
    format!("y={year:04}/m={month:02}/d={day:02}/h={hour:02}")
}

fn storage_path(table: &TableDef, time: i64) -> PathBuf {
    let category = table.category.strip_suffix("Updates").unwrap_or(table.category).to_lowercase();
    let resource = RESOURCE.to_uppercase();
    // Rows of the tables of updates are in the same container; a file of their own keeps the work apart.
    let file = if table.name.ends_with("Updates") { "PT1H_updates.json" } else { "PT1H.json" };
    PathBuf::from(format!("insights-logs-{category}/resourceId={resource}/{}/m=00/{file}", hour_folders(time)))
}

fn export_files(soundness: Soundness, piece: &Piece<'_>, files: &mut Files) {
    let sheet = Sheet::new(piece.table, piece.rows);
    for row in 0..piece.rows.num_rows() {
        let time = time(&sheet, row);
        let minute = time.rem_euclid(NANOS_PER_DAY) / 60_000_000_000 % 60 / 5 * 5;
        let path = PathBuf::from(format!(
            "am-{}/WorkspaceResourceId={WORKSPACE}/{}/m={minute:02}/PT05M.json",
            piece.table.name.to_lowercase(),
            hour_folders(time),
        ));
        let line = object(&exported(piece.table, &sheet, row), &Faults::NONE);
        let is_twice = soundness == Soundness::Faulty && Faults::draw_twice(number(piece, row));
        let text = files.entry(path).or_default();
        for _ in 0..1 + usize::from(is_twice) {
            text.extend(line.as_bytes());
            text.push(b'\n');
        }
    }
}

const WORKSPACE: &str = "/subscriptions/5c000000-0000-4000-8000-00000000ca11/resourcegroups/calypso/providers/\
                         microsoft.operationalinsights/workspaces/harbour-logs";

fn rest(piece: &Piece<'_>) -> String {
    let sheet = Sheet::new(piece.table, piece.rows);
    let columns = piece.table.columns.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("{{\"name\":{},\"type\":\"{}\"}}", quoted(column.name), column.ty.name()))
        .collect();
    let cell = |at: usize, row: usize| match (sheet.cell(at, row), piece.table.columns[at].ty) {
        (Cell::Missing, Type::String) => "\"\"".to_owned(),
        (Cell::Real(number), _) => number.to_string(),
        (cell, _) => json(cell),
    };
    let row = |row: usize| {
        let cells: Vec<String> = (0..piece.table.columns.len()).map(|at| cell(at, row)).collect();
        format!("[{}]", cells.join(","))
    };
    let rows: Vec<String> = (0..piece.rows.num_rows()).map(row).collect();
    let (columns, rows) = (columns.join(","), rows.join(",\n"));
    format!("{{\"tables\":[{{\"name\":\"PrimaryResult\",\"columns\":[{columns}],\"rows\":[\n{rows}\n]}}]}}\n")
}

/// An array of objects whose values are all texts.
fn command_line(piece: &Piece<'_>) -> String {
    let sheet = Sheet::new(piece.table, piece.rows);
    let row = |row: usize| {
        let columns = piece.table.columns.iter().enumerate();
        let members = columns.map(|(at, column)| match sheet.cell(at, row) {
            Cell::Missing => {
                (column.name.to_owned(), if column.ty == Type::String { "\"\"" } else { "null" }.to_owned())
            }
            cell => (column.name.to_owned(), quoted(&plain(cell))),
        });
        let table = ("TableName".to_owned(), quoted("PrimaryResult"));
        object(&members.chain([table]).collect::<Vec<_>>(), &Faults::NONE)
    };
    let rows: Vec<String> = (0..piece.rows.num_rows()).map(row).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// A cell as text without quotes.
fn plain(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Whole(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Time(nanos) => {
            let mut text = String::new();
            push_datetime_iso(&mut text, nanos);
            text
        }
        Cell::Text(text) | Cell::Json(text) => text.to_owned(),
    }
}

fn portal(soundness: Soundness, piece: &Piece<'_>) -> String {
    let sheet = Sheet::new(piece.table, piece.rows);
    // Programs that write CSV put a mark in front, spreadsheets write truths in capitals.
    let is_faulty = soundness == Soundness::Faulty;
    let mut text = String::from(if is_faulty { "\u{feff}" } else { "" });
    let names = piece.table.columns.iter().map(|column| match column.ty {
        Type::DateTime => format!("\"{} [UTC]\"", column.name),
        _ => column.name.to_owned(),
    });
    text.push_str(&names.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
    for row in 0..piece.rows.num_rows() {
        let cells = (0..piece.table.columns.len()).map(|at| match sheet.cell(at, row) {
            Cell::Time(nanos) => format!("\"{}\"", american(nanos)),
            Cell::Bool(truth) if is_faulty => truth.to_string().to_uppercase(),
            cell => {
                let plain = plain(cell);
                let is_special = plain.contains([',', '"', '\n', '\r']);
                if is_special { format!("\"{}\"", plain.replace('"', "\"\"")) } else { plain }
            }
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}
