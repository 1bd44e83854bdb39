//! Answers that never arrive.

use std::collections::BTreeSet;

use filittle_testkit::{Fault, FaultProxy};

use crate::generate;
use crate::times::until;
use crate::world::{World, job};

const JOBS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_whose_answer_was_cut_off_ends_once() {
    let world = World::new();
    let (api, _worker) = (world.api(), world.worker());
    let client = world.client(&api.url).await;
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let proxy = FaultProxy::start(api.address());
    let unlucky = client.at(&format!("http://{}", proxy.address()));
    // The first byte of an answer comes after the commit.
    proxy.set(Fault::CutAfter(0));
    let names: BTreeSet<String> = (0..JOBS)
        .map(|number| format!("unknown {number}"))
        .collect();
    for name in &names {
        let mut order = job(&file, true);
        order["name"] = name.as_str().into();
        let told = unlucky.post("/v1/jobs", &order).send().await;
        assert!(told.is_err(), "{told:?}");
    }
    until("all have ended", async || {
        let ended = world.count("select count(*) from jobs where finished_at is not null");
        (ended == JOBS as u64).then_some(())
    })
    .await;
    world.all_ended_once(JOBS);
    let rows = world.database.query("select name from jobs");
    assert_eq!(
        rows.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
        names
    );
    world.each_notice_is_sent().await;
    assert_eq!(crate::world::mails(&world.mail()), JOBS);
}
