//! Runs the transform over the inputs.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use filittle_steps::Step;
use filittle_transform::{Error, Input, ItemReport, Limits, run};

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
        // As every program unpacks what its user wants it to.
        expansion: u64::MAX,
        entries: 10_000_000,
        outputs: usize::MAX,
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
    let Source { shown, input, .. } = source;
    let input = match input {
        Ok(input) => input,
        Err(error) => return Item::failed(shown, (&error).into()),
    };
    let (result, written) = attempt(steps, &mut [input], (target, board), threads);
    let (failure, notes) = match result {
        Ok(mut reports) => reports.pop().map_or_else(Default::default, ended),
        Err(error) => (Some((&error).into()), Vec::new()),
    };
    Item {
        input: shown,
        outputs: written,
        failure,
        notes,
    }
}

/// How an input ended, and what is to be said of it.
fn ended(report: ItemReport) -> (Option<Failure>, Vec<String>) {
    let failure = report.result.err().as_ref().map(Failure::from);
    (failure, report.notes)
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
            outputs: Vec::new(),
            failure,
            notes: Vec::new(),
        });
    }
    if inputs.is_empty() {
        return items;
    }
    let (result, written) = attempt(steps, &mut inputs, (target, board), threads);
    match result {
        Ok(reports) => {
            for (place, report) in places.into_iter().zip(reports) {
                let item = &mut items[place];
                (item.failure, item.notes) = ended(report);
                item.outputs = written.first().cloned().into_iter().collect();
            }
        }
        Err(error) => places.into_iter().for_each(|place| {
            items[place].failure = Some(Failure::from(&error));
        }),
    }
    for item in items.iter_mut().filter(|item| item.failure.is_some()) {
        item.outputs.clear();
    }
    items
}

type Ended = (Result<Vec<ItemReport>, Error>, Vec<Written>);

fn attempt(
    steps: &[Step],
    inputs: &mut [Input],
    (target, board): (&Target, &Board),
    threads: usize,
) -> Ended {
    let monitor = board.monitor(inputs.iter().filter_map(|input| input.size).sum());
    let mut results = Results::new(target);
    let ended = run(steps, inputs, &mut results, &limits(threads), &monitor);
    match ended.and_then(|reports| Ok((reports, results.keep()?))) {
        Ok((reports, written)) => (Ok(reports), written),
        Err(error) => (Err(error), Vec::new()),
    }
}
