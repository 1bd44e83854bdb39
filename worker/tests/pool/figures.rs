//! What Prometheus is told of the pool and its work.

use filittle_common::commands::cancel_job::CancelJob;
use filittle_common::domain::State;
use filittle_testkit::Exposition;
use serde_json::json;

use crate::attempts::noise;
use crate::world::{LONG, World, dither, picture};

fn told(world: &World) -> Exposition {
    Exposition::read(&world.app.metrics().text())
}

#[track_caller]
fn is(told: &Exposition, series: &str, expected: f64) {
    let value = told.value(series);
    assert!(
        (value - expected).abs() < f64::EPSILON,
        "{series} is {value}, not {expected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_and_memory_are_told_while_a_job_runs_and_after() {
    let world = World::new().await;
    let _pool = world.pool(2).await;
    let idle = told(&world);
    // With the place for what somebody waits for.
    is(&idle, "filittle_pool_slots", 3.0);
    is(&idle, "filittle_memory_budget_bytes", f64::from(192 << 20));
    is(&idle, "filittle_memory_budget_used_bytes", 0.0);
    let big = world.upload("big", noise(48 << 20)).await;
    let slow = json!([{"op": "compress", "format": "zstd", "level": 19}]);
    let busy = world.submit(&[big], slow).await;
    world.running(busy.id).await;
    let working = async {
        while told(&world).value("filittle_memory_budget_used_bytes") == 0.0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, working).await.unwrap();
    assert!(told(&world).value("filittle_pool_slots_used") >= 1.0);
    let cancel = CancelJob::of(busy.id);
    world.app.execute(cancel, &world.actor).await.unwrap();
    world.ended(busy.id).await;
    let idle_again = async {
        let is_used = |told: &Exposition| {
            told.value("filittle_pool_slots_used") + told.value("filittle_memory_budget_used_bytes")
                > 0.0
        };
        while is_used(&told(&world)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, idle_again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_told_by_its_step_its_phases_and_its_bytes() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let bytes = picture(200);
    let size = u32::try_from(bytes.len()).unwrap();
    let file = world.upload("a.png", bytes).await;
    let job = world.submit(&[file], dither()).await;
    let job = world.ended(job.id).await;
    assert_eq!(job.state, State::Succeeded);
    let count = "filittle_job_duration_seconds_count{op=\"dither\"}";
    // The waiting client knows of the end a moment before the attempt is over.
    let over = async {
        while told(&world).value(count) == 0.0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, over).await.unwrap();
    let told = told(&world);
    is(&told, count, 1.0);
    is(
        &told,
        "filittle_job_duration_seconds_count{op=\"compress\"}",
        0.0,
    );
    is(&told, "filittle_job_input_bytes_total", f64::from(size));
    let made = u32::try_from(job.outputs[0].size).unwrap();
    is(&told, "filittle_job_output_bytes_total", f64::from(made));
    for phase in ["waiting", "decoding", "dithering"] {
        let time = told.value(&format!(
            "filittle_work_phase_seconds_total{{phase=\"{phase}\"}}"
        ));
        assert!(time > 0.0, "{phase}: {time}");
    }
}
