use crate::{compress, convert, decompress, dither, kind::Kind, resize};

/// One kind of step.
#[derive(Debug)]
pub struct Op {
    /// The word in JSON, in the path of its shortcut and on the command line.
    pub name: &'static str,
    /// One line for help and documentation.
    pub about: &'static str,
    /// The parameters this build has.
    pub params: &'static [Param],
    /// Of each of these groups one parameter at least must be given.
    pub needs: &'static [&'static [&'static str]],
    /// Parameters the API reserves and this build does not have.
    pub later: &'static [&'static str],
}

/// One parameter of an op.
#[derive(Debug)]
pub struct Param {
    /// The name in JSON, query and (with dashes) flags.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value when left out, written as in a query.
    pub default: Option<&'static str>,
    /// One line for help and documentation.
    pub about: &'static str,
}

/// Every op of this build.
pub static OPS: &[Op] = &[
    compress::OP,
    convert::OP,
    decompress::OP,
    dither::OP,
    resize::OP,
];

/// Ops the API reserves and this build does not have.
pub static LATER_OPS: &[&str] = &[
    "optimize",
    "metadata",
    "crop",
    "rotate",
    "flip",
    "adjust",
    "watermark",
    "put",
];

/// The op of that name, if this build has it.
pub fn op(name: &str) -> Option<&'static Op> {
    OPS.iter().find(|op| op.name == name)
}

impl Op {
    /// The parameter of that name, if this build has it.
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_kind() {
        for param in OPS.iter().flat_map(|op| op.params) {
            if let Some(text) = param.default {
                let value = param.kind.json_of(text);
                let normal = param.kind.normal(&value).map_err(|_| param.name);
                assert_eq!(normal, Ok(value), "{}", param.name);
            }
        }
    }

    #[test]
    fn no_name_is_both_built_and_later() {
        for op in OPS {
            assert!(!LATER_OPS.contains(&op.name), "{}", op.name);
            assert!(
                op.later.iter().all(|name| op.param(name).is_none()),
                "{}",
                op.name
            );
        }
    }
}
