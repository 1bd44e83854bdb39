use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{Certificate, Process, tools};

const AIOSMTPD: &str = include_str!("smtp/aiosmtpd.py");
const SMTP_SERVER: &str = include_str!("smtp/smtp-server.js");

/// More than the slowest machine needs to start an interpreter, or to answer.
const LIMIT: Duration = Duration::from_mins(2);

/// A running mail server of one test, on a free port. It ends with this value, and with the
/// process, in whatever way that ends.
#[derive(Debug)]
pub struct SmtpServer {
    process: Mutex<Process>,
    ports: Vec<u16>,
}

/// A mail that a server has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The addresses it is for, with commas between them.
    pub to: String,
    /// The message.
    pub bytes: Vec<u8>,
}

impl SmtpServer {
    /// A user whom the server with TLS knows.
    pub const USER: &str = "ada";
    /// Their password.
    pub const PASSWORD: &str = "p@ss/w";

    /// aiosmtpd without TLS, which does what [`SmtpServer::next`] says.
    pub fn scripted() -> Self {
        let mut command = Command::new(tools::folder().join("venv/bin/python"));
        command.args(["-c", AIOSMTPD]);
        Self::start(command)
    }

    /// smtp-server of Node.js, which takes mails of [`SmtpServer::USER`] over TLS, and no others.
    pub fn with_tls(certificate: &Certificate) -> Self {
        let mut command = Command::new("node");
        let modules = tools::folder().join("node/node_modules");
        command.args(["-e", SMTP_SERVER]).arg(modules);
        command.arg(certificate.file()).arg(certificate.key());
        Self::start(command)
    }

    fn start(command: Command) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for_line("ready ", LIMIT);
        let ports = line.split(' ').skip(1);
        Self {
            ports: ports.filter_map(|port| port.parse().ok()).collect(),
            process: Mutex::new(process),
        }
    }

    /// Where it is spoken to in the clear, or by STARTTLS.
    pub fn port(&self) -> u16 {
        self.ports[0]
    }

    /// Where it speaks TLS from the first byte, when it does.
    pub fn tls_port(&self) -> u16 {
        self.ports[1]
    }

    /// What the next conversation that nothing was said about does at a verb (`greeting`, `EHLO`,
    /// `MAIL`, `RCPT`, `DATA` or `dot`): a code that it answers, with words behind it such as
    /// `550 5.7.1`, `silent`, `drip` or `cut`.
    pub fn next(&self, verb: &str, what: &str) {
        self.ask(&format!("next {verb} {what}"));
    }

    /// How many conversations have begun.
    pub fn conversations(&self) -> usize {
        self.ask("mails")[0].parse().expect("a number")
    }

    /// The mails that it has taken, whatever it answered.
    pub fn taken(&self) -> Vec<Taken> {
        let told = self.ask("mails");
        told.iter().skip(1).map(|mail| taken(mail)).collect()
    }

    fn ask(&self, command: &str) -> Vec<String> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.write_line(command);
        let line = process.wait_for_line("done", LIMIT);
        line.split(' ').skip(1).map(str::to_owned).collect()
    }
}

fn taken(told: &str) -> Taken {
    let (to, hex) = told.split_once(':').expect("an address and a message");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a byte");
    Taken {
        to: to.to_owned(),
        bytes: (0..hex.len()).step_by(2).map(byte).collect(),
    }
}
