//! Replicas and sessions that end under load.

use std::net::SocketAddr;
use std::time::Duration;

use filittle_testkit::{Haproxy, HeldPort};

use crate::load::Load;
use crate::world::{Replica, World};

/// With an address of its own, so that the balancer finds the next one, too.
fn api(world: &World, address: SocketAddr) -> Replica {
    let mut command = world.api_command();
    command
        .env("FILITTLE_LISTEN", address.to_string())
        .env("FILITTLE_LAME_DUCK_SECONDS", "1");
    Replica::start(command, "filittle listens on ")
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_every_replica_under_load_fails_no_request_and_no_job() {
    let world = World::new();
    let ports = [HeldPort::new(), HeldPort::new()];
    let addresses = ports.each_ref().map(HeldPort::address);
    let mut apis = addresses.map(|address| api(&world, address));
    let mut workers = [world.worker(), world.worker()];
    let balancer = Haproxy::start(&addresses);
    let client = world.client(&balancer.url()).await;
    let load = Load::start(std::slice::from_ref(&client), 3);
    load.accepts(20).await;
    for _ in 0..2 {
        for worker in &mut workers {
            worker.stop();
            *worker = world.worker();
            load.accepts(10).await;
        }
        for (replica, address) in apis.iter_mut().zip(addresses) {
            replica.stop();
            *replica = api(&world, address);
            // Until the balancer has seen it.
            crate::times::until("the new replica serves", async || {
                let served = replica.process.errors();
                served
                    .iter()
                    .any(|line| line.contains("/v1/jobs"))
                    .then_some(())
            })
            .await;
        }
    }
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    ledger.holds(&world, &client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_killed_under_load_loses_nothing_it_accepted() {
    let world = World::new();
    let steady = world.api();
    let _worker = world.worker();
    let client = world.client(&steady.url).await;
    let port = HeldPort::new();
    let mut shaky = api(&world, port.address());
    let load = Load::start(&[client.clone(), client.at(&shaky.url)], 4);
    for _ in 0..5 {
        load.accepts(10).await;
        shaky.kill();
        shaky = api(&world, port.address());
    }
    let ledger = load.stop().await;
    ledger.holds(&world, &client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_the_database_that_are_cut_lose_nothing_that_was_accepted() {
    let world = World::new();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 4);
    load.accepts(10).await;
    for _ in 0..40 {
        world.database.query(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    load.accepts(10).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused_for_good();
    ledger.holds(&world, &two.clients[0]).await;
}
