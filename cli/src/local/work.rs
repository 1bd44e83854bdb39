//! Runs the transform over the inputs.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use filittle_steps::Step;
use filittle_transform::{Error, Input, Limits, run};

use super::{
    board::Board,
    inputs::Source,
    report::{Failure, Item},
    results::{Results, Written},
    target::Target,
};

/// The limits of pictures are those of the service; what is written is the user's own disk.
fn limits(threads: usize) -> Limits {
    Limits {
        threads,
        output_bytes: u64::MAX,
        spool_bytes: u64::MAX,
        ..Limits::default()
    }
}

/// Each input on its own, several at a time.
pub(super) fn side_by_side(
    steps: &[Step],
    sources: Vec<Source>,
    target: &Target,
    board: &Board,
    threads: usize,
) -> Vec<Item> {
    let count = sources.len();
    let sources: Vec<_> = sources
        .into_iter()
        .map(|source| Mutex::new(Some(source)))
        .collect();
    let items: Vec<_> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    // Fewer inputs than threads share them.
    let of_each = threads / count.clamp(1, threads);
    let work = || {
        while let Some((source, item)) = at(&sources, &items, next.fetch_add(1, Ordering::Relaxed))
        {
            let Some(source) = take(source) else { continue };
            let done = one(steps, source, target, board, of_each);
            if let Ok(mut slot) = item.lock() {
                *slot = Some(done);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(work);
        }
    });
    items.iter().filter_map(take).collect()
}

type Slot<T> = Mutex<Option<T>>;

fn at<'a, S, I>(sources: &'a [S], items: &'a [I], index: usize) -> Option<(&'a S, &'a I)> {
    sources.get(index).zip(items.get(index))
}

fn take<T>(slot: &Slot<T>) -> Option<T> {
    slot.lock().ok()?.take()
}

fn one(steps: &[Step], source: Source, target: &Target, board: &Board, threads: usize) -> Item {
    let Source { shown, input } = source;
    let input = match input {
        Ok(input) => input,
        Err(error) => return Item::failed(shown, (&error).into()),
    };
    let (result, written) = attempt(steps, &mut [input], (target, board), threads);
    let failure = match result {
        Ok(mut results) => results.pop().and_then(Result::err),
        Err(error) => Some(error),
    };
    let output = written.into_iter().next();
    Item {
        input: shown,
        output,
        failure: failure.as_ref().map(Failure::from),
    }
}

/// All inputs that can be opened into one result.
pub(super) fn together(
    steps: &[Step],
    sources: Vec<Source>,
    target: &Target,
    board: &Board,
    threads: usize,
) -> Vec<Item> {
    let (mut items, mut inputs, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let failure = match source.input {
            Ok(input) => {
                inputs.push(input);
                places.push(items.len());
                None
            }
            Err(error) => Some(Failure::from(&error)),
        };
        items.push(Item {
            input: source.shown,
            output: None,
            failure,
        });
    }
    if inputs.is_empty() {
        return items;
    }
    let (result, written) = attempt(steps, &mut inputs, (target, board), threads);
    match result {
        Ok(results) => {
            for (place, result) in places.into_iter().zip(results) {
                items[place].failure = result.err().as_ref().map(Failure::from);
                items[place].output = written.first().cloned();
            }
        }
        Err(error) => places.into_iter().for_each(|place| {
            items[place].failure = Some(Failure::from(&error));
        }),
    }
    for item in items.iter_mut().filter(|item| item.failure.is_some()) {
        item.output = None;
    }
    items
}

type Ended = (Result<Vec<Result<(), Error>>, Error>, Vec<Written>);

fn attempt(
    steps: &[Step],
    inputs: &mut [Input],
    (target, board): (&Target, &Board),
    threads: usize,
) -> Ended {
    let monitor = board.monitor(inputs.iter().map(|input| input.size).sum());
    let mut results = Results::new(target);
    let ended = run(steps, inputs, &mut results, &limits(threads), &monitor);
    let ended = ended.map(|reports| reports.into_iter().map(|report| report.result).collect());
    (ended, results.written)
}
