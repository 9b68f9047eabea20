//! Stored functions: kept beside the data and there for every request, as in a Kusto database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use crate::diagnostic::{Code, Diagnostic};
use crate::error::{Error, Result};
use crate::source::Source;
use crate::syntax::ast::{ExprKind, Function, FunctionCommand, StatementKind};
use crate::syntax::{self, TokenKind};
use crate::value::Value;

/// A stored function.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFunction {
    /// Its name.
    pub name: String,
    /// Its parameters as written, with their parentheses.
    pub parameters: String,
    /// Its body as written, with its braces.
    pub body: String,
    /// The `folder` property.
    pub folder: String,
    /// The `docstring` property.
    pub docstring: String,
    /// What it means.
    pub function: Function,
}

/// Functions by name.
type Functions = BTreeMap<String, Arc<StoredFunction>>;

/// The functions that come with the program, as a file. Canned queries share them.
const FILE: &str = include_str!("../queries/functions/calls.kql");
/// The same, read. A unit test sees to it that they can be read.
static OURS: LazyLock<Functions> = LazyLock::new(|| {
    let mut read = StoredFunctions::default();
    match read.load_text("functions/calls", FILE) {
        Ok(()) => read.functions,
        Err(_) => Functions::new(),
    }
});

/// The stored functions by name: those of the user, and those that come with the program. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct StoredFunctions {
    functions: Functions,
}

impl StoredFunctions {
    /// The function of a name.
    pub fn get(&self, name: &str) -> Option<&StoredFunction> {
        self.functions.get(name).or_else(|| OURS.get(name)).map(|function| &**function)
    }

    /// All functions, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &StoredFunction> {
        let mut all: BTreeMap<&String, &StoredFunction> =
            OURS.iter().map(|(name, function)| (name, &**function)).collect();
        all.extend(self.functions.iter().map(|(name, function)| (name, &**function)));
        all.into_values()
    }

    /// Adds or replaces a function. One of the program's is hidden by another of its name.
    pub fn insert(&mut self, function: StoredFunction) {
        self.functions.insert(function.name.clone(), Arc::new(function));
    }

    /// Removes a function, if there is one. Those of the program stay.
    pub fn remove(&mut self, name: &str) {
        self.functions.remove(name);
    }

    /// Adds the functions of a `.kql` file, or of all such files below a folder in order of their names; of two that
    /// have the same name the later one counts.
    pub fn load(&mut self, path: &Path) -> Result<()> {
        if !path.is_dir() {
            let text = std::fs::read_to_string(path).map_err(|cause| Error::io(path, cause))?;
            return self.load_text(&path.display().to_string(), &text);
        }
        let io = |cause| Error::io(path, cause);
        let entries = std::fs::read_dir(path).map_err(io)?.collect::<std::io::Result<Vec<_>>>().map_err(io)?;
        let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let is_query = path.extension().is_some_and(|extension| extension == "kql" || extension == "csl");
            if path.is_dir() || is_query {
                self.load(&path)?;
            }
        }
        Ok(())
    }

    fn load_text(&mut self, name: &str, text: &str) -> Result<()> {
        let source = Source::new(name, text.trim_start_matches('\u{feff}'));
        let parsed = syntax::parse(source.text());
        let mut diagnostics = parsed.diagnostics;
        for statement in &parsed.query.statements {
            match &statement.kind {
                StatementKind::Command(command) if command.function.is_some() => {
                    let made = command.function.as_ref().map(|function| made(function, source.text()));
                    match made {
                        Some(Ok(function)) => self.insert(function),
                        Some(Err(diagnostic)) => diagnostics.push(*diagnostic),
                        None => {}
                    }
                }
                _ => diagnostics.push(
                    Diagnostic::error(
                        Code::UnsupportedFeature,
                        statement.span,
                        "a file of functions holds `.create-or-alter function` commands only",
                    )
                    .help(".create-or-alter function name(parameter: type) { body }"),
                ),
            }
        }
        match diagnostics.iter().any(Diagnostic::is_error) {
            true => Err(Error::Query { source: Box::new(source), diagnostics }),
            false => Ok(()),
        }
    }
}

/// The function that a command defines. `text` is the whole request.
pub fn made(command: &FunctionCommand, text: &str) -> Result<StoredFunction, Box<Diagnostic>> {
    let mut function = command.function.clone();
    let (mut folder, mut docstring) = (String::new(), String::new());
    for property in &command.properties {
        let value = match &property.value.kind {
            ExprKind::Literal(Value::String(text)) => text.clone(),
            ExprKind::Literal(Value::Bool(truth)) => truth.to_string(),
            ExprKind::Name(ident) => ident.name.clone(),
            _ => String::new(),
        };
        match property.name.name.to_ascii_lowercase().as_str() {
            "folder" => folder = value,
            "docstring" => docstring = value,
            "view" => function.view = value.eq_ignore_ascii_case("true"),
            // A body is looked at when the function is called, not before.
            "skipvalidation" => {}
            other => {
                let message = format!("the property `{other}` is not supported");
                let known = "there are `docstring`, `folder`, `view` and `skipvalidation`";
                return Err(Box::new(
                    Diagnostic::error(Code::UnsupportedFeature, property.name.span, message).help(known),
                ));
            }
        }
    }
    let whole = text.get(command.function.span.range()).unwrap_or_default();
    let (parameters, body) = split(whole);
    let name = command.name.name.clone();
    Ok(StoredFunction { name, parameters, body, folder, docstring, function })
}

/// The parameters and the body of a function's text: the parentheses that come first, and the rest.
fn split(text: &str) -> (String, String) {
    let (tokens, _) = syntax::lex(text);
    let mut depth = 0i32;
    for token in &tokens {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (parameters, body) = text.split_at(token.span.range().end);
            return (parameters.trim().to_owned(), body.trim().to_owned());
        }
    }
    (String::new(), text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_functions() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(
            folder.path().join("a.kql"),
            "// Two of them.\n.create-or-alter function with (docstring = \"one\", folder = \"f\")\n  one(a: string = \")\", b: (x: long)) { b | where 1 == 1 }\n\n.create function ifnotexists two() { one(\"\", datatable (x: long) [1]) }\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("sub/b.kql"), ".create function three() {\n  print 3;\n}").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no function").unwrap();
        let mut functions = StoredFunctions::default();
        functions.load(folder.path()).unwrap();
        let own = functions.iter().map(|function| function.name.as_str()).filter(|name| !OURS.contains_key(*name));
        assert_eq!(own.collect::<Vec<_>>(), ["one", "three", "two"]);
        let one = functions.get("one").unwrap();
        assert_eq!((one.parameters.as_str(), one.docstring.as_str()), ("(a: string = \")\", b: (x: long))", "one"));
        assert_eq!(one.body, "{ b | where 1 == 1 }");
        assert_eq!(functions.get("three").unwrap().body, "{\n  print 3;\n}");
    }

    #[test]
    fn functions_of_the_program_can_be_replaced() {
        let mut functions = StoredFunctions::default();
        assert!(!OURS.is_empty());
        assert!(functions.get("ACSBareId").unwrap().body.contains("trim"));
        functions.load_text("f.kql", ".create-or-alter function ACSBareId(id: string) { id }").unwrap();
        assert_eq!(functions.get("ACSBareId").unwrap().body, "{ id }");
        assert_eq!(functions.iter().filter(|function| function.name == "ACSBareId").count(), 1);
        functions.remove("ACSBareId");
        assert!(functions.get("ACSBareId").unwrap().body.contains("trim"));
    }

    #[test]
    fn other_statements_are_refused() {
        let mut functions = StoredFunctions::default();
        let error = functions.load_text("f.kql", "let f = 1; print f").unwrap_err().to_string();
        assert!(error.contains("holds `.create-or-alter function` commands only"), "{error}");
    }
}
