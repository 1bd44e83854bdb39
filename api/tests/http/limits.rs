//! What a service tells of itself.

use serde_json::json;

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn a_service_tells_its_limits_to_everybody() {
    let app = TestApp::with(|config, settings| {
        config.limits.file_bytes = 1234;
        config.limits.steps = 3;
        config.is_open = false;
        settings.max_streams_of_owner = 5;
    })
    .await;
    let answer = app.get("/v1/limits").answer().await.is(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let limits = answer.json();
    assert_eq!(limits["files"], json!({"bytes": 1234, "parts": 1000}));
    assert_eq!(
        limits["pictures"],
        json!({"bytes": 100 << 20, "pixels": 100_000_000, "side": 65_535})
    );
    assert_eq!(
        (&limits["jobs"]["steps"], &limits["jobs"]["inputs"]),
        (&json!(3), &json!(1000))
    );
    assert_eq!(limits["requests"]["streams_of_account"], 5);
    assert_eq!(limits["accounts"]["registration"], "closed");
    assert_eq!(limits["jobs"]["attempt_seconds"], 6 * 3600);
    app.get("/v1/limits?x=1").answer().await.invalid(&["/x"]);
}

#[tokio::test]
async fn what_is_listed_is_what_is_taken() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let limits = app.get("/v1/limits").answer().await.is(200).json();
    let mut formats = 0;
    for op in limits["ops"].as_array().unwrap() {
        for parameter in op["parameters"].as_array().unwrap() {
            let Some(values) = parameter["values"]["enum"].as_array() else {
                continue;
            };
            for value in values {
                let (op, name) = (op["op"].as_str().unwrap(), &parameter["name"]);
                let (name, value) = (name.as_str().unwrap(), value.as_str().unwrap());
                let needed = match (op, name) {
                    ("resize", _) => "&width=8",
                    ("dither", "bit_order" | "layout") => "&format=raw&gray=true",
                    ("compress", "member") => "&format=zip",
                    _ => "",
                };
                let path = format!("/v1/{op}?{name}={value}{needed}");
                let request = ada.put(&path, format!("{path} is a text of its own"));
                request
                    .header("prefer", "respond-async")
                    .answer()
                    .await
                    .is(202);
                formats += 1;
            }
        }
    }
    assert!(formats > 5, "{limits}");
}

#[tokio::test]
async fn limits_of_a_job_are_kept() {
    let app = TestApp::with(|config, _| {
        config.limits.inputs = 1;
        config.limits.steps = 1;
    })
    .await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let (input, step) = (json!({"file": file["id"]}), json!({"op": "compress"}));
    let body = json!({"inputs": [input, input], "steps": [step, step]});
    let refused = ada.post("/v1/jobs").json(&body).answer().await;
    refused.invalid(&["/inputs", "/steps"]);
    let part = |text: &'static str| reqwest::multipart::Part::text(text).file_name("a.txt");
    let form = reqwest::multipart::Form::new()
        .part("file", part("one"))
        .part("file", part("two"))
        .text("job", json!({"steps": [step]}).to_string());
    let refused = ada.post("/v1/jobs").multipart(form).answer().await;
    refused.invalid(&["/file"]);
}

#[tokio::test]
async fn palettes_and_devices_are_told_with_their_colours() {
    let app = TestApp::start().await;
    let limits = app.get("/v1/limits").answer().await.is(200).json();
    let named = |list: &str, name: &str| {
        let all = limits[list].as_array().unwrap();
        let found = all.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    let palette = named("palettes", "black-white");
    assert_eq!(palette["colors"], json!(["#000000", "#ffffff"]));
    assert_eq!(palette["title"], "Black and white");
    let device = named("devices", "waveshare-7in3e");
    assert_eq!(
        (&device["width"], &device["height"]),
        (&json!(800), &json!(480))
    );
    assert_eq!(device["format"], "raw");
    assert_eq!(device["colors"][3], "#ff0000");
    let op = |op: &str, parameter: &str| {
        let ops = limits["ops"].as_array().unwrap();
        let op = ops.iter().find(|it| it["op"] == op).unwrap();
        let all = op["parameters"].as_array().unwrap().iter();
        all.clone().find(|it| it["name"] == parameter).unwrap()["values"]["enum"]
            .as_array()
            .unwrap()
            .len()
    };
    let count = |list: &str| limits[list].as_array().unwrap().len();
    assert_eq!(op("dither", "palette"), count("palettes"));
    assert_eq!(op("dither", "device"), count("devices"));
}
