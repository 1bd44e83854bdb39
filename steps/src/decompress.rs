use serde::Serialize;

use crate::{fields::Fields, source::Source, table::Op};

pub(crate) const OP: Op = Op {
    name: "decompress",
    about: "Unpack files, and archives into the files in them",
    params: &[],
    needs: &[],
    later: &[],
};

/// A `decompress` step. The format is found by looking at the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decompress {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
}

impl Decompress {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
        }
    }
}
