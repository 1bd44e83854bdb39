//! A service for one test.

use std::net::SocketAddr;
use std::time::Duration;

use filittle_api::ApiSettings;
use filittle_common::accounts::{Accounts, Secret};
use filittle_common::actor::Member;
use filittle_common::blobs::Blobs;
use filittle_common::clock::Clock;
use filittle_common::commands::register::Register;
use filittle_common::config::Config;
use filittle_common::ids::BlockId;
use filittle_common::live::Live;
use filittle_common::queue::Queue;
use filittle_common::store::{Db, accounts, blocks};
use filittle_common::trace::Traces;
use filittle_common::wake::Wake;
use filittle_common::{Actor, App, Parts};
use reqwest::{Client, Method, RequestBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::answer::{Answer, Send};

pub(crate) const PASSWORD: &str = "correct horse";
/// Nothing takes longer, unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A service on a free port, with a clock that stands still.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
    folder: TempDir,
}

/// Somebody with a token.
pub(crate) struct User<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) member: Member,
    pub(crate) token: String,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(|_, _| {}).await
    }

    /// With other settings than the usual ones.
    pub(crate) async fn with(change: impl FnOnce(&mut Config, &mut ApiSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2026-01-02T03:04:05.678901Z".parse().unwrap());
        let db = Db::sqlite(&folder.path().join("db.sqlite"), clock)
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config {
            public_url: format!("http://{address}"),
            ..Config::default()
        };
        let mut settings = ApiSettings::default();
        change(&mut config, &mut settings);
        let app = App::new(Parts {
            traces: Traces::default(),
            blobs: Blobs::local(&folder.path().join("objects"), db.clone()).unwrap(),
            accounts: Accounts::open(folder.path(), &config).unwrap(),
            queue: Queue::channel(),
            wake: Wake::default(),
            live: Live::default(),
            config,
            db,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let service = filittle_api::serve(listener, app.clone(), settings, async {
            let _ = stopped.await;
        });
        Self {
            served: tokio::spawn(service),
            stop: Some(stop),
            client: client(),
            address,
            app,
            folder,
        }
    }

    /// From now on nothing can be stored.
    pub(crate) fn lose_objects(&self) {
        let objects = self.folder.path().join("objects");
        std::fs::rename(&objects, self.folder.path().join("away")).unwrap();
        std::fs::write(&objects, "not a folder").unwrap();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("http://{}{path}", self.address)
        };
        self.client.request(method, url)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A new account, signed in.
    pub(crate) async fn user(&self, name: &str) -> User<'_> {
        let command = Register {
            email: format!("{name}@example.org"),
            password: Secret::new(PASSWORD),
            name: None,
        };
        let account = self
            .app
            .execute(command, &Actor::anonymous(None))
            .await
            .unwrap();
        let mut read = self.app.db.read_any().await.unwrap();
        let row = accounts::find(&mut read, account.id)
            .await
            .unwrap()
            .unwrap();
        let member = Member {
            account: row.id,
            owner: row.owner_id,
            role: row.role,
        };
        let tokens = self.app.accounts.access_tokens();
        let token = tokens.issue(member, self.app.db.clock().now()).unwrap();
        User {
            app: self,
            member,
            token: token.expose().to_owned(),
        }
    }

    /// How many blocks there are, of whatever state.
    pub(crate) async fn blocks(&self) -> usize {
        let mut read = self.app.db.read_any().await.unwrap();
        let page = blocks::page(&mut read, BlockId(Uuid::nil()), 1000);
        page.await.unwrap().len()
    }

    /// Waits until there are so many blocks.
    pub(crate) async fn has_blocks(&self, count: impl Fn(usize) -> bool) {
        let waiting = async {
            while !count(self.blocks().await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, waiting)
            .await
            .expect("the number of blocks changes");
    }

    /// Asks the service to end.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(self) {
        tokio::time::timeout(LONG, self.served)
            .await
            .expect("it ends in time")
            .unwrap()
            .unwrap();
    }
}

impl User<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.request(method, path).bearer_auth(&self.token)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    pub(crate) fn put(&self, path: &str, bytes: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::PUT, path).body(bytes)
    }

    /// Uploads, and answers the file.
    pub(crate) async fn file(&self, name: &str, bytes: &[u8]) -> serde_json::Value {
        let path = format!("/v1/files?name={name}");
        let answer: Answer = self.put(&path, bytes.to_vec()).answer().await;
        answer.is(201).json()["items"][0].clone()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it talks to the service of the test only"
)]
fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LONG)
        .build()
        .unwrap()
}
