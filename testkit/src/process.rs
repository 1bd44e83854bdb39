use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// A program under test, with what it writes. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    shared: Arc<Shared>,
    input: Option<ChildStdin>,
    /// How many lines [`Process::wait_for_line`] has gone past.
    read: usize,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    child: Child,
    lines: Vec<Line>,
    open_streams: u8,
    /// Set in the same moment as the process is reaped: without it, the process id is still ours.
    status: Option<ExitStatus>,
}

#[derive(Debug)]
struct Line {
    stream: Stream,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Output,
    Errors,
}

impl Process {
    /// Starts `command` with pipes for all three standard streams.
    pub fn start(mut command: Command) -> Self {
        let name = command.get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let pid = Pid::from_child(&child);
        let input = child.stdin.take();
        let output = child
            .stdout
            .take()
            .expect("the output was made a pipe above");
        let errors = child
            .stderr
            .take()
            .expect("the errors were made a pipe above");
        let state = State {
            child,
            lines: Vec::new(),
            open_streams: 2,
            status: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        shared.follow(Stream::Output, output);
        shared.follow(Stream::Errors, errors);
        shared.reap(pid);
        Self {
            name,
            pid,
            shared,
            input,
            read: 0,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits for a line, of output or errors, that contains `part`, and returns it whole. The next
    /// call goes on after that line.
    pub fn wait_for_line(&mut self, part: &str, limit: Duration) -> String {
        let (read, line) = self.wait_until(&format!("write {part:?}"), limit, |state| {
            let new = state.lines.iter().enumerate().skip(self.read);
            let found = new.into_iter().find(|(_, line)| line.text.contains(part));
            found.map(|(at, line)| (at + 1, line.text.clone()))
        });
        self.read = read;
        line
    }

    /// Waits until the process has ended and all it wrote is here.
    pub fn wait(&self, limit: Duration) -> ExitStatus {
        self.wait_until("end", limit, |state| {
            state.status.filter(|_| state.open_streams == 0)
        })
    }

    /// Sends a signal; a process that has ended gets none.
    pub fn signal(&self, signal: Signal) {
        self.shared.signal(self.pid, signal);
    }

    /// Writes one line to its standard input.
    pub fn write_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the standard input was closed");
        writeln!(input, "{line}")
            .unwrap_or_else(|error| panic!("{} takes no input: {error}", self.name));
    }

    /// Closes its standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The lines of standard output so far.
    pub fn output(&self) -> Vec<String> {
        self.shared.lock().texts(Stream::Output)
    }

    /// The lines of standard error so far.
    pub fn errors(&self) -> Vec<String> {
        self.shared.lock().texts(Stream::Errors)
    }

    fn wait_until<T>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + limit;
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = look(&state) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let ended = state.status.filter(|_| state.open_streams == 0);
            if let Some(status) = ended {
                let text = state.transcript();
                drop(state);
                panic!(
                    "{} ended ({status}) and did not {what}. It wrote:\n{text}",
                    self.name
                );
            }
            if left.is_zero() {
                let text = state.transcript();
                drop(state);
                panic!(
                    "{} did not {what} within {limit:?}. It wrote:\n{text}",
                    self.name
                );
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        const LIMIT: Duration = Duration::from_secs(10);
        self.signal(Signal::KILL);
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, LIMIT, |s| s.status.is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if thread::panicking() {
            #[expect(
                clippy::print_stderr,
                reason = "the test failed; this is what it will need"
            )]
            {
                eprintln!("{} wrote:\n{}", self.name, state.transcript());
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, pid: Pid, signal: Signal) {
        let state = self.lock();
        if state.status.is_none() {
            // It may have ended already; until it is reaped, the signal goes to nobody else.
            let _ = kill_process(pid, signal);
        }
    }

    /// Collects the lines of one stream on a thread of their own.
    fn follow(self: &Arc<Self>, stream: Stream, pipe: impl Read + Send + 'static) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let mut lines = BufReader::new(pipe).split(b'\n');
            while let Some(Ok(line)) = lines.next() {
                let text = String::from_utf8_lossy(&line)
                    .trim_end_matches('\r')
                    .to_owned();
                shared.lock().lines.push(Line { stream, text });
                shared.changed.notify_all();
            }
            shared.lock().open_streams -= 1;
            shared.changed.notify_all();
        });
    }

    /// Waits for the end on a thread, and takes the status under the lock: so nobody can send a
    /// signal to a process id that is no longer ours.
    fn reap(self: &Arc<Self>, pid: Pid) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
            let mut state = shared.lock();
            state.status = state.child.wait().ok();
            drop(state);
            shared.changed.notify_all();
        });
    }
}

impl State {
    fn texts(&self, stream: Stream) -> Vec<String> {
        let lines = self.lines.iter().filter(|line| line.stream == stream);
        lines.map(|line| line.text.clone()).collect()
    }

    fn transcript(&self) -> String {
        self.lines.iter().fold(String::new(), |mut text, line| {
            let mark = if line.stream == Stream::Errors {
                "!"
            } else {
                " "
            };
            let _ = writeln!(text, "{mark} {}", line.text);
            text
        })
    }
}
