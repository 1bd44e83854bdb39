//! PostgreSQL: a pool of connections, and what is done when one of them is lost.

mod borrowed;
mod limits;
mod lost;
mod reader;
mod run;
pub(super) mod stale;
mod time;
mod witness;

use std::io;
use std::time::Duration;

use prometheus::Histogram;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};
use tokio::time::timeout;
use url::Url;

use super::writer::Urgency;

use crate::error::{Error, Result};

pub(super) use borrowed::Borrowed;
pub(crate) use limits::in_time;
use limits::{soon, within};
pub(crate) use lost::is_lost;
pub(super) use reader::Reader;
pub(super) use time::ServerTime;
use witness::Fate;
pub(super) use witness::Witness;

/// The planner's estimates of tables that fill and empty all day are wrong in ways that cost
/// hundreds of milliseconds, and every hot statement has its index.
const SETTINGS: [(&str, &str); 4] = [
    ("jit", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("idle_in_transaction_session_timeout", "30s"),
];

/// In a URL, what tells that sessions are not ours: `?pgbouncer=true`, as others have it.
const POOLER: &str = "pgbouncer";

/// A connection that rested so long is asked whether it lives before it is used.
const RESTED: Duration = Duration::from_secs(10);

/// How long a place in the pool is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a transaction may take to begin, with the place in the pool.
const BEGIN: Duration = Duration::from_secs(12);
/// The same for what leases hang on: less than a third of one.
const BEGIN_URGENTLY: Duration = Duration::from_secs(3);

/// How long a server may take to greet.
const GREETING: Duration = Duration::from_secs(10);

/// The pool. Cheap to clone.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    /// One connection for what must not stand in line. It is opened when it is first needed.
    urgent: PgPool,
    way: Way,
    time: ServerTime,
    /// How long they take.
    commits: Histogram,
}

/// What stands between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing: a connection is a session, with settings and prepared statements of its own.
    Direct,
    /// A pooler, which may give each transaction another session.
    Pooled,
}

impl Way {
    /// Whether statements stay prepared on a connection.
    pub(crate) fn keeps_statements(self) -> bool {
        self == Self::Direct
    }
}

impl Postgres {
    pub(super) async fn connect(url: &str, connections: u32, commits: Histogram) -> Result<Self> {
        let (options, way) = options(url)?;
        // Outside of the pool, which would say only that it waited.
        close(greet(&options, way).await?).await;
        let urgent = pool(1).connect_lazy_with(options.clone());
        let pool = pool(connections.saturating_sub(1).max(1)).connect_lazy_with(options);
        Ok(Self {
            pool,
            urgent,
            way,
            time: ServerTime::default(),
            commits,
        })
    }

    /// A transaction.
    pub(super) async fn begin(&self, urgency: Urgency) -> sqlx::Result<Borrowed> {
        let (pool, limit) = match urgency {
            Urgency::First => (&self.urgent, BEGIN_URGENTLY),
            Urgency::Normal => (&self.pool, BEGIN),
        };
        let begin = match self.way {
            Way::Direct => "begin".into(),
            Way::Pooled => begin(),
        };
        let begun = within(limit, Borrowed::begin(pool, &begin)).await;
        if begun.as_ref().is_err_and(is_lost) {
            lost::note();
        }
        begun
    }

    pub(super) async fn reader(&self) -> Result<Reader> {
        Ok(Reader::begin(self.clone()).await?)
    }

    pub(super) fn way(&self) -> Way {
        self.way
    }

    pub(super) fn time(&self) -> &ServerTime {
        &self.time
    }

    pub(super) fn connections(&self) -> (usize, usize) {
        (self.pool.size() as usize, self.pool.num_idle())
    }

    pub(super) async fn close(&self) {
        tokio::join!(self.pool.close(), self.urgent.close());
    }
}

/// The error of a statement. One that other connections may meet, too, is noted.
pub(crate) fn failed(error: sqlx::Error) -> Error {
    if stale::is_stale(&error) {
        stale::note();
    } else if is_lost(&error) {
        lost::note();
    }
    error.into()
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|conn, known| Box::pin(is_usable(conn, known)))
}

/// One connection, for a migration.
pub(super) async fn connection(url: &str) -> Result<PgConnection> {
    let (options, way) = options(url)?;
    greet(&options, way).await
}

/// Connects, and sees whether the session is ours where it should be.
async fn greet(options: &PgConnectOptions, way: Way) -> Result<PgConnection> {
    let greeted = timeout(GREETING, greet_patiently(options, way)).await;
    greeted.unwrap_or_else(|_| {
        let error = sqlx::Error::Io(io::ErrorKind::TimedOut.into());
        tell_unreachable(options, &error);
        Err(error.into())
    })
}

async fn greet_patiently(options: &PgConnectOptions, way: Way) -> Result<PgConnection> {
    let pooler = || {
        Error::Setup(format!(
            "a pooler stands before PostgreSQL: add ?{POOLER}=true to the URL of the database"
        ))
    };
    let mut conn = match PgConnection::connect_with(options).await {
        Ok(conn) => conn,
        Err(sqlx::Error::Database(error)) if error.message().contains("startup parameter") => {
            return Err(pooler());
        }
        Err(error) => {
            tell_unreachable(options, &error);
            return Err(error.into());
        }
    };
    if way == Way::Direct {
        let (name, value) = SETTINGS[1];
        let shown = sqlx::raw_sql(AssertSqlSafe(format!("show {name}")))
            .fetch_one(&mut conn)
            .await?;
        if shown.try_get::<String, _>(0)? != value {
            return Err(pooler());
        }
    }
    Ok(conn)
}

fn tell_unreachable(options: &PgConnectOptions, error: &sqlx::Error) {
    let (host, port) = (options.get_host(), options.get_port());
    let database = options.get_database().unwrap_or_default();
    tracing::warn!(host, port, database, %error, "PostgreSQL cannot be reached");
}

/// Ends a connection, in order if the server still answers.
pub(super) async fn close(conn: PgConnection) {
    drop(soon(conn.close()).await);
}

/// A pooler takes neither settings at the start of a connection nor statements that stay.
fn options(url: &str) -> Result<(PgConnectOptions, Way)> {
    let (url, way) = way_of(url)?;
    let options = url
        .as_str()
        .parse::<PgConnectOptions>()?
        .application_name("filittle")
        .extra_float_digits(None);
    let options = match way {
        Way::Direct => options.options(SETTINGS),
        Way::Pooled => options.statement_cache_capacity(0),
    };
    Ok((
        sqlx::ConnectOptions::disable_statement_logging(options),
        way,
    ))
}

fn way_of(url: &str) -> Result<(Url, Way)> {
    // Nothing of a wrong one is repeated: a password may stand in it.
    let mut url = Url::parse(url)
        .map_err(|error| Error::Setup(format!("not a URL of PostgreSQL: {error}")))?;
    let (pooler, others): (Vec<_>, Vec<_>) = url
        .query_pairs()
        .into_owned()
        .partition(|(name, _)| name == POOLER);
    let way = match pooler.last().map(|(_, value)| value.as_str()) {
        None | Some("false") => Way::Direct,
        Some("true") => Way::Pooled,
        Some(_) => {
            return Err(Error::Setup(format!("{POOLER} must be true or false")));
        }
    };
    if !pooler.is_empty() {
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
    }
    Ok((url, way))
}

/// Begins a transaction with our settings, which end with it.
fn begin() -> String {
    let settings = SETTINGS.map(|(name, value)| format!("; set local {name} = '{value}'"));
    format!("begin{}", settings.concat())
}

/// Asked of a connection that comes out of the pool.
async fn is_usable(conn: &mut PgConnection, known: PoolConnectionMetadata) -> sqlx::Result<bool> {
    stale::forget(conn).await?;
    if lost::was_one_lately() {
        return is_of_the_primary(conn).await;
    }
    if known.idle_for > RESTED {
        soon(conn.ping()).await?;
    }
    Ok(true)
}

/// After a failover, connections to the old primary may still be open, and can only read.
async fn is_of_the_primary(conn: &mut PgConnection) -> sqlx::Result<bool> {
    let shown = sqlx::raw_sql("show transaction_read_only").fetch_one(conn);
    Ok(soon(shown).await?.try_get::<String, _>(0)? == "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pooler_is_named_in_the_url_and_sqlx_does_not_see_it() {
        for (url, plain, way) in [
            ("postgres://a:b@h/d", "postgres://a:b@h/d", Way::Direct),
            (
                "postgres://a:b@h/d?pgbouncer=true",
                "postgres://a:b@h/d",
                Way::Pooled,
            ),
            (
                "postgres://h/d?sslmode=require&pgbouncer=true",
                "postgres://h/d?sslmode=require",
                Way::Pooled,
            ),
            (
                "postgres://h/d?pgbouncer=false",
                "postgres://h/d",
                Way::Direct,
            ),
        ] {
            let (read, how) = way_of(url).unwrap();
            assert_eq!((read.as_str(), how), (plain, way));
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        for url in [
            "postgres://a:hush@[",
            "postgres://a:hush@h/d?pgbouncer=maybe",
        ] {
            let error = way_of(url).unwrap_err();
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
