use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use http_body_util::{BodyExt, Empty, combinators::BoxBody};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, client, server};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::oneshot;

/// A proxy in front of an HTTP server that answers some requests itself, with 503. What it passes
/// on it does not change. It works on a thread of its own.
#[derive(Debug)]
pub struct FlakyHttp {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    chance: Mutex<Chance>,
    refused: AtomicU64,
    passed: AtomicU64,
}

/// What decides on the next request.
#[derive(Debug)]
struct Chance {
    seed: u64,
    percent: u64,
}

impl FlakyHttp {
    /// A proxy for the server at `target` that passes everything at first. With the same seed and
    /// the same requests, the same ones are refused.
    pub fn start(target: SocketAddr, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            target,
            chance: Mutex::new(Chance { seed, percent: 0 }),
            refused: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0");
        let listener = listener.expect("some port of 127.0.0.1 is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let served = shared.clone();
        // The runtime is made on the thread: a test may have one already.
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime of one thread needs next to nothing");
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, served) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens, as the beginning of URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on so many of a hundred requests are refused: 0 for none, 100 for all.
    pub fn refuse_percent(&self, percent: u64) {
        self.shared.chance().percent = percent;
    }

    /// How many requests it has answered with 503.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// How many requests it has passed on.
    pub fn passed(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }
}

impl Drop for FlakyHttp {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn chance(&self) -> std::sync::MutexGuard<'_, Chance> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuses(&self) -> bool {
        let mut chance = self.chance();
        // SplitMix64 (Steele, Lea and Flood, 2014).
        chance.seed = chance.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = chance.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % 100 < chance.percent
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let listener = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::TcpListener::from_std(listener))
        .expect("it was just bound");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(answer(request, &shared).await) }
            });
            // Who asks and goes away is nobody's fault.
            let _ = server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Body = BoxBody<Bytes, hyper::Error>;

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Body> {
    if shared.refuses() {
        shared.refused.fetch_add(1, Ordering::Relaxed);
        // An answer before the end of the body would end the connection, too.
        let _ = request.into_body().collect().await;
        return empty(StatusCode::SERVICE_UNAVAILABLE);
    }
    shared.passed.fetch_add(1, Ordering::Relaxed);
    match pass(request, shared.target).await {
        Ok(response) => response.map(BodyExt::boxed),
        Err(_) => empty(StatusCode::BAD_GATEWAY),
    }
}

/// Asks the server, on a connection for this request alone.
async fn pass(
    request: Request<Incoming>,
    target: SocketAddr,
) -> Result<Response<Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

fn empty(status: StatusCode) -> Response<Body> {
    let body = Empty::new().map_err(|never: Infallible| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = status;
    response
}
