use crate::{Arity, Source, Step};

/// Steps may be combined so that their files multiply; a file takes at most so many ways.
pub const MAX_WAYS: usize = 100;

/// The ways that files take through the steps: what each result, and each archive that later steps
/// work on, is made of.
///
/// A step that is worked on each file alone belongs to every way that leads through it. What two
/// ways have in common is done for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they can be made.
    pub targets: Vec<Target>,
}

/// A step whose files are kept: those of the last steps are results, those of a gathering step in
/// the middle are where other ways begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The index of the step.
    pub step: usize,
    /// Whether no other step works on it.
    pub is_result: bool,
    /// How files come to it. A gathering step is not part of its own ways.
    pub ways: Vec<Way>,
}

/// Steps one behind the other, each on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Which files come this way.
    pub start: Start,
    /// Indices of steps.
    pub steps: Vec<usize>,
}

/// Where a way begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// At each input.
    Inputs,
    /// At one input.
    Input(usize),
    /// At what a gathering step made.
    Made(usize),
}

impl Plan {
    /// How many results there are of so many inputs, when nothing fails.
    pub fn results(&self, steps: &[Step], inputs: usize) -> usize {
        let results = self.targets.iter().filter(|target| target.is_result);
        results
            .map(|target| match steps[target.step].arity() {
                Arity::Gather => 1,
                Arity::Each | Arity::Spread => {
                    target.ways.iter().map(|way| way.files(inputs)).sum()
                }
            })
            .sum()
    }
}

impl Way {
    fn files(&self, inputs: usize) -> usize {
        match self.start {
            Start::Inputs => inputs,
            Start::Input(_) | Start::Made(_) => 1,
        }
    }

    /// Whether the input at this place comes this way.
    pub fn is_of(&self, input: usize) -> bool {
        match self.start {
            Start::Inputs => true,
            Start::Input(only) => only == input,
            Start::Made(_) => false,
        }
    }

    fn and(&self, step: usize) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self {
            start: self.start,
            steps,
        }
    }
}

/// What a step works on, resolved.
#[derive(Clone, Copy)]
enum From {
    Inputs,
    Input(usize),
    Step(usize),
}

impl Plan {
    /// Of steps that were read by [`parse`](crate::parse).
    pub fn of(steps: &[Step]) -> Self {
        let mut ways: Vec<Vec<Way>> = Vec::with_capacity(steps.len());
        let mut targets = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let into = from(steps, index)
                .into_iter()
                .flat_map(|from| begin(from, &ways))
                .collect::<Vec<_>>();
            let is_result = !is_used(steps, index);
            let gathers = step.arity() == Arity::Gather;
            let through: Vec<_> = into.iter().map(|way| way.and(index)).collect();
            if gathers || is_result {
                let ways = if gathers { into } else { through.clone() };
                targets.push(Target {
                    step: index,
                    is_result,
                    ways,
                });
            }
            ways.push(if gathers {
                vec![Way {
                    start: Start::Made(index),
                    steps: Vec::new(),
                }]
            } else {
                through
            });
        }
        // What gathers results comes last: by then it is known of each input whether it failed.
        let (last, mut targets): (Vec<_>, Vec<_>) =
            (targets.into_iter()).partition(|target: &Target| {
                target.is_result && steps[target.step].arity() == Arity::Gather
            });
        targets.extend(last);
        Self { targets }
    }
}

/// How many ways lead to each step; found without going them.
pub(crate) fn counts(steps: &[Step]) -> Vec<usize> {
    let mut counts: Vec<usize> = Vec::with_capacity(steps.len());
    for index in 0..steps.len() {
        let into = from(steps, index).into_iter().map(|from| match from {
            From::Inputs | From::Input(_) => 1,
            From::Step(before) if steps[before].arity() == Arity::Gather => 1,
            From::Step(before) => counts[before],
        });
        let count = into.fold(0, usize::saturating_add);
        counts.push(count);
    }
    counts
}

fn from(steps: &[Step], index: usize) -> Vec<From> {
    let named = steps[index].from();
    if named.is_empty() {
        return vec![match index.checked_sub(1) {
            Some(before) => From::Step(before),
            None => From::Inputs,
        }];
    }
    let resolve = |source: &Source| match source {
        Source::Input(input) => Some(From::Input(*input)),
        Source::Step(id) => {
            let found = steps[..index].iter().position(|step| step.id() == Some(id));
            found.map(From::Step)
        }
    };
    named.iter().filter_map(resolve).collect()
}

fn is_used(steps: &[Step], index: usize) -> bool {
    (index + 1..steps.len()).any(|later| {
        let of = |from: &From| matches!(from, From::Step(step) if *step == index);
        from(steps, later).iter().any(of)
    })
}

fn begin(from: From, ways: &[Vec<Way>]) -> Vec<Way> {
    let start = match from {
        From::Step(step) => return ways[step].clone(),
        From::Inputs => Start::Inputs,
        From::Input(input) => Start::Input(input),
    };
    vec![Way {
        start,
        steps: Vec::new(),
    }]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Each target as a line: its step, `=` for a result, and its ways.
    fn plan(steps: &Value) -> Vec<String> {
        let steps = crate::parse(steps, "/steps").expect("right steps");
        let way = |way: &Way| {
            let start = match way.start {
                Start::Inputs => "all".to_owned(),
                Start::Input(input) => format!("input{input}"),
                Start::Made(step) => format!("made{step}"),
            };
            way.steps
                .iter()
                .fold(start, |text, step| format!("{text}>{step}"))
        };
        (Plan::of(&steps).targets.iter())
            .map(|target| {
                let kept = if target.is_result { "=" } else { "" };
                let ways: Vec<_> = target.ways.iter().map(way).collect();
                format!("{}{kept} {}", target.step, ways.join(" "))
            })
            .collect()
    }

    #[test]
    fn steps_in_a_row_are_one_way() {
        let list = json!([{"op": "resize", "width": 9}, {"op": "dither"}]);
        assert_eq!(plan(&list), ["1= all>0>1"]);
    }

    #[test]
    fn an_archive_is_where_others_begin() {
        let list = json!([
            {"op": "dither"}, {"op": "compress", "format": "zip"}, {"op": "compress"},
        ]);
        assert_eq!(plan(&list), ["1 all>0", "2= made1>2"]);
    }

    #[test]
    fn a_step_goes_on_from_what_it_names() {
        let list = json!([
            {"op": "resize", "id": "small", "width": 9},
            {"op": "dither", "id": "dots", "from": ["input:0", "small"]},
            {"op": "compress", "format": "zip", "from": ["small", "dots"]},
            {"op": "convert", "format": "jpeg", "from": ["small"]},
        ]);
        assert_eq!(plan(&list), ["3= all>0>3", "2= all>0 input0>1 all>0>1"]);
        let steps = crate::parse(&list, "/steps").expect("right steps");
        assert_eq!(Plan::of(&steps).results(&steps, 5), 1 + 5);
    }

    #[test]
    fn files_that_multiply_are_counted_without_going_their_ways() {
        let mut list = vec![json!({"op": "dither", "id": "s0"})];
        for n in 1..20 {
            let before: Vec<_> = (0..n).map(|step| format!("s{step}")).collect();
            list.push(json!({"op": "dither", "id": format!("s{n}"), "from": before}));
        }
        let mistakes = crate::parse(&Value::from(list), "/steps").expect_err("too many");
        assert!(mistakes[0].detail.contains("100"), "{mistakes:?}");
    }
}
