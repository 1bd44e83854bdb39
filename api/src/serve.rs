//! Connections: our own loop, because `axum::serve` waits for a request's head for ever.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use filittle_common::App;
use filittle_common::lookout::look_for_ends;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_layer::Layer;

use crate::http::Peer;
use crate::taken::Taken;
use crate::{ApiSettings, router};

/// A head may have so many bytes: line and fields.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// A head may have so many fields.
const MAX_FIELDS: usize = 100;

/// Serves until `shutdown` is over, and `settings.lame_duck` longer; then takes no new
/// connections, tells those who wait for a job how it stands, and gives all others
/// `settings.drain` to end.
pub async fn serve(
    listener: TcpListener,
    app: App,
    settings: ApiSettings,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    tokio::select! {
        served = serve_connections(listener, app.clone(), settings, shutdown) => served,
        never = look_for_ends(app) => never,
    }
}

async fn serve_connections(
    listener: TcpListener,
    app: App,
    settings: ApiSettings,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let service = router(app, settings.clone());
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(settings.max_connections));
    let mut connections = JoinSet::new();
    let ending = settings.ending.clone();
    let end = async {
        shutdown.await;
        ending.cancel();
        sleep(settings.lame_duck).await;
    };
    tokio::pin!(end);
    loop {
        let (stream, peer, slot) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut end => break,
        };
        // What has ended is forgotten here, so that the set stays as small as what is open.
        while connections.try_join_next().is_some() {}
        let connection = http(&settings).serve_connection(
            TokioIo::new(Taken::new(stream, settings.write_timeout)),
            TowerToHyperService::new(Extension(Peer(peer)).layer(service.clone())),
        );
        let watched = graceful.watch(connection);
        connections.spawn(async move {
            // Clients that go away in the middle are no news.
            if let Err(error) = watched.await {
                tracing::debug!(%error, "connection");
            }
            drop(slot);
        });
    }
    drop(listener);
    settings.draining.cancel();
    if timeout(settings.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
    connections.shutdown().await;
    Ok(())
}

fn http(settings: &ApiSettings) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_FIELDS);
    http
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a permit in the end.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written as a whole; waiting for more only delays them.
                let _ = stream.set_nodelay(true);
                return (stream, peer.ip(), slot);
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Out of file descriptors, for example: it passes when others end.
                tracing::error!(%error, "accept");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
