//! A chart as what is to be seen, whatever draws it: text cells, SVG or a page.

/// A chart, ready to be drawn.
#[derive(Clone, Debug)]
pub(in crate::output) struct Picture {
    /// What `render` asked for: `timechart`, …
    pub(in crate::output) kind: String,
    /// The title, if one was given.
    pub(in crate::output) title: Option<String>,
    /// What is drawn.
    pub(in crate::output) shape: Shape,
    /// What the reader has to know: what was left out, merged or taken for something else.
    pub(in crate::output) notes: Vec<String>,
}

/// The families of charts.
#[derive(Clone, Debug)]
pub(in crate::output) enum Shape {
    /// Marks between two axes.
    Plot(Plot),
    /// Shares of a whole: round, or nested by size.
    Shares(Shares),
    /// Single values.
    Card(Vec<Value>),
    /// Stretches from a start to an end, a line for each.
    Ladder(Ladder),
}

/// Marks between two axes, in one panel or in several that share the x axis.
#[derive(Clone, Debug)]
pub(in crate::output) struct Plot {
    pub(in crate::output) mark: Mark,
    pub(in crate::output) x: XAxis,
    pub(in crate::output) y: YAxis,
    pub(in crate::output) legend: Legend,
    pub(in crate::output) panels: Vec<Panel>,
}

/// How values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Mark {
    Line,
    Area,
    Point,
    /// Columns that stand on the x axis.
    Column,
    /// Bars that start at the left; the x axis runs downwards.
    Bar,
}

impl Mark {
    /// Whether values are shown as lengths, which have to start at zero.
    pub(in crate::output) fn is_length(self) -> bool {
        matches!(self, Mark::Column | Mark::Bar | Mark::Area)
    }

    /// Whether each x has a place of its own.
    pub(in crate::output) fn has_slots(self) -> bool {
        matches!(self, Mark::Column | Mark::Bar)
    }
}

/// How series at one x are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Stack {
    /// Each for itself.
    None,
    /// On top of each other.
    Sum,
    /// On top of each other, as shares of all.
    Share,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Legend {
    Visible,
    Hidden,
}

/// What the numbers along an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Unit {
    Number,
    /// Nanoseconds since 1970.
    Time,
    /// Nanoseconds.
    Span,
    /// Hundredths of a whole.
    Percent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Scale {
    Linear,
    Log,
}

/// The x axis.
#[derive(Clone, Debug)]
pub(in crate::output) struct XAxis {
    pub(in crate::output) title: String,
    pub(in crate::output) place: Place,
}

/// What the x of a point means.
#[derive(Clone, Debug)]
pub(in crate::output) enum Place {
    /// A number on a continuous axis with these ends.
    Continuous { unit: Unit, scale: Scale, min: f64, max: f64 },
    /// The number of a slot; each has a label.
    Slots { labels: Vec<String>, even: Option<Even> },
}

/// Slots at even distances of a continuous axis: slot `n` is at `first + n * step`.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct Even {
    pub(in crate::output) unit: Unit,
    pub(in crate::output) first: f64,
    pub(in crate::output) step: f64,
}

/// The y axis; panels have ends of their own.
#[derive(Clone, Debug)]
pub(in crate::output) struct YAxis {
    pub(in crate::output) title: String,
    pub(in crate::output) unit: Unit,
    pub(in crate::output) scale: Scale,
    pub(in crate::output) stack: Stack,
}

/// One set of axes.
#[derive(Clone, Debug)]
pub(in crate::output) struct Panel {
    /// Set where there are several.
    pub(in crate::output) title: Option<String>,
    pub(in crate::output) series: Vec<Series>,
    /// The ends of the y axis.
    pub(in crate::output) min: f64,
    pub(in crate::output) max: f64,
}

/// Points of one name and color.
#[derive(Clone, Debug)]
pub(in crate::output) struct Series {
    pub(in crate::output) name: String,
    /// Which color; it goes with the name, so that it is the same in all panels.
    pub(in crate::output) color: usize,
    pub(in crate::output) points: Vec<Point>,
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct Point {
    pub(in crate::output) x: f64,
    /// Where it is drawn; `None` is a gap.
    pub(in crate::output) y: Option<f64>,
    /// Where its length starts: zero, or the top of what is below it.
    pub(in crate::output) base: f64,
    /// The value itself, which a stack moves.
    pub(in crate::output) value: f64,
    /// Whether it is marked as an anomaly.
    pub(in crate::output) odd: bool,
}

/// Shares of a whole.
#[derive(Clone, Debug)]
pub(in crate::output) struct Shares {
    pub(in crate::output) form: ShareForm,
    /// What is measured.
    pub(in crate::output) measure: String,
    pub(in crate::output) unit: Unit,
    pub(in crate::output) legend: Legend,
    /// From the largest; the rest of many is one slice.
    pub(in crate::output) slices: Vec<Slice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum ShareForm {
    Pie,
    Treemap,
}

#[derive(Clone, Debug)]
pub(in crate::output) struct Slice {
    pub(in crate::output) name: String,
    pub(in crate::output) value: f64,
}

/// A named single value.
#[derive(Clone, Debug)]
pub(in crate::output) struct Value {
    pub(in crate::output) name: String,
    pub(in crate::output) text: String,
}

/// Stretches from a start to an end.
#[derive(Clone, Debug)]
pub(in crate::output) struct Ladder {
    pub(in crate::output) title: String,
    pub(in crate::output) unit: Unit,
    pub(in crate::output) min: f64,
    pub(in crate::output) max: f64,
    pub(in crate::output) rungs: Vec<Rung>,
}

#[derive(Clone, Debug)]
pub(in crate::output) struct Rung {
    pub(in crate::output) name: String,
    pub(in crate::output) start: f64,
    pub(in crate::output) end: f64,
}

impl Plot {
    /// Whether the names of the series are not told by the titles already.
    pub(in crate::output) fn needs_legend(&self) -> bool {
        let told = |panel: &Panel| match panel.series.as_slice() {
            [only] => only.name == *panel.title.as_ref().unwrap_or(&self.y.title),
            _ => false,
        };
        !self.panels.iter().all(told)
    }

    /// The names and colors of all series, each once.
    pub(in crate::output) fn names(&self) -> Vec<(&str, usize)> {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for series in self.panels.iter().flat_map(|panel| &panel.series) {
            if names.iter().all(|(_, color)| *color != series.color) {
                names.push((&series.name, series.color));
            }
        }
        names
    }
}
