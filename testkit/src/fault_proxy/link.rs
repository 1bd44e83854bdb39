//! One connection through the proxy.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Fault, Weather};

/// How a connection ended.
enum End {
    /// Both sides have said all, or one is gone.
    Done,
    /// So many bytes of the server went through as should.
    Cut,
}

pub(super) async fn run(
    mut client: TcpStream,
    target: SocketAddr,
    mut weather: watch::Receiver<Weather>,
) {
    let (cuts, strands) = {
        let now = weather.borrow();
        (now.cuts, now.strands)
    };
    let reset = wait_for_reset(weather.clone(), cuts);
    tokio::pin!(reset);
    let server = tokio::select! {
        biased;
        () = &mut reset => None,
        server = connect(target, &mut weather) => server.ok(),
    };
    let Some(mut server) = server else {
        return drop_hard([client]);
    };
    let lost = tokio::select! {
        biased;
        () = &mut reset => Lost::Both,
        () = wait_for_strand(weather.clone(), strands) => Lost::Server,
        outcome = carry(&mut client, &mut server, &weather) => match outcome {
            Ok(()) => return,
            Err(_) => Lost::Both,
        },
    };
    match lost {
        Lost::Both => drop_hard([client, server]),
        Lost::Server => {
            drop_hard([server]);
            tokio::select! {
                () = &mut reset => drop_hard([client]),
                () = swallow(&mut client) => {}
            }
        }
    }
}

/// Who is cut off.
enum Lost {
    Both,
    Server,
}

/// Takes what the client says until it goes.
async fn swallow(client: &mut TcpStream) {
    let mut buffer = vec![0; 4 << 10];
    while client.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

async fn wait_for_strand(mut weather: watch::Receiver<Weather>, strands: u64) {
    if (weather.wait_for(|now| now.strands != strands).await).is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns when connections as old as this one are to be reset.
async fn wait_for_reset(mut weather: watch::Receiver<Weather>, cuts: u64) {
    let is_bad = |now: &Weather| now.cuts != cuts || now.fault == Fault::Reset;
    if weather.wait_for(is_bad).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn connect(
    target: SocketAddr,
    weather: &mut watch::Receiver<Weather>,
) -> io::Result<TcpStream> {
    pass(weather).await;
    TcpStream::connect(target).await
}

async fn carry(
    client: &mut TcpStream,
    server: &mut TcpStream,
    weather: &watch::Receiver<Weather>,
) -> io::Result<()> {
    // What is sent in small pieces must not wait here for more.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let there = pump(from_client, to_server, weather.clone(), false);
    let back = pump(from_server, to_client, weather.clone(), true);
    tokio::pin!(there, back);
    // When the client has said all, the answer may still come; when the server has, all is over
    // unless the client goes on.
    let mut is_there_open = true;
    loop {
        tokio::select! {
            end = &mut there, if is_there_open => {
                end?;
                is_there_open = false;
            }
            end = &mut back => {
                if matches!(end?, End::Cut) || !is_there_open {
                    return Ok(());
                }
                there.await?;
                return Ok(());
            }
        }
    }
}

/// Carries one direction, in whatever weather.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut weather: watch::Receiver<Weather>,
    is_counted: bool,
) -> io::Result<End> {
    let mut buffer = vec![0; 16 << 10];
    let mut allowance = Allowance::default();
    loop {
        let count = from.read(&mut buffer).await?;
        pass(&mut weather).await;
        if count == 0 {
            to.shutdown().await?;
            return Ok(End::Done);
        }
        let fault = weather.borrow().fault;
        if let (Fault::CutAfter(bytes), true) = (fault, is_counted) {
            let left = allowance.of(bytes);
            let most = usize::try_from(*left).unwrap_or(usize::MAX);
            let part = count.min(most);
            to.write_all(&buffer[..part]).await?;
            *left -= part as u64;
            if *left == 0 {
                return Ok(End::Cut);
            }
        } else {
            allowance = Allowance::default();
            to.write_all(&buffer[..count]).await?;
        }
    }
}

/// What may still go through, and of how much that is the rest.
#[derive(Default)]
struct Allowance(Option<(u64, u64)>);

impl Allowance {
    fn of(&mut self, bytes: u64) -> &mut u64 {
        if self.0.is_none_or(|(whole, _)| whole != bytes) {
            self.0 = None;
        }
        &mut self.0.get_or_insert((bytes, bytes)).1
    }
}

/// Waits as long as the weather says.
async fn pass(weather: &mut watch::Receiver<Weather>) {
    loop {
        let fault = weather.borrow_and_update().fault;
        match fault {
            Fault::Delay(time) => return sleep(time).await,
            Fault::Blackhole => {}
            _ => return,
        }
        if weather.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// With nothing to wait for, closing is a reset.
fn drop_hard<const COUNT: usize>(streams: [TcpStream; COUNT]) {
    for stream in streams {
        let _ = stream.set_zero_linger();
    }
}
