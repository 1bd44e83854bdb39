//! haproxy before some replicas, as an operator would have it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use filittle_testkit::{Process, free_port};

use crate::times::{LONG, until};

pub(crate) struct Balancer {
    _process: Process,
    pub(crate) url: String,
}

impl Balancer {
    /// Asks each of these addresses whether it is ready, ten times a second.
    pub(crate) async fn start(folder: &Path, addresses: &[String]) -> Self {
        let port = free_port();
        let mut config = format!(
            "defaults\n mode http\n timeout connect 2s\n timeout client 2m\n timeout server 2m\n timeout check 5s\n \
             retries 3\n option redispatch 1\n retry-on conn-failure\n\
             frontend all\n bind 127.0.0.1:{port}\n default_backend api\n\
             backend api\n balance roundrobin\n option httpchk GET /readyz\n \
             default-server check inter 100ms fall 1 rise 1\n"
        );
        for (number, address) in addresses.iter().enumerate() {
            writeln!(config, " server api{number} {address}").unwrap();
        }
        let path = folder.join("haproxy.cfg");
        std::fs::write(&path, config).unwrap();
        // Not as a daemon and with one process, so that it ends with its parent's word.
        let mut command = Command::new("haproxy");
        command.args(["-db", "-q", "-f"]).arg(&path);
        assert!(
            Command::new("haproxy").arg("-v").output().is_ok(),
            "haproxy is not installed. Install it with: apt-get install haproxy"
        );
        let balancer = Self {
            _process: Process::start(command),
            url: format!("http://127.0.0.1:{port}"),
        };
        let probe = format!("{}/readyz", balancer.url);
        let http = crate::client::Client::new(&balancer.url, "");
        until("the balancer has found a replica", async || {
            let answer = http.bare(reqwest::Method::GET, &probe).timeout(LONG).send();
            answer
                .await
                .is_ok_and(|answer| answer.status() == 200)
                .then_some(())
        })
        .await;
        balancer
    }
}
