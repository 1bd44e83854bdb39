//! PostgreSQL that crashes, or cannot be reached, under load.

use std::time::Duration;

use filittle_testkit::Fault;

use crate::load::Load;
use crate::world::World;

const CRASHES: usize = 3;
/// Longer than a lease.
const AWAY: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_loses_nothing_that_was_accepted() {
    let (world, server) = World::on_own_postgres();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 4);
    for _ in 0..CRASHES {
        load.accepts(15).await;
        server.stop_immediate();
        server.start_again();
    }
    load.accepts(15).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused_for_good();
    ledger.holds(&world, &two.clients[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_beyond_all_leases_loses_nothing() {
    let (mut world, _) = World::on_own_postgres();
    let proxy = world.proxy_database();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 4);
    for fault in [Fault::Blackhole, Fault::Refuse] {
        load.accepts(15).await;
        proxy.set(fault);
        tokio::time::sleep(AWAY).await;
        proxy.set(Fault::Pass);
    }
    load.accepts(15).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused_for_good();
    ledger.holds_but_for_commits(&world, &two.clients[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_without_a_word_cost_no_lease() {
    let (mut world, _) = World::on_own_postgres();
    let proxy = world.proxy_database();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 4);
    for _ in 0..2 {
        load.accepts(15).await;
        proxy.strand_all();
    }
    load.accepts(15).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused_for_good();
    ledger.holds_but_for_commits(&world, &two.clients[0]).await;
    let crashes =
        "select count(*) from events where kind = 'released' and data ->> 'reason' = 'crash'";
    assert_eq!(world.count(crashes), 0);
}
