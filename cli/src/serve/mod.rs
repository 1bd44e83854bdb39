//! `filittle serve`: everything in one process.

mod data_folder;
mod first_start;
mod options;

use std::mem::take;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use filittle_api::ApiSettings;
use filittle_boot::listen::{self, reachable};
use filittle_boot::{Failure, Mistakes, Stop, close, devices, log, probes, traces};
use filittle_common::accounts::Accounts;
use filittle_common::blobs::Blobs;
use filittle_common::clock::Clock;
use filittle_common::config::Config;
use filittle_common::health::{Check, Health};
use filittle_common::live::Live;
use filittle_common::queue::{Lane, Queue};
use filittle_common::store::Db;
use filittle_common::wake::Wake;
use filittle_common::{App, Parts, engine};
use filittle_worker::notify::{Channel, Destination, Folder, Notifier, Smtp, Times};
use filittle_worker::{Pool, Settings as PoolSettings};
use tokio::net::TcpListener;

pub(crate) use data_folder::DataFolder;
use options::Settings;
pub(crate) use options::{Options, USUAL_FOLDER};

pub(crate) async fn run(options: Options) -> Result<ExitCode, Failure> {
    log::start();
    let mut mistakes = Mistakes::default();
    let settings = options.check(&mut mistakes);
    let mut settings = mistakes.check(settings)?;
    devices::add(take(&mut settings.devices));
    let folder = DataFolder::make(&settings.data)?;
    let listener = listen::bind(settings.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let probe_listener = listen::bind_if(settings.api.probe_listen).await?;
    let app = app(&settings, &folder, address).await?;
    start_over(&app).await?;
    folder.note_url(&app.config.public_url)?;
    let email = settings.admin_email.as_deref();
    first_start::welcome(&app, &folder, address, email).await?;

    let pool = Pool::start(app.clone(), pool_settings(&settings, &folder)).await?;
    let notifier = notifier(&app, &settings, &folder)?;
    let drain = settings.drain;
    let is_pool_ready: Check = Arc::new({
        let pool = pool.clone();
        move || pool.is_ready()
    });
    let health = Health::of_api(app.clone()).with("pool", is_pool_ready.clone());
    let api_settings = ApiSettings {
        drain,
        pool: Some(is_pool_ready),
        ..settings.api.clone()
    };
    // Before anybody learns where to connect: from then on, Ctrl-C ends it in order.
    let mut stop = Stop::listen()?;
    let mut impatient = stop.clone();
    say_probes(probe_listener.as_ref())?;
    first_start::say_where(&app, address, settings.public_url.is_some());

    let serving = async {
        let (asked, mut heard) = tokio::sync::watch::channel(false);
        let api = filittle_api::serve(listener, app.clone(), api_settings, async move {
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
            tokio::join!(pool.drain(drain), notifier.drain(drain));
        };
        let (served, ()) = tokio::join!(api, end);
        served
    };
    let outcome = tokio::select! {
        served = serving => served.map(|()| ExitCode::SUCCESS),
        () = pool.run() => Err(std::io::Error::other("the pool ended; see the log")),
        () = notifier.run() => Err(std::io::Error::other("the notifier ended; see the log")),
        served = probes::serve_at(probe_listener, health) => served.map(|()| ExitCode::FAILURE),
        () = impatient.asked_twice() => {
            tracing::warn!("ended at once; the next start takes up what was in work");
            Ok(ExitCode::from(130))
        }
    };
    close(&app).await;
    Ok(outcome?)
}

async fn app(
    settings: &Settings,
    folder: &DataFolder,
    address: SocketAddr,
) -> filittle_common::Result<App> {
    let config = Config {
        public_url: settings
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", reachable(address))),
        limits: settings.limits.clone(),
        is_open: settings.is_open,
        ..Config::default()
    };
    let db = Db::sqlite(&folder.database(), Clock::System).await?;
    let blobs = Blobs::local(&folder.objects(), db.clone())?;
    let accounts = Accounts::open(folder.path(), &config)?;
    let (queue, wake, live) = (Queue::channel(), Wake::default(), Live::default());
    let traces = traces::from_environment("filittle", &db.metrics().spans)?;
    Ok(App::new(Parts {
        db,
        blobs,
        queue,
        wake,
        live,
        accounts,
        traces,
        config,
    }))
}

#[expect(clippy::print_stdout, reason = "who starts the service reads it there")]
fn say_probes(probes: Option<&TcpListener>) -> std::io::Result<()> {
    if let Some(listener) = probes {
        println!("probes on http://{}", listener.local_addr()?);
    }
    Ok(())
}

fn notifier(app: &App, settings: &Settings, folder: &DataFolder) -> Result<Notifier, Failure> {
    let from = settings.mail.from.clone();
    let channel: Channel = match &settings.mail.destination {
        None => Folder::open(folder.mail())?.into(),
        Some(Destination::Folder(path)) => Folder::open(path)
            .map_err(|error| format!("FILITTLE_MAIL_URL: cannot make {}: {error}", path.display()))?
            .into(),
        Some(Destination::Smtp(server)) => {
            let url = &app.config.public_url;
            Smtp::new(server.clone(), &from, url, Times::default())
                .map_err(|what| format!("FILITTLE_MAIL_URL: {what}"))?
                .into()
        }
    };
    Ok(Notifier::new(app.clone(), from, channel))
}

/// After a crash: nobody else can hold a lease, and half-written objects are nobody's.
async fn start_over(app: &App) -> filittle_common::Result<()> {
    engine::void_all(&app.db).await?;
    let released = engine::release_lapsed(&app.db, app.config.limits.crashes).await?;
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

fn pool_settings(settings: &Settings, folder: &DataFolder) -> PoolSettings {
    PoolSettings {
        concurrency: settings.concurrency,
        lanes: vec![Lane::Interactive, Lane::Bulk],
        memory_bytes: settings.memory_bytes,
        spool_dir: Some(folder.spool()),
        name: format!("serve {}", std::process::id()),
    }
}
