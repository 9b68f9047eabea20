//! The rows that a few calls leave in all tables, by day.

use datafusion::arrow::array::RecordBatch;

use super::sheet::{Row, Sheet};
use crate::error::{Error, Result};
use crate::tables::TABLES;
use crate::value::NANOS_PER_DAY;

/// A table by its place among the known ones.
pub(super) type TableAt = usize;

/// Rows of one table and one day.
pub(super) struct Leaf {
    pub(super) table: TableAt,
    pub(super) day: i64,
    pub(super) rows: RecordBatch,
}

/// Sheets for every table and day that has rows.
#[derive(Default)]
pub(super) struct Book {
    sheets: Vec<(TableAt, i64, Sheet)>,
    /// Where rows of each table went last.
    last: [usize; TABLES.len()],
}

/// Tables by name, found once, when the program is compiled.
pub(super) mod at {
    use super::{TABLES, TableAt};

    const fn find(name: &str) -> TableAt {
        let mut at = 0;
        while !same(TABLES[at].name.as_bytes(), name.as_bytes()) {
            at += 1;
        }
        at
    }

    const fn same(a: &[u8], b: &[u8]) -> bool {
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        at == a.len() && at == b.len()
    }

    pub(in super::super) const SUMMARY: TableAt = find("ACSCallSummary");
    pub(in super::super) const SUMMARY_UPDATES: TableAt = find("ACSCallSummaryUpdates");
    pub(in super::super) const DIAGNOSTICS: TableAt = find("ACSCallDiagnostics");
    pub(in super::super) const DIAGNOSTICS_UPDATES: TableAt = find("ACSCallDiagnosticsUpdates");
    pub(in super::super) const OPERATIONS: TableAt = find("ACSCallClientOperations");
    pub(in super::super) const SERIES: TableAt = find("ACSCallClientMediaStatsTimeSeries");
    pub(in super::super) const REQUESTS: TableAt = find("ACSCallClientServiceRequestAndOutcome");
    pub(in super::super) const SURVEY: TableAt = find("ACSCallSurvey");
    pub(in super::super) const METRICS: TableAt = find("ACSCallingMetrics");
    pub(in super::super) const USAGE: TableAt = find("ACSBillingUsage");
    pub(in super::super) const AUTOMATION: TableAt = find("ACSCallAutomationIncomingOperations");
    pub(in super::super) const AUTOMATION_MEDIA: TableAt = find("ACSCallAutomationMediaSummary");
    pub(in super::super) const STREAMING: TableAt = find("ACSCallAutomationStreamingUsage");
    pub(in super::super) const RECORDING_CALLS: TableAt = find("ACSCallRecordingIncomingOperations");
    pub(in super::super) const RECORDING: TableAt = find("ACSCallRecordingSummary");
    pub(in super::super) const CAPTIONS: TableAt = find("ACSCallClosedCaptionsSummary");
    pub(in super::super) const ROOMS: TableAt = find("ACSRoomsIncomingOperations");
    pub(in super::super) const JOB_ROUTER: TableAt = find("ACSJobRouterIncomingOperations");
    pub(in super::super) const SMS: TableAt = find("ACSSMSIncomingOperations");
    pub(in super::super) const OPT_OUT: TableAt = find("ACSOptOutManagementOperations");
    pub(in super::super) const MAIL: TableAt = find("ACSEmailSendMailOperational");
    pub(in super::super) const MAIL_STATUS: TableAt = find("ACSEmailStatusUpdateOperational");
    pub(in super::super) const MAIL_OPENED: TableAt = find("ACSEmailUserEngagementOperational");
    pub(in super::super) const CHAT: TableAt = find("ACSChatIncomingOperations");
    pub(in super::super) const AUTH: TableAt = find("ACSAuthIncomingOperations");
    pub(in super::super) const MESSAGES: TableAt = find("ACSAdvancedMessagingOperations");
    pub(in super::super) const RELAYS: TableAt = find("ACSNetworkTraversalIncomingOperations");
    pub(in super::super) const RELAY_USE: TableAt = find("ACSNetworkTraversalDiagnostics");
}

impl Book {
    /// Begins a row with its time.
    pub(super) fn row(&mut self, table: TableAt, time: i64) -> Row<'_> {
        let day = time.div_euclid(NANOS_PER_DAY);
        let is_it = |sheet: &(TableAt, i64, Sheet)| sheet.0 == table && sheet.1 == day;
        let last = self.last[table];
        let at = match self.sheets.get(last).is_some_and(is_it) {
            true => last,
            false => self.sheets.iter().position(is_it).unwrap_or_else(|| {
                self.sheets.push((table, day, Sheet::new(TABLES[table])));
                self.sheets.len() - 1
            }),
        };
        self.last[table] = at;
        self.sheets[at].2.row().time("TimeGenerated", time)
    }

    /// The rows, by table and day.
    pub(super) fn finish(self) -> Result<Vec<Leaf>> {
        let leaf = |(table, day, sheet): (TableAt, i64, Sheet)| {
            let rows = sheet.finish().map_err(|error| Error::Engine(error.to_string()))?;
            Ok(Leaf { table, day, rows })
        };
        let mut leaves = self.sheets.into_iter().map(leaf).collect::<Result<Vec<_>>>()?;
        leaves.sort_by_key(|leaf| (leaf.table, leaf.day));
        Ok(leaves)
    }
}
