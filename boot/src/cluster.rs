//! A process among many: what it is told, and the application that this makes.

use std::time::Duration;

use clap::Args;
use filittle_common::accounts::{Accounts, OneTimeToken, Secret};
use filittle_common::blobs::{Blobs, ObjectsSecrets, ObjectsUrl};
use filittle_common::bus::Bus;
use filittle_common::clock::Clock;
use filittle_common::commands::allow_mail::AllowMail;
use filittle_common::commands::create_first_account::{CreateFirstAccount, FirstAccount};
use filittle_common::commands::make_one_time_token::MakeOneTimeToken;
use filittle_common::config::Config;
use filittle_common::live::Live;
use filittle_common::queue::Queue;
use filittle_common::redis::Redis;
use filittle_common::store::Db;
use filittle_common::trace::Traces;
use filittle_common::wake::Wake;
use filittle_common::{Actor, App, Error, Parts};
use tokio::time::{Instant, sleep};

use crate::limits::LimitOptions;
use crate::mistakes::{Mistakes, present};
use crate::{settings, traces};

/// Begins the names of all that is kept in Redis.
const PREFIX: &str = "filittle";
/// How long a database that is just starting is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// The database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseOptions {
    /// PostgreSQL, as postgres://user:password@host:5432/name [also DATABASE_URL]
    #[arg(long, env = "FILITTLE_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// A file with that URL
    #[arg(long, env = "FILITTLE_DATABASE_URL_FILE")]
    database_url_file: Option<String>,
}

/// What every process of a cluster shares.
#[derive(Clone, Debug, Args)]
pub struct ClusterOptions {
    #[command(flatten)]
    database: DatabaseOptions,
    /// Connections that this process may hold [default: 10]
    #[arg(long, env = "FILITTLE_DATABASE_CONNECTIONS")]
    database_connections: Option<String>,
    /// Redis, as redis://user:password@host:6379/0 [also REDIS_URL]
    #[arg(long, env = "FILITTLE_REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// A file with that URL
    #[arg(long, env = "FILITTLE_REDIS_URL_FILE")]
    redis_url_file: Option<String>,
    /// Where contents are: s3://bucket/prefix?endpoint=…&region=…, gs://, az:// or file:///folder
    #[arg(long, env = "FILITTLE_OBJECTS_URL")]
    objects_url: Option<String>,
    /// The name of the key to the objects
    #[arg(long, env = "FILITTLE_OBJECTS_ACCESS_KEY_ID", hide_env_values = true)]
    objects_access_key_id: Option<String>,
    /// A file with that name
    #[arg(long, env = "FILITTLE_OBJECTS_ACCESS_KEY_ID_FILE")]
    objects_access_key_id_file: Option<String>,
    /// The key to the objects
    #[arg(
        long,
        env = "FILITTLE_OBJECTS_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    objects_secret_access_key: Option<String>,
    /// A file with that key
    #[arg(long, env = "FILITTLE_OBJECTS_SECRET_ACCESS_KEY_FILE")]
    objects_secret_access_key_file: Option<String>,
    /// At least 32 characters, the same for all processes: keys of tokens and links come from it
    #[arg(long, env = "FILITTLE_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// A file with that secret
    #[arg(long, env = "FILITTLE_SECRET_FILE")]
    secret_file: Option<String>,
    /// Where clients reach the service: links in answers and mails begin with it
    #[arg(long, env = "FILITTLE_PUBLIC_URL")]
    public_url: Option<String>,
    #[command(flatten)]
    limits: LimitOptions,
    /// Whether everybody who reaches the service may make an account: open or closed
    /// [default: open]
    #[arg(long, env = "FILITTLE_REGISTRATION")]
    registration: Option<String>,
}

/// [`ClusterOptions`], checked.
pub struct Cluster {
    database_url: String,
    connections: u32,
    redis: Redis,
    objects: ObjectsUrl,
    objects_secrets: ObjectsSecrets,
    secret: Secret,
    config: Config,
}

impl DatabaseOptions {
    /// Whether anybody named one.
    pub fn is_given(&self) -> bool {
        let usual = std::env::var("DATABASE_URL").ok();
        let named = [&self.database_url, &self.database_url_file, &usual];
        named
            .into_iter()
            .any(|value| present(value.clone()).is_some())
    }

    /// The URL, of which nothing is told when it is wrong.
    pub fn url(self, mistakes: &mut Mistakes) -> Option<String> {
        let usual = std::env::var("DATABASE_URL").ok();
        let value = mistakes.secret(
            "FILITTLE_DATABASE_URL",
            self.database_url,
            self.database_url_file,
        );
        let url = mistakes.required("FILITTLE_DATABASE_URL", value.or_else(|| present(usual)))?;
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            mistakes.note("FILITTLE_DATABASE_URL", "must begin with postgres://");
            return None;
        }
        Some(url)
    }
}

impl ClusterOptions {
    /// What is right of it, when all is; the rest goes to `mistakes`.
    pub fn check(self, mistakes: &mut Mistakes) -> Option<Cluster> {
        let database_url = self.database.url(mistakes);
        let connections = mistakes.number(
            "FILITTLE_DATABASE_CONNECTIONS",
            self.database_connections,
            10,
            2..=1000,
        );
        let redis = redis(self.redis_url, self.redis_url_file, mistakes);
        let access_key_id = mistakes.secret(
            "FILITTLE_OBJECTS_ACCESS_KEY_ID",
            self.objects_access_key_id,
            self.objects_access_key_id_file,
        );
        let secret_access_key = mistakes.secret(
            "FILITTLE_OBJECTS_SECRET_ACCESS_KEY",
            self.objects_secret_access_key,
            self.objects_secret_access_key_file,
        );
        let objects = mistakes
            .required("FILITTLE_OBJECTS_URL", self.objects_url)
            .and_then(|url| {
                // Of a wrong one nothing is shown: a key may stand in it.
                url.parse()
                    .map_err(|what| mistakes.note("FILITTLE_OBJECTS_URL", what))
                    .ok()
            });
        let secret = mistakes.secret("FILITTLE_SECRET", self.secret, self.secret_file);
        let secret = mistakes.required("FILITTLE_SECRET", secret);
        if secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            mistakes.note("FILITTLE_SECRET", "must have at least 32 characters");
        }
        let public_url = mistakes.required("FILITTLE_PUBLIC_URL", self.public_url);
        let public_url = settings::public_url(mistakes, public_url);
        let limits = self.limits.check(mistakes);
        let is_open = settings::is_open(mistakes, self.registration);
        Some(Cluster {
            database_url: database_url?,
            connections: u32::try_from(connections?).ok()?,
            redis: redis?,
            objects: objects?,
            objects_secrets: objects_secrets(
                access_key_id.as_deref(),
                secret_access_key.as_deref(),
            ),
            secret: Secret::new(secret?),
            config: Config {
                public_url: public_url?,
                limits: limits?,
                is_open: is_open?,
                ..Config::default()
            },
        })
    }
}

/// What was given, and the usual variables of each cloud for the rest.
fn objects_secrets(id: Option<&str>, key: Option<&str>) -> ObjectsSecrets {
    ObjectsSecrets::from_variables(|name| match name {
        "FILITTLE_OBJECTS_ACCESS_KEY_ID" => id.map(str::to_owned),
        "FILITTLE_OBJECTS_SECRET_ACCESS_KEY" => key.map(str::to_owned),
        usual => std::env::var(usual).ok(),
    })
}

fn redis(url: Option<String>, file: Option<String>, mistakes: &mut Mistakes) -> Option<Redis> {
    let usual = std::env::var("REDIS_URL").ok();
    let value = mistakes.secret("FILITTLE_REDIS_URL", url, file);
    let url = mistakes.required("FILITTLE_REDIS_URL", value.or_else(|| present(usual)))?;
    Redis::open(&url, PREFIX)
        .map_err(|error| mistakes.note("FILITTLE_REDIS_URL", error))
        .ok()
}

impl Cluster {
    /// Where clients reach the service.
    pub fn public_url(&self) -> &str {
        &self.config.public_url
    }

    /// The application of the process with this name. A database that is just starting is waited for.
    pub async fn app(self, name: &'static str) -> filittle_common::Result<App> {
        let db =
            patiently(|| Db::postgres(&self.database_url, self.connections, Clock::System)).await?;
        let blobs = Blobs::at(&self.objects, &self.objects_secrets, db.clone())
            .map_err(|error| Error::Setup(format!("FILITTLE_OBJECTS_URL: {error}")))?;
        blobs.probe().await?;
        let accounts = Accounts::derived(&self.secret, &self.config)?;
        let bus = Bus::start(&self.redis)?;
        let wake = Wake::over(&bus);
        let queue = Queue::redis(&self.redis, wake.clone())?;
        let traces = traces::from_environment(name, &db.metrics().spans)?;
        Ok(App::new(Parts {
            db,
            blobs,
            queue,
            wake,
            live: Live::over(&bus),
            accounts,
            traces,
            config: self.config,
        }))
    }
}

/// The database of a cluster, which is waited for when it is just starting.
pub async fn database(url: &str) -> filittle_common::Result<Db> {
    patiently(|| Db::postgres(url, 2, Clock::System)).await
}

/// Makes the first account of a cluster with nothing but its database; none when there is an
/// account.
pub async fn create_first_account(
    database_url: &str,
    email: String,
    password: Option<Secret>,
) -> filittle_common::Result<Option<FirstAccount>> {
    let app = on_database_alone(database(database_url).await?);
    let command = CreateFirstAccount {
        email,
        password,
        with_key: true,
    };
    let made = app.execute(command, &Actor::anonymous(None)).await;
    app.db.close().await;
    made
}

/// Lets mails go to an address again; whether anything kept them from there. The database is closed
/// afterwards.
pub async fn allow_mail(db: Db, email: String) -> filittle_common::Result<bool> {
    let app = on_database_alone(db);
    let command = AllowMail { email };
    let done = app.execute(command, &Actor::anonymous(None)).await;
    app.db.close().await;
    done
}

/// Makes a token that signs in once, as the account of this address or as the first one. The database
/// is closed afterwards.
pub async fn one_time_token(
    db: Db,
    email: Option<String>,
) -> filittle_common::Result<OneTimeToken> {
    let app = on_database_alone(db);
    let command = MakeOneTimeToken { email };
    let made = app.execute(command, &Actor::anonymous(None)).await;
    app.db.close().await;
    made
}

/// For commands that need nothing else.
fn on_database_alone(db: Db) -> App {
    App::new(Parts {
        traces: Traces::default(),
        blobs: Blobs::memory(db.clone()),
        queue: Queue::channel(),
        wake: Wake::default(),
        live: Live::default(),
        accounts: Accounts::ephemeral(),
        config: Config::default(),
        db,
    })
}

/// Tries again for a while what fails because somebody else is not there yet.
pub async fn patiently<T, F>(work: impl Fn() -> F) -> filittle_common::Result<T>
where
    F: Future<Output = filittle_common::Result<T>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        match work().await {
            Err(error) if error.is_passing() && Instant::now() < end => {
                let seconds = end.duration_since(Instant::now()).as_secs();
                tracing::info!(%error, seconds, "the database is waited for");
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}
