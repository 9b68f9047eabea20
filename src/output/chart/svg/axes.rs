//! Axes, grid lines and legends in SVG.

use super::super::super::words::cut;
use super::super::axis::{caption, even_marks, share};
use super::super::model::{Legend, Place, Plot, Scale, Unit};
use super::super::ticks::ticks;
use super::n;
use super::page::{Page, escape, fill_class, text_width};

/// The area inside of the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn bottom(self) -> f64 {
        self.top + self.height
    }

    pub(super) fn right(self) -> f64 {
        self.left + self.width
    }

    /// Where a value of the x axis is.
    pub(super) fn x(self, place: &Place, x: f64) -> f64 {
        let share = match place {
            Place::Continuous { scale, min, max, .. } => share(*scale, *min, *max, x),
            Place::Slots { labels, .. } => (x + 0.5) / labels.len().max(1) as f64,
        };
        self.left + share * self.width
    }

    /// Where a value of the y axis is; far beyond the ends is as good as a little beyond.
    pub(super) fn y(self, scale: Scale, (min, max): (f64, f64), value: f64) -> f64 {
        self.bottom() - share(scale, min, max, value).clamp(-1.0, 2.0) * self.height
    }
}

/// The width of the widest label of a y axis.
pub(super) fn y_label_width(plot: &Plot, min: f64, max: f64) -> f64 {
    let ticks = ticks(plot.y.unit, plot.y.scale, min, max, 6);
    ticks.iter().map(|tick| text_width(&tick.label)).fold(0.0, f64::max)
}

/// Draws the lines and labels of a y axis.
pub(super) fn draw_y(page: &mut Page, area: Area, plot: &Plot, ends: (f64, f64)) {
    let wanted = if area.height > 250.0 { 6 } else { 4 };
    for tick in ticks(plot.y.unit, plot.y.scale, ends.0, ends.1, wanted) {
        let y = area.y(plot.y.scale, ends, tick.at);
        if y < area.top - 0.5 || y > area.bottom() + 0.5 {
            continue;
        }
        page.line((area.left, y), (area.right(), y), if tick.at == 0.0 { "a" } else { "g" });
        page.text(area.left - 8.0, y + 4.0, "t end", &tick.label);
    }
}

/// Draws the x axis below an area and says what it is.
pub(super) fn draw_x(page: &mut Page, area: Area, plot: &Plot) {
    page.line((area.left, area.bottom()), (area.right(), area.bottom()), "a");
    let marks = match &plot.x.place {
        Place::Continuous { unit, scale, min, max } => {
            let ticks = ticks(*unit, *scale, *min, *max, if *unit == Unit::Time { 9 } else { 10 });
            ticks.into_iter().map(|tick| (share(*scale, *min, *max, tick.at), tick.label)).collect()
        }
        Place::Slots { labels, even: Some(even) } => even_marks(*even, labels.len(), 10),
        Place::Slots { labels, even: None } => return draw_words(page, area, plot, labels),
    };
    draw_marks(page, area, &marks);
    page.bottom = area.bottom() + 26.0;
    draw_caption(page, area, &caption(&plot.x));
}

/// Draws marks at shares of an area's width; labels that would touch another one are left out.
pub(super) fn draw_marks(page: &mut Page, area: Area, marks: &[(f64, String)]) {
    let mut free = 0.0;
    for (share, label) in marks {
        let at = area.left + share * area.width;
        let half = text_width(label) / 2.0;
        let middle = at.clamp(half, page.width - half - 4.0);
        if middle - half < free {
            continue;
        }
        page.line((at, area.bottom()), (at, area.bottom() + 5.0), "a");
        page.text(middle, area.bottom() + 19.0, "t mid", label);
        free = middle + half + 8.0;
    }
}

/// Draws what an axis is, below its labels.
pub(super) fn draw_caption(page: &mut Page, area: Area, caption: &str) {
    if !caption.is_empty() {
        let caption = cut(caption, 120);
        page.text(area.left + area.width / 2.0, page.bottom + 14.0, "d mid", &caption);
        page.bottom += 22.0;
    }
}

/// Draws words below slots: level where they fit, else slanted, and some of them where even that is too dense.
fn draw_words(page: &mut Page, area: Area, plot: &Plot, labels: &[String]) {
    const LONGEST: usize = 22;
    let slot = area.width / labels.len().max(1) as f64;
    let words: Vec<String> = labels.iter().map(|label| cut(label, LONGEST)).collect();
    let widest = words.iter().map(|word| text_width(word)).fold(0.0, f64::max);
    let level = widest + 6.0 < slot;
    let every = if level { 1 } else { (15.0 / slot).ceil().max(1.0) as usize };
    for (at, word) in words.iter().enumerate().step_by(every) {
        let x = area.left + (at as f64 + 0.5) * slot;
        if level {
            page.text(x, area.bottom() + 17.0, "t mid", word);
        } else {
            let (x, y) = (n(x + 4.0), n(area.bottom() + 14.0));
            let title =
                if labels[at] == *word { String::new() } else { format!("<title>{}</title>", escape(&labels[at])) };
            page.raw(&format!(
                "<text x=\"{x}\" y=\"{y}\" class=\"t end\" transform=\"rotate(-40 {x} {y})\">{}{title}</text>",
                escape(word)
            ));
        }
    }
    page.bottom = area.bottom() + if level { 24.0 } else { 20.0 + widest * 0.66 };
    draw_caption(page, area, &plot.x.title);
}

/// Draws the names of the series in as many rows as they need.
pub(super) fn draw_legend(page: &mut Page, names: &[(&str, usize)], legend: Legend, left: f64) {
    if legend == Legend::Hidden {
        return;
    }
    let mut x = left;
    page.bottom += 6.0;
    for (name, color) in names {
        let shown = cut(name, 40);
        let wide = 22.0 + text_width(&shown) + 14.0;
        if x > left && x + wide > page.width - 10.0 {
            x = left;
            page.bottom += 20.0;
        }
        let (y, class) = (page.bottom, fill_class(*color));
        page.rect((x, y), (12.0, 12.0), &class, "");
        page.text(x + 18.0, y + 10.5, "t", &shown);
        x += wide;
    }
    page.bottom += 22.0;
}
