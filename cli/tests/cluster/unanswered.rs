//! Answers that never arrive.

use std::collections::BTreeSet;
use std::time::Duration;

use filittle_testkit::{Fault, FaultProxy};

use crate::generate;
use crate::times::until;
use crate::world::{World, job};

const JOBS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_whose_answer_was_cut_off_ends_once() {
    let world = World::new();
    let two = world.two_of_each().await;
    let client = &two.clients[0];
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let proxy = FaultProxy::start(two.apis[0].address());
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

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_killed_between_the_commit_and_the_answer_has_accepted_the_job() {
    let mut world = World::new();
    let (steady, _workers) = (world.api(), [world.worker(), world.worker()]);
    let client = world.client(&steady.url).await;
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let proxy = world.proxy_database();
    for killed in 0..3 {
        let doomed = world.api();
        let unlucky = client.at(&doomed.url);
        // The answer to the commit is on its way for so long.
        proxy.set(Fault::Delay(Duration::from_millis(300)));
        let order = job(&file, true);
        let told = tokio::spawn(async move { unlucky.post("/v1/jobs", &order).send().await });
        until("the job is there", async || {
            (world.count("select count(*) from jobs") == killed + 1).then_some(())
        })
        .await;
        doomed.kill();
        let told = told.await.unwrap();
        assert!(told.is_err(), "it was answered before it was killed");
        proxy.set(Fault::Pass);
    }
    until("all have ended", async || {
        (world.count("select count(*) from job_work") == 0).then_some(())
    })
    .await;
    world.all_ended_once(3);
    world.each_notice_is_sent().await;
}
