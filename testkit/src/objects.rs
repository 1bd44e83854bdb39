use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::{Process, tools};

const S3: &str = include_str!("objects/s3.py");
const AZURITE: &str = include_str!("objects/azurite.js");

/// More than the slowest machine needs to start an interpreter, or to answer.
const LIMIT: Duration = Duration::from_mins(2);

/// A running store of objects for the tests of this process, in memory and on a free port. It ends
/// with the process, in whatever way that ends.
#[derive(Debug)]
pub struct ObjectServer {
    /// Its standard input closes with this process, and then it ends.
    process: Mutex<Process>,
    endpoint: String,
    access_key_id: String,
    secret_access_key: String,
    made: AtomicU32,
}

/// A bucket for one test, removed with this value. Azure calls it a container.
#[derive(Debug)]
pub struct TestBucket {
    server: &'static ObjectServer,
    name: String,
}

impl ObjectServer {
    /// moto, which speaks S3 and checks signatures.
    pub fn s3() -> &'static Self {
        static SERVER: OnceLock<ObjectServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::moto("signed"))
    }

    /// moto without its checks. Google's XML API is the one of S3 but for the signatures, so this
    /// is what stands in for it: it tells nothing of how tokens are got.
    pub fn google() -> &'static Self {
        static SERVER: OnceLock<ObjectServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::moto("open"))
    }

    /// Azurite, which Azure's makers give for tests.
    pub fn azure() -> &'static Self {
        static SERVER: OnceLock<ObjectServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            let mut command = Command::new("node");
            let modules = tools::folder().join("node/node_modules");
            command.args(["-e", AZURITE]).arg(modules);
            Self::start(command)
        })
    }

    fn moto(mode: &str) -> Self {
        let mut command = Command::new(tools::folder().join("venv/bin/python"));
        command.args(["-c", S3, mode]);
        // Until the script has made the key.
        command.env("INITIAL_NO_AUTH_ACTION_COUNT", "1000000000");
        Self::start(command)
    }

    fn start(command: Command) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for_line("ready http", LIMIT);
        let mut words = line.split(' ').skip(1).map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        Self {
            endpoint: word(),
            access_key_id: word(),
            secret_access_key: word(),
            process: Mutex::new(process),
            made: AtomicU32::new(0),
        }
    }

    /// Where it is, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Who may use it; the other ones need no key, or everybody knows it.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What opens it.
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// A new, empty bucket.
    pub fn bucket(&'static self) -> TestBucket {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("bucket-{number}");
        self.ask(&format!("bucket {name}"));
        TestBucket { server: self, name }
    }

    fn ask(&self, command: &str) -> Vec<String> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.write_line(command);
        let line = process.wait_for_line("done", LIMIT);
        line.split(' ').skip(1).map(str::to_owned).collect()
    }
}

impl TestBucket {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server it is on.
    pub fn server(&self) -> &'static ObjectServer {
        self.server
    }

    /// The keys of all objects, as another client sees them.
    pub fn keys(&self) -> Vec<String> {
        self.server.ask(&format!("keys {}", self.name))
    }

    /// Leaves only the first half of an object.
    pub fn cut(&self, key: &str) {
        self.server.ask(&format!("cut {} {key}", self.name));
    }

    /// Removes it with all there is in it, if it is still there.
    pub fn remove(&self) {
        self.server.ask(&format!("drop {}", self.name));
    }
}

impl Drop for TestBucket {
    fn drop(&mut self) {
        // The server may be why the test fails.
        if !std::thread::panicking() {
            self.remove();
        }
    }
}
