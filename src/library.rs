//! The canned queries: KQL files with a header comment, embedded in the program or from a folder of the user's.
//!
//! The first comment line is the title, the lines behind it the description; a line `// tags: a, b` lists tags.
//! Parameters are those of `declare query_parameters(…)`.

use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::bind::suggest::nearest;
use crate::error::{Error, Result};
use crate::syntax;
use crate::syntax::ast::{ParameterKind, StatementKind};
use crate::types::Type;

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// The folder of stored functions that queries share: see [`crate::stored`].
const FUNCTIONS: &str = "functions";

/// A canned query.
#[derive(Clone, Debug, PartialEq)]
pub struct CannedQuery {
    /// Its path in the library without extension: `quality/jitter`.
    pub name: String,
    /// The first comment line.
    pub title: String,
    /// The comment lines behind it, with their line breaks.
    pub description: String,
    /// The words of the `tags:` line.
    pub tags: Vec<String>,
    /// The whole file.
    pub text: String,
    /// The file it was read from; none for those in the program.
    pub path: Option<PathBuf>,
}

impl CannedQuery {
    /// What `--param` can set. The text is parsed for it, which the start of the program need not wait for.
    pub fn parameters(&self) -> Vec<QueryParameter> {
        declared_parameters(&self.text)
    }
}

/// A parameter of a canned query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryParameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The default as written; without one the parameter must be given.
    pub default: Option<String>,
}

/// All canned queries, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    queries: Vec<CannedQuery>,
}

impl Library {
    /// The queries of the program, and those of a folder when one is given. A query of the folder replaces one of
    /// the program that has the same name.
    pub fn load(folder: Option<&Path>) -> Result<Library> {
        let mut queries = Vec::new();
        collect_embedded(&EMBEDDED, &mut queries);
        if let Some(folder) = folder {
            let mut own = Vec::new();
            collect_folder(folder, folder, &mut own)?;
            queries.retain(|query| own.iter().all(|other| other.name != query.name));
            queries.append(&mut own);
        }
        queries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Library { queries })
    }

    /// All queries.
    pub fn queries(&self) -> &[CannedQuery] {
        &self.queries
    }

    /// The queries with a word in their name, title, description or tags, whatever its case.
    pub fn matching(&self, word: &str) -> Vec<&CannedQuery> {
        let word = word.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&word);
        let matches = |query: &&CannedQuery| {
            has(&query.name) || has(&query.title) || has(&query.description) || query.tags.iter().any(|tag| has(tag))
        };
        self.queries.iter().filter(matches).collect()
    }

    /// The query of a name. The folder may be left out where the rest of the name is unique.
    pub fn find(&self, name: &str) -> Result<&CannedQuery> {
        let name = name.trim_end_matches(".kql");
        if let Some(query) = self.queries.iter().find(|query| query.name == name) {
            return Ok(query);
        }
        let ends = |query: &&CannedQuery| query.name.rsplit('/').next() == Some(name);
        let found: Vec<&CannedQuery> = self.queries.iter().filter(ends).collect();
        match found.as_slice() {
            [query] => Ok(query),
            [] => Err(Error::Usage(format!("no canned query `{name}`{}", self.did_you_mean(name)))),
            several => {
                let names: Vec<String> = several.iter().map(|query| format!("`{}`", query.name)).collect();
                Err(Error::Usage(format!("`{name}` can be {}", names.join(" or "))))
            }
        }
    }

    fn did_you_mean(&self, name: &str) -> String {
        let last_parts = self.queries.iter().filter_map(|query| query.name.rsplit('/').next());
        let names = self.queries.iter().map(|query| query.name.as_str()).chain(last_parts);
        match nearest(name, names) {
            Some(near) => format!(", did you mean `{near}`?"),
            None => ": `calypso queries list` shows what there is".to_owned(),
        }
    }
}

fn collect_embedded(dir: &Dir, queries: &mut Vec<CannedQuery>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) if dir.path() == Path::new(FUNCTIONS) => {}
            DirEntry::Dir(dir) => collect_embedded(dir, queries),
            DirEntry::File(file) => {
                if let (Some(name), Some(text)) = (query_name(file.path()), file.contents_utf8()) {
                    queries.push(read_query(name, text.to_owned(), None));
                }
            }
        }
    }
}

fn collect_folder(root: &Path, folder: &Path, queries: &mut Vec<CannedQuery>) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(|cause| Error::io(folder, cause))? {
        let path = entry.map_err(|cause| Error::io(folder, cause))?.path();
        if path == root.join(FUNCTIONS) {
            continue;
        }
        if path.is_dir() {
            collect_folder(root, &path, queries)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(query_name) {
            let text = std::fs::read_to_string(&path).map_err(|cause| Error::io(&path, cause))?;
            queries.push(read_query(name, text, Some(path)));
        }
    }
    Ok(())
}

/// `quality/jitter` for `quality/jitter.kql`; none for files that are no queries.
fn query_name(path: &Path) -> Option<String> {
    if path.extension()? != "kql" {
        return None;
    }
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/").trim_end_matches(".kql").to_owned())
}

fn read_query(name: String, text: String, path: Option<PathBuf>) -> CannedQuery {
    let mut title = None;
    let mut description: Vec<&str> = Vec::new();
    let mut tags = Vec::new();
    for line in text.lines().map_while(|line| line.trim_start().strip_prefix("//")).map(str::trim) {
        if let Some(list) = line.strip_prefix("tags:") {
            tags.extend(list.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()));
        } else if title.is_none() {
            title = Some(line.to_owned());
        } else {
            description.push(line);
        }
    }
    let description = description.join("\n").trim().to_owned();
    let title = title.unwrap_or_else(|| name.clone());
    CannedQuery { name, title, description, tags, text, path }
}

/// The parameters that a request declares. What is wrong with the text is said when it is run.
pub fn declared_parameters(text: &str) -> Vec<QueryParameter> {
    let mut parameters = Vec::new();
    if !text.contains("query_parameters") {
        return parameters;
    }
    for statement in &syntax::parse(text).query.statements {
        let StatementKind::QueryParameters(declared) = &statement.kind else { continue };
        for parameter in declared {
            let ParameterKind::Scalar(ty) = &parameter.kind else { continue };
            let default = parameter.default.as_ref().and_then(|expr| text.get(expr.span.range())).map(str::to_owned);
            parameters.push(QueryParameter { name: parameter.name.name.clone(), ty: ty.node, default });
        }
    }
    parameters
}

/// Refuses values for parameters that a request does not declare: a slip in a name must not go unnoticed.
pub fn check_given(text: &str, given: &[(String, String)]) -> Result<()> {
    let declared = declared_parameters(text);
    for (name, _) in given {
        if declared.iter().all(|parameter| parameter.name != *name) {
            let names = declared.iter().map(|parameter| parameter.name.as_str());
            let help = match nearest(name, names) {
                Some(near) => format!(": did you mean `{near}`?"),
                None if declared.is_empty() => ": it declares none".to_owned(),
                None => {
                    let names: Vec<String> = declared.iter().map(|p| format!("`{}`", p.name)).collect();
                    format!(": it declares {}", names.join(", "))
                }
            };
            return Err(Error::Usage(format!("the request has no parameter `{name}`{help}")));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let text = "// Title\n// One line,\n// and another.\n// tags: a, b c\ndeclare query_parameters(n: long = 5, s: string);\nprint n // not header\n";
        let query = read_query("x/y".to_owned(), text.to_owned(), None);
        assert_eq!((query.title.as_str(), query.description.as_str()), ("Title", "One line,\nand another."));
        assert_eq!(query.tags, ["a", "b c"]);
        let parameter = |name: &str, ty, default: Option<&str>| QueryParameter {
            name: name.to_owned(),
            ty,
            default: default.map(str::to_owned),
        };
        assert_eq!(query.parameters(), [parameter("n", Type::Long, Some("5")), parameter("s", Type::String, None)]);
    }

    #[test]
    fn embedded_queries_are_whole_and_current() {
        let library = Library::load(None).unwrap();
        assert!(library.queries().len() >= 24);
        for query in library.queries() {
            let name = &query.name;
            assert!(!query.title.is_empty() && !query.title.ends_with('.'), "title of {name}");
            assert!(query.description.ends_with('.'), "description of {name}");
            assert!(!query.tags.is_empty(), "tags of {name}");
            let file = format!("{}/queries/{name}.kql", env!("CARGO_MANIFEST_DIR"));
            let on_disk = std::fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(query.text, on_disk, "{file} changed: touch src/library.rs, so that it is embedded anew");
        }
        let folder = Library::load(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("queries"))).unwrap();
        let names = |library: &Library| library.queries().iter().map(|q| q.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&library), names(&folder), "touch src/library.rs, so that new queries are embedded");
    }

    #[test]
    fn names_are_found_with_and_without_folder() {
        let library = Library::load(None).unwrap();
        assert_eq!(library.find("quality/jitter").unwrap().name, "quality/jitter");
        assert_eq!(library.find("jitter").unwrap().name, "quality/jitter");
        let ambiguous = library.find("daily").unwrap_err().to_string();
        assert!(ambiguous.starts_with("`daily` can be `calls/daily` or"), "{ambiguous}");
        let unknown = library.find("jiter").unwrap_err().to_string();
        assert_eq!(unknown, "no canned query `jiter`, did you mean `jitter`?");
        assert!(library.matching("PACKET").iter().any(|query| query.name == "quality/packet-loss"));
    }

    #[test]
    fn a_folder_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("quality")).unwrap();
        std::fs::write(folder.path().join("quality/jitter.kql"), "// Mine\nprint 1").unwrap();
        std::fs::write(folder.path().join("own.kql"), "print 2").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "not a query").unwrap();
        let library = Library::load(Some(folder.path())).unwrap();
        assert_eq!(library.find("jitter").unwrap().title, "Mine");
        assert_eq!(library.find("own").unwrap().title, "own");
        assert!(library.find("notes").is_err());
    }
}
