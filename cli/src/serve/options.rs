//! What `serve` is told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use filittle_api::{ApiSettings, HttpOptions};
use filittle_boot::devices::DeviceOptions;
use filittle_boot::limits::LimitOptions;
use filittle_boot::mail::{Mail, MailOptions};
use filittle_boot::mistakes::present;
use filittle_boot::{Mistakes, settings};
use filittle_common::config::Limits;
use filittle_steps::devices::Device;
use filittle_worker::notify::{Destination, Mailbox, mailbox};

/// Where everything is kept when nobody says otherwise.
pub(crate) const USUAL_FOLDER: &str = "./filittle-data";

/// What `serve` takes. Whatever is empty counts as not said.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, env = "FILITTLE_LISTEN")]
    listen: Option<String>,
    /// The folder of everything the service keeps [default: ./filittle-data]
    #[arg(long, env = "FILITTLE_DATA")]
    data: Option<String>,
    /// Jobs at a time; as many as there are processors, if not said
    #[arg(long, env = "FILITTLE_CONCURRENCY")]
    concurrency: Option<String>,
    /// Where clients reach the service, when it stands behind a proxy
    #[arg(long, env = "FILITTLE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The address of the account that a new data folder gets; mails of its jobs go there
    /// [default: admin@localhost]
    #[arg(long, env = "FILITTLE_ADMIN_EMAIL")]
    admin_email: Option<String>,
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    limits: LimitOptions,
    #[command(flatten)]
    devices: DeviceOptions,
    #[command(flatten)]
    http: HttpOptions,
    /// Whether everybody who reaches the service may make an account: open or closed
    /// [default: open]
    #[arg(long, env = "FILITTLE_REGISTRATION")]
    registration: Option<String>,
    /// MiB that all work together may have decoded at a time [default: 192]
    #[arg(long, env = "FILITTLE_MEMORY_MIB")]
    memory_mib: Option<String>,
    /// Seconds that requests and jobs may still take after Ctrl-C [default: 20]
    #[arg(long, env = "FILITTLE_DRAIN_SECONDS")]
    drain_seconds: Option<String>,
}

/// [`Options`], checked.
pub(super) struct Settings {
    pub(super) listen: SocketAddr,
    pub(super) data: PathBuf,
    pub(super) concurrency: usize,
    pub(super) public_url: Option<String>,
    pub(super) admin_email: Option<String>,
    /// Mails go into the data folder, when it is not said where.
    pub(super) mail: Mail<Destination, Mailbox>,
    pub(super) limits: Limits,
    pub(super) devices: Vec<Device>,
    pub(super) api: ApiSettings,
    pub(super) is_open: bool,
    pub(super) memory_bytes: u64,
    pub(super) drain: Duration,
}

impl Options {
    /// What is right of it, when all is; the rest goes to `mistakes`.
    pub(super) fn check(self, mistakes: &mut Mistakes) -> Option<Settings> {
        let listen = settings::listen(mistakes, self.listen);
        let data = present(self.data).unwrap_or_else(|| USUAL_FOLDER.into());
        let concurrency = settings::concurrency(mistakes, self.concurrency);
        let public_url = settings::public_url(mistakes, self.public_url);
        let admin_email = settings::admin_email(mistakes, self.admin_email);
        let mail = self.mail.check(mistakes, Destination::parse, mailbox);
        let limits = self.limits.check(mistakes);
        let devices = self.devices.check(mistakes);
        let api = self.http.check(mistakes);
        let is_open = settings::is_open(mistakes, self.registration);
        let memory_bytes = settings::memory_bytes(mistakes, self.memory_mib);
        let drain = settings::drain(mistakes, self.drain_seconds);
        Some(Settings {
            listen: listen?,
            data: data.into(),
            concurrency: concurrency?,
            public_url,
            admin_email,
            mail: mail?,
            limits: limits?,
            devices: devices?,
            api: api?,
            is_open: is_open?,
            memory_bytes: memory_bytes?,
            drain: drain?,
        })
    }
}
