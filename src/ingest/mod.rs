//! Log files to Arrow to Parquet.
