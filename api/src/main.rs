//! `filittle-api`: HTTP, for a cluster. Any number of them run side by side.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use filittle_api::{ApiSettings, HttpOptions};
use filittle_boot::cluster::{Cluster, ClusterOptions};
use filittle_boot::devices::{self, DeviceOptions};
use filittle_boot::{Failure, Mistakes, Stop, allocator, close, listen, log, probes, settings};
use filittle_common::accounts::Secret;
use filittle_common::commands::create_first_account::CreateFirstAccount;
use filittle_common::health::Health;
use filittle_common::{Actor, App};
use filittle_steps::devices::Device;
use tokio::net::TcpListener;

/// Serves filittle's HTTP API, one of any number of replicas
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, env = "FILITTLE_LISTEN")]
    listen: Option<String>,
    #[command(flatten)]
    http: HttpOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    devices: DeviceOptions,
    /// The address of the first account, made when there is none
    #[arg(long, env = "FILITTLE_ADMIN_EMAIL")]
    admin_email: Option<String>,
    /// Its password
    #[arg(long, env = "FILITTLE_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
    /// A file with its password
    #[arg(long, env = "FILITTLE_ADMIN_PASSWORD_FILE")]
    admin_password_file: Option<String>,
    /// Seconds that new connections are still taken after SIGTERM, while /readyz says no
    /// [default: 3]
    #[arg(long, env = "FILITTLE_LAME_DUCK_SECONDS")]
    lame_duck_seconds: Option<String>,
    /// Seconds that requests may take after that [default: 20]
    #[arg(long, env = "FILITTLE_DRAIN_SECONDS")]
    drain_seconds: Option<String>,
}

/// [`Options`], checked.
struct Settings {
    listen: SocketAddr,
    cluster: Cluster,
    devices: Vec<Device>,
    admin: Option<(String, Secret)>,
    api: ApiSettings,
}

impl Options {
    /// What is right of it, when all is; the rest goes to `mistakes`.
    fn check(self, mistakes: &mut Mistakes) -> Option<Settings> {
        let listen = settings::listen(mistakes, self.listen);
        let cluster = self.cluster.check(mistakes);
        let devices = self.devices.check(mistakes);
        let password = mistakes.secret(
            "FILITTLE_ADMIN_PASSWORD",
            self.admin_password,
            self.admin_password_file,
        );
        let is_given = self.admin_email.as_ref().is_some_and(|it| !it.is_empty());
        let email = settings::admin_email(mistakes, self.admin_email);
        let admin = match (email, password) {
            (Some(email), Some(password)) => Some((email, Secret::new(password))),
            (Some(_), None) => {
                mistakes.note("FILITTLE_ADMIN_PASSWORD", "must be given with the address");
                None
            }
            (None, Some(_)) if is_given => None,
            (None, Some(_)) => {
                mistakes.note("FILITTLE_ADMIN_EMAIL", "must be given with the password");
                None
            }
            (None, None) => None,
        };
        let lame_duck = mistakes.number(
            "FILITTLE_LAME_DUCK_SECONDS",
            self.lame_duck_seconds,
            3,
            0..=300,
        );
        let drain = settings::drain(mistakes, self.drain_seconds);
        let api = self.http.check(mistakes);
        Some(Settings {
            listen: listen?,
            cluster: cluster?,
            devices: devices?,
            admin,
            api: ApiSettings {
                lame_duck: Duration::from_secs(lame_duck?),
                drain: drain?,
                ..api?
            },
        })
    }
}

fn main() -> ExitCode {
    allocator::give_back_large_blocks();
    let options = Options::parse();
    filittle_boot::run(|| serve(options))
}

async fn serve(options: Options) -> Result<ExitCode, Failure> {
    log::start();
    let mut mistakes = Mistakes::default();
    let settings = options.check(&mut mistakes);
    let settings = mistakes.check(settings)?;
    devices::add(settings.devices);
    let listener = listen::bind(settings.listen, "--listen").await?;
    let address = listener.local_addr()?;
    let probe_listener = listen::bind_if(settings.api.probe_listen).await?;
    let mut stop = Stop::listen()?;
    let app = tokio::select! {
        app = settings.cluster.app("filittle-api") => app?,
        // The database may be waited for at this time.
        () = stop.asked() => return Ok(ExitCode::SUCCESS),
    };
    if let Some((email, password)) = settings.admin {
        make_admin(&app, email, password).await?;
    }
    let mut impatient = stop.clone();
    say_where(address, probe_listener.as_ref())?;
    let health = Health::of_api(app.clone());

    let end = async move {
        stop.asked().await;
        tracing::info!("ending: what runs may finish");
    };
    let outcome = tokio::select! {
        served = filittle_api::serve(listener, app.clone(), settings.api, end) => {
            served.map(|()| ExitCode::SUCCESS)
        }
        served = probes::serve_at(probe_listener, health) => served.map(|()| ExitCode::FAILURE),
        () = impatient.asked_twice() => Ok(ExitCode::from(130)),
    };
    close(&app).await;
    Ok(outcome?)
}

/// Every replica tries; one makes it, and none touches an account that is there.
async fn make_admin(app: &App, email: String, password: Secret) -> Result<(), Failure> {
    let command = CreateFirstAccount {
        email,
        password: Some(password),
        with_key: false,
    };
    if let Some(first) = app.execute(command, &Actor::anonymous(None)).await? {
        tracing::info!(account = %first.account.id, "the first account was made");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "who starts the service reads it there")]
fn say_where(address: SocketAddr, probes: Option<&TcpListener>) -> std::io::Result<()> {
    if let Some(listener) = probes {
        println!("probes on http://{}", listener.local_addr()?);
    }
    println!("filittle listens on http://{address}");
    Ok(())
}
