//! Tree to canonical text: one operator per line, one spelling of everything. Comments are kept.

mod clause;
mod expression;
mod operator;
mod statement;
mod value;
mod writer;

use crate::diagnostic::Diagnostic;

use super::parse;
use writer::Writer;

pub use value::{name_text, value_text};

/// Formats a request. A text with a mistake, even a harmless one, is not touched: its diagnostics come back.
///
/// The result parses to the same tree, apart from places, and formats to itself.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let mut writer = Writer::new(text);
    statement::write_query(&mut writer, &parsed.query);
    Ok(writer.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let formatted = format(text).unwrap();
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).unwrap(), expected, "formatting twice");
    }

    #[test]
    fn operators_stand_on_lines_of_their_own() {
        check(
            "T|where a==1 and   b<>'x'|order by c asc nulls first|limit 5",
            "T\n| where a == 1 and b != \"x\"\n| sort by c asc nulls first\n| take 5\n",
        );
        check("let a=1;set x;print b=a,-1.50,1h,time(90m)", "let a = 1;\nset x;\nprint b = a, -1.5, 1h, 90m\n");
    }

    #[test]
    fn inner_pipelines_are_indented() {
        check(
            "T|join kind=inner (U|where x in (V|project y)) on $left.a==$right.b, c|count",
            concat!(
                "T\n| join kind=inner (\n    U\n    | where x in (\n        V\n        | project y\n    )\n) ",
                "on $left.a == $right.b, c\n| count\n"
            ),
        );
        check(
            "let f=(a:long=5,T:(*)){let b=1;T|where x>a};f(1,T)",
            "let f = (a: long = 5, T: (*)) {\n    let b = 1;\n    T\n    | where x > a\n};\nf(1, T)\n",
        );
    }

    #[test]
    fn wide_lists_are_broken() {
        let columns: Vec<String> = (0..12).map(|n| format!("column_{n} = count()")).collect();
        let broken = columns.join(",\n    ");
        check(&format!("T|summarize {}", columns.join(",")), &format!("T\n| summarize\n    {broken}\n"));
        check(
            "datatable(a:long,b:string)[1,'x',2,'y']",
            "datatable (a: long, b: string) [\n    1, \"x\",\n    2, \"y\",\n]\n",
        );
    }

    #[test]
    fn comments_are_kept() {
        check(
            "// first\nlet a = 1; // one\n\nT // all\n// then\n| where x // because\n  == 1\n// end",
            "// first\nlet a = 1; // one\n\nT // all\n// then\n| where x == 1 // because\n// end\n",
        );
    }

    #[test]
    fn mistakes_are_not_formatted() {
        assert_eq!(format("T | wher x").unwrap_err().len(), 1);
    }
}
