//! What an operator may say of how requests are served.

use std::net::IpAddr;

use clap::Args;
use filittle_boot::mistakes::present;
use filittle_boot::{Mistakes, settings};
use ipnet::IpNet;

use crate::{ApiSettings, MetricsFor};

/// The same words for every process that answers requests.
#[derive(Debug, Args)]
pub struct HttpOptions {
    /// Proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,fd00::/8 [default: none]
    #[arg(long, env = "FILITTLE_TRUSTED_PROXIES")]
    trusted_proxies: Option<String>,
    /// How often one address may try to sign in each minute; 0 for as often as it likes [default: 60]
    #[arg(long, env = "FILITTLE_LOGINS_PER_MINUTE")]
    logins_per_minute: Option<String>,
    /// How often one address may ask for an account each minute; 0 for as often as it likes
    /// [default: 60]
    #[arg(long, env = "FILITTLE_REGISTRATIONS_PER_MINUTE")]
    registrations_per_minute: Option<String>,
    /// Connections at the same time; more wait until another ends [default: 4096]
    #[arg(long, env = "FILITTLE_MAX_CONNECTIONS")]
    max_connections: Option<String>,
    /// Uploads at the same time, half of them by one account [default: 64]
    #[arg(long, env = "FILITTLE_MAX_UPLOADS")]
    max_uploads: Option<String>,
    /// Downloads at the same time, half of them by one account [default: 64]
    #[arg(long, env = "FILITTLE_MAX_DOWNLOADS")]
    max_downloads: Option<String>,
    /// Streams of events at the same time [default: 1024]
    #[arg(long, env = "FILITTLE_MAX_STREAMS")]
    max_streams: Option<String>,
    /// Of them those of one account [default: 32]
    #[arg(long, env = "FILITTLE_MAX_STREAMS_OF_ACCOUNT")]
    max_streams_of_account: Option<String>,
    /// To whom /metrics is told at the address of the API: local, public or off [default: local]
    #[arg(long, env = "FILITTLE_METRICS")]
    metrics: Option<String>,
    /// Where to answer /livez, /readyz, /health and /metrics besides; nowhere, if not said
    #[arg(long, env = "FILITTLE_PROBE_LISTEN")]
    probe_listen: Option<String>,
}

impl HttpOptions {
    /// The settings that follow from it, when all is right; the rest goes to `mistakes`.
    pub fn check(self, mistakes: &mut Mistakes) -> Option<ApiSettings> {
        let usual = ApiSettings::default();
        let proxies = match present(self.trusted_proxies) {
            Some(text) => mistakes.read("FILITTLE_TRUSTED_PROXIES", Some(text), "", networks),
            None => Some(Vec::new()),
        };
        let mut often = |name, said, usual: u32| {
            let often = mistakes.number(name, said, usual.into(), 0..=60_000)?;
            u32::try_from(often).ok()
        };
        let logins = often(
            "FILITTLE_LOGINS_PER_MINUTE",
            self.logins_per_minute,
            usual.logins_per_minute,
        );
        let registrations = often(
            "FILITTLE_REGISTRATIONS_PER_MINUTE",
            self.registrations_per_minute,
            usual.registrations_per_minute,
        );
        let mut places = |name, said, usual: usize| {
            let places = mistakes.number(name, said, usual as u64, 1..=1_000_000)?;
            usize::try_from(places).ok()
        };
        let connections = places(
            "FILITTLE_MAX_CONNECTIONS",
            self.max_connections,
            usual.max_connections,
        );
        let uploads = places("FILITTLE_MAX_UPLOADS", self.max_uploads, usual.max_uploads);
        let downloads = places(
            "FILITTLE_MAX_DOWNLOADS",
            self.max_downloads,
            usual.max_downloads,
        );
        let streams = places("FILITTLE_MAX_STREAMS", self.max_streams, usual.max_streams);
        let own_streams = places(
            "FILITTLE_MAX_STREAMS_OF_ACCOUNT",
            self.max_streams_of_account,
            usual.max_streams_of_owner,
        );
        let metrics = mistakes.read("FILITTLE_METRICS", self.metrics, "local", metrics_for);
        let probe_listen = settings::probe_listen(mistakes, self.probe_listen);
        Some(ApiSettings {
            metrics: metrics?,
            probe_listen,
            trusted_proxies: proxies?,
            logins_per_minute: logins?,
            registrations_per_minute: registrations?,
            max_connections: connections?,
            max_uploads: uploads?,
            max_downloads: downloads?,
            max_streams: streams?,
            max_streams_of_owner: own_streams?,
            ..usual
        })
    }
}

fn metrics_for(text: &str) -> Result<MetricsFor, String> {
    match text {
        "local" => Ok(MetricsFor::Local),
        "public" => Ok(MetricsFor::Everybody),
        "off" => Ok(MetricsFor::Nobody),
        _ => Err("must be local, public or off".into()),
    }
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',').map(|network| one(network.trim())).collect()
}

/// An address alone is a network of one.
fn one(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
    (text.parse().ok().or_else(alone))
        .ok_or_else(|| format!("{text:?} is no network such as 10.0.0.0/8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_are_read() {
        let read = networks("10.0.0.0/8, 192.0.2.1,fd00::/8").unwrap();
        let shown: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "192.0.2.1/32", "fd00::/8"]);
        assert!(networks("10.0.0.0/33").unwrap_err().contains("10.0.0.0/33"));
    }
}
