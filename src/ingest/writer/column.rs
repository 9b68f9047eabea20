//! One column of a row group: its pages, and what the footer tells of them.

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use datafusion::parquet::basic::{BoundaryOrder, Compression, Encoding, PageType};
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use datafusion::parquet::column::writer::ColumnCloseResult;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::page_index::offset_index::OffsetIndexMetaData;
use datafusion::parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use datafusion::parquet::schema::types::ColumnDescPtr;

use super::RowPlace;
use super::cell::Cell;
use super::gather::{self, Gathered};
use super::pages::{width_of, write_hybrid, write_run};
use crate::ingest::runs::type_of_values;

/// Rows of a page.
const PAGE_ROWS: usize = 20_000;

/// Bytes of values of a page.
const PAGE_BYTES: usize = 1 << 20;

/// How often a bloom filter may say that there is what there is not.
const BLOOM_ERRORS: f64 = 0.05;

/// Compresses pages, with what that takes kept from one to the next.
pub(super) enum Squeeze {
    Snappy(Box<snap::raw::Encoder>),
    Zstd(Box<zstd::bulk::Compressor<'static>>, Compression),
}

impl Squeeze {
    pub(super) fn new(compression: Compression) -> std::io::Result<Self> {
        match compression {
            Compression::ZSTD(level) => {
                Ok(Squeeze::Zstd(Box::new(zstd::bulk::Compressor::new(level.compression_level())?), compression))
            }
            _ => Ok(Squeeze::Snappy(Box::new(snap::raw::Encoder::new()))),
        }
    }

    fn compression(&self) -> Compression {
        match self {
            Squeeze::Snappy(_) => Compression::SNAPPY,
            Squeeze::Zstd(_, compression) => *compression,
        }
    }

    fn squeeze(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Squeeze::Snappy(encoder) => {
                encoder.compress_vec(bytes).map_err(|error| ParquetError::General(error.to_string()))
            }
            Squeeze::Zstd(compressor, _) => Ok(compressor.compress(bytes)?),
        }
    }
}

/// Writes a column of some rows of batches.
pub(super) fn write_column(
    kind: &ColumnDescPtr,
    batches: &[RecordBatch],
    column: usize,
    places: &[RowPlace],
    has_bloom: bool,
    squeeze: &mut Squeeze,
) -> Result<(Bytes, ColumnCloseResult)> {
    let Some(first) = batches.first() else { return Err(ParquetError::General("no rows".to_owned())) };
    let rows = places.len();
    match type_of_values(first.column(column)) {
        DataType::Boolean => write_cells(kind, &gather::truths(batches, column, places)?, rows, None, squeeze),
        DataType::Int32 => {
            let gathered = gather::numbers::<Int32Type>(batches, column, places, |n| n as u128)?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        DataType::Int64 => {
            let gathered = gather::numbers::<Int64Type>(batches, column, places, |n| n as u128)?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        DataType::Timestamp(..) => {
            let gathered = gather::numbers::<TimestampNanosecondType>(batches, column, places, |n| n as u128)?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        DataType::Duration(_) => {
            let gathered = gather::numbers::<DurationNanosecondType>(batches, column, places, |n| n as u128)?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        DataType::Float64 => {
            let gathered = gather::numbers::<Float64Type>(batches, column, places, |x| x.to_bits().into())?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        DataType::Decimal128(..) => {
            let gathered = gather::numbers::<Decimal128Type>(batches, column, places, |n| n as u128)?;
            write_cells(kind, &gathered, rows, None, squeeze)
        }
        _ => {
            let gathered = gather::texts(batches, column, places)?;
            let bloom = if has_bloom { Some(bloom_of(&gathered.values)?) } else { None };
            write_cells(kind, &gathered, rows, bloom, squeeze)
        }
    }
}

fn bloom_of(texts: &[&[u8]]) -> Result<Sbbf> {
    let mut bloom = Sbbf::new_with_ndv_fpp((texts.len() as u64).max(1), BLOOM_ERRORS)?;
    texts.iter().for_each(|text| bloom.insert(*text));
    Ok(bloom)
}

/// The least and the greatest of some cells.
struct Bounds<V>(Option<(V, V)>);

impl<V: Cell> Bounds<V> {
    fn add(&mut self, cell: V) {
        if !cell.is_ordered() {
            return;
        }
        self.0 = Some(match self.0 {
            None => (cell, cell),
            Some((least, greatest)) if cell < least => (cell, greatest),
            Some((least, greatest)) if greatest < cell => (least, cell),
            Some(known) => known,
        });
    }
}

/// A column that is being written.
struct Chunk<'s> {
    out: TrackedWrite<Vec<u8>>,
    squeeze: &'s mut Squeeze,
    compressed: i64,
    uncompressed: i64,
}

impl Chunk<'_> {
    fn write(&mut self, bytes: &[u8], page: impl FnOnce(Bytes) -> Page) -> Result<PageWriteSpec> {
        let squeezed = self.squeeze.squeeze(bytes)?;
        let page = CompressedPage::new(page(squeezed.into()), bytes.len());
        let spec = SerializedPageWriter::new(&mut self.out).write_page(page)?;
        self.compressed += spec.compressed_size as i64;
        self.uncompressed += spec.uncompressed_size as i64;
        Ok(spec)
    }
}

fn write_cells<V: Cell>(
    kind: &ColumnDescPtr,
    gathered: &Gathered<V>,
    rows: usize,
    bloom: Option<Sbbf>,
    squeeze: &mut Squeeze,
) -> Result<(Bytes, ColumnCloseResult)> {
    let Gathered { values, codes, present, is_distinct } = gathered;
    let has_codes = V::HAS_CODES && *is_distinct && !codes.is_empty();
    let encoding = if has_codes { Encoding::RLE_DICTIONARY } else { Encoding::PLAIN };
    let compression = squeeze.compression();
    let mut chunk = Chunk { out: TrackedWrite::new(Vec::new()), squeeze, compressed: 0, uncompressed: 0 };
    let mut encodings = Vec::new();
    let mut bytes = Vec::new();
    let mut dictionary_offset = None;
    if has_codes {
        V::put_all(values.iter().copied(), &mut bytes);
        let num_values = values.len() as u32;
        let spec = chunk.write(&bytes, |buf| Page::DictionaryPage {
            buf,
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })?;
        dictionary_offset = Some(spec.offset as i64);
        let page_type = PageType::DICTIONARY_PAGE;
        encodings.push(PageEncodingStats { page_type, encoding: Encoding::PLAIN, count: 1 });
    }
    let mut index = Index::new(kind, values.len());
    let (mut row, mut cell, mut count) = (0, 0, 0);
    let mut first_offset = None;
    while row < rows {
        let (row_end, cell_end) = page_end(gathered, rows, (row, cell), has_codes);
        bytes.clear();
        if kind.max_def_level() > 0 {
            write_levels(present.as_deref().map(|present| &present[row..row_end]), row_end - row, &mut bytes);
        }
        let page_codes = &codes[cell..cell_end];
        if has_codes {
            let width = width_of(values.len());
            bytes.push(width);
            write_hybrid(page_codes, width, &mut bytes);
        } else {
            V::put_all(page_codes.iter().map(|code| values[*code as usize]), &mut bytes);
        }
        let spec = chunk.write(&bytes, |buf| Page::DataPage {
            buf,
            num_values: (row_end - row) as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        })?;
        index.add(values, page_codes, row_end - row, &spec);
        first_offset = first_offset.or(Some(spec.offset as i64));
        count += 1;
        (row, cell) = (row_end, cell_end);
    }
    encodings.push(PageEncodingStats { page_type: PageType::DATA_PAGE, encoding, count });
    let nulls = (rows - codes.len()) as u64;
    let (least, greatest) = index.all.0.unzip();
    let mut used = vec![Encoding::PLAIN, Encoding::RLE];
    used.extend(has_codes.then_some(Encoding::RLE_DICTIONARY));
    let metadata = ColumnChunkMetaData::builder(ColumnDescPtr::clone(kind))
        .set_compression(compression)
        .set_encodings(used)
        .set_page_encoding_stats(encodings)
        .set_total_compressed_size(chunk.compressed)
        .set_total_uncompressed_size(chunk.uncompressed)
        .set_num_values(rows as i64)
        .set_data_page_offset(first_offset.unwrap_or_default())
        .set_dictionary_page_offset(dictionary_offset)
        .set_statistics(V::statistics(least, greatest, nulls))
        .build()?;
    let pages = Bytes::from(chunk.out.into_inner()?);
    let (column_index, offset_index) = index.finish()?;
    let closed = ColumnCloseResult {
        bytes_written: pages.len() as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: bloom,
        column_index,
        offset_index: Some(offset_index),
    };
    Ok((pages, closed))
}

/// Where the page ends that begins at a row and its cell.
fn page_end<V: Cell>(
    gathered: &Gathered<V>,
    rows: usize,
    (row, cell): (usize, usize),
    has_codes: bool,
) -> (usize, usize) {
    let Gathered { values, codes, present, .. } = gathered;
    let most = rows.min(row + PAGE_ROWS);
    if present.is_none() && has_codes {
        return (most, cell + most - row);
    }
    let (mut end, mut cell, mut bytes) = (row, cell, 0);
    while end < most && (bytes < PAGE_BYTES || has_codes) {
        if present.as_ref().is_none_or(|present| present[end]) {
            bytes += values[codes[cell] as usize].size();
            cell += 1;
        }
        end += 1;
    }
    (end, cell)
}

/// Appends which rows have a value.
fn write_levels(present: Option<&[bool]>, rows: usize, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    match present {
        Some(present) => {
            let levels: Vec<u32> = present.iter().map(|is_there| u32::from(*is_there)).collect();
            write_hybrid(&levels, 1, bytes);
        }
        None => write_run(1, rows, 1, bytes),
    }
    let length = (bytes.len() - start - 4) as u32;
    bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// What is told of each page.
struct Index<V> {
    columns: ColumnIndexBuilder,
    offsets: OffsetIndexBuilder,
    all: Bounds<V>,
    /// The page in which each value was seen last.
    seen: Vec<u32>,
    page: u32,
    last: Option<(V, V)>,
    is_ascending: bool,
    is_descending: bool,
}

impl<V: Cell> Index<V> {
    fn new(kind: &ColumnDescPtr, values: usize) -> Self {
        Self {
            columns: ColumnIndexBuilder::new(kind.physical_type()),
            offsets: OffsetIndexBuilder::new(),
            all: Bounds(None),
            seen: vec![0; values],
            page: 0,
            last: None,
            is_ascending: true,
            is_descending: true,
        }
    }

    fn add(&mut self, values: &[V], codes: &[u32], rows: usize, spec: &PageWriteSpec) {
        self.page += 1;
        let mut bounds = Bounds(None);
        for code in codes {
            let seen = &mut self.seen[*code as usize];
            if *seen != self.page {
                *seen = self.page;
                bounds.add(values[*code as usize]);
            }
        }
        self.offsets.append_row_count(rows as i64);
        self.offsets.append_offset_and_size(spec.offset as i64, spec.compressed_size as i32);
        let nulls = (rows - codes.len()) as i64;
        let Some((least, greatest)) = bounds.0 else {
            match codes.is_empty() {
                true => self.columns.append(true, Vec::new(), Vec::new(), nulls),
                // A page of what has no order has no bounds, and then none is told of any.
                false => self.columns.to_invalid(),
            }
            return;
        };
        if let Some((before_least, before_greatest)) = self.last.replace((least, greatest)) {
            self.is_ascending &= before_least <= least && before_greatest <= greatest;
            self.is_descending &= least <= before_least && greatest <= before_greatest;
        }
        self.all.add(least);
        self.all.add(greatest);
        let (least, greatest) = V::bounds(least, greatest);
        self.columns.append(false, least, greatest, nulls);
    }

    fn finish(mut self) -> Result<(Option<ColumnIndexMetaData>, OffsetIndexMetaData)> {
        self.columns.set_boundary_order(match (self.is_ascending, self.is_descending) {
            (true, _) => BoundaryOrder::ASCENDING,
            (false, true) => BoundaryOrder::DESCENDING,
            (false, false) => BoundaryOrder::UNORDERED,
        });
        let columns = if self.columns.valid() { Some(self.columns.build()?) } else { None };
        Ok((columns, self.offsets.build()))
    }
}
