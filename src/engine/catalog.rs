//! Data as tables: folders of Parquet, and batches in memory.
//!
//! Which locations become which tables is decided in `ingest`, which reads raw logs; this file knows only their
//! result. Every provider handed out has exactly the columns that [`Catalog::table`] lists, in the Arrow types of
//! [`super::types`]: files that differ (nullable text, other widths, missing columns) are adapted inside the scan, so
//! a plan over them needs no casts and no `coalesce`.

mod adapt;
mod conform;
mod days;
mod dictionary;
mod external;
mod far;
mod find;
mod hive;
mod local;
pub mod log;
mod parquet;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::datasource::{MemTable, TableProvider};

pub use conform::{conform_array, conform_batch, missing};
pub use days::TIME;
pub use find::{is_hidden, is_parquet, table_files};
pub use hive::MISSING;
pub(super) use local::footer_of;
pub use parquet::{DataFile, Folder};

use super::answer::Table;
use super::types::{arrow_field, kql_type};
use crate::catalog::{Catalog, TableDetails};
use crate::error::{Error, Result};
use crate::remote::{Address, Blob};
use crate::tables::{self, DICTIONARIES, TABLES};
use crate::types::Type;

/// The open data: every table that there is, by name.
#[derive(Debug, Default)]
pub struct DataCatalog {
    tables: BTreeMap<String, Entry>,
    notes: Vec<String>,
    /// Shares of the folders that are read, which keep their files from being removed.
    held: Vec<File>,
    /// Files beside the tables that may be read, and folders of such files.
    allowed: Vec<PathBuf>,
    /// Where a table is looked for that is not here.
    base: Option<Arc<DataCatalog>>,
}

/// A table: what of it lies in memory and what in Parquet files.
#[derive(Debug, Default)]
struct Entry {
    memory: Vec<RecordBatch>,
    folders: Vec<Folder>,
    columns: OnceLock<Columns>,
    provider: OnceLock<Arc<dyn TableProvider>>,
}

/// The columns of a table.
#[derive(Debug, Default)]
struct Columns {
    all: Vec<(String, Type)>,
    /// Those that no file has and the names of folders tell.
    outside: Vec<(String, Type)>,
}

impl DataCatalog {
    /// Data that lies over other data: tables that are kept in it hide those of the same name.
    pub fn over(base: Arc<DataCatalog>) -> Self {
        Self { allowed: base.allowed.clone(), base: Some(base), ..Self::default() }
    }

    /// Keeps a result as a table. Where a column's name comes again, the later ones carry a number.
    pub fn keep(&mut self, name: &str, table: Table) -> Result<()> {
        let mut columns: Vec<(String, Type)> = Vec::new();
        for (column, ty) in &table.columns {
            let is_free = |name: &String| columns.iter().all(|(taken, _)| taken != name);
            let names = (1..).map(|number| format!("{column}{number}"));
            let free = std::iter::once(column.clone()).chain(names).find(is_free);
            columns.push((free.unwrap_or_default(), *ty));
        }
        let schema = schema_of(&columns);
        self.tables.remove(name);
        let entry = self.entry(name);
        for batch in table.batches {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), batch.columns().to_vec(), &options);
            entry.memory.push(batch.map_err(engine_error)?);
        }
        entry.columns = OnceLock::from(Columns { all: columns, outside: Vec::new() });
        Ok(())
    }

    /// How many Parquet files a table has.
    pub fn file_count(&self, name: &str) -> usize {
        match (self.tables.get(name), &self.base) {
            (Some(entry), _) => entry.folders.iter().map(|folder| folder.files.len()).sum(),
            (None, Some(base)) => base.file_count(name),
            (None, None) => 0,
        }
    }

    /// Adds rows to a table; it is made when there is none yet.
    pub fn add_batch(&mut self, table: &str, batch: RecordBatch) {
        let entry = self.entry(table);
        entry.memory.push(batch);
    }

    /// Adds Parquet files to a table; it is made when there is none yet.
    pub fn add_folder(&mut self, table: &str, folder: Folder) {
        let entry = self.entry(table);
        entry.folders.push(folder);
    }

    /// Adds the Parquet tables of a folder: those of the newest commit where it has a log, and all other files.
    pub fn add_tables(&mut self, root: &Path) -> Result<()> {
        let found = find::parquet_tables(root)?;
        for (table, folder) in found.tables {
            self.add_folder(&table, folder);
        }
        if found.missing > 0 {
            let missing = found.missing;
            self.note(format!("{}: {missing} files that the log names are not there", root.display()));
        }
        self.held.extend(found.held);
        Ok(())
    }

    /// Adds Parquet files of an object store, as [`DataCatalog::add_tables`] does those of a folder.
    pub fn add_far_tables(&mut self, address: &Address, files: &[Blob]) -> Result<()> {
        let found = far::parquet_tables(address, files)?;
        for (table, folder) in found.tables {
            self.add_folder(&table, folder);
        }
        if found.missing > 0 {
            self.note(format!("{}: {} files that the log names are not there", address.name(), found.missing));
        }
        Ok(())
    }

    /// Replaces a table by these rows.
    pub fn replace(&mut self, table: &str, batch: RecordBatch) {
        self.tables.remove(table);
        self.add_batch(table, batch);
    }

    /// The table, with what was read of it so far forgotten.
    fn entry(&mut self, table: &str) -> &mut Entry {
        let entry = self.tables.entry(table.to_owned()).or_default();
        entry.columns = OnceLock::new();
        entry.provider = OnceLock::new();
        entry
    }

    /// Lets requests read a file, or those of a folder and below it, beside the tables.
    pub fn allow_files(&mut self, path: &Path) -> Result<()> {
        self.allowed.push(path.canonicalize().map_err(|cause| Error::io(path, cause))?);
        Ok(())
    }

    /// The file of an address that a request names, or why it must not be read.
    pub(super) fn file(&self, address: &str) -> Result<PathBuf, String> {
        external::file(&self.allowed, address)
    }

    /// Parquet files beside the tables, as a table of these columns.
    pub(super) fn parquet_files(
        &self,
        files: &[PathBuf],
        columns: &[(String, Type)],
    ) -> Result<Arc<dyn TableProvider>> {
        let folders = files.iter().map(|file| Folder::new(PathBuf::new(), vec![file.clone().into()]));
        Ok(Arc::new(parquet::ParquetTable::open(plain_schema_of(columns), &folders.collect::<Vec<_>>(), &[])?))
    }

    /// Keeps something that the user should be told about the data, such as a file that could not be read.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// What the user should be told about the data.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The rows of a table, for a plan. Known log tables without data are there too, empty, and so are the
    /// dictionaries. `None` when there is no
    /// such table.
    pub fn provider(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(entry) = self.tables.get(name) else {
            if let Some(base) = &self.base {
                return base.provider(name);
            }
            if let Some(dictionary) = tables::dictionary(name) {
                return Ok(Some(dictionary::open(dictionary)?.table));
            }
            let Some(def) = tables::by_name(name) else { return Ok(None) };
            let columns: Vec<_> = def.columns.iter().map(|column| (column.name.to_owned(), column.ty)).collect();
            let empty = MemTable::try_new(plain_schema_of(&columns), vec![vec![]]).map_err(engine_error)?;
            return Ok(Some(Arc::new(empty)));
        };
        if let Some(provider) = entry.provider.get() {
            return Ok(Some(Arc::clone(provider)));
        }
        let provider = entry.open(name)?;
        Ok(Some(Arc::clone(entry.provider.get_or_init(|| provider))))
    }

    /// How many rows a table has that has nothing to do with the data: a dictionary, or a log table that is not there.
    pub(super) fn rows_without_data(&self, name: &str) -> Option<usize> {
        if self.tables.contains_key(name) {
            return None;
        }
        match (&self.base, tables::dictionary(name)) {
            (Some(base), _) => base.rows_without_data(name),
            (None, Some(dictionary)) => dictionary::open(dictionary).ok().map(|opened| opened.rows),
            (None, None) => Some(0),
        }
    }

    /// All table names: those with data, the known log tables without, and the dictionaries.
    pub fn all_table_names(&self) -> Vec<String> {
        if let Some(base) = &self.base {
            return base.all_table_names();
        }
        let known = TABLES.iter().map(|table| table.name);
        let known = known.chain(DICTIONARIES.iter().map(|dictionary| dictionary.name)).map(str::to_owned);
        self.tables.keys().cloned().chain(known).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What is there, table by table, as `calypso tables` shows it.
    pub fn info(&self) -> Result<Vec<TableInfo>> {
        if let Some(base) = &self.base {
            return base.info();
        }
        self.tables.iter().map(|(name, entry)| entry.info(name)).collect()
    }
}

impl Catalog for DataCatalog {
    fn table(&self, name: &str) -> Option<Vec<(String, Type)>> {
        match self.tables.get(name) {
            Some(entry) => Some(entry.columns(name).to_vec()),
            None => {
                if let Some(base) = &self.base {
                    return base.table(name);
                }
                if let Some(dictionary) = tables::dictionary(name) {
                    return Some(dictionary.typed_columns());
                }
                let def = tables::by_name(name)?;
                Some(def.columns.iter().map(|column| (column.name.to_owned(), column.ty)).collect())
            }
        }
    }

    fn details(&self, name: &str) -> Option<TableDetails> {
        let none = TableDetails { rows: 0, bytes: 0, files: 0 };
        let Some(entry) = self.tables.get(name) else {
            return match &self.base {
                Some(base) => base.details(name),
                None => tables::by_name(name).map(|_| none),
            };
        };
        // A file that cannot be read is reported by whoever reads its rows.
        let info = entry.info(name).ok()?;
        Some(TableDetails { rows: info.rows, bytes: info.bytes, files: info.files as u64 })
    }

    /// The tables with data; see [`DataCatalog::all_table_names`] for the others.
    fn table_names(&self) -> Vec<String> {
        if let Some(base) = &self.base {
            return base.table_names();
        }
        self.tables.keys().cloned().collect()
    }

    fn refuses_file(&self, address: &str) -> Option<String> {
        self.file(address).err()
    }

    fn files_at(&self, address: &str) -> Result<Option<Vec<String>>, String> {
        let files = external::files(&self.allowed, address)?.into_iter();
        Ok(Some(files.map(|file| file.to_string_lossy().into_owned()).collect()))
    }

    fn columns_of_file(&self, address: &str) -> Option<Vec<(String, Type)>> {
        let schema = parquet::file_schema(&DataFile::from(self.file(address).ok()?)).ok()?;
        let columns = schema.fields().iter().map(|field| Some((field.name().clone(), kql_type(field)?)));
        Some(columns.flatten().collect())
    }
}

/// How much of a table there is.
#[derive(Clone, Debug, PartialEq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// The earliest and the latest `TimeGenerated`, in nanoseconds since 1970.
    pub times: Option<(i64, i64)>,
    /// How many Parquet files hold it; none when it lies in memory.
    pub files: usize,
    /// How many bytes it takes, on disk or in memory.
    pub bytes: u64,
}

impl Entry {
    fn columns(&self, name: &str) -> &[(String, Type)] {
        &self.known(name).all
    }

    fn known(&self, name: &str) -> &Columns {
        self.columns.get_or_init(|| {
            let known = tables::by_name(name).map_or(&[][..], |def| def.columns);
            let mut all: Vec<_> = known.iter().map(|column| (column.name.to_owned(), column.ty)).collect();
            let declared = all.len();
            for batch in &self.memory {
                merge_columns(&mut all, declared, &batch.schema());
            }
            let files: Vec<&DataFile> = self.folders.iter().flat_map(|folder| &folder.files).collect();
            let schema = |file: &&DataFile| match &file.facts {
                Some(facts) => Some(schema_of(&facts.columns)),
                // A file that cannot be read is reported by the scan, which has a place to say so.
                None => parquet::file_schema(file).ok(),
            };
            let schemas: Vec<SchemaRef> = local::on_threads(&files, schema).into_iter().flatten().collect();
            schemas.iter().for_each(|schema| merge_columns(&mut all, declared, schema));
            let outside = self.told_by_folders(&all[..declared], &schemas);
            for told in &outside {
                if all.iter().all(|(name, _)| *name != told.0) {
                    all.push(told.clone());
                }
            }
            Columns { all, outside }
        })
    }

    /// The columns that no file has and the names of folders tell.
    fn told_by_folders(&self, declared: &[(String, Type)], schemas: &[SchemaRef]) -> Vec<(String, Type)> {
        let mut told: Vec<(String, Type)> = Vec::new();
        for (name, _) in self.folders.iter().flat_map(|folder| &folder.named) {
            let is_inside = schemas.iter().any(|schema| schema.column_with_name(name).is_some());
            if is_inside || told.iter().any(|(known, _)| known == name) {
                continue;
            }
            let known = declared.iter().find(|(column, _)| column == name);
            let ty = known.map_or_else(|| hive::type_of(name, &self.folders, schemas), |(_, ty)| *ty);
            told.push((name.clone(), ty));
        }
        told
    }

    fn open(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let schema = plain_schema_of(self.columns(name));
        let memory = match self.memory.is_empty() && !self.folders.is_empty() {
            true => None,
            false => Some(self.open_memory(&schema)?),
        };
        let parquet = parquet::ParquetTable::open_all(&schema, &self.folders, &self.known(name).outside)?;
        let parts = memory.into_iter().map(|part| Arc::new(part) as Arc<dyn TableProvider>);
        let parts = parts.chain(parquet.into_iter().map(|part| Arc::new(part) as Arc<dyn TableProvider>));
        let mut parts: Vec<Arc<dyn TableProvider>> = parts.collect();
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Arc::new(parquet::Parts::new(schema, parts)),
        })
    }

    /// The rows in memory: one partition while they are few, so that small answers keep the order of the input.
    fn open_memory(&self, schema: &SchemaRef) -> Result<MemTable> {
        let batches = self.memory.iter().map(|batch| conform_batch(batch, schema));
        let batches: Vec<_> = batches.collect::<Result<_, _>>().map_err(engine_error)?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let partitions = match rows {
            0..PARALLEL_ROWS => 1,
            _ => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let share = batches.len().div_ceil(partitions).max(1);
        let partitions: Vec<Vec<RecordBatch>> = match batches.is_empty() {
            true => vec![vec![]],
            false => batches.chunks(share).map(<[RecordBatch]>::to_vec).collect(),
        };
        MemTable::try_new(Arc::clone(schema), partitions).map_err(engine_error)
    }

    fn info(&self, name: &str) -> Result<TableInfo> {
        let mut info = TableInfo { name: name.to_owned(), rows: 0, times: None, files: 0, bytes: 0 };
        for batch in &self.memory {
            info.rows += batch.num_rows() as u64;
            info.bytes += batch.get_array_memory_size() as u64;
            info.times = join_times(info.times, conform::time_range(batch));
        }
        for file in self.folders.iter().flat_map(|folder| &folder.files) {
            let (rows, bytes, times) = match &file.facts {
                Some(facts) => (facts.rows, facts.bytes, facts.times),
                None => parquet::file_summary(file)?,
            };
            info.files += 1;
            info.rows += rows;
            info.bytes += bytes;
            info.times = join_times(info.times, times);
        }
        Ok(info)
    }
}

/// Rows from which on a table in memory is spread over all processors.
const PARALLEL_ROWS: usize = 65_536;

/// Adds the columns of a batch or file to those of a table. Columns that a known table declares stay as declared;
/// others that come in several types get the widest number, or text.
fn merge_columns(columns: &mut Vec<(String, Type)>, declared: usize, schema: &Schema) {
    for field in schema.fields() {
        let Some(ty) = kql_type(field) else { continue };
        match columns.iter().position(|(name, _)| name == field.name()) {
            None => columns.push((field.name().clone(), ty)),
            Some(at) if at < declared || columns[at].1 == ty => {}
            Some(at) => columns[at].1 = columns[at].1.widest_number(ty).unwrap_or(Type::String),
        }
    }
}

/// The Arrow schema of KQL columns.
pub fn schema_of(columns: &[(String, Type)]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|(name, ty)| arrow_field(name, *ty)).collect::<Vec<_>>()))
}

/// The schema of columns without the names of their types: DataFusion compares what is said beside a field too, and
/// where rows of tables and computed ones meet it forgets that on the way.
pub(super) fn plain_schema_of(columns: &[(String, Type)]) -> SchemaRef {
    let plain = |(name, ty): &(String, Type)| arrow_field(name, *ty).with_metadata(HashMap::new());
    Arc::new(Schema::new(columns.iter().map(plain).collect::<Vec<_>>()))
}

fn join_times(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// An error of DataFusion or Arrow as ours.
fn engine_error(error: impl std::fmt::Display) -> Error {
    Error::Engine(error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::create_dir_all;

    use datafusion::arrow::array::ArrayRef;
    use datafusion::arrow::array::{
        Int32Array, ListArray, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    };
    use datafusion::arrow::datatypes::{DataType, Field, Int32Type, TimeUnit};
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use datafusion::logical_expr::{Expr, lit};
    use datafusion::parquet::arrow::ArrowWriter;
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::value::NANOS_PER_DAY;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
    }

    fn write(path: &Path, batch: &RecordBatch) {
        create_dir_all(path.parent().unwrap()).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
    }

    fn day(n: i64) -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from(vec![n * NANOS_PER_DAY]).with_timezone("UTC"))
    }

    fn time() -> Expr {
        Expr::Column(datafusion::common::Column::from_name("TimeGenerated"))
    }

    #[tokio::main(flavor = "current_thread")]
    async fn rows(catalog: &DataCatalog, table: &str, columns: &[&str], filter: Option<Expr>) -> String {
        let frame = SessionContext::new().read_table(catalog.provider(table).unwrap().unwrap()).unwrap();
        let frame = match filter {
            Some(filter) => frame.filter(filter).unwrap(),
            None => frame,
        };
        let exprs = columns.iter().map(|name| Expr::Column(datafusion::common::Column::from_name(*name)));
        let batches = frame.select(exprs).unwrap().collect().await.unwrap();
        pretty_format_batches(&batches).unwrap().to_string()
    }

    fn opened(root: &Path) -> DataCatalog {
        let mut catalog = DataCatalog::default();
        catalog.add_tables(root).unwrap();
        catalog
    }

    #[test]
    fn known_tables_without_data_are_empty() {
        let catalog = DataCatalog::default();
        assert!(catalog.table_names().is_empty());
        assert!(catalog.all_table_names().contains(&"ACSCallSummary".to_owned()));
        assert_eq!(catalog.table("ACSCallSurvey").unwrap()[0], ("TimeGenerated".to_owned(), Type::DateTime));
        assert_eq!(rows(&catalog, "ACSCallSummary", &["CallType"], None).lines().count(), 2);
        assert!(catalog.provider("Nothing").unwrap().is_none());
        assert!(catalog.table("Nothing").is_none());
    }

    #[test]
    fn foreign_files_are_adapted() {
        let root = tempfile::tempdir().unwrap();
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
        let moments = TimestampMicrosecondArray::from(vec![Some(1_000_000), None]);
        let foreign = batch(vec![
            ("CallType", Arc::new(StringArray::from(vec![Some("P2P"), None]))),
            ("CallDuration", Arc::new(Int32Array::from(vec![Some(6), None]))),
            ("TimeGenerated", Arc::new(moments)),
            ("extra", Arc::new(list)),
        ]);
        write(&root.path().join("ACSCallSummary/a.parquet"), &foreign);
        let catalog = opened(root.path());
        let columns = catalog.table("ACSCallSummary").unwrap();
        assert!(columns.contains(&("CallDuration".to_owned(), Type::Long)));
        assert_eq!(columns.last(), Some(&("extra".to_owned(), Type::Dynamic)));
        let provider = catalog.provider("ACSCallSummary").unwrap().unwrap();
        assert_eq!(provider.schema(), plain_schema_of(&columns));
        assert_eq!(
            rows(
                &catalog,
                "ACSCallSummary",
                &["CallType", "CallDuration", "extra", "TimeGenerated", "CorrelationId"],
                None
            ),
            "+----------+--------------+----------+----------------------+---------------+\n\
             | CallType | CallDuration | extra    | TimeGenerated        | CorrelationId |\n\
             +----------+--------------+----------+----------------------+---------------+\n\
             | P2P      | 6            | [1,null] | 1970-01-01T00:00:01Z |               |\n\
             |          |              |          |                      |               |\n\
             +----------+--------------+----------+----------------------+---------------+"
        );
        assert!(
            !rows(
                &catalog,
                "ACSCallSummary",
                &["CallType"],
                Some(Expr::Column(datafusion::common::Column::from_name("CallType")).eq(lit("")))
            )
            .contains("P2P")
        );
    }

    #[test]
    fn days_are_pruned() {
        let root = tempfile::tempdir().unwrap();
        let texts = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        write(
            &root.path().join("T/day=1970-01-02/a.parquet"),
            &batch(vec![("TimeGenerated", day(1)), ("x", texts("a"))]),
        );
        write(
            &root.path().join("T/day=1970-01-03/b.parquet"),
            &batch(vec![("TimeGenerated", day(2)), ("x", texts("b"))]),
        );
        // A file that no scan may open, since its day is filtered away.
        std::fs::write(root.path().join("T/day=1970-01-03/_c.parquet"), "not data").unwrap();
        let catalog = opened(root.path());
        let info = catalog.info().unwrap();
        assert_eq!((info[0].rows, info[0].files, info[0].times), (2, 2, Some((NANOS_PER_DAY, 2 * NANOS_PER_DAY))));
        std::fs::write(root.path().join("T/day=1970-01-03/b.parquet"), "damaged").unwrap();
        let until = |n: i64| {
            lit(datafusion::common::ScalarValue::TimestampNanosecond(Some(n * NANOS_PER_DAY), Some("UTC".into())))
        };
        assert!(rows(&catalog, "T", &["x"], Some(time().lt_eq(until(1)))).contains("| a |"));
    }

    #[test]
    fn memory_and_files_are_one_table() {
        let root = tempfile::tempdir().unwrap();
        let field = Field::new("TimeGenerated", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), true);
        assert_eq!(field.data_type(), day(1).data_type());
        write(&root.path().join("ACSCallSurvey.parquet"), &batch(vec![("TimeGenerated", day(1)), ("y", day(1))]));
        let mut catalog = opened(root.path());
        catalog.add_batch("ACSCallSurvey", batch(vec![("TimeGenerated", day(2)), ("x", day(2))]));
        let text = rows(&catalog, "ACSCallSurvey", &["TimeGenerated", "x", "y", "Type"], None);
        assert_eq!(text.matches("1970-01-0").count(), 4, "{text}");
        assert_eq!(catalog.info().unwrap()[0].rows, 2);
    }
}
