//! `ACSOptOutManagementOperations`: requests to manage opt-outs of text messages.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
};

/// The declaration of `ACSOptOutManagementOperations`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSOptOutManagementOperations",
    category: "OptOutManagementOperational",
    legacy_categories: &[],
    summary: "Requests to manage opt-outs of text messages; the published columns are only those that every table has.",
    columns: &[TIME_GENERATED, RESOURCE_ID, SUBSCRIPTION_ID, TENANT_ID, SOURCE_SYSTEM, TYPE, BILLED_SIZE, IS_BILLABLE],
    aliases: &[],
};
