//! What the work says, in the words of the engine.

use filittle_common::Error;
use filittle_common::domain::{Item, ItemState, Job};
use filittle_common::problem::{Kind, Problem};
use filittle_transform::ItemReport;

/// Each input's end.
pub(crate) fn items(job: &Job, reports: &[ItemReport]) -> Vec<Item> {
    job.items
        .iter()
        .zip(reports)
        .map(|(item, report)| {
            let error = report.result.as_ref().err().map(problem);
            let state = if error.is_some() {
                ItemState::Failed
            } else {
                ItemState::Succeeded
            };
            Item {
                state,
                error,
                notes: report.notes.clone(),
                ..item.clone()
            }
        })
        .collect()
}

/// What a client is told of a bad input.
fn problem(error: &filittle_transform::Error) -> Problem {
    let kind = Kind::from_code(error.code()).unwrap_or(Kind::CannotBeProcessed);
    Problem::new(kind, error.to_string())
}

/// Whether what failed may be there again soon: a disk that is full, a server that is away. What
/// the machine itself refuses passes; what our own code calls broken does not.
pub(crate) fn is_passing(error: &Error) -> bool {
    error.is_passing() || error.is_full()
}
