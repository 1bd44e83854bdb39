use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{HeldPort, Process};

const SCRIPT: &str = include_str!("redis/keeper.sh");

/// More than the slowest machine needs to start it, or to answer.
const LIMIT: Duration = Duration::from_mins(1);

/// A running Redis of one test, on a free port, without persistence. It ends with this value, and
/// with the process, in whatever way that ends.
#[derive(Debug)]
pub struct Redis {
    /// A shell that starts and ends it. Its standard input closes with this process.
    keeper: Mutex<Process>,
    port: HeldPort,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Self {
        let port = HeldPort::new();
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "keeper"])
            .arg(port.number().to_string());
        let redis = Self {
            keeper: Mutex::new(Process::start(command)),
            port,
        };
        redis.start_again();
        redis
    }

    /// Where to connect.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
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
        self.tell("kill");
    }

    /// Starts it after [`Redis::kill`], empty, on the same port.
    pub fn start_again(&self) {
        self.tell("start");
        let deadline = Instant::now() + LIMIT;
        while !matches!(self.try_ask("PING").as_deref(), Ok("+PONG")) {
            assert!(Instant::now() < deadline, "Redis does not start");
            thread::sleep(Duration::from_millis(10));
        }
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

    fn tell(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.write_line(word);
        let line = keeper.wait_for_line("keeper: ", LIMIT);
        assert!(
            !line.contains("missing"),
            "Redis is not installed. Install it with: apt-get install redis-server"
        );
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The keeper ends Redis when its input is closed; killed, it could not.
        let keeper = self.keeper.get_mut();
        let keeper = keeper.unwrap_or_else(PoisonError::into_inner);
        keeper.close_input();
        keeper.wait(LIMIT);
    }
}
