//! The one error of this crate: a problem to be told, or a fault to be mended.

use std::io;

use crate::ids::JobId;
use crate::problem::{Kind, Problem};

/// What a command, a query or the engine may answer instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can act on it; the text may be shown.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The database failed; the text stays in the logs.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The object store failed.
    #[error("object store: {0}")]
    Objects(#[from] object_store::Error),
    /// The row of a job is not as this version expects it.
    #[error("the row of job {0} cannot be read")]
    Unreadable(JobId),
    /// Redis failed.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The machine failed.
    #[error("input or output: {0}")]
    Io(#[from] io::Error),
    /// The operator has to set something right before it can start.
    #[error("{0}")]
    Setup(String),
    /// Something that must hold does not.
    #[error("internal: {0}")]
    Internal(String),
}

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A problem of this kind.
    pub fn of(kind: Kind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    /// There is no such thing, or it is not yours: nobody can tell which.
    pub fn not_found(what: &str) -> Self {
        Self::of(Kind::NotFound, format!("there is no such {what}"))
    }

    /// How this is told to a client. Faults tell nothing of what is inside.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => (**problem).clone(),
            _ if self.is_full() => Problem::new(Kind::InsufficientStorage, "the disk is full"),
            _ if self.is_passing() => Problem::new(
                Kind::Unavailable,
                "a part of the service does not answer; try again",
            ),
            _ => Problem::new(Kind::Internal, "the fault is in the service's log"),
        }
    }

    /// The same for another caller of what failed for many at once.
    pub(crate) fn for_another(&self) -> Self {
        let problem = self.problem();
        if problem.kind == Kind::Internal {
            return Self::Internal(self.to_string());
        }
        problem.into()
    }

    /// Whether there was no room to write.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.kind == Kind::InsufficientStorage,
            Self::Database(sqlx::Error::Database(error)) => {
                // SQLITE_FULL is 13; SQLITE_IOERR_WRITE (778) and _SHMSIZE (4874) are how a full
                // disk shows beside the write-ahead log; 53100 is PostgreSQL's disk_full.
                matches!(
                    error.code().as_deref(),
                    Some("13" | "778" | "4874" | "53100")
                )
            }
            Self::Io(error) => is_full(error),
            Self::Objects(error) => caused_by_full_disk(error),
            _ => false,
        }
    }

    /// Whether trying again later may help: a server that is away, a pool that is empty.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Problem(problem) => {
                matches!(
                    problem.kind,
                    Kind::Unavailable | Kind::BacklogFull | Kind::InsufficientStorage
                )
            }
            Self::Database(error) if crate::store::postgres::is_lost(error) => true,
            Self::Database(error) => match error {
                sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(error) => {
                    // PostgreSQL's classes: what a migration changed, serialization, resources,
                    // operator intervention.
                    let code = error.code().unwrap_or_default();
                    ["0A", "40", "53", "57"]
                        .iter()
                        .any(|class| code.len() == 5 && code.starts_with(class))
                        || is_passing_on_sqlite(&code)
                }
                _ => false,
            },
            Self::Objects(error) => !matches!(error, object_store::Error::NotFound { .. }),
            Self::Io(error) => is_full(error) || is_of_a_server(error),
            Self::Redis(_) => true,
            Self::Unreadable(_) | Self::Setup(_) | Self::Internal(_) => false,
        }
    }

    /// Whether a row was there and could not be read.
    pub(crate) fn is_of_decoding(&self) -> bool {
        matches!(
            self,
            Self::Database(
                sqlx::Error::ColumnDecode { .. }
                    | sqlx::Error::Decode(_)
                    | sqlx::Error::ColumnNotFound(_)
            )
        )
    }

    /// Whether the connection to PostgreSQL was lost, and with it what had not been committed.
    pub(crate) fn is_of_connection(&self) -> bool {
        matches!(self, Self::Database(error) if crate::store::postgres::is_lost(error))
    }

    /// Whether the same transaction may simply run again.
    pub(crate) fn is_serialization(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error))
            // 0A000: it was prepared before a migration; see store/postgres/stale.rs.
            if matches!(error.code().as_deref(), Some("40001" | "40P01" | "0A000")))
    }

    /// Whether a row is missing that the new one refers to.
    pub(crate) fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error))
            if error.is_foreign_key_violation())
    }

    /// Whether a unique key refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// A server that is away; anything else the machine refuses would be refused again.
fn is_of_a_server(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::TimedOut
            | Kind::Interrupted
            | Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::NotConnected
            | Kind::BrokenPipe
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
    )
}

/// By the primary code, which is the low byte: busy, locked, input or output, full, cannot open.
fn is_passing_on_sqlite(code: &str) -> bool {
    let primary = code
        .parse::<u32>()
        .ok()
        .filter(|_| code.len() < 5)
        .map(|code| code & 0xff);
    matches!(primary, Some(5 | 6 | 10 | 13 | 14))
}

fn caused_by_full_disk(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(is_full) {
            return true;
        }
        cause = error.source();
    }
    false
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Internal(format!("migration: {error}"))
    }
}
