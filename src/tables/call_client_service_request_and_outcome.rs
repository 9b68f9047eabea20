//! `ACSCallClientServiceRequestAndOutcome`: requests of the client to the service.

use super::{
    BILLED_SIZE, IS_BILLABLE, RESOURCE_ID, SOURCE_SYSTEM, SUBSCRIPTION_ID, TENANT_ID, TIME_GENERATED, TYPE, TableDef,
};

/// The declaration of `ACSCallClientServiceRequestAndOutcome`.
pub(super) const TABLE: TableDef = TableDef {
    name: "ACSCallClientServiceRequestAndOutcome",
    category: "CallClientServiceRequestAndOutcome",
    legacy_categories: &[],
    summary: "Requests of the client to the service; the published columns are only those that every table has.",
    columns: &[TIME_GENERATED, RESOURCE_ID, SUBSCRIPTION_ID, TENANT_ID, SOURCE_SYSTEM, TYPE, BILLED_SIZE, IS_BILLABLE],
    aliases: &[],
};
