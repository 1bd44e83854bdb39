//! The mediator: every command and every query goes through here, and is validated, authorised,
//! traced and timed in this order, in this one place.

use std::sync::Arc;
use std::time::Instant;

use filittle_steps::Mistake;
use tracing::Instrument;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::accounts::Accounts;
use crate::actor::{Access, Actor};
use crate::backlog::Backlog;
use crate::blobs::Blobs;
use crate::config::Config;
use crate::engine::Submits;
use crate::error::Result;
use crate::live::Live;
use crate::metrics::{Ended, Metrics};
use crate::problem::Problem;
use crate::queue::Queue;
use crate::store::Db;
use crate::trace::{Span, SpanKind, Traces};
use crate::wake::Wake;

/// Everything a process works with. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Whole>);

struct Whole {
    parts: Parts,
    submits: Submits,
    backlog: Backlog,
}

/// The parts, made once by the composition root.
pub struct Parts {
    /// The only truth.
    pub db: Db,
    /// Contents.
    pub blobs: Blobs,
    /// The bell.
    pub queue: Queue,
    /// Waking those who wait.
    pub wake: Wake,
    /// How far the running jobs are.
    pub live: Live,
    /// Passwords, tokens and links.
    pub accounts: Accounts,
    /// Where spans go.
    pub traces: Traces,
    /// What the operator set.
    pub config: Config,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

/// An intention to change something.
pub trait Command: Validate + Send {
    /// What comes of it.
    type Output: Send;
    /// For spans and counters.
    const NAME: &'static str;
    /// Who may.
    const ACCESS: Access;
    /// Does it. Called by [`App::execute`] only.
    fn run(self, app: &App, actor: &Actor) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// A question that changes nothing.
pub trait Query: Validate + Send {
    /// The answer.
    type Output: Send;
    /// For spans and counters.
    const NAME: &'static str;
    /// Who may.
    const ACCESS: Access;
    /// Answers it. Called by [`App::ask`] only.
    fn run(self, app: &App, actor: &Actor) -> impl Future<Output = Result<Self::Output>> + Send;
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let submits = Submits::new(parts.db.clone());
        let backlog = Backlog::new(parts.db.clone(), &parts.config.limits);
        Self(Arc::new(Whole {
            parts,
            submits,
            backlog,
        }))
    }

    /// What is counted and timed.
    pub fn metrics(&self) -> &Metrics {
        self.db.metrics()
    }

    pub(crate) fn submits(&self) -> &Submits {
        &self.0.submits
    }

    /// How many jobs there are, and may be.
    pub fn backlog(&self) -> &Backlog {
        &self.0.backlog
    }

    /// Runs a command.
    pub async fn execute<C: Command>(&self, command: C, actor: &Actor) -> Result<C::Output> {
        let mut seen = self.seen(C::NAME, actor);
        let outcome = async {
            validate(&command)?;
            actor.authorise(C::ACCESS)?;
            let within = seen.within(actor);
            let actor = within.as_ref().unwrap_or(actor);
            // Boxed, because it takes much room in all the futures around it.
            observed(C::NAME, Box::pin(command.run(self, actor))).await
        };
        let outcome = outcome.await;
        seen.end(self.metrics(), &outcome);
        outcome
    }

    /// Answers a query.
    pub async fn ask<Q: Query>(&self, query: Q, actor: &Actor) -> Result<Q::Output> {
        let mut seen = self.seen(Q::NAME, actor);
        let outcome = async {
            validate(&query)?;
            actor.authorise(Q::ACCESS)?;
            observed(Q::NAME, Box::pin(query.run(self, actor))).await
        };
        let outcome = outcome.await;
        seen.end(self.metrics(), &outcome);
        outcome
    }

    fn seen(&self, name: &'static str, actor: &Actor) -> Seen {
        let span = self.traces.within(SpanKind::Internal, name, actor.trace());
        Seen {
            name,
            began: Instant::now(),
            span,
        }
    }
}

/// A command or a query, as it is counted and told of.
struct Seen {
    name: &'static str,
    began: Instant,
    span: Span,
}

impl Seen {
    /// The one who asks, so that what follows is told of as caused by this; none when nothing is.
    fn within(&self, actor: &Actor) -> Option<Actor> {
        let place = self.span.place()?;
        Some(actor.clone().at(place.to_string()))
    }

    fn end<T>(&mut self, metrics: &Metrics, outcome: &Result<T>) {
        let ended = match outcome {
            Ok(_) => Ended::Ok,
            Err(crate::Error::Problem(problem)) => {
                self.span.failed(problem.kind.code());
                Ended::Refused
            }
            Err(_) => {
                self.span.failed("internal");
                Ended::Failed
            }
        };
        metrics.operations.ended(self.name, ended, self.began);
    }
}

/// A span with the time and the kind of end of what runs in it.
async fn observed<T>(name: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let span = tracing::info_span!("app", name);
    async {
        let began = Instant::now();
        let outcome = work.await;
        let millis = began.elapsed().as_secs_f64() * 1000.0;
        match &outcome {
            Ok(_) => tracing::debug!(millis, "done"),
            Err(crate::Error::Problem(problem)) => {
                tracing::debug!(millis, code = problem.kind.code(), "refused");
            }
            Err(error) => tracing::error!(millis, %error, "failed"),
        }
        outcome
    }
    .instrument(span)
    .await
}

/// All mistakes of the input at once, each with its pointer.
/// A rule about one of many texts says with this parameter which it is.
pub(crate) const INDEX: &str = "index";

fn validate(input: &impl Validate) -> Result<()> {
    let mistakes = against_rules(input);
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(mistakes).into())
}

/// All in which an input breaks its rules, each with its pointer.
pub fn against_rules(input: &impl Validate) -> Vec<Mistake> {
    let Err(errors) = input.validate() else {
        return Vec::new();
    };
    let mut mistakes = Vec::new();
    collect(&errors, "", &mut mistakes);
    mistakes.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    mistakes
}

fn collect(errors: &ValidationErrors, pointer: &str, mistakes: &mut Vec<Mistake>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{pointer}/{field}");
        match kind {
            ValidationErrorsKind::Struct(errors) => collect(errors, &pointer, mistakes),
            ValidationErrorsKind::List(list) => {
                for (index, errors) in list {
                    collect(errors, &format!("{pointer}/{index}"), mistakes);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                mistakes.extend(errors.iter().map(|error| Mistake {
                    pointer: match error.params.get(INDEX) {
                        Some(index) => format!("{pointer}/{index}"),
                        None => pointer.clone(),
                    },
                    detail: error.message.as_ref().unwrap_or(&error.code).to_string(),
                }));
            }
        }
    }
}
