//! Failures of stores as messages: short, and without anything that was secret in the request.

use object_store::Error;

/// Characters of a message of somebody else that are shown.
const MOST: usize = 200;

/// Why a request failed.
pub(super) fn reason(error: &Error) -> String {
    let text = error.to_string();
    let code = between(&text, "<Code>", "</Code>").map(|code| format!(" ({code})")).unwrap_or_default();
    let missing = format!("not found{code}");
    let denied = format!("access is denied{code}: is the key or the signature right, and still valid?");
    match error {
        Error::NotFound { .. } => missing,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => denied,
        Error::NotModified { .. } | Error::Precondition { .. } => "it changed while it was read".to_owned(),
        Error::Generic { .. } | Error::NotSupported { .. } => match status(&text) {
            Some(status) if status.starts_with("404") => missing,
            Some(status) if status.starts_with("401") || status.starts_with("403") => denied,
            Some(status) => format!("the store answers {status}{code}"),
            None => innermost(error),
        },
        _ => innermost(error),
    }
}

/// The status that a store answered with, as in `503 Service Unavailable`.
fn status(text: &str) -> Option<String> {
    let rest = text.split_once("status code: ")?.1;
    Some(rest.split([':', '\n']).next()?.trim().to_owned())
}

/// What an error began with, without the URLs in it.
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    let words = text.split_whitespace().map(|word| if word.contains('?') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(MOST).collect()
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<&'t str> {
    let rest = text.split_once(begin)?.1;
    rest.split_once(end).map(|(inside, _)| inside).filter(|inside| inside.len() < MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic { store: "S", source: text.to_owned().into() }
    }

    #[test]
    fn reasons_are_short_and_without_secrets() {
        let check = |error: Error, expected: &str| assert_eq!(reason(&error), expected);
        let body = "Server returned non-2xx status code: 403 Forbidden: <Error><Code>AuthenticationFailed</Code>\
                    <Message>string to sign: GET secret</Message></Error>";
        let denied = Error::PermissionDenied { path: "p".to_owned(), source: body.into() };
        let told = "access is denied (AuthenticationFailed): is the key or the signature right, and still valid?";
        check(denied, told);
        check(generic(body), told);
        check(
            generic("non-2xx status code: 503 Service Unavailable: busy"),
            "the store answers 503 Service Unavailable",
        );
        check(generic("for url (https://h/p?sig=secret)"), "for url …");
    }
}
