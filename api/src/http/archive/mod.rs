//! `GET /v1/jobs/{id}/outputs.zip`: all that a job made, as one archive. It is made while it is
//! sent, and yet its length is known and any part of it can be asked for.

mod layout;
mod records;

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use bytes::Bytes;
use filittle_common::blobs::Blobs;
use filittle_common::domain::{Job, Output};
use filittle_common::ids::JobId;
use filittle_common::problem::Kind;
use filittle_common::queries::get_job::GetJob;
use filittle_common::{Error, Result as CommonResult};
use filittle_transform::names::{self, unique};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use super::auth::SignedIn;
use super::content::{self, Content};
use super::params::Ids;
use super::problem::{Refusal, Result};
use super::{Api, hex};
use layout::{Layout, Member, Piece};

/// What an archive is read from.
#[derive(Clone)]
pub(super) struct Archive(Arc<Layout>);

pub(super) async fn get(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let job = api.ask(GetJob { id }, &actor).await?.job;
    answer(&api, &method, &headers, &job).await
}

/// All that a job made, also for who comes by a link.
pub(super) async fn answer(
    api: &Api,
    method: &Method,
    headers: &HeaderMap,
    job: &Job,
) -> Result<Response> {
    if job.outputs.is_empty() {
        return Err(if job.state.has_ended() {
            Refusal::not_found("output")
        } else {
            Refusal::of(Kind::Conflict, "the job has not ended")
        });
    }
    let mut members = Vec::with_capacity(job.outputs.len());
    // They are different already, of whatever worker knew how.
    let names = unique(job.outputs.iter().map(|output| &output.name));
    for (output, name) in job.outputs.iter().zip(names) {
        members.push(member(&api.blobs, output, name).await?);
    }
    let time = job.finished_at.unwrap_or(job.created_at);
    let layout = Layout::new(&members, time);
    let tag = tag(&layout, &job.outputs);
    let content = Content {
        name: names::sanitise(&format!("{}.zip", name(job))),
        media_type: "application/zip".into(),
        coding: None,
        size: layout.size(),
        tag,
        sha256: None,
        owner: job.owner_id,
        source: content::Source::Archive(Archive(Arc::new(layout))),
    };
    content::answer(api, method, headers, content).await
}

fn name(job: &Job) -> String {
    job.name.clone().unwrap_or_else(|| job.id.to_string())
}

/// The checksum that zip wants is kept with the output. Of what an older version made it is found
/// out by reading.
async fn member(blobs: &Blobs, output: &Output, name: String) -> CommonResult<Member> {
    let crc32 = match output.crc32 {
        Some(crc32) => crc32,
        None => checksum(blobs, output).await?,
    };
    Ok(Member {
        name,
        size: output.size,
        crc32,
        blob: output.blob,
    })
}

async fn checksum(blobs: &Blobs, output: &Output) -> CommonResult<u32> {
    let pieces = blobs.read(output.blob, 0..output.size);
    let sum = pieces.try_fold(crc32fast::Hasher::new(), |mut sum, piece| async move {
        sum.update(&piece);
        Ok(sum)
    });
    Ok(sum.await?.finalize())
}

/// Of what is made for the archive, and of the contents.
fn tag(layout: &Layout, outputs: &[Output]) -> String {
    let mut hash = Context::new(&SHA256);
    for bytes in layout.made() {
        hash.update(bytes);
    }
    for output in outputs {
        hash.update(output.sha256.as_bytes());
    }
    format!("\"{}\"", hex(hash.finish().as_ref()))
}

impl Archive {
    /// The bytes of a range, in pieces of at most a block.
    pub(super) fn read(
        &self,
        blobs: &Blobs,
        range: &std::ops::Range<u64>,
    ) -> BoxStream<'static, Result<Bytes, Error>> {
        let blobs = blobs.clone();
        let pieces = self.0.pieces(range).into_iter();
        stream::iter(pieces)
            .flat_map(move |piece| match piece {
                Piece::Made(bytes) => stream::iter([Ok(bytes)]).boxed(),
                Piece::Content(blob, range) => blobs.read(blob, range).boxed(),
            })
            .boxed()
    }
}
