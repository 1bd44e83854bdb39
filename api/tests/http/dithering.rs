//! What a `dither` may ask for beside the table: palettes and panels by their names.

use serde_json::{Value, json};

use crate::answer::{Answer, Send};
use crate::app::{TestApp, User};

async fn shortcut(user: &User<'_>, query: &str) -> Answer {
    let request = user.put(&format!("/v1/dither?{query}"), "some text");
    request.header("prefer", "respond-async").answer().await
}

/// The job of one step, and how it is answered.
async fn job(user: &User<'_>, step: &Value) -> Answer {
    let file = user.file("a.png", step.to_string().as_bytes()).await;
    let body = json!({"inputs": [{"file": file["id"]}], "steps": [step]});
    user.post("/v1/jobs").json(&body).answer().await
}

/// A resize to the panel's size, and the dithering to its inks.
fn is_for_the_panel(steps: &Value) {
    let all = steps.as_array().unwrap();
    assert_eq!(all.len(), 2, "{steps}");
    let (resize, dither) = (&all[0], &all[1]);
    assert_eq!(resize["op"], "resize");
    assert_eq!(
        (&resize["width"], &resize["height"], &resize["fit"]),
        (&json!(800), &json!(480), &json!("cover"))
    );
    assert_eq!(
        (&dither["op"], &dither["format"]),
        (&json!("dither"), &json!("raw"))
    );
    assert_eq!(dither["codes"], json!([0, 1, 2, 3, 5, 6]));
    assert_eq!(dither["bits"], 4);
    assert_eq!(dither.get("device"), None);
}

#[tokio::test]
async fn a_shortcut_for_a_panel_is_a_job_of_two_steps() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = shortcut(&ada, "device=waveshare-7in3e&name=a.png")
        .await
        .is(202);
    let job = answer.json();
    is_for_the_panel(&job["steps"]);
    assert_eq!(job["items"][0]["name"], "a.png");
}

#[tokio::test]
async fn a_step_for_a_panel_is_two_steps_of_its_job() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let step = json!({"op": "dither", "device": "waveshare-7in3e", "algorithm": "atkinson"});
    let answer = job(&ada, &step).await.is(202).json();
    is_for_the_panel(&answer["steps"]);
    assert_eq!(answer["steps"][1]["algorithm"], "atkinson");
}

#[tokio::test]
async fn where_colours_are_from_and_what_is_written_is_kept_with_the_job() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for step in [
        json!({"op": "dither", "palette": "pico-8", "format": "gif"}),
        json!({"op": "dither", "extract": 16, "format": "bmp"}),
        json!({"op": "dither", "colors": ["#000000", "#ffffff"], "format": "raw", "bits": 2}),
        json!({"op": "dither", "algorithm": "blue-noise", "color_space": "oklab"}),
    ] {
        let kept = job(&ada, &step).await.is(202).json()["steps"][0].clone();
        for (name, value) in step.as_object().unwrap() {
            assert_eq!(&kept[name], value, "{kept}");
        }
    }
}

#[tokio::test]
async fn an_unknown_panel_or_palette_is_told_with_those_there_are() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for (name, known) in [("device", "`trmnl`"), ("palette", "`pico-8`")] {
        let of_shortcut = shortcut(&ada, &format!("{name}=toaster")).await;
        let of_job = job(&ada, &json!({"op": "dither", name: "toaster"})).await;
        for (answer, pointer) in [
            (of_shortcut, format!("/{name}")),
            (of_job, format!("/steps/0/{name}")),
        ] {
            let error = answer.refused(422, "invalid")["errors"][0].clone();
            assert_eq!(error["pointer"], pointer);
            let detail = error["detail"].as_str().unwrap();
            assert!(
                detail.contains(known) && detail.contains("toaster"),
                "{detail}"
            );
        }
    }
}

#[tokio::test]
async fn what_a_panel_says_itself_is_not_said_beside_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = shortcut(&ada, "device=trmnl&levels=2&palette=pico-8").await;
    answer.invalid(&["/levels", "/palette"]);
}
