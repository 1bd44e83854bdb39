use filittle_steps::Step;

use crate::{Error, Input, ItemReport, Limits, Monitor, Outputs};

/// Works the steps off on the inputs.
pub fn run(
    steps: &[Step],
    inputs: &mut [Input],
    outputs: &mut dyn Outputs,
    limits: &Limits,
    monitor: &Monitor,
) -> Result<Vec<ItemReport>, Error> {
    let _ = (steps, inputs, outputs, limits);
    monitor.check()?;
    monitor.finish();
    Ok(Vec::new())
}
