//! The SVG text that grows, with its size, style and words for screen readers.

use unicode_width::UnicodeWidthStr;

use super::n;

/// Colors on light ground and on dark ground; neighbors differ in lightness too, so that they are told apart by
/// color-blind eyes and on paper.
const SERIES: [(&str, &str); 8] = [
    ("#0072b2", "#4aa8e0"),
    ("#d55e00", "#f08a3c"),
    ("#008f68", "#2fc29a"),
    ("#b8579a", "#e08bc4"),
    ("#b58900", "#e3bd45"),
    ("#3f9fd6", "#9bd2f5"),
    ("#7a5195", "#b79ae0"),
    ("#5f6b76", "#a9b4bf"),
];

const LIGHT: [(&str, &str); 8] = [
    (".bg", "fill:#fff"),
    (".t", "fill:#1b1f24"),
    (".d", "fill:#57606a"),
    (".g", "stroke:#e1e5ea"),
    (".a", "stroke:#8b949e"),
    (".odd", "stroke:#c1121f"),
    (".box", "fill:#f6f8fa;stroke:#d0d7de"),
    (".on", "fill:#fff"),
];

const DARK: [(&str, &str); 8] = [
    (".bg", "fill:#12161c"),
    (".t", "fill:#e6edf3"),
    (".d", "fill:#9da7b3"),
    (".g", "stroke:#2b323b"),
    (".a", "stroke:#6e7681"),
    (".odd", "stroke:#ff6b6b"),
    (".box", "fill:#1a2029;stroke:#343c47"),
    (".on", "fill:#12161c"),
];

/// An SVG on its way.
pub(super) struct Page {
    pub(super) id: String,
    pub(super) width: f64,
    /// How far down it reaches by now.
    pub(super) bottom: f64,
    body: String,
}

impl Page {
    pub(super) fn new(id: &str) -> Page {
        Page { id: id.to_owned(), width: 960.0, bottom: 10.0, body: String::new() }
    }

    /// Adds markup as it is.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
        self.body.push('\n');
    }

    /// Adds text at a place.
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let (x, y) = (n(x), n(y));
        self.raw(&format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{}</text>", escape(text)));
    }

    /// Adds a straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(n);
        self.raw(&format!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"));
    }

    /// Adds a rectangle with something inside of the element, such as a title.
    pub(super) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), class: &str, inside: &str) {
        let [x, y, width, height] = [corner.0, corner.1, size.0, size.1].map(n);
        self.raw(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\">{inside}</rect>"
        ));
    }

    /// The whole file.
    pub(super) fn finish(self, title: &str, description: &str) -> String {
        let (id, width, height) = (&self.id, n(self.width), n(self.bottom + 10.0));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n<style>{}</style>\n\
             <rect width=\"100%\" height=\"100%\" class=\"bg\"/>\n{}</svg>\n",
            escape(title),
            escape(description),
            style(),
            self.body
        )
    }
}

/// The class of a series' filled marks; later series repeat the colors, paler.
pub(super) fn fill_class(color: usize) -> String {
    format!("m f{}{}", color % 8, if color % 16 < 8 { "" } else { " pale" })
}

/// The class of a series' lines; later series repeat the colors, dashed.
pub(super) fn stroke_class(color: usize) -> String {
    format!("s{}{}", color % 8, if color % 16 < 8 { "" } else { " dash" })
}

fn style() -> String {
    let rules =
        |rows: &[(&str, &str)]| rows.iter().map(|(name, rule)| format!(".chart {name}{{{rule}}}")).collect::<String>();
    let series = |pick: fn(&(&'static str, &'static str)) -> &'static str| {
        let rows = SERIES.iter().enumerate();
        rows.map(|(n, pair)| format!(".chart .f{n}{{fill:{0}}}.chart .s{n}{{stroke:{0}}}", pick(pair)))
            .collect::<String>()
    };
    format!(
        ".chart{{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}}\
         .chart .big{{font-size:17px;font-weight:600}}.chart .huge{{font-size:30px;font-weight:600}}\
         .chart .mid{{text-anchor:middle}}.chart .end{{text-anchor:end}}\
         .chart .line{{fill:none;stroke-width:2;stroke-linejoin:round}}.chart .dash{{stroke-dasharray:6 4}}\
         .chart .pale{{opacity:.55}}.chart .thin{{fill-opacity:.3;stroke:none}}.chart .hit{{fill:transparent}}\
         .chart .odd{{fill:none;stroke-width:2.5}}.chart .m:hover,.chart .m:focus{{opacity:.75}}{}{}\
         @media (prefers-color-scheme:dark){{{}{}}}",
        rules(&LIGHT),
        series(|pair| pair.0),
        rules(&DARK),
        series(|pair| pair.1)
    )
}

/// Text for markup: nothing in it is taken for an element, and control characters, which XML forbids, are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

/// About how wide a text of the usual size is.
pub(super) fn text_width(text: &str) -> f64 {
    text.width() as f64 * 7.4
}
