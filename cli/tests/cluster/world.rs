//! A cluster for one test.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use filittle_testkit::{
    Certificate, FaultProxy, FlakyHttp, ObjectServer, Postgres, Process, Redis, Signal, TestBucket,
    TestDatabase, binary,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::answer::Send;
use crate::client::Client;
use crate::times::{LONG, until};

/// Of all processes together.
const CONNECTIONS: usize = 10;
pub(crate) const EMAIL: &str = "admin@example.org";
pub(crate) const PASSWORD: &str = "correct horse";

/// What the processes share.
pub(crate) struct World {
    pub(crate) database: TestDatabase<'static>,
    pub(crate) redis: Redis,
    pub(crate) bucket: Option<TestBucket>,
    pub(crate) folder: TempDir,
    objects: String,
    /// Variables that are not as they would be, such as for the address of a proxy.
    changed: BTreeMap<&'static str, String>,
}

/// A running `filittle-api` or `filittle-worker`. Killed when dropped.
pub(crate) struct Replica {
    pub(crate) process: Process,
    /// Of the API, or of the probes of a worker.
    pub(crate) url: String,
}

/// Two of each, and the admin's client of each API.
pub(crate) struct TwoOfEach {
    pub(crate) apis: [Replica; 2],
    pub(crate) workers: [Replica; 2],
    pub(crate) clients: [Client; 2],
}

impl World {
    /// With objects in a folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::in_folder(folder, Postgres::shared())
    }

    /// With a PostgreSQL that may be stopped, as it is nobody else's.
    pub(crate) fn on_own_postgres() -> (Self, &'static Postgres) {
        // It ends with the process of the tests.
        let server: &'static Postgres = Box::leak(Box::new(Postgres::own()));
        (
            Self::in_folder(tempfile::tempdir().unwrap(), server),
            server,
        )
    }

    /// With a PostgreSQL and a Redis that are reached by TLS and no other way.
    pub(crate) fn over_tls(certificate: &Certificate) -> Self {
        let server: &'static Postgres = Box::leak(Box::new(Postgres::own_with_tls(certificate)));
        let mut world = Self::in_folder(tempfile::tempdir().unwrap(), server);
        world.redis = Redis::start_with_tls(certificate);
        let url = world.redis.tls_url();
        world.changed.insert("FILITTLE_REDIS_URL", url);
        world.trust(certificate);
        // A pooler may keep the session of the migration, which had no TLS.
        world.database.query(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity
             where application_name = 'filittle'",
        );
        world
    }

    /// The processes that are started from now on trust this certificate and no other.
    pub(crate) fn trust(&mut self, certificate: &Certificate) {
        let file = certificate.file().display().to_string();
        // Not through a pooler, which has no TLS of its own here.
        let url = self.database.direct_url();
        let url = format!("{url}?sslmode=verify-full&sslrootcert={file}");
        self.changed.insert("FILITTLE_DATABASE_URL", url);
        self.changed.insert("SSL_CERT_FILE", file);
    }

    fn in_folder(folder: TempDir, server: &'static Postgres) -> Self {
        let objects = format!("file://{}", folder.path().join("objects").display());
        Self::with(folder, objects, None, server)
    }

    /// With objects on a server that speaks S3.
    pub(crate) fn on_s3() -> Self {
        let bucket = ObjectServer::s3().bucket();
        let endpoint = ObjectServer::s3().endpoint();
        let objects = format!(
            "s3://{}?endpoint={endpoint}&region=us-east-1",
            bucket.name()
        );
        let folder = tempfile::tempdir().unwrap();
        Self::with(folder, objects, Some(bucket), Postgres::shared())
    }

    fn with(
        folder: TempDir,
        objects: String,
        bucket: Option<TestBucket>,
        server: &'static Postgres,
    ) -> Self {
        let world = Self {
            database: server.create_limited_database(CONNECTIONS),
            redis: Redis::start(),
            bucket,
            folder,
            objects,
            changed: BTreeMap::new(),
        };
        let migrated = world.command("filittle").arg("migrate").output().unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
        world
    }

    /// A binary with the variables of this cluster, and none of whoever runs the tests.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("FILITTLE_") || name.ends_with("_URL") {
                command.env_remove(&*name);
            }
        }
        let s3 = ObjectServer::s3;
        if self.bucket.is_some() {
            command
                .env("FILITTLE_OBJECTS_ACCESS_KEY_ID", s3().access_key_id())
                .env(
                    "FILITTLE_OBJECTS_SECRET_ACCESS_KEY",
                    s3().secret_access_key(),
                );
        }
        command
            .env("FILITTLE_DATABASE_URL", self.database.url())
            .env("FILITTLE_DATABASE_CONNECTIONS", "2")
            .env("FILITTLE_REDIS_URL", self.redis.url())
            .env("FILITTLE_OBJECTS_URL", &self.objects)
            .env(
                "FILITTLE_SECRET",
                "a secret of a test, thirty-two characters",
            )
            .env("FILITTLE_PUBLIC_URL", "http://127.0.0.1:1")
            .env("FILITTLE_LAME_DUCK_SECONDS", "0")
            .envs(&self.changed);
        command
    }

    /// A proxy before Redis, for the processes that are started from now on.
    pub(crate) fn proxy_redis(&mut self) -> FaultProxy {
        let proxy = FaultProxy::start(self.redis.address());
        let url = format!("redis://{}", proxy.address());
        self.changed.insert("FILITTLE_REDIS_URL", url);
        proxy
    }

    /// A proxy before PostgreSQL, for the processes that are started from now on.
    pub(crate) fn proxy_database(&mut self) -> FaultProxy {
        let url = self.database.url();
        let (before, rest) = url.split_once('@').unwrap();
        let (address, name) = rest.split_once('/').unwrap();
        let proxy = FaultProxy::start(address.parse().unwrap());
        let url = format!("{before}@{}/{name}", proxy.address());
        self.changed.insert("FILITTLE_DATABASE_URL", url);
        proxy
    }

    /// A proxy before the S3 server, for the processes that are started from now on.
    pub(crate) fn proxy_objects(&mut self, seed: u64) -> FlakyHttp {
        let endpoint = ObjectServer::s3().endpoint();
        let address = endpoint.strip_prefix("http://").unwrap();
        let proxy = FlakyHttp::start(address.parse().unwrap(), seed);
        let url = self.objects.replace(endpoint, &proxy.url());
        self.changed.insert("FILITTLE_OBJECTS_URL", url);
        proxy
    }

    pub(crate) fn api_command(&self) -> Command {
        let mut command = self.command("filittle-api");
        command
            .env("FILITTLE_LISTEN", "127.0.0.1:0")
            .env("FILITTLE_ADMIN_EMAIL", EMAIL)
            .env("FILITTLE_ADMIN_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn worker_command(&self) -> Command {
        let mut command = self.command("filittle-worker");
        command
            .env("FILITTLE_PROBE_LISTEN", "127.0.0.1:0")
            .env("FILITTLE_CONCURRENCY", "2")
            .env("FILITTLE_NOTIFY", "true")
            .env(
                "FILITTLE_MAIL_URL",
                format!("file://{}", self.mail().display()),
            )
            .env("FILITTLE_SPOOL_DIR", self.folder.path().join("spool"));
        command
    }

    pub(crate) fn api(&self) -> Replica {
        Replica::start(self.api_command(), "filittle listens on ")
    }

    pub(crate) fn worker(&self) -> Replica {
        Replica::start(self.worker_command(), "probes on ")
    }

    pub(crate) async fn two_of_each(&self) -> TwoOfEach {
        let apis = [self.api(), self.api()];
        let workers = [self.worker(), self.worker()];
        let clients = [
            self.client(&apis[0].url).await,
            self.client(&apis[1].url).await,
        ];
        TwoOfEach {
            apis,
            workers,
            clients,
        }
    }

    pub(crate) fn mail(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// The admin's client of a replica, or of what stands before it.
    pub(crate) async fn client(&self, url: &str) -> Client {
        let nobody = Client::new(url, "");
        let login = json!({"email": EMAIL, "password": PASSWORD});
        let login = nobody.bare(reqwest::Method::POST, "/v1/login").json(&login);
        let tokens = login.answer().await.is(200).json();
        let member = Client::new(url, tokens["access_token"].as_str().unwrap());
        let key = member.post("/v1/api-keys", &json!({"name": "test"}));
        let key = key.answer().await.is(201).json();
        Client::new(url, key["key"].as_str().unwrap())
    }

    /// What one statement answers, as a number.
    pub(crate) fn count(&self, sql: &str) -> u64 {
        self.database.query(sql).parse().unwrap()
    }

    /// Every job has ended once, well, with one event of its end, which is its last, no gap among
    /// its events, and nothing left of its work; who wanted a mail has one notice.
    pub(crate) fn all_ended_once(&self, jobs: usize) {
        let jobs = u64::try_from(jobs).unwrap();
        assert_eq!(
            self.count("select count(*) from jobs where state = 'succeeded'"),
            jobs
        );
        assert_eq!(self.count("select count(*) from jobs"), jobs);
        let ends = "select count(*) from events where kind in \
                    ('succeeded', 'partial', 'failed', 'cancelled')";
        assert_eq!(self.count(ends), jobs);
        assert_eq!(self.count("select count(*) from job_work"), 0);
        let torn = "select count(*) from (
                select stream_id from events group by stream_id
                having min(position) <> 1 or max(position) <> count(*)) torn";
        assert_eq!(self.count(torn), 0);
        let after_the_end = "select count(*) from events ended join events later
                on later.stream_id = ended.stream_id and later.position > ended.position
                where ended.kind in ('succeeded', 'partial', 'failed', 'cancelled')";
        assert_eq!(self.count(after_the_end), 0);
        let wanted = "select count(*) from jobs where (spec -> 'notify' ->> 'email')::boolean";
        assert_eq!(
            self.count("select count(*) from notices"),
            self.count(wanted)
        );
    }

    /// There is one mail for each notice, with the bytes that were kept for it before it was first
    /// sent: whoever sent it again, sent the same.
    pub(crate) async fn each_notice_is_sent(&self) {
        let notices = self.count("select count(*) from notices");
        until("each notice is sent", async || {
            let waiting = self.count("select count(*) from notices where state <> 'sent'");
            (waiting == 0).then_some(())
        })
        .await;
        assert_eq!(u64::try_from(mails(&self.mail())).unwrap(), notices);
        let alone = "select count(distinct mail_id) from notices";
        assert_eq!(self.count(alone), notices);
        let kept = self
            .database
            .query("select id || ' ' || encode(body, 'hex') from mails");
        for line in kept.lines() {
            let (id, body) = line.split_once(' ').unwrap();
            let mail = std::fs::read(self.mail().join(format!("{id}.eml"))).unwrap();
            let hex = mail.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            assert_eq!(hex, body, "{id}");
        }
    }
}

impl Replica {
    pub(crate) fn start(command: Command, tells: &str) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for_line(tells, LONG);
        let url = line.split_once(tells).unwrap().1.to_owned();
        Self { process, url }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let address = self.url.strip_prefix("http://").unwrap();
        address.parse().unwrap()
    }

    pub(crate) fn kill(&self) {
        self.process.signal(Signal::KILL);
        self.process.wait(LONG);
    }

    /// SIGTERM; it must end well.
    pub(crate) fn stop(&self) {
        self.process.signal(Signal::TERM);
        let status = self.process.wait(LONG);
        assert!(status.success(), "{status}: {:#?}", self.process.errors());
    }
}

/// One zstd job for a file.
pub(crate) fn job(file: &Value, mail: bool) -> Value {
    json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress", "format": "zstd"}],
        "notify": {"email": mail},
    })
}

/// How many mails there are.
pub(crate) fn mails(folder: &Path) -> usize {
    let Ok(files) = std::fs::read_dir(folder) else {
        return 0;
    };
    files
        .filter(|file| {
            let path = file.as_ref().unwrap().path();
            path.extension().is_some_and(|ending| ending == "eml")
        })
        .count()
}
