//! Series: arrays of numbers, as `make-series` gives them.

use super::{Function, Lower, Param, Returns, Takes};
use crate::types::Type;
use crate::types::Type::{Dynamic, Long, Real};

const ANY: Takes = Takes::Dynamic;
const FLAG: Takes = Takes::Exact(Type::Bool);
const SERIES: &[Param] = &[Param::one("series", ANY)];
const TWO: &[Param] = &[Param::one("series1", ANY), Param::one("series2", ANY)];
const GAPS: &[Param] = &[Param::one("series", ANY), Param::optional("placeholder", ANY)];
const LINEAR: &[Param] = &[
    Param::one("series", ANY),
    Param::optional("placeholder", ANY),
    Param::optional("fill_edges", FLAG),
    Param::optional("constant", ANY),
];
const COSINE: &[Param] = &[
    Param::one("series1", ANY),
    Param::one("series2", ANY),
    Param::optional("magnitude1", Takes::Exact(Real)),
    Param::optional("magnitude2", Takes::Exact(Real)),
];
const FIR: &[Param] = &[
    Param::one("series", ANY),
    Param::one("filter", ANY),
    Param::optional("normalize", FLAG),
    Param::optional("center", FLAG),
];
const IIR: &[Param] = &[Param::one("series", ANY), Param::one("numerators", ANY), Param::one("denominators", ANY)];

const STATS: &[(&str, Type)] = &[
    ("min", Real),
    ("min_idx", Long),
    ("max", Real),
    ("max_idx", Long),
    ("avg", Real),
    ("stdev", Real),
    ("variance", Real),
];
const LINE: &[(&str, Type)] = &[
    ("rsquare", Real),
    ("slope", Real),
    ("variance", Real),
    ("rvariance", Real),
    ("interception", Real),
    ("line_fit", Dynamic),
];
const TWO_LINES: &[(&str, Type)] = &[
    ("rsquare", Real),
    ("split_idx", Long),
    ("variance", Real),
    ("rvariance", Real),
    ("line_fit", Dynamic),
    ("right_rsquare", Real),
    ("right_slope", Real),
    ("right_interception", Real),
    ("right_variance", Real),
    ("right_rvariance", Real),
    ("left_rsquare", Real),
    ("left_slope", Real),
    ("left_interception", Real),
    ("left_variance", Real),
    ("left_rvariance", Real),
];

const fn map(name: &'static str, summary: &'static str, example: &'static str) -> Function {
    Function::kernel(name, SERIES, Dynamic, summary, example)
}

const fn pair(name: &'static str, summary: &'static str, example: &'static str) -> Function {
    Function::kernel(name, TWO, Dynamic, summary, example)
}

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    map("series_abs", "Gives the absolute value of each item.", "series_abs(dynamic([-1, 2]))"),
    map("series_sign", "Gives the sign of each item.", "series_sign(dynamic([-6, 0, 8]))"),
    map("series_ceiling", "Rounds each item up.", "series_ceiling(dynamic([1.5, 2]))"),
    map("series_floor", "Rounds each item down.", "series_floor(dynamic([1.5, 2]))"),
    map("series_exp", "Gives e to the power of each item.", "series_exp(dynamic([1, 2]))"),
    map("series_log", "Gives the natural logarithm of each item.", "series_log(dynamic([1, 2]))"),
    map("series_sin", "Gives the sine of each item.", "series_sin(dynamic([-1, 0, 1]))"),
    map("series_cos", "Gives the cosine of each item.", "series_cos(dynamic([-1, 0, 1]))"),
    map("series_tan", "Gives the tangent of each item.", "series_tan(dynamic([-1, 0, 1]))"),
    map("series_asin", "Gives the angle of which each item is the sine.", "series_asin(dynamic([-1, 0, 1]))"),
    map("series_acos", "Gives the angle of which each item is the cosine.", "series_acos(dynamic([-1, 0, 1]))"),
    map("series_atan", "Gives the angle of which each item is the tangent.", "series_atan(dynamic([-1, 0, 1]))"),
    pair("series_add", "Adds two series, or a number to a series.", "series_add(dynamic([1, 2]), dynamic([3, 4]))"),
    pair("series_subtract", "Subtracts the second series or number from the first.",
        "series_subtract(dynamic([1, 2]), dynamic([3, 4]))"),
    pair("series_multiply", "Multiplies two series, or a series by a number.",
        "series_multiply(dynamic([1, 2]), dynamic([3, 4]))"),
    pair("series_divide", "Divides the first series or number by the second.",
        "series_divide(dynamic([1, 2]), dynamic([4, 4]))"),
    pair("series_pow", "Gives the items of the first series to the power of those of the second.",
        "series_pow(dynamic([1, 2]), dynamic([3, 4]))"),
    pair("series_equals", "Tells of each pair of items whether they are equal.",
        "series_equals(dynamic([1, 2]), dynamic([1, 3]))"),
    pair("series_not_equals", "Tells of each pair of items whether they differ.",
        "series_not_equals(dynamic([1, 2]), dynamic([1, 3]))"),
    pair("series_less", "Tells of each pair of items whether the first is less.",
        "series_less(dynamic([1, 2]), dynamic([1, 3]))"),
    pair("series_less_equals", "Tells of each pair of items whether the first is not greater.",
        "series_less_equals(dynamic([1, 2]), dynamic([1, 3]))"),
    pair("series_greater", "Tells of each pair of items whether the first is greater.",
        "series_greater(dynamic([1, 4]), dynamic([1, 3]))"),
    pair("series_greater_equals", "Tells of each pair of items whether the first is not less.",
        "series_greater_equals(dynamic([1, 4]), dynamic([1, 3]))"),
    Function::kernel("series_fill_const",
        &[Param::one("series", ANY), Param::optional("constant", ANY), Param::optional("placeholder", ANY)], Dynamic,
        "Fills gaps with a constant.", "series_fill_const(dynamic([1, null]), 0)"),
    Function::kernel("series_fill_forward", GAPS, Dynamic, "Fills gaps with the value before.",
        "series_fill_forward(dynamic([1, null]))"),
    Function::kernel("series_fill_backward", GAPS, Dynamic, "Fills gaps with the value behind.",
        "series_fill_backward(dynamic([null, 1]))"),
    Function::kernel("series_fill_linear", LINEAR, Dynamic, "Fills gaps along the line between their neighbours.",
        "series_fill_linear(dynamic([1.0, null, 2.0]))"),
    Function::kernel("series_sum", SERIES, Real, "Adds up a series.", "series_sum(dynamic([1, 2, 3]))"),
    Function::kernel("series_product", SERIES, Real, "Multiplies up a series.", "series_product(dynamic([1, 2, 3]))"),
    Function::kernel("series_magnitude", SERIES, Real, "Gives the root of the sum of the squares.",
        "series_magnitude(dynamic([3, 4]))"),
    Function::kernel("series_dot_product", TWO, Real, "Adds up the products of the items of two series.",
        "series_dot_product(dynamic([1, 2]), dynamic([3, 4]))"),
    Function::kernel("series_cosine_similarity", COSINE, Real, "Gives the cosine of the angle between two series.",
        "series_cosine_similarity(dynamic([1, 2]), dynamic([2, 4]))"),
    Function::kernel("series_pearson_correlation", TWO, Real, "Gives the Pearson correlation of two series.",
        "series_pearson_correlation(dynamic([1, 2, 3]), dynamic([6, 4, 2]))"),
    Function::kernel("series_fir", FIR, Dynamic, "Gives weighted sums of each item and those before it.",
        "series_fir(dynamic([1, 2, 3]), dynamic([1, 1]))"),
    Function::kernel("series_iir", IIR, Dynamic, "Runs a recursive filter over a series.",
        "series_iir(dynamic([1, 2, 3]), dynamic([1]), dynamic([1, -1]))"),
    Function::kernel("series_stats_dynamic", &[Param::one("series", ANY), Param::optional("ignore_nonfinite", FLAG)],
        Dynamic, "Gives a bag of the least, greatest and mean value, deviation, variance, sum and length.",
        "series_stats_dynamic(dynamic([1, 2, 3]))"),
    Function::kernel("series_stats", &[Param::one("series", ANY), Param::optional("ignore_nonfinite", FLAG)], Real,
        "Gives the least, greatest and mean value, deviation and variance of a series as columns.",
        "series_stats(dynamic([1, 2, 3]))")
        .returns(Returns::Columns(STATS)).lower(Lower::Kernel("series_stats_dynamic")),
    Function::kernel("series_fit_line", SERIES, Real, "Describes the line that fits a series best, as columns.",
        "series_fit_line(dynamic([1, 2, 4]))")
        .returns(Returns::Columns(LINE)).lower(Lower::Kernel("series_fit_line_dynamic")),
    Function::kernel("series_fit_2lines", SERIES, Real,
        "Describes the two lines, one behind the other, that fit a series best, as columns.",
        "series_fit_2lines(dynamic([0, 1, 2, 10, 9, 8]))")
        .returns(Returns::Columns(TWO_LINES)),
    Function::kernel("series_fit_line_dynamic", SERIES, Dynamic, "Gives a bag that describes the line that fits a series best.",
        "series_fit_line_dynamic(dynamic([1, 2, 4]))"),
    Function::kernel("series_fit_2lines_dynamic", SERIES, Dynamic,
        "Gives a bag that describes the two lines, one behind the other, that fit a series best.",
        "series_fit_2lines_dynamic(dynamic([0, 1, 2, 10, 9, 8]))"),
];
