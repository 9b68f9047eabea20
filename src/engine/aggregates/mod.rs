//! Aggregates that DataFusion lacks: one file per family, a row per accumulator.
