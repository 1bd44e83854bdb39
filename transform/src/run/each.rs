//! Results of single files.

use filittle_steps::{Target, Way};

use super::{Run, State, made_before, walk::Stretch};
use crate::{Error, Input, Outputs};

impl Run<'_> {
    /// Every input that comes to this step to outputs of its own, and so what was gathered before.
    pub(super) fn each(
        &self,
        target: &Target,
        inputs: &mut [Input],
        state: &mut State,
        outputs: &mut dyn Outputs,
    ) -> Result<(), Error> {
        for index in 0..inputs.len() {
            let ways: Vec<&Way> = target.ways.iter().filter(|way| way.is_of(index)).collect();
            if ways.is_empty() || state.reports[index].result.is_err() {
                continue;
            }
            let item = self.item(state, inputs, index);
            let count = ways.iter().map(|way| way.steps.len()).sum();
            let (mut done, mut result) = (0, Ok(()));
            let before = (self.delivered.get(), self.budget.kept(), state.names.mark());
            for way in ways {
                let stretch = Stretch { done, count };
                let State { names, reports, .. } = state;
                let report = &mut reports[index];
                result = self.go(
                    way,
                    &mut inputs[index],
                    &item,
                    stretch,
                    &mut |value, work| {
                        let of = (target.step, Some(index));
                        self.deliver(value, of, names, outputs, work)?;
                        report.is_delivered = true;
                        Ok(())
                    },
                );
                if result.is_err() {
                    break;
                }
                done += way.steps.len();
            }
            item.note(result, &mut state.reports[index])?;
            if state.reports[index].result.is_err() && self.delivered.get() > before.0 {
                // The others have the room that it took.
                outputs.discard(Some(index))?;
                self.delivered.set(before.0);
                self.budget.go_back(before.1);
                state.names.go_back(before.2);
            }
        }
        self.each_made(target, state, outputs)
    }

    fn each_made(
        &self,
        target: &Target,
        state: &mut State,
        outputs: &mut dyn Outputs,
    ) -> Result<(), Error> {
        let of = (target.step, None);
        for way in &target.ways {
            let Some(made) = made_before(way).and_then(|step| state.made.get(&step)) else {
                continue;
            };
            let work = self.work();
            let names = &mut state.names;
            let result = self.go_on(way, made, &work, &mut |value, work| {
                self.deliver(value, of, names, outputs, work)
            });
            if let Err(error) = result {
                state.sink(error)?;
            }
        }
        Ok(())
    }
}
