//! Scripts: the requests of files one after the other, what is expected of their answers, and reports of it all.

mod compare;
mod files;
mod outcome;
mod report;
mod run;

pub use compare::{ExpectFrom, Expectations, count_of};
pub use files::Destination;
pub use outcome::{Outcome, Ran, exit_code};
pub use report::{junit, transcript};
pub use run::{OnFailure, Script, Settings, run_scripts};
