//! Files that hold several requests: where one ends and the next begins, what their comments ask for, and formatting.

mod block;
mod difference;
mod expect;
mod format;

pub use block::{Block, BlockKind, Progress, blocks, has_answer, is_request, is_whole, progress};
pub use difference::difference;
pub use expect::{Compared, ErrorWanted, Expectation, Expected, expectations};
pub use format::{Formatted, format_script};
