//! Steps that can never work on what is given to them.

use crate::{CompressFormat, ConvertFormat, DitherFormat, Mistake, Source, Step, mistake::child};

/// What a step gives, as far as that is known before.
enum Given {
    /// A picture that steps read.
    Picture,
    /// A picture that no step reads, by its format.
    Unread(&'static str),
    /// What is packed, by its format.
    Packed(CompressFormat),
    /// Whatever was packed.
    Anything,
}

/// Each source of `step`, which is `named` so, that makes what it cannot read.
pub(crate) fn impossible(before: &[Step], step: &Step, named: &str, pointer: &str) -> Vec<Mistake> {
    if step.from().is_empty() {
        let wrong = before.last().and_then(|source| why(source, step, named));
        let told = wrong.map(|why| Mistake::new(child(pointer, "op"), why));
        return told.into_iter().collect();
    }
    let sources = step.from().iter().enumerate();
    let wrong = sources.filter_map(|(index, source)| {
        let Source::Step(id) = source else {
            return None;
        };
        let source = before.iter().find(|step| step.id() == Some(id))?;
        let place = child(&child(pointer, "from"), index);
        Some(Mistake::new(place, why(source, step, named)?))
    });
    wrong.collect()
}

/// Why a step cannot work on what another one makes.
fn why(source: &Step, step: &Step, op: &str) -> Option<String> {
    let before = source.op();
    match (step, given(source)) {
        (Step::Compress(_), _) | (_, Given::Anything) => None,
        (Step::Decompress(step), Given::Packed(format)) => {
            let asked = step.format.filter(|it| it.outer() != format.outer())?;
            Some(format!(
                "`{op}` is to unpack {asked}, and `{before}` before it makes {format}"
            ))
        }
        (Step::Decompress(_), _) => {
            Some(format!("`{op}` unpacks files, and `{before}` packs none"))
        }
        (_, Given::Picture) => None,
        (_, Given::Unread(format)) => Some(unread(op, before, format)),
        (_, Given::Packed(format)) => Some(unread(op, before, format.name())),
    }
}

fn unread(op: &str, before: &str, format: &str) -> String {
    format!("`{op}` reads JPEG and PNG, and `{before}` before it makes {format}")
}

fn given(step: &Step) -> Given {
    match step {
        Step::Decompress(_) => Given::Anything,
        Step::Compress(compress) => Given::Packed(compress.format),
        Step::Dither(dither) if dither.format != DitherFormat::Png => {
            Given::Unread(dither.format.name())
        }
        Step::Convert(convert) => match convert.format {
            ConvertFormat::Jpeg | ConvertFormat::Png => Given::Picture,
        },
        Step::Dither(_) | Step::Resize(_) => Given::Picture,
    }
}
