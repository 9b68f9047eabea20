//! Window functions over rows in order: what DataFusion lacks.
