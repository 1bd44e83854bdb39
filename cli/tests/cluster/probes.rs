//! What processes say of themselves.

use filittle_testkit::Fault;
use reqwest::Method;

use crate::answer::Send;
use crate::client::Client;
use crate::times::until;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_says_that_it_lives_and_whether_it_can_work() {
    let mut world = World::new();
    let proxy = world.proxy_database();
    let worker = world.worker();
    let nobody = Client::new(&worker.url, "");
    let ask = async |path: &str| nobody.bare(Method::GET, path).answer().await;
    ask("/livez").await.is(200);
    let ready = ask("/readyz").await.is(200).json();
    for part in ["database", "queue", "store", "pool"] {
        assert_eq!(ready["checks"][part], "ok", "{ready}");
    }
    let health = ask("/health").await.is(200).json();
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"), "{health}");
    ask("/v1/jobs").await.is(404);
    let post = nobody.bare(Method::POST, "/readyz").answer().await;
    post.is(405);
    let probe = |path: &str| {
        let mut command = world.command("filittle");
        command.args(["probe", &format!("{}{path}", worker.url)]);
        command.output().unwrap()
    };
    assert!(probe("/readyz").status.success());

    proxy.set(Fault::Refuse);
    until("it says that it cannot work", async || {
        let ready = ask("/readyz").await;
        (ready.status == 503).then(|| assert_eq!(ready.json()["checks"]["database"], "failed"))
    })
    .await;
    ask("/livez").await.is(200);
    let told = probe("/readyz");
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    proxy.set(Fault::Pass);
    until("it can work again", async || {
        (ask("/readyz").await.status == 200).then_some(())
    })
    .await;
    worker.stop();
    let told = probe("/livez");
    let told = String::from_utf8_lossy(&told.stderr);
    assert!(told.contains("does not answer"), "{told}");
}
