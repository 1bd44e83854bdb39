mod keeper;
mod url;

use std::collections::HashMap;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use keeper::OwnServer;
use url::{with_database, with_user};

use crate::certificate::Certificate;
use crate::pgbouncer::PgBouncer;

const URL_VARIABLE: &str = "FILITTLE_TEST_POSTGRES_URL";

/// When it is `pgbouncer`, [`TestDatabase::url`] leads to one.
const POOLER_VARIABLE: &str = "FILITTLE_TEST_POOLER";

/// For tests that stop nothing.
const QUICK: &str = "-c full_page_writes=off -c synchronous_commit=off -c autovacuum=off";
/// Without fsync still: the system itself does not crash.
const CRASH_SAFE: &str = "-c full_page_writes=on -c synchronous_commit=on -c autovacuum=on";

/// A running PostgreSQL for the tests of this process.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    psql: PathBuf,
    keeper: Keeper,
    pooler: Option<PgBouncer>,
    /// Begins the name of each database made here; no other process has the same.
    prefix: String,
    made: AtomicU32,
    templates: Mutex<HashMap<&'static str, Template>>,
}

/// Its standard input closes when this process ends, and then it cleans up.
#[derive(Debug)]
enum Keeper {
    OfLent(Child),
    OfOwn(u32, Mutex<OwnServer>),
}

/// The name of a filled database, once there is one.
type Template = Arc<OnceLock<String>>;

impl Postgres {
    /// The server of this process, started when first asked for.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match env::var(URL_VARIABLE) {
            Ok(url) if !url.is_empty() => Self::lent(url),
            _ => Self::start(QUICK),
        })
    }

    /// A server for one test, which may stop it. It ends with this value, or with the test process.
    /// What was committed is there after [`Postgres::stop_immediate`].
    pub fn own() -> Self {
        Self::start(CRASH_SAFE)
    }

    /// The same, and it speaks TLS with whoever asks for it.
    pub fn own_with_tls(certificate: &Certificate) -> Self {
        keeper::give(&certificate.key());
        let file = certificate.file();
        let key = certificate.key();
        Self::start(&format!(
            "{CRASH_SAFE} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
            file.display(),
            key.display()
        ))
    }

    fn lent(url: String) -> Self {
        assert!(
            !is_pooled(),
            "{POOLER_VARIABLE} needs a server of the tests' own: unset {URL_VARIABLE}"
        );
        let psql = keeper::binaries().join("psql");
        let prefix = new_prefix();
        let keeper = keeper::of_lent_server(&psql, &url, &prefix);
        Self::new(url, psql, Keeper::OfLent(keeper), prefix)
    }

    fn start(options: &str) -> Self {
        let binaries = keeper::binaries();
        let server = keeper::of_own_server(&binaries, options);
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
        let pooler = is_pooled().then(|| PgBouncer::start(server.port));
        let keeper = Keeper::OfOwn(server.keeper.id(), Mutex::new(server));
        let mut started = Self::new(url, binaries.join("psql"), keeper, new_prefix());
        started.pooler = pooler;
        started
    }

    fn new(url: String, psql: PathBuf, keeper: Keeper, prefix: String) -> Self {
        Self {
            url,
            psql,
            keeper,
            pooler: None,
            prefix,
            made: AtomicU32::new(0),
            templates: Mutex::default(),
        }
    }

    /// The database that is always there, as a user who may do everything.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        let port = self
            .url
            .rsplit(':')
            .next()
            .and_then(|rest| rest.split('/').next());
        port.and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("{} has no port", self.url))
    }

    /// The process that stops the server, or drops the databases on a lent one, after this one.
    pub fn keeper(&self) -> u32 {
        match &self.keeper {
            Keeper::OfLent(keeper) => keeper.id(),
            Keeper::OfOwn(id, _) => *id,
        }
    }

    /// Stops the server as a crash would: all sessions are cut, nothing is tidied up, and nobody
    /// listens. Only a server of [`Postgres::own`] can be stopped.
    pub fn stop_immediate(&self) {
        self.server().stop();
    }

    /// Starts the server on its port. It has recovered when this returns.
    pub fn start_again(&self) {
        let mut server = self.server();
        assert!(
            server.start(),
            "PostgreSQL did not start again. Its log:\n{}",
            server.log()
        );
    }

    /// Ends all sessions but this one, as an administrator may; answers how many there were.
    pub fn terminate_sessions(&self) -> usize {
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                   where backend_type = 'client backend' and pid <> pg_backend_pid()";
        let count = self.query(&self.url, sql);
        count.parse().expect("a count is a number")
    }

    fn server(&self) -> MutexGuard<'_, OwnServer> {
        match &self.keeper {
            Keeper::OfOwn(_, server) => server.lock().unwrap_or_else(PoisonError::into_inner),
            Keeper::OfLent(_) => panic!("a server that was lent is not ours to stop"),
        }
    }

    /// A new, empty database.
    pub fn create_database(&self) -> TestDatabase<'_> {
        self.copy("template1")
    }

    /// A new database that is a copy of the template `name`.
    ///
    /// The first call of this process with that name makes the template: it runs `setup` with the
    /// URL of an empty database, on a thread of its own, where starting a runtime and blocking on
    /// it is fine. Connections that `setup` leaves open are cut.
    pub fn create_database_from(
        &self,
        name: &'static str,
        setup: impl FnOnce(&str) + Send,
    ) -> TestDatabase<'_> {
        let mut templates = self
            .templates
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let template = Arc::clone(templates.entry(name).or_default());
        drop(templates);
        self.copy(template.get_or_init(|| self.fill_template(setup)))
    }

    /// A new, empty database that takes so many connections and no more. Its owner is a user of the
    /// same name, who may do nothing beyond it.
    pub fn create_limited_database(&self, connections: usize) -> TestDatabase<'_> {
        let mut database = self.create_database();
        let name = database.name.clone();
        self.query(
            &self.url,
            &format!(
                "create role {name} login; alter database {name} owner to {name}; \
                 alter database {name} connection limit {connections}"
            ),
        );
        database.role = Some(name.clone());
        if self.pooler.is_none() {
            database.url = with_user(&database.direct_url, &name);
        }
        database
    }

    fn fill_template(&self, setup: impl FnOnce(&str) + Send) -> String {
        let template = self.create_database();
        let url = template.url();
        thread::scope(|scope| scope.spawn(move || setup(url)).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // A database with connections cannot be copied.
        self.query(
            &self.url,
            &format!(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity \
                 where datname = '{}'",
                template.name
            ),
        );
        template.keep()
    }

    fn copy(&self, template: &str) -> TestDatabase<'_> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}{number}", self.prefix);
        self.query(
            &self.url,
            &format!("create database {name} template {template}"),
        );
        let direct_url = with_database(&self.url, &name);
        let pooled = self.pooler.as_ref().map(|pooler| pooler.url(&name));
        TestDatabase {
            url: pooled.unwrap_or_else(|| direct_url.clone()),
            direct_url,
            server: self,
            name,
            role: None,
        }
    }

    /// What `psql` answers, unaligned and without headers, in the database at `url`.
    pub fn query(&self, url: &str, sql: &str) -> String {
        self.run_psql(url, sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn run_psql(&self, url: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(&self.psql)
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                url,
                "-c",
                sql,
            ])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run {}: {error}", self.psql.display()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout)
                .trim_end()
                .to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr)
                .trim_end()
                .to_owned())
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The shared one lives as long as the process, so this is a server of one test. With the
        // input closed the keeper ends it.
        if let Keeper::OfOwn(_, server) = &mut self.keeper {
            let server = server.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = server.keeper.wait();
        }
    }
}

/// A database for one test, dropped with this value together with the connections to it.
#[derive(Debug)]
pub struct TestDatabase<'server> {
    server: &'server Postgres,
    name: String,
    url: String,
    direct_url: String,
    /// Dropped with it.
    role: Option<String>,
}

impl TestDatabase<'_> {
    /// Where filittle connects, as `postgres://user@host:port/name`.
    ///
    /// When the variable `FILITTLE_TEST_POOLER` is `pgbouncer`, one is in between, in transaction
    /// mode and with ten connections to this database, and the URL has `pgbouncer=true`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where others connect: the server itself, as a user who may do everything.
    pub fn direct_url(&self) -> &str {
        &self.direct_url
    }

    /// What `psql` answers, unaligned and without headers: to set a scene, or to look at it from
    /// outside the code under test.
    pub fn query(&self, sql: &str) -> String {
        self.server.query(&self.direct_url, sql)
    }

    /// Leaves the database to the keeper.
    fn keep(mut self) -> String {
        std::mem::take(&mut self.name)
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        if self.name.is_empty() {
            return;
        }
        let database = format!("drop database if exists {} with (force)", self.name);
        let role = self.role.as_ref();
        let role = role.map(|role| format!("drop role if exists {role}"));
        for sql in std::iter::once(database).chain(role) {
            if let Err(error) = self.server.run_psql(&self.server.url, &sql) {
                #[expect(
                    clippy::print_stderr,
                    reason = "a panic here would hide the test's own"
                )]
                {
                    eprintln!("{sql}: {error}");
                }
            }
        }
    }
}

fn is_pooled() -> bool {
    match env::var(POOLER_VARIABLE).as_deref() {
        Ok("pgbouncer") => true,
        Ok("") | Err(_) => false,
        Ok(other) => panic!("{POOLER_VARIABLE} may be pgbouncer, and is {other}"),
    }
}

fn new_prefix() -> String {
    // The keys of the standard library's hash maps are random, and random enough for a name.
    format!(
        "filittle_test_{:016x}_",
        RandomState::new().hash_one(std::process::id())
    )
}
