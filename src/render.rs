//! Diagnostics as text: the only file that draws underlines.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Source;

/// Whether escape codes for color are added around the same characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI colors.
    Always,
}

/// Draws one diagnostic, ending in a line break.
pub fn render(diagnostic: &Diagnostic, source: &Source, color: Color) -> String {
    draw(diagnostic, source, color, &|line, column| format!("line {line}, column {column}"))
}

/// Draws one diagnostic of a file: its places name the file, in the form that editors follow.
pub fn render_in_file(diagnostic: &Diagnostic, source: &Source, color: Color) -> String {
    draw(diagnostic, source, color, &|line, column| format!("{}:{line}:{column}", source.name()))
}

/// How a line and a column are called.
type Naming<'n> = &'n dyn Fn(usize, usize) -> String;

fn draw(diagnostic: &Diagnostic, source: &Source, color: Color, naming: Naming<'_>) -> String {
    let (word, paint) = match diagnostic.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning => ("warning", "1;33"),
    };
    let head = style(&format!("{word}[{}]", diagnostic.code.name()), paint, color);
    let mut out = format!("{head}: {}\n", diagnostic.message);
    draw_place(&mut out, &diagnostic.label, source, (paint, color), naming);
    for label in &diagnostic.others {
        draw_place(&mut out, label, source, ("1;34", color), naming);
    }
    if let Some(help) = &diagnostic.help {
        out.push_str(&format!("  {}: {help}\n", style("help", "1;36", color)));
    }
    out
}

/// Draws all diagnostics, with a blank line between them.
pub fn render_all(diagnostics: &[Diagnostic], source: &Source, color: Color) -> String {
    let drawn: Vec<String> = diagnostics.iter().map(|d| render(d, source, color)).collect();
    drawn.join("\n")
}

fn draw_place(out: &mut String, label: &Label, source: &Source, (paint, color): (&str, Color), naming: Naming<'_>) {
    let (line, column) = source.position(label.span.start);
    let text = source.line(line);
    out.push_str(&format!("  at {}\n    {}\n", naming(line, column), text.replace('\t', " ")));
    let before: usize = text.chars().take(column - 1).map(width).sum();
    let under: usize = source.slice(label.span).chars().take_while(|&c| c != '\n').map(width).sum();
    let line_width: usize = text.chars().map(width).sum();
    let marks = "^".repeat(under.min(line_width.saturating_sub(before)).max(1));
    let marks = style(&marks, paint, color);
    let gap = if label.text.is_empty() { "" } else { " " };
    out.push_str(&format!("    {}{marks}{gap}{}\n", " ".repeat(before), label.text));
}

/// Columns a character takes on a terminal, near enough for an underline.
fn width(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

fn style(text: &str, paint: &str, color: Color) -> String {
    match color {
        Color::Never => text.to_owned(),
        Color::Always => format!("\x1b[{paint}m{text}\x1b[0m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::span::Span;

    #[test]
    fn a_drawing_names_the_place() {
        let source = Source::new("q", "T\n| where Statsu >= 500");
        let diagnostic = Diagnostic::error(Code::UnknownColumn, Span::new(10, 16), "no column `Statsu` here")
            .label("nearest: `Status`");
        let expected = "\
error[unknown-column]: no column `Statsu` here
  at line 2, column 9
    | where Statsu >= 500
            ^^^^^^ nearest: `Status`
";
        assert_eq!(render(&diagnostic, &source, Color::Never), expected);
        assert!(render(&diagnostic, &source, Color::Always).contains("\x1b[1;31m^^^^^^\x1b[0m"));
    }

    #[test]
    fn an_empty_place_at_the_end_still_gets_a_mark() {
        let source = Source::new("q", "T |");
        let diagnostic = Diagnostic::error(Code::Syntax, Span::new(3, 3), "an operator is missing");
        assert!(render(&diagnostic, &source, Color::Never).ends_with("    T |\n       ^\n"));
    }
}
