//! Shares and single values in text cells.

use unicode_width::UnicodeWidthStr;

use super::super::super::words::{cut, on_one_line};
use super::super::model::{Shares, Value};
use super::super::ticks::value_text;
use super::Look;
use super::grid::{Grid, Paint};

/// Draws shares as a list: name, bar, value, share. A round pie has no place in text cells.
pub(super) fn draw_shares(grid: &mut Grid, shares: &Shares, look: Look) {
    let total: f64 = shares.slices.iter().map(|slice| slice.value).sum();
    let names: Vec<String> = shares.slices.iter().map(|slice| on_one_line(&slice.name)).collect();
    let values: Vec<String> = shares.slices.iter().map(|slice| value_text(shares.unit, slice.value)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let name_width = widest(&names).min(look.width / 3);
    let value_width = widest(&values);
    // Behind the bar: a blank, the value, two blanks, and a share such as 100.0%.
    let room = look.width.saturating_sub(name_width + 2 + value_width + 9).max(4);
    let largest = shares.slices.iter().map(|slice| slice.value).fold(0.0, f64::max);
    let row = grid.add_row();
    grid.text(name_width + 2, row, &cut(&shares.measure, look.width - name_width - 2), Paint::Dim);
    for (n, (slice, name)) in shares.slices.iter().zip(&names).enumerate() {
        let row = grid.add_row();
        grid.text_before(name_width, row, &cut(name, name_width), Paint::Plain);
        grid.put(name_width + 1, row, look.pick('│', '|'), Paint::Dim);
        let length = (slice.value / largest * room as f64).round().max(1.0) as usize;
        let glyph = look.pick('█', '#');
        for x in 0..length {
            grid.put(name_width + 2 + x, row, glyph, look.paint(n));
        }
        let end = name_width + 2 + room + 1 + value_width;
        grid.text_before(end, row, &values[n], Paint::Plain);
        grid.text_before(end + 8, row, &format!("{:.1}%", slice.value / total * 100.0), Paint::Dim);
    }
}

/// Draws values in boxes beside each other.
pub(super) fn draw_card(grid: &mut Grid, values: &[Value], look: Look) {
    let mut left = usize::MAX;
    let mut top = 0;
    for value in values {
        let (name, text) = (on_one_line(&value.name), on_one_line(&value.text));
        let inner = (name.width().max(text.width()) + 2).clamp(10, look.width - 2);
        if left == usize::MAX || left + inner + 2 > look.width {
            top = grid.add_row();
            grid.add_rows(3);
            left = 0;
        }
        draw_box(grid, left, top, inner, look);
        grid.text(left + 2, top + 1, &cut(&text, inner - 2), Paint::Bold);
        grid.text(left + 2, top + 2, &cut(&name, inner - 2), Paint::Dim);
        left += inner + 3;
    }
}

fn draw_box(grid: &mut Grid, left: usize, top: usize, inner: usize, look: Look) {
    let right = left + inner + 1;
    for x in left + 1..right {
        grid.put(x, top, look.pick('─', '-'), Paint::Dim);
        grid.put(x, top + 3, look.pick('─', '-'), Paint::Dim);
    }
    for y in [top + 1, top + 2] {
        grid.put(left, y, look.pick('│', '|'), Paint::Dim);
        grid.put(right, y, look.pick('│', '|'), Paint::Dim);
    }
    for (x, y, glyph) in [(left, top, '┌'), (right, top, '┐'), (left, top + 3, '└'), (right, top + 3, '┘')] {
        grid.put(x, y, look.pick(glyph, '+'), Paint::Dim);
    }
}
