//! Connections that nobody can read on the way.

use filittle_testkit::{Certificate, Process};

use crate::generate;
use crate::times::{LONG, until};
use crate::world::{World, job};

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_done_over_tls_to_postgresql_and_redis() {
    let certificate = Certificate::new();
    let world = World::over_tls(&certificate);
    let (api, _worker) = (world.api(), world.worker());
    let client = world.client(&api.url).await;
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let submitted = client.submit(&job(&file, false)).await;
    client.succeeded(&submitted).await;
    // Nobody else writes there.
    until("rings go by way of Redis", async || {
        (world.redis.ask("DBSIZE") != ":0").then_some(())
    })
    .await;
    let sessions = "from pg_stat_ssl join pg_stat_activity using (pid)
                    where application_name = 'filittle'";
    assert!(world.count(&format!("select count(*) {sessions} and ssl")) > 0);
    let plain = format!("select count(*) {sessions} and not ssl");
    assert_eq!(world.count(&plain), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_vouches_for_is_not_talked_to() {
    let certificate = Certificate::new();
    let mut world = World::over_tls(&certificate);
    let another = Certificate::new();
    world.trust(&another);
    let api = Process::start(world.api_command());
    let status = api.wait(LONG);
    assert_eq!(status.code(), Some(1));
    let told = api.errors().join("\n");
    assert!(told.contains("certificate"), "{told}");
}
