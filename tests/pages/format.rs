//! The format of a page: Markdown in which each `##` section is a case and each fenced block a part of it.
//!
//! `kql` holds the query (`kql name=value` gives it parameters), `data NAME` a table as CSV with a `name:type` header,
//! `log` a raw log that is ingested (in `log bytes`, `\xNN` is a byte), and the others what is expected: `report`,
//! `result`, `result unordered`, `chart`, `drawn`, `error`, `warning`, `lint`, `tokens`, `tree` and `ir`. A fence may have
//! more than three backticks where the query itself holds three.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::rows::Row;

/// What leads the sentence about how a thing differs.
pub(crate) const DIFFERS: &str = "Differs from Kusto: ";

/// A page: documentation and tests of one feature.
pub(crate) struct Page {
    /// Path from `tests`, without `.md`: `lang/operators/where`.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: PathBuf,
    /// The text behind `# `.
    pub(crate) title: String,
    /// The first paragraph.
    pub(crate) summary: String,
    /// The text behind `Syntax:`, without the backquotes.
    pub(crate) syntax: Option<String>,
    /// The text behind `Differs from Kusto:`.
    pub(crate) differs: Option<String>,
    /// The cases, in order.
    pub(crate) cases: Vec<Case>,
}

/// One `##` section.
#[derive(Clone)]
pub(crate) struct Case {
    /// The behaviour it shows.
    pub(crate) title: String,
    /// Its fenced blocks.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Clone)]
pub(crate) struct Block {
    /// What it holds.
    pub(crate) kind: Kind,
    /// Its lines, each ending in a line break.
    pub(crate) text: String,
    /// Where they are in the page, in lines from 0.
    pub(crate) lines: Range<usize>,
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The query, with values of its parameters.
    Kql(Vec<(String, String)>),
    /// A table as CSV.
    Data(String),
    /// A raw log.
    Log(Spelling),
    /// What ingesting the logs reports.
    Report,
    /// The rows of one result table.
    Result(Order),
    /// What `render` asks for.
    Chart,
    /// What `render` draws in text cells, with everything else that the format `table` shows.
    Drawn,
    /// All diagnostics of a query that is not run.
    Error,
    /// The warnings of a query that is run.
    Warning,
    /// What `calypso check` remarks, also on what other dialects lack.
    Lint,
    /// One token per line.
    Tokens,
    /// The syntax tree, without places.
    Tree,
    /// The relational core.
    Ir,
}

/// How the bytes of a log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As text.
    Plain,
    /// As text in which `\xNN` is a byte.
    Bytes,
}

/// Whether the order of result rows is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Rows come in this order.
    Given,
    /// Rows may come in any order.
    Any,
}

/// Reads a page; the error says what is wrong with it and where.
pub(crate) fn read(path: &Path, root: &Path) -> Result<Page, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let name = path.strip_prefix(root.join("tests")).unwrap_or(path).with_extension("");
    let name = name.to_string_lossy().replace('\\', "/");
    parse(&text, path, &name).map_err(|(line, why)| format!("tests/{name}.md:{}: {why}", line + 1))
}

fn parse(text: &str, path: &Path, name: &str) -> Result<Page, (usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let title = lines.first().and_then(|line| line.strip_prefix("# ")).ok_or((0, "`# name` is missing".to_owned()))?;
    let mut page = Page {
        name: name.to_owned(),
        path: path.to_owned(),
        title: title.trim().to_owned(),
        summary: String::new(),
        syntax: None,
        differs: None,
        cases: Vec::new(),
    };
    let mut at = 1;
    while at < lines.len() {
        let line = lines[at];
        if let Some(title) = line.strip_prefix("## ") {
            page.cases.push(Case { title: title.trim().to_owned(), blocks: Vec::new() });
        } else if line.starts_with("```") {
            let info = line.trim_start_matches('`');
            let fence = &line[..line.len() - info.len()];
            let start = at + 1;
            let length = lines[start..].iter().position(|line| line.trim_end() == fence);
            let end = start + length.ok_or((at, "the fence is not closed".to_owned()))?;
            let kind = kind(info.trim()).map_err(|why| (at, why))?;
            let text = lines[start..end].iter().map(|line| format!("{line}\n")).collect();
            let case = page.cases.last_mut().ok_or((at, "a block stands outside of a case".to_owned()))?;
            case.blocks.push(Block { kind, text, lines: start..end });
            at = end;
        } else if page.cases.is_empty() {
            if let Some(syntax) = line.strip_prefix("Syntax:") {
                page.syntax = Some(syntax.trim().trim_matches('`').to_owned());
            } else if let Some(differs) = line.strip_prefix(DIFFERS) {
                page.differs = Some(differs.trim().to_owned());
            } else if page.summary.is_empty() {
                page.summary = line.trim().to_owned();
            }
        }
        at += 1;
    }
    for case in &page.cases {
        check(case).map_err(|why| (0, format!("case `{}`: {why}", case.title)))?;
    }
    Ok(page)
}

fn kind(info: &str) -> Result<Kind, String> {
    let (word, rest) = info.split_once(' ').unwrap_or((info, ""));
    match (word, rest.trim()) {
        ("kql", parameters) => {
            let pairs = parameters.split_whitespace().map(|pair| {
                let (name, value) = pair.split_once('=').ok_or(format!("`{pair}` is not `name=value`"))?;
                Ok((name.to_owned(), value.to_owned()))
            });
            Ok(Kind::Kql(pairs.collect::<Result<_, String>>()?))
        }
        ("data", "") => Err("`data` needs a table name".to_owned()),
        ("data", name) => Ok(Kind::Data(name.to_owned())),
        ("log", "") => Ok(Kind::Log(Spelling::Plain)),
        ("log", "bytes") => Ok(Kind::Log(Spelling::Bytes)),
        ("report", "") => Ok(Kind::Report),
        ("result", "") => Ok(Kind::Result(Order::Given)),
        ("result", "unordered") => Ok(Kind::Result(Order::Any)),
        ("chart", "") => Ok(Kind::Chart),
        ("drawn", "") => Ok(Kind::Drawn),
        ("error", "") => Ok(Kind::Error),
        ("warning", "") => Ok(Kind::Warning),
        ("lint", "") => Ok(Kind::Lint),
        ("tokens", "") => Ok(Kind::Tokens),
        ("tree", "") => Ok(Kind::Tree),
        ("ir", "") => Ok(Kind::Ir),
        _ => Err(format!("unknown fence `{info}`")),
    }
}

fn check(case: &Case) -> Result<(), &'static str> {
    let queries = case.blocks.iter().filter(|block| matches!(block.kind, Kind::Kql(_))).count();
    let is_given = |block: &&Block| matches!(block.kind, Kind::Kql(_) | Kind::Data(_) | Kind::Log(_));
    let expected = case.blocks.iter().filter(|block| !is_given(block)).count();
    match (queries, expected) {
        (1, 0) => Err("nothing is expected"),
        (1, _) => Ok(()),
        _ => Err("needs one `kql` block"),
    }
}

impl Case {
    /// The query and its parameters.
    pub(crate) fn query(&self) -> (&str, &[(String, String)]) {
        let query = self.blocks.iter().find_map(|block| match &block.kind {
            Kind::Kql(parameters) => Some((block.text.trim_end_matches('\n'), parameters.as_slice())),
            _ => None,
        });
        query.unwrap_or_default()
    }

    /// The tables it brings along: name and CSV.
    pub(crate) fn data(&self) -> Vec<(&str, &str)> {
        let tables = self.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Data(name) => Some((name.as_str(), block.text.as_str())),
            _ => None,
        });
        tables.collect()
    }
}

impl Case {
    /// The raw logs that it brings along.
    #[cfg(feature = "engine")]
    pub(crate) fn logs(&self) -> Vec<Vec<u8>> {
        let logs = self.blocks.iter().filter_map(|block| match block.kind {
            Kind::Log(Spelling::Plain) => Some(block.text.clone().into_bytes()),
            Kind::Log(Spelling::Bytes) => Some(bytes(&block.text)),
            _ => None,
        });
        logs.collect()
    }
}

/// The bytes of a text in which `\xNN` is a byte.
#[cfg(feature = "engine")]
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend_from_slice(format!("\\x{part}").as_bytes()),
        }
    }
    bytes
}

/// Writes new texts into blocks of a page, given by case and block number.
pub(crate) fn rewrite(page: &Page, changes: &[(usize, usize, String)]) {
    let text = std::fs::read_to_string(&page.path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut changes: Vec<(&Range<usize>, &String)> =
        changes.iter().map(|(case, block, text)| (&page.cases[*case].blocks[*block].lines, text)).collect();
    // From the last to the first, so that earlier places stay where they are.
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, text) in changes {
        lines.splice(range.clone(), text.lines().map(str::to_owned));
    }
    std::fs::write(&page.path, lines.join("\n") + "\n").unwrap();
}

/// Writes the head of a row over that of its page.
pub(crate) fn rewrite_head(page: &Page, row: &Row) {
    let text = std::fs::read_to_string(&page.path).unwrap();
    let head = text.find("\n## ").map_or(text.len(), |at| at + 1);
    let mut new = head_of(row, &page.summary);
    let ours = |line: &&str| line.starts_with("Syntax:") || line.starts_with(DIFFERS) || line.trim() == page.summary;
    let prose = text[..head].lines().skip(1).filter(|line| !ours(line)).collect::<Vec<_>>().join("\n");
    if !prose.trim().is_empty() {
        new += &format!("{}\n\n", prose.trim());
    }
    std::fs::write(&page.path, new + &text[head..]).unwrap();
}

/// What a page starts with: title, sentence, syntax, and what differs.
pub(crate) fn head_of(row: &Row, summary: &str) -> String {
    let mut head = format!("# {}\n\n{}\n\n", row.name, row.summary.as_deref().unwrap_or(summary));
    if let Some(syntax) = &row.syntax {
        head += &format!("Syntax: `{syntax}`\n\n");
    }
    if let Some(differs) = &row.differs {
        head += &format!("{DIFFERS}{differs}\n\n");
    }
    head
}

/// Reads the page format's own traps.
pub(crate) fn reads_pages() {
    let text = "# where\n\nKeeps rows.\n\nSyntax: `where predicate`\n\n## keeps\n\n````kql a=1\nprint ```x```\n````\n\n\
                ```result unordered\nprint_0:string\nx\n```\n";
    let page = parse(text, Path::new("p"), "lang/p").map_err(|(_, why)| why).unwrap();
    assert_eq!((page.title.as_str(), page.summary.as_str()), ("where", "Keeps rows."));
    assert_eq!(page.syntax.as_deref(), Some("where predicate"));
    let (query, parameters) = page.cases[0].query();
    assert_eq!((query, parameters.len()), ("print ```x```", 1));
    assert_eq!(page.cases[0].blocks[1].kind, Kind::Result(Order::Any));
    assert_eq!(page.cases[0].blocks[1].lines, 13..15);
    let wrong = |text: &str| parse(text, Path::new("p"), "lang/p").err().map(|(_, why)| why).unwrap_or_default();
    assert_eq!(wrong("# t\n## c\n```sql\n```\n"), "unknown fence `sql`");
    assert_eq!(wrong("# t\n## c\n```kql\nT\n```\n"), "case `c`: nothing is expected");
    assert_eq!(wrong("# t\n## c\n```kql\nT\n"), "the fence is not closed");
}
