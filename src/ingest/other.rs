//! Records of categories that nobody declared: a table of their own, laid out as the workspace lays out its tables.

use std::borrow::Cow;

use super::batch::{resource_id, subscription_id};
use super::columns::Columns;
use super::convert;
use super::json::Node;
use super::record::{RawRecord, is_missing_member};
use crate::types::Type;

/// Most characters of a table's name.
const MOST_NAME: usize = 100;

/// The table of a category that is not known. Those of communication resources begin with `ACS`, as all known ones do;
/// others are named like the category.
pub(super) fn table_of_category(category: &str, resource: Option<&str>) -> Option<String> {
    let bare = category.strip_prefix("insights-logs-").unwrap_or(category);
    let name = identifier(bare)?;
    let is_ours = resource.is_none_or(|resource| {
        let resource = resource.to_ascii_lowercase();
        !resource.contains("/providers/") || resource.contains("/microsoft.communication/")
    });
    let mut letters = name.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let name = first + letters.as_str();
    Some(if is_ours && !name.starts_with("ACS") { format!("ACS{name}") } else { name })
}

/// A name that a table may have: letters, digits and underscores, of which it keeps those that are there.
pub(super) fn identifier(name: &str) -> Option<String> {
    let kept: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(MOST_NAME).collect();
    let kept = kept.trim_start_matches('_');
    kept.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| kept.to_owned())
}

/// Adds a record as a row: the envelope under the names of the workspace, and each property as a column.
pub(super) fn add(table: &str, record: &RawRecord<'_>, columns: &mut Columns) {
    let mut row: Vec<(Cow<'_, str>, Cow<'_, Node<'_>>)> = Vec::new();
    let is_raw = record.is_raw();
    for place in [record.shared, &record.members, record.properties()] {
        for (name, node) in place {
            if is_raw && name.eq_ignore_ascii_case("properties") && matches!(node, Node::Object(_)) {
                continue;
            }
            let name = if is_raw { column_name(name) } else { Cow::Borrowed(name.as_ref()) };
            match row.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some(_) if is_missing_member(node) => {}
                Some((_, cell)) => *cell = Cow::Borrowed(node),
                None => row.push((name, Cow::Borrowed(node))),
            }
        }
    }
    let resource = row.iter_mut().find(|(name, _)| name == "_ResourceId").map(|(_, node)| {
        let id = resource_id(&convert::text(node));
        *node = Cow::Owned(Node::Text(Cow::Owned(id.clone())));
        id
    });
    let mut fill = |name: &'static str, text: &str| {
        if !row.iter().any(|(known, _)| known == name) {
            row.push((Cow::Borrowed(name), Cow::Owned(Node::Text(Cow::Owned(text.to_owned())))));
        }
    };
    if let Some(subscription) = resource.as_deref().and_then(subscription_id) {
        fill("_SubscriptionId", subscription);
    }
    if is_raw {
        fill("SourceSystem", "Azure");
    }
    fill("Type", table);
    columns.tell("TimeGenerated", Type::DateTime);
    columns.push(row.iter().map(|(name, node)| (name.as_ref(), node.as_ref())));
}

/// The column that a raw name becomes.
fn column_name<'n>(raw: &'n str) -> Cow<'n, str> {
    let known = [("time", "TimeGenerated"), ("timeStamp", "TimeGenerated"), ("resourceId", "_ResourceId")];
    if let Some((_, column)) = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(raw)) {
        return Cow::Borrowed(column);
    }
    let mut letters = raw.chars();
    match letters.next() {
        Some(first) if first.is_lowercase() => {
            Cow::Owned(first.to_uppercase().chain(letters.as_str().chars()).collect())
        }
        _ => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_get_sound_names() {
        let check = |category: &str, resource: Option<&str>, name: Option<&str>| {
            assert_eq!(table_of_category(category, resource).as_deref(), name, "{category}");
        };
        check("CallWeather", None, Some("ACSCallWeather"));
        check("ACSCallWeather", Some("/subscriptions/s"), Some("ACSCallWeather"));
        check("auditEvent", Some("/S/1/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V"), Some("AuditEvent"));
        check("tides", Some("/s/1/providers/microsoft.communication/communicationservices/c"), Some("ACSTides"));
        check("insights-logs-tides", None, Some("ACSTides"));
        check("../../etc/passwd", None, Some("ACSEtcpasswd"));
        check("_day=1", None, Some("ACSDay1"));
        check("7", None, None);
        check("", None, None);
    }
}
