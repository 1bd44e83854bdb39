//! More jobs than apalis could hold.

use tokio::task::JoinSet;

use crate::generate;
use crate::times::until;
use crate::world::{World, job};

const JOBS: usize = 9000;
const CLIENTS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn nine_thousand_jobs_that_waited_for_a_worker_all_end() {
    let world = World::new();
    let apis = [world.api(), world.api()];
    let clients = [
        world.client(&apis[0].url).await,
        world.client(&apis[1].url).await,
    ];
    let file = clients[0].upload("a.txt", generate::text(1, 100)).await;
    let mut submits = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, order) = (clients[number % 2].clone(), job(&file, false));
        let count = JOBS / CLIENTS + usize::from(number < JOBS % CLIENTS);
        submits.spawn(async move {
            for _ in 0..count {
                client.submit(&order).await;
            }
        });
    }
    submits.join_all().await;
    assert_eq!(
        world.count("select count(*) from job_work where phase = 1"),
        JOBS as u64
    );
    let _workers = [world.worker(), world.worker()];
    let mut left = u64::MAX;
    while left > 0 {
        // Each look has the whole time for some progress.
        left = until("some of them end", async || {
            let now = world.count("select count(*) from job_work");
            (now < left).then_some(now)
        })
        .await;
    }
    world.all_ended_once(JOBS);
}
