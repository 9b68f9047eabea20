//! Paths into JSON values, as `extract_json` takes them: `$.a.b[0]['c d']`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A property.
    Key(String),
    /// An item of an array, counted from 0.
    Index(usize),
}

/// Reads a path. Wildcards, filters and `..` are refused.
pub fn parse_json_path(path: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("`{path}` is not a path such as `$.a.b[0]`");
    let mut rest = path.trim().strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(rest) = rest.strip_prefix('.') {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (Step::Key(rest[..end].to_owned()), &rest[end..])
        } else {
            bracket(rest.strip_prefix('[').ok_or_else(wrong)?).ok_or_else(wrong)?
        };
        match &step {
            Step::Key(key) if key.is_empty() || key == "*" => {
                return Err(format!("`{path}` has a wildcard or a recursive step, which is not supported"));
            }
            Step::Key(_) | Step::Index(_) => steps.push(step),
        }
        rest = after;
    }
    Ok(steps)
}

/// `0]`, `'key']` or `"key"]`, and what stands behind it.
fn bracket(text: &str) -> Option<(Step, &str)> {
    for quote in ['\'', '"'] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let end = quoted.find(quote)?;
            return Some((Step::Key(quoted[..end].to_owned()), quoted[end + 1..].strip_prefix(']')?));
        }
    }
    let (index, after) = text.split_once(']')?;
    if index == "*" {
        return Some((Step::Key(index.to_owned()), after));
    }
    Some((Step::Index(index.parse().ok()?), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let key = |key: &str| Step::Key(key.to_owned());
        assert_eq!(parse_json_path("$.a[0]['b c']"), Ok(vec![key("a"), Step::Index(0), key("b c")]));
        assert_eq!(parse_json_path("$"), Ok(vec![]));
        for wrong in ["a.b", "$..a", "$.a[*]", "$.*", "$[", "$['a", "$x"] {
            assert!(parse_json_path(wrong).is_err(), "{wrong}");
        }
    }
}
