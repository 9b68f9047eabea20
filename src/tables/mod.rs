//! The known log tables: a table is a declaration, and everything that mentions one reads it here.

mod advanced_messaging_operations;
mod auth_incoming_operations;
mod billing_usage;
mod call_automation_incoming_operations;
mod call_automation_media_summary;
mod call_automation_streaming_usage;
mod call_client_media_stats_time_series;
mod call_client_operations;
mod call_client_service_request_and_outcome;
mod call_closed_captions_summary;
mod call_diagnostics;
mod call_diagnostics_updates;
mod call_recording_incoming_operations;
mod call_recording_summary;
mod call_summary;
mod call_summary_updates;
mod call_survey;
mod calling_metrics;
mod chat_incoming_operations;
mod dictionary;
mod email_send_mail_operational;
mod email_status_update_operational;
mod email_user_engagement_operational;
mod job_router_incoming_operations;
mod network_traversal_diagnostics;
mod network_traversal_incoming_operations;
mod opt_out_management_operations;
mod rooms_incoming_operations;
mod sms_incoming_operations;

pub use dictionary::{DICTIONARIES, Dictionary, dictionary};

use crate::types::Type;

/// A table of the workspace, and how raw records become its rows.
#[derive(Debug)]
pub struct TableDef {
    /// Its name in queries.
    pub name: &'static str,
    /// The category that raw records of it carry.
    pub category: &'static str,
    /// Categories that older records carry.
    pub legacy_categories: &'static [&'static str],
    /// One sentence: what a row is.
    pub summary: &'static str,
    /// The columns, in the order in which they are shown.
    pub columns: &'static [Column],
    /// Raw names that differ from the column's by more than letter case: `(raw name, column)`.
    pub aliases: &'static [(&'static str, &'static str)],
}

/// A column of a known table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// One sentence: what it holds.
    pub doc: &'static str,
}

/// All known tables: those about calls first.
pub const TABLES: &[&TableDef] = &[
    &call_summary::TABLE,
    &call_summary_updates::TABLE,
    &call_diagnostics::TABLE,
    &call_diagnostics_updates::TABLE,
    &call_client_operations::TABLE,
    &call_client_media_stats_time_series::TABLE,
    &call_client_service_request_and_outcome::TABLE,
    &call_survey::TABLE,
    &calling_metrics::TABLE,
    &billing_usage::TABLE,
    &call_automation_incoming_operations::TABLE,
    &call_automation_media_summary::TABLE,
    &call_automation_streaming_usage::TABLE,
    &call_recording_incoming_operations::TABLE,
    &call_recording_summary::TABLE,
    &call_closed_captions_summary::TABLE,
    &rooms_incoming_operations::TABLE,
    &job_router_incoming_operations::TABLE,
    &sms_incoming_operations::TABLE,
    &opt_out_management_operations::TABLE,
    &email_send_mail_operational::TABLE,
    &email_status_update_operational::TABLE,
    &email_user_engagement_operational::TABLE,
    &chat_incoming_operations::TABLE,
    &auth_incoming_operations::TABLE,
    &advanced_messaging_operations::TABLE,
    &network_traversal_incoming_operations::TABLE,
    &network_traversal_diagnostics::TABLE,
];

/// Raw names that mean the same in every table.
const COMMON_ALIASES: &[(&str, &str)] =
    &[("time", "TimeGenerated"), ("resourceId", "_ResourceId"), ("correlationIdentifier", "CorrelationId")];

/// The table of a name; letter case matters, as it does in queries.
pub fn by_name(name: &str) -> Option<&'static TableDef> {
    TABLES.iter().copied().find(|table| table.name == name)
}

/// The table whose raw records carry a category, now or in the past; in any letter case, with or without the
/// `insights-logs-` that storage containers put in front.
pub fn by_category(category: &str) -> Option<&'static TableDef> {
    let bare = match category.get(..CONTAINER_PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(CONTAINER_PREFIX) => &category[CONTAINER_PREFIX.len()..],
        _ => category,
    };
    TABLES.iter().copied().find(|table| {
        bare.eq_ignore_ascii_case(table.category)
            || table.legacy_categories.iter().any(|legacy| bare.eq_ignore_ascii_case(legacy))
    })
}

const CONTAINER_PREFIX: &str = "insights-logs-";

impl TableDef {
    /// The position of the column that a raw property or a table's own column name fills, in any letter case.
    pub fn column_index(&self, raw: &str) -> Option<usize> {
        let position = |name: &str| self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        position(raw).or_else(|| {
            let mut aliases = self.aliases.iter().chain(COMMON_ALIASES);
            aliases.find(|(alias, _)| alias.eq_ignore_ascii_case(raw)).and_then(|(_, column)| position(column))
        })
    }

    /// The table that holds later versions of this table's rows. Their raw records carry the same category; only a
    /// version number tells them apart.
    pub fn updates(&self) -> Option<&'static TableDef> {
        TABLES.iter().copied().find(|table| table.name.strip_suffix("Updates") == Some(self.name))
    }
}

/// A column in short.
const fn column(name: &'static str, ty: Type, doc: &'static str) -> Column {
    Column { name, ty, doc }
}

const TIME_GENERATED: Column = column("TimeGenerated", Type::DateTime, "When the record was made, in UTC.");
const RESOURCE_ID: Column =
    column("_ResourceId", Type::String, "The communication resource that the row belongs to, in lower case.");
const SUBSCRIPTION_ID: Column = column("_SubscriptionId", Type::String, "The subscription of that resource.");
const TENANT_ID: Column = column("TenantId", Type::String, "The workspace, not the directory of the user.");
const SOURCE_SYSTEM: Column = column("SourceSystem", Type::String, "What collected the row: `Azure`.");
const TYPE: Column = column("Type", Type::String, "The name of the table.");
const BILLED_SIZE: Column = column("_BilledSize", Type::Real, "The size of the record that was billed, in bytes.");
const IS_BILLABLE: Column = column("_IsBillable", Type::String, "Whether storing the row is billed, as text.");

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_rows_are_sound() {
        let mut names = HashSet::new();
        let mut categories = HashSet::new();
        for table in TABLES {
            assert!(names.insert(table.name), "{} twice", table.name);
            for category in table.legacy_categories.iter().chain([&table.category]) {
                assert!(categories.insert(category.to_lowercase()), "{category} twice");
            }
            assert_eq!(table.columns[0].name, "TimeGenerated", "{}", table.name);
            let columns: HashSet<String> = table.columns.iter().map(|column| column.name.to_lowercase()).collect();
            assert_eq!(columns.len(), table.columns.len(), "{}", table.name);
            for column in table.columns {
                assert!(column.doc.ends_with('.'), "{}.{}", table.name, column.name);
            }
            for (alias, column) in table.aliases {
                assert!(!columns.contains(&alias.to_lowercase()), "{alias}");
                assert!(columns.contains(&column.to_lowercase()), "{column}");
            }
        }
    }

    #[test]
    fn tables_are_found_by_category() {
        let check = |category: &str, name: Option<&str>| {
            assert_eq!(by_category(category).map(|table| table.name), name, "{category}");
        };
        check("CallSummary", Some("ACSCallSummary"));
        check("callsummary", Some("ACSCallSummary"));
        check("CallSummaryPRIVATEPREVIEW", Some("ACSCallSummary"));
        check("insights-logs-calldiagnostics", Some("ACSCallDiagnostics"));
        check("Usage", Some("ACSBillingUsage"));
        check("", None);
        check("insights-logs-", None);
    }

    #[test]
    fn raw_names_find_their_column() {
        let table = by_name("ACSCallSummary").unwrap();
        let check = |raw: &str, column: Option<&str>| {
            assert_eq!(table.column_index(raw).map(|i| table.columns[i].name), column, "{raw}");
        };
        check("callDuration", Some("CallDuration"));
        check("time", Some("TimeGenerated"));
        check("resourceId", Some("_ResourceId"));
        check("pstnPartcipantCallType", Some("PstnParticipantCallType"));
        check("correlationIdentifier", Some("CorrelationId"));
        check("colour", None);
    }

    #[test]
    fn updates_have_their_own_table() {
        let updates = |name| by_name(name).and_then(TableDef::updates).map(|table| table.name);
        assert_eq!(updates("ACSCallSummary"), Some("ACSCallSummaryUpdates"));
        assert_eq!(updates("ACSCallSummaryUpdates"), None);
        assert_eq!(updates("ACSCallSurvey"), None);
    }
}
