//! The built-in sample: a dozen calls of two days in March 2026, small enough to know by heart.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::gather::Gathered;
use super::reader::{Input, Order, read_all};
use super::rows::Foreign;
use crate::engine::DataCatalog;
use crate::error::Result;

/// The raw logs of the sample, as the service would write them.
static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/data/sample");

impl DataCatalog {
    /// The built-in sample. The tables about calls and what belongs to them have rows; every other known table is
    /// empty.
    pub fn sample() -> Result<DataCatalog> {
        let gathered = Gathered::default();
        let inputs =
            SAMPLE.files().map(|file| Ok(Input::bytes(&Path::new("sample").join(file.path()), file.contents())));
        read_all(inputs, &gathered, Foreign::Reject, Order::Kept)?;
        let (tables, _) = gathered.finish()?;
        let mut catalog = DataCatalog::default();
        for (table, batches) in tables {
            for batch in batches {
                catalog.add_batch(&table, batch);
            }
        }
        Ok(catalog)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_sample_is_as_it_was() {
        let catalog = DataCatalog::sample().unwrap();
        let info = catalog.info().unwrap();
        let rows: Vec<(&str, u64)> = info.iter().map(|table| (table.name.as_str(), table.rows)).collect();
        assert_eq!(
            rows,
            [
                ("ACSBillingUsage", 11),
                ("ACSCallAutomationIncomingOperations", 6),
                ("ACSCallAutomationMediaSummary", 4),
                ("ACSCallAutomationStreamingUsage", 3),
                ("ACSCallClientMediaStatsTimeSeries", 22),
                ("ACSCallClientOperations", 39),
                ("ACSCallClosedCaptionsSummary", 3),
                ("ACSCallDiagnostics", 32),
                ("ACSCallDiagnosticsUpdates", 1),
                ("ACSCallRecordingIncomingOperations", 4),
                ("ACSCallRecordingSummary", 3),
                ("ACSCallSummary", 26),
                ("ACSCallSummaryUpdates", 2),
                ("ACSCallSurvey", 5),
                ("ACSCallingMetrics", 6),
                ("ACSRoomsIncomingOperations", 4),
            ]
        );
        for table in catalog.table_names() {
            let columns = catalog.table(&table).unwrap();
            assert!(columns.iter().all(|(name, _)| name != super::super::ADDITIONAL), "{table}: {columns:?}");
        }
    }
}
