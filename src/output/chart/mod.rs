//! What `render` asks for, drawn: a result table becomes a [`Picture`], which text cells and SVG draw alike.

mod axis;
mod build;
mod frame;
pub(super) mod model;
mod place;
mod roles;
mod settings;
mod shares;
mod stack;
pub(super) mod svg;
pub(super) mod text;
mod ticks;
mod time;

use crate::engine::{Chart, Table};
use crate::error::Result;

use frame::{Frame, frame_of};
use model::{Mark, Picture, Shape, ShareForm};
use roles::{Across, find_roles};
use settings::{Settings, read_settings};

/// What becomes of a result table with `render`.
pub(super) enum View {
    /// It can be drawn.
    Picture(Box<Picture>),
    /// It is shown as a table, for this reason.
    Table(String),
    /// `render table`: a table is what was asked for.
    Plain,
    /// `render list`: rows below each other.
    List,
}

/// What a result table is to be shown as.
pub(super) fn view_of(table: &Table) -> Result<View> {
    let Some(chart) = &table.chart else { return Ok(View::Plain) };
    match chart.kind.as_str() {
        "table" => return Ok(View::Plain),
        "list" => return Ok(View::List),
        "pivotchart" | "timepivot" | "timeline" | "plotly" | "graph" | "sankey" | "3Dchart" => {
            return Ok(View::Table(format!("a {} cannot be drawn here", chart.kind)));
        }
        _ => {}
    }
    let frame = frame_of(table)?;
    Ok(match picture(chart, &frame) {
        Ok(picture) => View::Picture(Box::new(picture)),
        Err(reason) => View::Table(reason),
    })
}

/// The kinds with axes: what is drawn, and what runs along the x axis.
const PLOTS: &[(&str, Mark, Across)] = &[
    ("timechart", Mark::Line, Across::Time),
    ("anomalychart", Mark::Line, Across::Time),
    ("linechart", Mark::Line, Across::Numbers),
    ("areachart", Mark::Area, Across::Numbers),
    ("stackedareachart", Mark::Area, Across::Numbers),
    ("scatterchart", Mark::Point, Across::Numbers),
    ("barchart", Mark::Bar, Across::Anything),
    ("columnchart", Mark::Column, Across::Anything),
];

fn picture(chart: &Chart, frame: &Frame) -> std::result::Result<Picture, String> {
    let kind = chart.kind.as_str();
    let settings = read_settings(kind, &chart.properties)?;
    if frame.rows == 0 {
        return Err("there are no rows to draw".to_owned());
    }
    let mut notes = Vec::new();
    if frame.cut > 0 {
        notes.push(format!("the first {} of {} rows are drawn", frame.rows, frame.rows + frame.cut));
    }
    let shape = match (kind, PLOTS.iter().find(|(name, ..)| *name == kind)) {
        (_, Some((_, mark, across))) => plot(kind, frame, &settings, *mark, *across, &mut notes)?,
        ("piechart" | "treemap", None) => {
            if settings.map {
                return Err("a map cannot be drawn here".to_owned());
            }
            let roles = find_roles(kind, frame, &settings, Across::Words)?;
            let form = if kind == "treemap" { ShareForm::Treemap } else { ShareForm::Pie };
            Shape::Shares(shares::build_shares(frame, &roles, &settings, form, &mut notes)?)
        }
        ("card", None) => Shape::Card(shares::build_card(frame, &mut notes)?),
        ("ladderchart", None) => Shape::Ladder(shares::build_ladder(frame, &settings, &mut notes)?),
        (other, None) => return Err(format!("a {other} cannot be drawn here")),
    };
    Ok(Picture { kind: kind.to_owned(), title: settings.title, shape, notes })
}

fn plot(
    kind: &str,
    frame: &Frame,
    settings: &Settings,
    mark: Mark,
    across: Across,
    notes: &mut Vec<String>,
) -> std::result::Result<Shape, String> {
    let roles = find_roles(kind, frame, settings, across)?;
    if kind == "anomalychart" && roles.anomalies.is_empty() {
        notes.push("no anomalycolumns are given, so nothing is marked".to_owned());
    }
    if settings.map {
        notes.push("places are drawn without a map below them".to_owned());
    }
    Ok(Shape::Plot(build::build_plot(frame, &roles, settings, mark, notes)?))
}
