//! Ctrl-C: the runs end at their next row or block, and their temporary files are removed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::board::Board;

/// Cancels what is on the board when the user interrupts. The flag tells whether that happened.
pub(super) fn watch(board: &Board) -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (board, flag) = (board.clone(), Arc::clone(&interrupted));
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        // Without a handler the system ends the process, as for most programs.
        return interrupted;
    };
    thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            flag.store(true, Ordering::Relaxed);
            board.cancel();
        }
    });
    interrupted
}
