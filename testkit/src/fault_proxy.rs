mod link;

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc as blocking;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::{mpsc, watch};

use crate::HeldPort;

/// What a [`FaultProxy`] does with bytes and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing bad: all goes through.
    Pass,
    /// Each piece, there and back, waits so long.
    Delay(Duration),
    /// Every connection, also each new one, ends by a reset.
    Reset,
    /// Connections are taken, and nothing goes through any more. What was held goes on when this
    /// ends, as it does after packets were lost for a while.
    Blackhole,
    /// Nobody listens, and who was connected is reset: as if the server was down.
    Refuse,
    /// A connection is closed after so many bytes from the server, counted from now on.
    CutAfter(u64),
}

/// A TCP proxy on a port of 127.0.0.1 that can be told to do harm. It works on a thread of its
/// own, so a test may block.
#[derive(Debug)]
pub struct FaultProxy {
    port: SocketAddr,
    orders: Option<mpsc::UnboundedSender<Order>>,
    open: watch::Receiver<usize>,
    thread: Option<JoinHandle<()>>,
}

/// Something to do, and whom to tell that it is done.
struct Order {
    what: What,
    done: blocking::Sender<()>,
}

enum What {
    Set(Fault),
    CutAll,
    StrandAll,
}

/// What all connections look at.
#[derive(Clone, Debug)]
struct Weather {
    fault: Fault,
    /// Counts the times that all were to be cut.
    cuts: u64,
    /// Counts the times that all were to be stranded.
    strands: u64,
}

impl FaultProxy {
    /// A proxy for the server at `target`, which may come later. All goes through at first.
    pub fn start(target: SocketAddr) -> Self {
        let port = HeldPort::new();
        let address = port.address();
        let (orders, receiver) = mpsc::unbounded_channel();
        let (counter, open) = watch::channel(0);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime of one thread needs next to nothing");
            let proxy = Proxy::new(port, target, counter);
            runtime.block_on(proxy.serve(receiver));
        });
        let proxy = Self {
            port: address,
            orders: Some(orders),
            open,
            thread: Some(thread),
        };
        // It listens when this returns.
        proxy.set(Fault::Pass);
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.port
    }

    /// From now on it does this.
    pub fn set(&self, fault: Fault) {
        self.order(What::Set(fault));
    }

    /// Resets all connections that there are; new ones are welcome.
    pub fn cut_all(&self) {
        self.order(What::CutAll);
    }

    /// The server loses all connections that there are, and no client is told: as if its machine
    /// had vanished and another had its address. New ones are welcome.
    pub fn strand_all(&self) {
        self.order(What::StrandAll);
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        *self.open.borrow()
    }

    fn order(&self, what: What) {
        let (done, wait) = blocking::channel();
        let orders = self.orders.as_ref().expect("it is closed at the end only");
        let sent = orders.send(Order { what, done }).is_ok();
        assert!(sent && wait.recv().is_ok(), "the proxy's thread has ended");
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The part that works on the thread.
struct Proxy {
    port: HeldPort,
    target: SocketAddr,
    listener: Option<TcpListener>,
    weather: watch::Sender<Weather>,
    open: watch::Sender<usize>,
}

impl Proxy {
    fn new(port: HeldPort, target: SocketAddr, open: watch::Sender<usize>) -> Self {
        let weather = Weather {
            fault: Fault::Pass,
            cuts: 0,
            strands: 0,
        };
        Self {
            port,
            target,
            listener: None,
            weather: watch::Sender::new(weather),
            open,
        }
    }

    async fn serve(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            tokio::select! {
                // An order holds for whoever comes after it.
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                client = accept(self.listener.as_ref()) => self.begin(client),
            }
        }
    }

    async fn obey(&mut self, order: Order) {
        match order.what {
            What::CutAll => self.weather.send_modify(|weather| weather.cuts += 1),
            What::StrandAll => self.weather.send_modify(|weather| weather.strands += 1),
            What::Set(fault) => {
                if fault == Fault::Refuse {
                    self.listener = None;
                } else if self.listener.is_none() {
                    let listener = TcpListener::bind(self.port.address()).await;
                    self.listener = Some(listener.expect("the port is held for this"));
                }
                self.weather.send_modify(|weather| weather.fault = fault);
                if matches!(fault, Fault::Reset | Fault::Refuse) {
                    self.weather.send_modify(|weather| weather.cuts += 1);
                }
            }
        }
        // Nobody waits any more when the test has panicked.
        let _ = order.done.send(());
    }

    fn begin(&self, client: TcpStream) {
        let (target, weather) = (self.target, self.weather.subscribe());
        let open = Open::count(&self.open);
        tokio::spawn(async move {
            link::run(client, target, weather).await;
            drop(open);
        });
    }
}

/// Counts as open until dropped.
struct Open(watch::Sender<usize>);

impl Open {
    fn count(counter: &watch::Sender<usize>) -> Self {
        counter.send_modify(|count| *count += 1);
        Self(counter.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        let accepted: io::Result<_> = listener.accept().await;
        // Whoever went away again before it was accepted is nobody's fault.
        if let Ok((client, _)) = accepted {
            return client;
        }
    }
}
