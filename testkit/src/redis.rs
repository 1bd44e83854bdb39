use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::kept::{self, Kept};
use crate::{Certificate, HeldPort};

/// More than the slowest machine needs for an answer.
const LIMIT: Duration = Duration::from_mins(1);

/// A running Redis of one test, on a free port, without persistence. It ends with this value, and
/// with the process, in whatever way that ends.
#[derive(Debug)]
pub struct Redis {
    server: Mutex<Kept>,
    port: HeldPort,
    /// Where it speaks TLS, when it does.
    tls_port: Option<HeldPort>,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts one that speaks TLS, too, on a port of its own.
    pub fn start_with_tls(certificate: &Certificate) -> Self {
        Self::start_with(Some(certificate))
    }

    fn start_with(certificate: Option<&Certificate>) -> Self {
        let program = kept::program("redis-server", "redis-server");
        let port = HeldPort::new();
        let number = port.number().to_string();
        let tls = certificate.map(|certificate| (HeldPort::new(), certificate));
        let server = Kept::new("redis", |_| {
            let options = [
                "--port",
                &number,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--maxmemory-policy",
                "noeviction",
            ];
            let mut command = vec![program];
            command.extend(options.map(str::to_owned));
            if let Some((port, certificate)) = &tls {
                command.extend(tls_options(port.number(), certificate));
            }
            command
        });
        let redis = Self {
            server: Mutex::new(server),
            port,
            tls_port: tls.map(|(port, _)| port),
        };
        redis.start_again();
        redis
    }

    /// Where to connect.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Where to connect by TLS.
    pub fn tls_url(&self) -> String {
        let port = self.tls_port.as_ref();
        let port = port.expect("it was started with a certificate");
        format!("rediss://{}", port.address())
    }

    /// The port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Ends it at once, with all that is in it.
    pub fn kill(&self) {
        self.server()
            .kill(|| TcpStream::connect(self.address()).is_err());
    }

    /// Starts it after [`Redis::kill`], empty, on the same port.
    pub fn start_again(&self) {
        self.server()
            .start(|| matches!(self.try_ask("PING").as_deref(), Ok("+PONG")));
    }

    /// Sends a command of plain words, such as `FLUSHALL`; answers the first line of the answer.
    pub fn ask(&self, command: &str) -> String {
        self.try_ask(command)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Forgets everything.
    pub fn flushall(&self) {
        assert_eq!(self.ask("FLUSHALL"), "+OK");
    }

    /// Lets every client wait for so long, whoever asks here too.
    pub fn pause(&self, time: Duration) {
        let order = format!("CLIENT PAUSE {} ALL", time.as_millis());
        assert_eq!(self.ask(&order), "+OK");
    }

    /// Changes a setting.
    pub fn set_config(&self, name: &str, value: &str) {
        assert_eq!(self.ask(&format!("CONFIG SET {name} {value}")), "+OK");
    }

    fn try_ask(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.address())?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn server(&self) -> MutexGuard<'_, Kept> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tls_options(port: u16, certificate: &Certificate) -> [String; 8] {
    let file = certificate.file().display().to_string();
    let key = certificate.key().display().to_string();
    [
        "--tls-port".into(),
        port.to_string(),
        "--tls-cert-file".into(),
        file,
        "--tls-key-file".into(),
        key,
        "--tls-auth-clients".into(),
        "no".into(),
    ]
}
