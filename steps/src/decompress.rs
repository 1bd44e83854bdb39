use serde::Serialize;

use crate::{
    CompressFormat,
    fields::Fields,
    kind::Kind,
    source::Source,
    table::{Op, Param},
};

pub(crate) const OP: Op = Op {
    name: "decompress",
    about: "Unpack files, and archives into the files in them",
    params: &[Param {
        name: "format",
        kind: Kind::Choice {
            built: CompressFormat::NAMES,
            later: &[],
        },
        // Replicas of the release before do not know it: it is told only when it is given.
        default: None,
        about: "what the files are (default: as their first bytes and their names say); brotli has no \
            mark of its own, and the formats of a stream leave a tar in it as it is",
    }],
    needs: &[],
    later: &[],
};

/// A `decompress` step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decompress {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// What is unpacked; found by looking at the file unless it is said. One of a stream leaves a tar
    /// in the stream as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<CompressFormat>,
}

impl Decompress {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            format: fields.choice("format", CompressFormat::named),
        }
    }
}
