//! `filittle serve`: everything in one process.

mod data_folder;
mod first_start;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use filittle_api::ApiSettings;
use filittle_boot::listen::{self, public_url, reachable};
use filittle_boot::{Stop, log};
use filittle_common::accounts::Accounts;
use filittle_common::blobs::Blobs;
use filittle_common::clock::Clock;
use filittle_common::config::Config;
use filittle_common::live::Live;
use filittle_common::queue::{Lane, Queue};
use filittle_common::store::Db;
use filittle_common::wake::Wake;
use filittle_common::{App, Parts, engine};
use filittle_worker::notify::{Folder, Mailbox, Notifier, mailbox};
use filittle_worker::{Pool, Settings};

pub(crate) use data_folder::DataFolder;

/// What `serve` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where to listen
    #[arg(long, env = "FILITTLE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder of everything the service keeps
    #[arg(long, env = "FILITTLE_DATA", default_value = "./filittle-data")]
    data: PathBuf,
    /// Jobs at a time; as many as there are processors, if not said
    #[arg(long, env = "FILITTLE_CONCURRENCY", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// Where clients reach the service, when it stands behind a proxy
    #[arg(long, env = "FILITTLE_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Who mails are from
    #[arg(
        long,
        env = "FILITTLE_MAIL_FROM",
        default_value = "filittle <filittle@localhost>",
        value_parser = mailbox
    )]
    mail_from: Mailbox,
    /// Bytes that one uploaded file may have
    #[arg(long, env = "FILITTLE_MAX_FILE_BYTES", default_value_t = Config::default().max_file_bytes)]
    max_file_bytes: u64,
    /// MiB that all work together may have decoded at a time
    #[arg(long, env = "FILITTLE_MEMORY_MIB", default_value_t = 192)]
    memory_mib: u64,
    /// Seconds that requests and jobs may still take after Ctrl-C
    #[arg(long, env = "FILITTLE_DRAIN_SECONDS", default_value_t = 20)]
    drain_seconds: u64,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    log::start();
    let folder = DataFolder::make(&options.data)?;
    let listener = listen::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let app = app(&options, &folder, address).await?;
    start_over(&app).await?;
    first_start::welcome(&app, &folder, address).await?;

    let pool = Pool::start(app.clone(), pool_settings(&options, &folder)).await?;
    let notifier = Notifier::new(
        app.clone(),
        options.mail_from.clone(),
        Folder::open(folder.mail())?,
    );
    let drain = Duration::from_secs(options.drain_seconds);
    let settings = ApiSettings {
        drain,
        pool: Some(Arc::new({
            let pool = pool.clone();
            move || pool.is_ready()
        })),
        ..ApiSettings::default()
    };
    // Before anybody learns where to connect: from then on, Ctrl-C ends it in order.
    let mut stop = Stop::listen()?;
    let mut impatient = stop.clone();
    first_start::say_where(&app, address, options.public_url.is_some());

    let serving = async {
        let (asked, mut heard) = tokio::sync::watch::channel(false);
        let api = filittle_api::serve(listener, app.clone(), settings, async move {
            // An error means that the one who asks is gone, which is the end, too.
            let _ = heard.wait_for(|&asked| asked).await;
        });
        let end = async {
            stop.asked().await;
            let seconds = drain.as_secs();
            tracing::info!(
                seconds,
                "ending: what runs may finish; Ctrl-C again ends at once"
            );
            asked.send_replace(true);
            pool.drain(drain).await;
        };
        let (served, ()) = tokio::join!(api, end);
        served
    };
    let outcome = tokio::select! {
        served = serving => served.map(|()| ExitCode::SUCCESS),
        () = pool.run() => Err(std::io::Error::other("the pool ended; see the log")),
        () = notifier.run() => Err(std::io::Error::other("the notifier ended; see the log")),
        () = impatient.asked_twice() => {
            tracing::warn!("ended at once; the next start takes up what was in work");
            Ok(ExitCode::from(130))
        }
    };
    app.blobs.settled().await;
    app.db.close().await;
    Ok(outcome?)
}

async fn app(
    options: &Options,
    folder: &DataFolder,
    address: SocketAddr,
) -> filittle_common::Result<App> {
    let config = Config {
        public_url: options
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", reachable(address))),
        max_file_bytes: options.max_file_bytes,
        ..Config::default()
    };
    let db = Db::sqlite(&folder.database(), Clock::System).await?;
    let blobs = Blobs::local(&folder.objects(), db.clone())?;
    let accounts = Accounts::open(folder.path(), &config)?;
    let (queue, wake, live) = (Queue::channel(), Wake::default(), Live::default());
    Ok(App::new(Parts {
        db,
        blobs,
        queue,
        wake,
        live,
        accounts,
        config,
    }))
}

/// After a crash: nobody else can hold a lease, and half-written objects are nobody's.
async fn start_over(app: &App) -> filittle_common::Result<()> {
    engine::void_all(&app.db).await?;
    let released = engine::release_lapsed(&app.db, app.config.max_crashes).await?;
    let tidied = app.blobs.tidy_local().await?;
    if !released.is_empty() || tidied > 0 {
        tracing::info!(
            jobs = released.len(),
            objects = tidied,
            "taken up after a sudden end"
        );
    }
    Ok(())
}

fn pool_settings(options: &Options, folder: &DataFolder) -> Settings {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Settings {
        concurrency: options.concurrency.map_or(processors, usize::from),
        lanes: vec![Lane::Interactive, Lane::Bulk],
        memory_bytes: options.memory_mib << 20,
        spool_dir: Some(folder.spool()),
        name: format!("serve {}", std::process::id()),
    }
}
