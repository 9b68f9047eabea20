//! The properties of `render`, read from their text.

use crate::value::{parse_datetime, parse_timespan};

use super::model::{Legend, Scale, Stack, Unit};

/// What `render … with (…)` says; absent properties have the values that Kusto gives them.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) title: Option<String>,
    pub(super) xtitle: Option<String>,
    pub(super) ytitle: Option<String>,
    pub(super) xcolumn: Option<String>,
    pub(super) ycolumns: Vec<String>,
    pub(super) series: Vec<String>,
    pub(super) anomalies: Vec<String>,
    /// `kind`, as far as it is one of the four ways to put series together.
    pub(super) stack: Stack,
    /// `kind = map`
    pub(super) map: bool,
    pub(super) legend: Legend,
    pub(super) xaxis: Scale,
    pub(super) yaxis: Scale,
    pub(super) split: Split,
    pub(super) xlimits: [Option<Limit>; 2],
    pub(super) ylimits: [Option<f64>; 2],
    pub(super) accumulate: bool,
}

/// An end of an axis that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    Number(f64),
    /// Nanoseconds since 1970.
    Time(i64),
    /// Nanoseconds.
    Span(i64),
}

impl Limit {
    /// The place on an axis of a unit; none where it is of another kind.
    pub(super) fn on(self, unit: Unit) -> Option<f64> {
        match (self, unit) {
            (Limit::Number(number), Unit::Number | Unit::Percent) => Some(number),
            (Limit::Time(nanos), Unit::Time) | (Limit::Span(nanos), Unit::Span) => Some(nanos as f64),
            (Limit::Number(_) | Limit::Time(_) | Limit::Span(_), _) => None,
        }
    }

    fn size(self) -> f64 {
        match self {
            Limit::Number(number) => number,
            Limit::Time(nanos) | Limit::Span(nanos) => nanos as f64,
        }
    }
}

/// Whether the value columns share their axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    None,
    Axes,
    Panels,
}

/// Reads the properties of a chart; the error says what a property cannot be.
pub(super) fn read_settings(kind: &str, properties: &[(String, String)]) -> Result<Settings, String> {
    let mut settings = Settings {
        title: None,
        xtitle: None,
        ytitle: None,
        xcolumn: None,
        ycolumns: Vec::new(),
        series: Vec::new(),
        anomalies: Vec::new(),
        stack: if kind == "stackedareachart" { Stack::Sum } else { Stack::None },
        map: false,
        legend: Legend::Visible,
        xaxis: Scale::Linear,
        yaxis: Scale::Linear,
        split: Split::None,
        xlimits: [None; 2],
        ylimits: [None; 2],
        accumulate: false,
    };
    for (name, value) in properties {
        read_property(&mut settings, kind, name, value)?;
    }
    for name in ["x", "y"] {
        let ends = if name == "x" { settings.xlimits.map(|end| end.map(Limit::size)) } else { settings.ylimits };
        if let [Some(low), Some(high)] = ends
            && low >= high
        {
            return Err(format!("`{name}min` is not below `{name}max`, so the axis has no length"));
        }
    }
    Ok(settings)
}

fn read_property(settings: &mut Settings, kind: &str, name: &str, value: &str) -> Result<(), String> {
    let text = || Some(value.to_owned()).filter(|text| !text.is_empty());
    let names = || value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    match name {
        "title" => settings.title = text(),
        "xtitle" => settings.xtitle = text(),
        "ytitle" => settings.ytitle = text(),
        "xcolumn" => settings.xcolumn = text(),
        "ycolumns" => settings.ycolumns.extend(names()),
        "series" | "by" => settings.series.extend(names()),
        "anomalycolumns" => settings.anomalies.extend(names()),
        "kind" => (settings.stack, settings.map) = read_kind(kind, value)?,
        "legend" => settings.legend = pick(name, value, &[("visible", Legend::Visible), ("hidden", Legend::Hidden)])?,
        "xaxis" => settings.xaxis = read_scale(name, value)?,
        "yaxis" => settings.yaxis = read_scale(name, value)?,
        "ysplit" => {
            let known = [("none", Split::None), ("axes", Split::Axes), ("panels", Split::Panels)];
            settings.split = pick(name, value, &known)?;
        }
        "accumulate" => settings.accumulate = pick(name, value, &[("true", true), ("false", false)])?,
        "xmin" => settings.xlimits[0] = read_limit(name, value)?,
        "xmax" => settings.xlimits[1] = read_limit(name, value)?,
        "ymin" => settings.ylimits[0] = read_number(name, value)?,
        "ymax" => settings.ylimits[1] = read_number(name, value)?,
        _ => return Err(format!("the property `{name}` has no meaning here")),
    }
    Ok(())
}

fn read_scale(name: &str, value: &str) -> Result<Scale, String> {
    pick(name, value, &[("linear", Scale::Linear), ("log", Scale::Log)])
}

/// Which ways there are depends on the chart, but `default` is one everywhere.
fn read_kind(chart: &str, value: &str) -> Result<(Stack, bool), String> {
    let stacks = matches!(chart, "areachart" | "stackedareachart" | "barchart" | "columnchart");
    let maps = matches!(chart, "scatterchart" | "piechart");
    match value.to_ascii_lowercase().as_str() {
        "default" if chart == "stackedareachart" => Ok((Stack::Sum, false)),
        "default" => Ok((Stack::None, false)),
        "unstacked" if stacks => Ok((Stack::None, false)),
        "stacked" if stacks => Ok((Stack::Sum, false)),
        "stacked100" if stacks => Ok((Stack::Share, false)),
        "map" if maps => Ok((Stack::None, true)),
        _ => Err(format!("a {chart} has no kind `{value}`")),
    }
}

fn read_limit(name: &str, value: &str) -> Result<Option<Limit>, String> {
    if let Ok(limit) = read_number(name, value) {
        return Ok(limit.map(Limit::Number));
    }
    let time = parse_datetime(value).map(Limit::Time);
    let limit = time.or_else(|| parse_timespan(value).map(Limit::Span));
    limit.map(Some).ok_or_else(|| format!("`{name}` is a number, a time or a length of time, not `{value}`"))
}

fn read_number(name: &str, value: &str) -> Result<Option<f64>, String> {
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        // A missing limit is found from the data.
        _ if value.is_empty() || value.eq_ignore_ascii_case("nan") => Ok(None),
        _ => Err(format!("`{name}` is a number, not `{value}`")),
    }
}

fn pick<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        format!("`{name}` is {}, not `{value}`", words.join(" or "))
    })
}
