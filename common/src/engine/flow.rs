//! Who shares a lane with whom, and how.

use crate::domain::{Job, Priority};
use crate::ids::OwnerId;
use crate::queue::Lane;
use crate::store::flows::Flow;
use crate::store::work::Work;

/// What the tags of a flow of weight 1 are apart.
const STRIDE: i64 = 16_000;

/// A flow is an owner with a priority, so that an urgent job of an owner with a long queue starts
/// near the front, and nothing starves.
pub(super) fn flow(lane: Lane, job: &Job) -> Flow {
    of(lane.number(), job.owner_id, class(job.priority))
}

/// The flow of a row.
pub(super) fn flow_of(work: &Work) -> Flow {
    of(work.lane, work.owner_id, work.class)
}

fn of(lane: i16, owner: OwnerId, class: i16) -> Flow {
    Flow {
        lane,
        owner,
        class,
        stride: STRIDE / weight(class),
    }
}

fn class(priority: Priority) -> i16 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
    }
}

fn weight(class: i16) -> i64 {
    match class {
        0 => 1,
        1 => 4,
        _ => 16,
    }
}
