//! What the system allows a process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as any run needs; systems that say there is no limit have one about here.
const OPEN_FILES: u64 = 65_536;

/// Inputs are held open, and a process may usually open 1,024 files only until it asks for more, which
/// is for its own good: `select` knows no higher numbers. Nothing here uses that.
pub(super) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        // Where that fails, files that are too many fail alone, and are told.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}
