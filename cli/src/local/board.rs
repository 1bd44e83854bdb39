//! All runs in sight: their progress together, and a way to cancel them.

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use filittle_transform::Monitor;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{inputs::Source, pipe::Pipe};

/// The monitors of all runs; clones share them.
#[derive(Clone)]
pub(super) struct Board {
    monitors: Arc<Mutex<Vec<Monitor>>>,
    cancelled: Arc<AtomicBool>,
    quiet: bool,
}

const REFRESH: Duration = Duration::from_millis(100);

impl Board {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            monitors: Arc::default(),
            cancelled: Arc::default(),
            quiet,
        }
    }

    /// A monitor for one more run.
    pub(super) fn monitor(&self, bytes: u64) -> Monitor {
        let monitor = Monitor::new(bytes);
        if let Ok(mut monitors) = self.monitors.lock() {
            monitors.push(monitor.clone());
        }
        // After it is in the list, so that a cancel meets it there or here.
        if self.cancelled.load(Ordering::SeqCst) {
            monitor.cancel();
        }
        monitor
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        self.monitors
            .lock()
            .iter()
            .flat_map(|monitors| monitors.iter())
            .for_each(Monitor::cancel);
    }

    fn done(&self) -> u64 {
        let monitors = self.monitors.lock();
        monitors
            .iter()
            .flat_map(|all| all.iter())
            .map(|monitor| monitor.snapshot().done)
            .sum()
    }

    /// A progress bar on standard error, if that is a terminal.
    pub(super) fn show(&self, sources: &[Source]) -> Bar {
        if self.quiet || !io::stderr().is_terminal() {
            return Bar(None);
        }
        let inputs = sources
            .iter()
            .filter_map(|source| source.input.as_ref().ok());
        let sizes: Option<Vec<u64>> = inputs.map(|input| input.size).collect();
        let template = match sizes {
            Some(_) => "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            // Nobody knows how much comes from a pipe.
            None => "{bytes} {bytes_per_sec}",
        };
        let total = sizes.map(|sizes| sizes.iter().sum());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let pipes: Vec<Pipe> = sources.iter().filter_map(|it| it.pipe.clone()).collect();
        let (stop, stopped) = mpsc::channel::<()>();
        let board = self.clone();
        let drawing = thread::spawn(move || {
            while stopped.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                let piped: u64 = pipes.iter().map(Pipe::read).sum();
                bar.set_position(board.done() + piped);
            }
            bar.finish_and_clear();
        });
        Bar(Some((stop, drawing)))
    }
}

/// A progress bar that is being drawn, or none.
pub(super) struct Bar(Option<(Sender<()>, JoinHandle<()>)>);

impl Bar {
    /// Takes the bar away.
    pub(super) fn finish(self) {
        if let Some((stop, drawing)) = self.0 {
            drop(stop);
            // A bar that panicked is no reason to fail.
            let _ = drawing.join();
        }
    }
}
