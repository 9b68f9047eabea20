//! Text to tree. Knows no tables, no functions and no types of columns: any well-formed text parses.

pub mod ast;
