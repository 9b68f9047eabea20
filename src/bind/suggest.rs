//! Nearest names, for "did you mean".

/// The candidate that looks most like a name, if one is near enough to be a slip.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = name.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = candidate.to_lowercase();
        let distance = if other == lower {
            0
        } else if lower.len() >= 4 && (other.starts_with(&lower) || other.ends_with(&lower)) {
            1
        } else {
            strsim::damerau_levenshtein(&lower, &other)
        };
        let allowed = (name.chars().count() / 3).clamp(1, 4);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        assert_eq!(nearest("Statsu", ["Status", "State"]), Some("Status"));
        assert_eq!(nearest("callid", ["CallId", "CallType"]), Some("CallId"));
        assert_eq!(nearest("banana", ["CallId"]), None);
    }
}
