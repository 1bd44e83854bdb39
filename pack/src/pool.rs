//! Threads that work side by side, and give what they made in the order in which it was asked for.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// Works off pieces of work in several threads; with one thread in that of the caller.
pub(crate) struct Pool<T> {
    threads: Vec<JoinHandle<()>>,
    /// None once no more work comes.
    queue: Option<Sender<(Work<T>, Sender<T>)>>,
    made: VecDeque<Place<T>>,
    /// Nobody waits for what is not begun yet.
    is_over: Arc<AtomicBool>,
}

enum Place<T> {
    Done(T),
    Coming(Receiver<T>),
}

impl<T: Send + 'static> Pool<T> {
    pub(crate) fn new(threads: usize) -> Self {
        let (queue, works) = channel();
        let works = Arc::new(Mutex::new(works));
        let is_over = Arc::new(AtomicBool::new(false));
        // Where a thread cannot be started, the others do its work, or the caller does.
        let threads = (1..=threads.max(1))
            .filter(|_| threads > 1)
            .filter_map(|_| {
                let (works, is_over) = (Arc::clone(&works), Arc::clone(&is_over));
                thread::Builder::new()
                    .spawn(move || work(&works, &is_over))
                    .ok()
            })
            .collect();
        Self {
            threads,
            queue: Some(queue),
            made: VecDeque::new(),
            is_over,
        }
    }

    /// How many work beside the caller; none when it does the work itself.
    pub(crate) fn threads(&self) -> usize {
        self.threads.len()
    }

    /// How many pieces of work keep all threads busy.
    pub(crate) fn is_full(&self) -> bool {
        self.made.len() > 2 * self.threads.len()
    }

    pub(crate) fn begin(&mut self, work: impl FnOnce() -> T + Send + 'static) {
        let place = match &self.queue {
            Some(queue) if !self.threads.is_empty() => {
                let (into, made) = channel();
                match queue.send((Box::new(work), into)) {
                    Ok(()) => Place::Coming(made),
                    // All threads are gone.
                    Err(back) => Place::Done(back.0.0()),
                }
            }
            _ => Place::Done(work()),
        };
        self.made.push_back(place);
    }

    /// What was begun first, once it is made; nothing when there is nothing more.
    ///
    /// # Panics
    /// When the work did.
    pub(crate) fn next(&mut self) -> Option<T> {
        Some(match self.made.pop_front()? {
            Place::Done(made) => made,
            Place::Coming(made) => made.recv().expect("no piece of work panics"),
        })
    }
}

/// Ends with the queue.
fn work<T>(works: &Mutex<Receiver<(Work<T>, Sender<T>)>>, is_over: &AtomicBool) {
    loop {
        let next = works.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((work, into)) = next else { return };
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        // Nobody may want it any more.
        let _ = into.send(work());
    }
}

impl<T> Drop for Pool<T> {
    fn drop(&mut self) {
        self.queue = None;
        self.is_over.store(true, Ordering::Relaxed);
        // What is begun ends soon; nothing goes on behind the back of who had asked for it.
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
