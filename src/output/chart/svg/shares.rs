//! Pies, treemaps and cards in SVG.

use std::f64::consts::TAU;

use super::super::super::words::cut;
use super::super::model::{Legend, ShareForm, Shares, Slice, Value};
use super::super::ticks::value_text;
use super::page::{Page, fill_class, text_width};
use super::{n, tip};

/// Draws shares of a whole.
pub(super) fn draw_shares(page: &mut Page, shares: &Shares) {
    match shares.form {
        ShareForm::Pie => draw_pie(page, shares),
        ShareForm::Treemap => draw_treemap(page, shares),
    }
}

fn slice_tip(shares: &Shares, slice: &Slice, total: f64) -> String {
    let share = format!("{:.1}%", slice.value / total * 100.0);
    tip(&[&slice.name, &value_text(shares.unit, slice.value), &share])
}

/// A ring with the names, values and shares beside it.
fn draw_pie(page: &mut Page, shares: &Shares) {
    let total: f64 = shares.slices.iter().map(|slice| slice.value).sum();
    let visible = shares.legend == Legend::Visible;
    let (radius, hole) = (170.0, 88.0);
    let (cx, cy) = (if visible { 260.0 } else { page.width / 2.0 }, page.bottom + radius + 16.0);
    let mut angle = -TAU / 4.0;
    for (color, slice) in shares.slices.iter().enumerate() {
        let turn = slice.value / total * TAU;
        let (class, tip) = (fill_class(color), slice_tip(shares, slice, total));
        let at = |angle: f64, radius: f64| format!("{} {}", n(cx + angle.cos() * radius), n(cy + angle.sin() * radius));
        if turn > TAU * 0.9999 {
            let (x, y, wide) = (n(cx), n(cy), n(radius - hole));
            let middle = n((radius + hole) / 2.0);
            page.raw(&format!(
                "<circle class=\"s{color}\" cx=\"{x}\" cy=\"{y}\" r=\"{middle}\" fill=\"none\" stroke-width=\"{wide}\">{tip}</circle>"
            ));
        } else {
            let large = u8::from(turn > TAU / 2.0);
            let end = angle + turn;
            page.raw(&format!(
                "<path class=\"{class}\" d=\"M{}A{radius} {radius} 0 {large} 1 {}L{}A{hole} {hole} 0 {large} 0 {}Z\">{tip}</path>",
                at(angle, radius),
                at(end, radius),
                at(end, hole),
                at(angle, hole)
            ));
        }
        if slice.value / total >= 0.06 {
            let middle = angle + turn / 2.0;
            let reach = (radius + hole) / 2.0;
            let text = format!("{:.0}%", slice.value / total * 100.0);
            page.text(cx + middle.cos() * reach, cy + middle.sin() * reach + 4.0, "on mid", &text);
        }
        angle += turn;
    }
    page.text(cx, cy - 2.0, "t mid big", &value_text(shares.unit, total));
    page.text(cx, cy + 16.0, "d mid", &cut(&shares.measure, 22));
    if visible {
        draw_list(page, shares, total, 480.0, cy);
    }
    page.bottom = cy + radius + 12.0;
}

fn draw_list(page: &mut Page, shares: &Shares, total: f64, left: f64, middle: f64) {
    let top = middle - shares.slices.len() as f64 * 12.0;
    for (at, slice) in shares.slices.iter().enumerate() {
        let y = top + at as f64 * 24.0;
        page.rect((left, y), (13.0, 13.0), &fill_class(at), "");
        page.text(left + 22.0, y + 11.0, "t", &cut(&slice.name, 34));
        page.text(left + 370.0, y + 11.0, "t end", &value_text(shares.unit, slice.value));
        page.text(left + 440.0, y + 11.0, "d end", &format!("{:.1}%", slice.value / total * 100.0));
    }
}

/// Rectangles by size, as square as they can be.
fn draw_treemap(page: &mut Page, shares: &Shares) {
    let total: f64 = shares.slices.iter().map(|slice| slice.value).sum();
    let (left, top, width, height) = (16.0, page.bottom + 10.0, page.width - 32.0, 420.0);
    let sizes: Vec<f64> = shares.slices.iter().map(|slice| slice.value / total * width * height).collect();
    for (at, (corner, size)) in squares(&sizes, (left, top), (width, height)).into_iter().enumerate() {
        let slice = &shares.slices[at];
        let inner = ((size.0 - 2.0).max(0.5), (size.1 - 2.0).max(0.5));
        page.rect(corner, inner, &fill_class(at), &slice_tip(shares, slice, total));
        let fits = (inner.0 / 7.2) as usize;
        if fits >= 4 && inner.1 >= 18.0 {
            page.text(corner.0 + 6.0, corner.1 + 15.0, "on", &cut(&slice.name, fits - 1));
        }
        let value = value_text(shares.unit, slice.value);
        if inner.1 >= 36.0 && text_width(&value) + 12.0 < inner.0 {
            page.text(corner.0 + 6.0, corner.1 + 31.0, "on", &value);
        }
    }
    page.bottom = top + height + 6.0;
}

type Rectangle = ((f64, f64), (f64, f64));

/// Squarified treemap: rows along the shorter side, each filled for as long as its rectangles get squarer.
fn squares(sizes: &[f64], mut corner: (f64, f64), mut room: (f64, f64)) -> Vec<Rectangle> {
    let mut out = Vec::new();
    let mut rest = sizes;
    while !rest.is_empty() {
        let side = room.0.min(room.1).max(1e-6);
        let worst = |count: usize| {
            let sum: f64 = rest[..count].iter().sum();
            let ratio = |size: &f64| (side * side * size / (sum * sum)).max(sum * sum / (side * side * size));
            rest[..count].iter().map(ratio).fold(0.0, f64::max)
        };
        let count = (1..rest.len()).find(|count| worst(count + 1) > worst(*count)).unwrap_or(rest.len());
        let sum: f64 = rest[..count].iter().sum();
        let thick = sum / side;
        let mut along = 0.0;
        for size in &rest[..count] {
            let long = size / thick;
            out.push(if room.0 >= room.1 {
                ((corner.0, corner.1 + along), (thick, long))
            } else {
                ((corner.0 + along, corner.1), (long, thick))
            });
            along += long;
        }
        if room.0 >= room.1 {
            corner.0 += thick;
            room.0 -= thick;
        } else {
            corner.1 += thick;
            room.1 -= thick;
        }
        rest = &rest[count..];
    }
    out
}

/// Boxes with a value and its name.
pub(super) fn draw_card(page: &mut Page, values: &[Value]) {
    const HEIGHT: f64 = 96.0;
    let (mut left, mut top) = (16.0, page.bottom + 10.0);
    for value in values {
        let text = cut(&value.text, 44);
        let wide = (text_width(&text) * 2.75).max(text_width(&value.name)).max(120.0) + 40.0;
        let wide = wide.min(page.width - 32.0);
        if left > 16.0 && left + wide > page.width - 16.0 {
            left = 16.0;
            top += HEIGHT + 14.0;
        }
        let full = if text == value.text { String::new() } else { tip(&[&value.text]) };
        page.rect((left, top), (wide, HEIGHT), "box", &full);
        page.text(left + 20.0, top + 50.0, "t huge", &text);
        page.text(left + 20.0, top + 76.0, "d", &cut(&value.name, ((wide - 30.0) / 6.9) as usize));
        left += wide + 14.0;
    }
    page.bottom = top + HEIGHT + 6.0;
}
