//! A chart as an SVG file.

use crate::engine::Table;
use crate::error::{Error, Result};

use super::chart::{View, svg, view_of};
use super::{Sink, write_error};

/// Writes the chart of a table; a table without one is refused.
pub(super) fn write_svg(table: &Table, out: &mut dyn Sink) -> Result<()> {
    let reason = match view_of(table)? {
        View::Picture(picture) => {
            return out.write_all(svg::draw(&picture, "chart").as_bytes()).map_err(write_error);
        }
        View::Table(reason) => reason,
        View::Plain | View::List => "it draws what `render` asks for, as in `| render timechart`".to_owned(),
    };
    Err(Error::Usage(format!("format `svg` has nothing to draw: {reason}; format `html` also shows tables")))
}
