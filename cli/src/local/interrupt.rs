//! Ctrl-C, and being told to end: the runs end at their next row or block, and their temporary files
//! are removed.

use std::{
    fs,
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};

use tokio::signal::unix::{SignalKind, signal};

use super::board::Board;

/// Which signal came; none yet is 0.
#[derive(Clone, Default)]
pub(super) struct Interrupted(Arc<AtomicU8>);

impl Interrupted {
    /// What a shell says of a program that the signal has ended.
    pub(super) fn code(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            number => Some(128 + number),
        }
    }
}

/// Cancels what is on the board when the user interrupts, the terminal closes or the system ends
/// the process.
pub(super) fn watch(board: &Board) -> Interrupted {
    let interrupted = Interrupted::default();
    let (board, came) = (board.clone(), interrupted.clone());
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        // Without a handler the system ends the process, as for most programs.
        return interrupted;
    };
    let Ok(signal) = runtime.block_on(async { signals() }) else {
        return interrupted;
    };
    thread::spawn(move || {
        let number = runtime.block_on(signal);
        came.0.store(number, Ordering::Relaxed);
        board.cancel();
    });
    interrupted
}

/// Ends with the number of the first signal that comes.
fn signals() -> io::Result<impl Future<Output = u8>> {
    let mut hangup = if hangup_ends_it() {
        Some(signal(SignalKind::hangup())?)
    } else {
        None
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            Some(()) = async { hangup.as_mut()?.recv().await } => 1,
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
        }
    })
}

/// `nohup` has a program outlive its terminal: it starts it with SIGHUP ignored, and a handler
/// would undo that. Where the system does not tell, the signal keeps what it does by itself.
fn hangup_ends_it() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Signal 1 is bit 0.
    ignored.is_some_and(|ignored| ignored & 1 == 0)
}
