//! Damaged queries: every page's query cut short or with its words swapped gives diagnostics, never a crash, and every
//! place in them lies within the text. Whole queries survive formatting.

use calypso::bind::{self, Options};
use calypso::catalog::MemoryCatalog;
use calypso::diagnostic::Diagnostic;
use calypso::syntax::operators::OPERATORS;
use calypso::syntax::{format, lex, parse};
use calypso::tables::TABLES;
use libtest_mimic::Trial;

use crate::{root, tidy, trial};

/// Damaged variants of each query.
const VARIANTS: usize = 4;

/// One test per kind of damage.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("robust: texts cut short are reported", || damage(cut)),
        trial("robust: texts with words swapped are reported", || damage(swap)),
        trial("robust: texts with words lost or doubled are reported", || damage(lose_or_double)),
        trial("robust: texts with words replaced are reported", || damage(put_odd)),
        trial("robust: texts damaged in several ways are reported", || damage(damaged)),
        trial("robust: odd texts are reported", odd_texts),
        trial("robust: formatting keeps the tree, and formats to itself", formatting),
    ]
}

/// A small generator of pseudo-random numbers, the same in every run (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 up to but without the limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// The queries of all pages and of the operators' rows.
pub(crate) fn queries() -> Vec<String> {
    let mut files = Vec::new();
    tidy::collect(&root().join("tests/lang"), "md", &mut files);
    files.sort();
    let mut queries: Vec<String> = OPERATORS.iter().map(|row| row.example.to_owned()).collect();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for fence in text.split("\n```kql").skip(1) {
            let body = fence.split_once('\n').map_or("", |(_, body)| body);
            queries.push(body.split("\n```").next().unwrap_or("").to_owned());
        }
    }
    queries
}

fn damage(change: fn(&str, &mut Random) -> String) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for query in queries() {
        for _ in 0..VARIANTS {
            check(&change(&query, &mut random));
        }
    }
}

/// A query with one or two kinds of damage.
pub(crate) fn damaged(query: &str, random: &mut Random) -> String {
    let mut text = query.to_owned();
    for _ in 0..1 + random.below(2) {
        text = match random.below(4) {
            0 => cut(&text, random),
            1 => swap(&text, random),
            2 => lose_or_double(&text, random),
            _ => put_odd(&text, random),
        };
    }
    text
}

/// A word becomes another: a constant at an edge, a sign, the name of an operator.
fn put_odd(query: &str, random: &mut Random) -> String {
    const ODD: &[&str] = &[
        "-1",
        "0",
        "9223372036854775807",
        "1e308",
        "''",
        "'\\0'",
        "dynamic(null)",
        "*",
        "(",
        ")",
        "[",
        "]",
        ",",
        "..",
        "|",
        ";",
        "by",
        "on",
        "let x =",
        "T",
        "$left",
        "datetime(null)",
        "1tick",
        "int(null)",
        "real(nan)",
        "==",
        "!",
        "{",
        "}",
    ];
    let mut words: Vec<&str> = lex(query).0.iter().map(|token| token.text).collect();
    if words.is_empty() {
        return String::new();
    }
    let at = random.below(words.len());
    words[at] =
        if random.below(4) == 0 { OPERATORS[random.below(OPERATORS.len())].name } else { ODD[random.below(ODD.len())] };
    words.join(" ")
}

fn cut(query: &str, random: &mut Random) -> String {
    let ends: Vec<usize> = query.char_indices().map(|(at, _)| at).collect();
    let end = ends.get(random.below(ends.len())).copied().unwrap_or(0);
    query[..end].to_owned()
}

fn swap(query: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = lex(query).0.iter().map(|token| token.text).collect();
    let (a, b) = (random.below(words.len()), random.below(words.len()));
    if !words.is_empty() {
        words.swap(a, b);
    }
    words.join(" ")
}

fn lose_or_double(query: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = lex(query).0.iter().map(|token| token.text).collect();
    if words.is_empty() {
        return String::new();
    }
    let at = random.below(words.len());
    match random.below(2) {
        0 => drop(words.remove(at)),
        _ => words.insert(at, words[at]),
    }
    words.join(" ")
}

/// Parses and binds. What matters is that nothing crashes and that places make sense.
fn check(text: &str) {
    let parsed = parse(text);
    places(text, &parsed.diagnostics);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return;
    }
    let mut catalog = MemoryCatalog::default();
    for table in TABLES {
        let columns = table.columns.iter().map(|column| (column.name.to_owned(), column.ty)).collect();
        catalog.insert(table.name, columns);
    }
    places(text, &bind::bind(&parsed.query, &catalog, &Options::default()).diagnostics);
}

/// Every place of the diagnostics lies within the text.
pub(crate) fn places(text: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        for label in std::iter::once(&diagnostic.label).chain(&diagnostic.others) {
            let range = label.span.range();
            assert!(text.get(range).is_some(), "{:?} lies outside of\n{text}\n{}", label.span, diagnostic.message);
        }
    }
}

fn odd_texts() {
    for text in [
        "",
        " ",
        ";",
        "|",
        "\"",
        "'",
        "```",
        "@",
        "//",
        "/",
        ".",
        "..",
        "#",
        "{",
        "{a",
        "{a[",
        "{a[-1]}",
        "[",
        "['",
        "['a",
        "['a'",
        "h",
        "h\"",
        "h@",
        "datetime(",
        "long()",
        "dynamic(",
        "dynamic([",
        "a.",
        "a[",
        "-",
        "+",
        "!",
        "!in",
        "0x",
        "1e",
        "1.",
        "1..",
        "ä",
        "\u{0}",
        "\u{feff}T",
        "T |",
        "T | where",
        "let",
        "let a",
        "let a =",
        "set",
        "declare",
        ".",
        ".show",
        ".set T <|",
        "\r\n",
        "\"\\",
        "\"\\u12",
        "'\\777'",
        "T\u{200b}| count",
    ] {
        check(text);
        for op in OPERATORS {
            check(&format!("T | {} {text}", op.name));
            check(&format!("{} {text}", op.name));
        }
    }
}

fn formatting() {
    for query in queries() {
        let parsed = parse(&query);
        if !parsed.diagnostics.is_empty() {
            continue;
        }
        let once = format(&query).expect("a query without mistakes");
        let again = parse(&once);
        assert_eq!(again.diagnostics, [], "{once}");
        assert_eq!(without_places(&parsed.query), without_places(&again.query), "{query}\nbecame\n{once}");
        assert_eq!(format(&once).as_ref(), Ok(&once));
    }
}

/// A tree as text, its places left out.
pub(crate) fn without_places(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut parts = text.split("Span { start: ");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |out, part| out + part.split_once('}').map_or("", |(_, rest)| rest))
}
