use crate::{Mistake, Plan, Source, Step, mistake::child};

/// Most results of one job: its end writes each of them, and has to come to an end itself.
pub const MAX_RESULTS: usize = 1_000;

/// What is wrong with steps that [`parse`](crate::parse) took, when there are so many inputs.
/// `pointer` is where the list of steps stands.
pub fn check_inputs(steps: &[Step], inputs: usize, pointer: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        for (place, source) in step.from().iter().enumerate() {
            if let Source::Input(input) = source
                && *input >= inputs
            {
                let pointer = child(&child(&child(pointer, index), "from"), place);
                let detail = format!("there is no input {input}; there are {inputs}, from 0");
                mistakes.push(Mistake::new(pointer, detail));
            }
        }
    }
    let results = Plan::of(steps).results(steps, inputs);
    if results > MAX_RESULTS {
        let detail = format!(
            "these steps make {results} results of {inputs} inputs; a job has at most {MAX_RESULTS}"
        );
        mistakes.push(Mistake::new(pointer, detail));
    }
    mistakes
}
