//! `filittle-worker`: the work, for a cluster. Any number of them run side by side.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use filittle_boot::cluster::{Cluster, ClusterOptions};
use filittle_boot::mail::MailOptions;
use filittle_boot::mistakes::present;
use filittle_boot::{Failure, Mistakes, Stop, allocator, close, listen, log, probes, settings};
use filittle_common::App;
use filittle_common::health::Health;
use filittle_common::queue::Lane;
use filittle_worker::notify::{
    Channel, Destination, Folder, Mailbox, Notifier, Smtp, Times, mailbox,
};
use filittle_worker::{Pool, Settings as PoolSettings};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// How long jobs may take to be given back when the process cannot go on.
const GIVE_BACK: Duration = Duration::from_secs(8);

/// Works on filittle's jobs, one of any number of replicas
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Which lanes to serve, the most urgent first [default: interactive,bulk,fetch]
    #[arg(long, env = "FILITTLE_LANES")]
    lanes: Option<String>,
    /// Jobs at a time; as many as there are processors, if not said
    #[arg(long, env = "FILITTLE_CONCURRENCY")]
    concurrency: Option<String>,
    /// Send mails, too: true or false [default: false]
    #[arg(long, env = "FILITTLE_NOTIFY", num_args = 0..=1, default_missing_value = "true")]
    notify: Option<String>,
    /// Where to answer /livez, /readyz, /health and /metrics; nowhere, if not said
    #[arg(long, env = "FILITTLE_PROBE_LISTEN")]
    probe_listen: Option<String>,
    /// MiB that all work together may have decoded at a time [default: 192]
    #[arg(long, env = "FILITTLE_MEMORY_MIB")]
    memory_mib: Option<String>,
    /// The folder of large intermediate results; the system's own for such files, if not said
    #[arg(long, env = "FILITTLE_SPOOL_DIR")]
    spool_dir: Option<String>,
    /// Seconds that jobs may still take after SIGTERM; then they are given back [default: 20]
    #[arg(long, env = "FILITTLE_DRAIN_SECONDS")]
    drain_seconds: Option<String>,
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
}

/// [`Options`], checked.
struct Settings {
    cluster: Cluster,
    pool: PoolSettings,
    probe_listen: Option<SocketAddr>,
    mail: Option<(Mailbox, Destination)>,
    drain: Duration,
}

impl Options {
    /// What is right of it, when all is; the rest goes to `mistakes`.
    fn check(self, mistakes: &mut Mistakes) -> Option<Settings> {
        let cluster = self.cluster.check(mistakes);
        let lanes = mistakes.read(
            "FILITTLE_LANES",
            self.lanes,
            "interactive,bulk,fetch",
            lanes,
        );
        let concurrency = settings::concurrency(mistakes, self.concurrency);
        let memory_bytes = settings::memory_bytes(mistakes, self.memory_mib);
        let drain = settings::drain(mistakes, self.drain_seconds);
        let probe_listen = settings::probe_listen(mistakes, self.probe_listen);
        let notify = mistakes.read("FILITTLE_NOTIFY", self.notify, "false", yes_or_no);
        let mail = mail(self.mail, notify == Some(true), mistakes);
        Some(Settings {
            cluster: cluster?,
            pool: PoolSettings {
                concurrency: concurrency?,
                lanes: lanes?,
                memory_bytes: memory_bytes?,
                spool_dir: present(self.spool_dir).map(PathBuf::from),
                name: name(),
            },
            probe_listen,
            mail: mail?,
            drain: drain?,
        })
    }
}

/// None when none are sent; what is wrong with them is told all the same.
#[expect(
    clippy::option_option,
    reason = "the outer one is whether all was right"
)]
fn mail(
    options: MailOptions,
    is_sent: bool,
    mistakes: &mut Mistakes,
) -> Option<Option<(Mailbox, Destination)>> {
    let mail = options.check(mistakes, Destination::parse, mailbox)?;
    if is_sent && mail.destination.is_none() {
        mistakes.note("FILITTLE_MAIL_URL", "must be given");
    }
    let destination = mail.destination.filter(|_| is_sent);
    Some(destination.map(|destination| (mail.from, destination)))
}

fn main() -> ExitCode {
    allocator::give_back_large_blocks();
    let options = Options::parse();
    filittle_boot::run(|| work(options))
}

async fn work(options: Options) -> Result<ExitCode, Failure> {
    log::start();
    let mut mistakes = Mistakes::default();
    let settings = options.check(&mut mistakes);
    let settings = mistakes.check(settings)?;
    let probe_listener = listen::bind_if(settings.probe_listen).await?;
    let public_url = settings.cluster.public_url().to_owned();
    let mail = places(&settings, &public_url)?;
    let mut stop = Stop::listen()?;
    let app = tokio::select! {
        app = settings.cluster.app("filittle-worker") => app?,
        // The database may be waited for at this time.
        () = stop.asked() => return Ok(ExitCode::SUCCESS),
    };
    let notifier = mail.map(|(from, channel)| Notifier::new(app.clone(), from, channel));
    let mut impatient = stop.clone();
    let pool = Pool::start(app.clone(), settings.pool).await?;
    say_where(probe_listener.as_ref())?;

    let ended = |what: &str| std::io::Error::other(format!("{what} ended; see the log"));
    let outcome = tokio::select! {
        () = async {
            stop.asked().await;
            tracing::info!("ending: no new jobs, what runs may finish");
            tokio::join!(pool.drain(settings.drain), drain(notifier.as_ref(), settings.drain));
        } => Ok(ExitCode::SUCCESS),
        () = pool.run() => Err(ended("the pool")),
        () = notify(notifier.as_ref()) => Err(ended("the notifier")),
        served = answer_probes(probe_listener, &app, &pool) => Err(served.err().unwrap_or_else(|| ended("the probes"))),
        () = impatient.asked_twice() => Ok(ExitCode::from(130)),
    };
    if !matches!(outcome, Ok(ExitCode::SUCCESS)) {
        // Otherwise what runs would count as crashed when the lease runs out.
        drop(timeout(GIVE_BACK, pool.drain(Duration::ZERO)).await);
    }
    close(&app).await;
    Ok(outcome?)
}

/// Makes the folders that it was told of; answers who mails are from, and where they go.
fn places(settings: &Settings, public_url: &str) -> Result<Option<(Mailbox, Channel)>, Failure> {
    let mut mistakes = Mistakes::default();
    if let Some(path) = &settings.pool.spool_dir
        && let Err(error) = std::fs::create_dir_all(path)
    {
        mistakes.note("FILITTLE_SPOOL_DIR", cannot_make(path, &error));
    }
    let mut mail = None;
    if let Some((from, destination)) = &settings.mail {
        match channel(from, destination, public_url) {
            Ok(channel) => mail = Some((from.clone(), channel)),
            Err(what) => mistakes.note("FILITTLE_MAIL_URL", what),
        }
    }
    Ok(mistakes.check(Some(mail))?)
}

fn channel(from: &Mailbox, destination: &Destination, public_url: &str) -> Result<Channel, String> {
    Ok(match destination {
        Destination::Folder(path) => Folder::open(path)
            .map_err(|error| cannot_make(path, &error))?
            .into(),
        Destination::Smtp(server) => {
            Smtp::new(server.clone(), from, public_url, Times::default())?.into()
        }
    })
}

fn cannot_make(path: &Path, error: &std::io::Error) -> String {
    format!("cannot make {}: {error}", path.display())
}

async fn notify(notifier: Option<&Notifier>) {
    match notifier {
        Some(notifier) => notifier.run().await,
        None => std::future::pending().await,
    }
}

async fn drain(notifier: Option<&Notifier>, limit: Duration) {
    if let Some(notifier) = notifier {
        notifier.drain(limit).await;
    }
}

async fn answer_probes(
    listener: Option<TcpListener>,
    app: &App,
    pool: &Pool,
) -> std::io::Result<()> {
    let pool = pool.clone();
    let health = Health::of_worker(app.clone()).with("pool", Arc::new(move || pool.is_ready()));
    probes::serve_at(listener, health).await
}

/// Which process this is, for people.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("worker {} {}", host.trim(), std::process::id())
}

#[expect(clippy::print_stdout, reason = "who starts the worker reads it there")]
fn say_where(probes: Option<&TcpListener>) -> std::io::Result<()> {
    if let Some(listener) = probes {
        println!("probes on http://{}", listener.local_addr()?);
    }
    println!("filittle works");
    Ok(())
}

fn lanes(text: &str) -> Result<Vec<Lane>, String> {
    let known = Lane::ALL.map(Lane::name).join(", ");
    let mut lanes = Vec::new();
    for name in text.split(',') {
        let lane = Lane::named(name.trim())
            .ok_or_else(|| format!("{:?} is no lane; there are {known}", name.trim()))?;
        if lanes.contains(&lane) {
            return Err(format!("{:?} is there twice", name.trim()));
        }
        lanes.push(lane);
    }
    Ok(lanes)
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_named_in_their_order_and_once() {
        assert_eq!(lanes("bulk, fetch"), Ok(vec![Lane::Bulk, Lane::Fetch]));
        assert!(
            lanes("bulk,slow")
                .unwrap_err()
                .contains("\"slow\" is no lane")
        );
        assert!(lanes("bulk,bulk").unwrap_err().contains("twice"));
        assert!(lanes("").is_err());
    }
}
