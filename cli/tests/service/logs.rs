//! What the logs tell, and what they never do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answer::{Answer, Send};
use crate::client::{Client, path};
use crate::service::{Service, serve};
use crate::stopped::files;
use crate::times::until;

const EMAIL: &str = "canary.bird@aviary.example.org";
const PASSWORD: &str = "canary password 7f3a";
const WRONG_PASSWORD: &str = "canary wrong password 99";
const MARKER: &str = "canary-content-marker-5d1c";
const NAME: &str = "canary-file-name-77.txt";

/// What must not be told, by what it is.
pub(crate) type Secrets = BTreeMap<&'static str, String>;

/// Goes through all routes, with success and with failure; answers every secret that passed.
pub(crate) async fn everything(service: &Service) -> Secrets {
    let welcome = service.welcome();
    let admin = service.client(&welcome.key);
    let mut secrets = Secrets::from([
        ("e-mail address", EMAIL.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("wrong password", WRONG_PASSWORD.to_owned()),
        ("content", MARKER.to_owned()),
        ("file name", NAME.to_owned()),
        ("first password", welcome.password),
        ("first API key", welcome.key),
    ]);
    let key = signs_in(&admin, &mut secrets).await;
    let client = service.client(&key);
    let (file, job) = makes(&client, &mut secrets).await;
    goes_wrong(&client, &file, &job).await;
    secrets
}

async fn signs_in(admin: &Client, secrets: &mut Secrets) -> String {
    let post = |path: &str, body: Value| admin.bare(Method::POST, path).json(&body).answer();
    let who = json!({"email": EMAIL, "password": PASSWORD});
    post("/v1/register", who.clone()).await.is(201);
    post("/v1/register", who.clone()).await.is(409);
    let wrong = json!({"email": EMAIL, "password": WRONG_PASSWORD});
    post("/v1/login", wrong).await.is(401);
    post(
        "/v1/login",
        json!({"email": EMAIL, "password": PASSWORD, "x": MARKER}),
    )
    .await
    .is(422);
    let tokens = post("/v1/login", who).await.is(200).json();
    let take = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let fresh = post("/v1/token/refresh", refresh.clone())
        .await
        .is(200)
        .json();
    secrets.insert("access token", take(&tokens, "access_token"));
    secrets.insert("refresh token", take(&tokens, "refresh_token"));
    secrets.insert("fresh access token", take(&fresh, "access_token"));
    secrets.insert("fresh refresh token", take(&fresh, "refresh_token"));
    let me = |token: &str, method: Method, path: &str| admin.bare(method, path).bearer_auth(token);
    let token = take(&fresh, "access_token");
    me(&token, Method::GET, "/v1/me").answer().await.is(200);
    let rename = me(&token, Method::PATCH, "/v1/me").json(&json!({"name": "Canary"}));
    rename.answer().await.is(200);
    let make = me(&token, Method::POST, "/v1/api-keys").json(&json!({"name": "canary"}));
    let key = make.answer().await.is(201).json();
    me(&token, Method::GET, "/v1/api-keys")
        .answer()
        .await
        .is(200);
    let spare = me(&token, Method::POST, "/v1/api-keys").json(&json!({"name": "spare"}));
    let spare = spare.answer().await.is(201).json();
    let delete = format!("/v1/api-keys/{}", spare["id"].as_str().unwrap());
    me(&token, Method::DELETE, &delete).answer().await.is(204);
    secrets.insert("API key", take(&key, "key"));
    secrets.insert("deleted API key", take(&spare, "key"));
    let dead = take(&spare, "key");
    me(&dead, Method::GET, "/v1/me").answer().await.is(401);
    me(&format!("{token}x"), Method::GET, "/v1/me")
        .answer()
        .await
        .is(401);
    let by_name = admin
        .bare(Method::GET, "/v1/me")
        .basic_auth(&dead, Some(PASSWORD));
    by_name.answer().await.is(401);
    post(
        "/v1/logout",
        json!({"refresh_token": fresh["refresh_token"]}),
    )
    .await
    .is(204);
    post("/v1/token/refresh", refresh).await.is(401);
    admin
        .bare(Method::GET, "/.well-known/jwks.json")
        .answer()
        .await
        .is(200);
    take(&key, "key")
}

async fn makes(client: &Client, secrets: &mut Secrets) -> (Value, Value) {
    let file = client.upload(NAME, MARKER).await;
    let link = |url: &Value| url.as_str().unwrap().to_owned();
    let token = |url: &str| url.split("/v1/links/").nth(1).unwrap()[..60].to_owned();
    let form = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"canary-file-name-77.txt\"\r\n\r\n\
                canary-content-marker-5d1c\r\n--x--\r\n";
    let post = client.request(Method::POST, "/v1/files").body(form);
    let post = post.header("content-type", "multipart/form-data; boundary=x");
    post.answer().await.is(201);
    let file_path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    for path in [
        "/v1/files",
        "/v1/files?name=canary-file-name-77.txt",
        &file_path,
    ] {
        client.get(path).answer().await.is(200);
    }
    let said = json!({"category": "birds"});
    let patch = client.request(Method::PATCH, &file_path).json(&said);
    patch.answer().await.is(200);
    client.content(&file).await;
    let job = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress"}],
        "notify": {"email": true},
    });
    let job = client.submit(&job).await;
    let job = client.succeeded(&job).await;
    client.output(&job).await;
    client.get("/v1/jobs").answer().await.is(200);
    for url in [link(&file["url"]), link(&job["outputs"][0]["url"])] {
        client.bare(Method::GET, &url).answer().await.is(200);
    }
    let page = link(&job["outputs"][0]["url"]);
    let page = page.strip_suffix("/0").unwrap();
    client.bare(Method::GET, page).answer().await.is(200);
    secrets.insert("link of a file", token(&link(&file["url"])));
    secrets.insert("link of a job", token(page));
    (file, job)
}

async fn goes_wrong(client: &Client, file: &Value, job: &Value) {
    let link = file["url"].as_str().unwrap();
    for path in [
        &format!("{link}x"),
        &format!("{link}/7"),
        &format!("/nowhere/{MARKER}"),
    ] {
        client.bare(Method::GET, path).answer().await.is(404);
    }
    let dither = client.work(file, &json!({"op": "dither"})).await;
    assert_eq!(client.ended(&dither).await["state"], "failed");
    let retry = client.post(&format!("{}/retry", path(&dither)), &json!({}));
    let again = retry.answer().await.is(202).json();
    client.ended(&again).await;
    let bad = json!({"inputs": [{"file": MARKER}], "steps": [{"op": MARKER}], "name": MARKER});
    client.post("/v1/jobs", &bad).answer().await.is(422);
    let cut = client
        .request(Method::POST, "/v1/jobs")
        .body(format!("{{\"name\": \"{MARKER}"));
    let cut = cut
        .header("content-type", "application/json")
        .answer()
        .await;
    assert!((400..500).contains(&cut.status), "{cut:?}");
    client
        .get(&format!("/v1/files?limit={MARKER}"))
        .answer()
        .await
        .is(422);
    client
        .get(&format!("/v1/files/{MARKER}"))
        .answer()
        .await
        .is(404);
    client
        .post(&format!("{}/cancel", path(job)), &json!({}))
        .answer()
        .await
        .is(409);
    client
        .get(&format!("{}/outputs/9", path(job)))
        .answer()
        .await
        .is(404);
    client
        .request(Method::TRACE, "/v1/me")
        .answer()
        .await
        .is(405);
    for thing in [
        path(&dither),
        format!("/v1/files/{}", file["id"].as_str().unwrap()),
    ] {
        client
            .request(Method::DELETE, &thing)
            .answer()
            .await
            .is(204);
        client.get(&thing).answer().await.is(410);
    }
    client.get("/livez").answer().await.is(200);
    let ready: Answer = client.get("/readyz").answer().await;
    ready.is(200);
}

/// Each line is JSON with its time and level, and tells where it belongs.
fn read(lines: &[String]) -> (usize, usize) {
    let (mut requests, mut jobs) = (0, 0);
    for line in lines {
        let told: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: not JSON: {line}"));
        assert!(
            told["timestamp"].is_string() && told["level"].is_string(),
            "{line}"
        );
        let spans = told["spans"].as_array().map_or(&[][..], Vec::as_slice);
        let span = |name: &str| spans.iter().find(|span| span["name"] == name);
        if told["message"] == "answered" {
            let request = span("request").unwrap_or_else(|| panic!("no request: {line}"));
            assert_eq!(request["id"].as_str().unwrap().len(), 36, "{line}");
            assert_eq!(request["trace"].as_str().unwrap().len(), 32, "{line}");
            requests += 1;
        }
        if told["message"] == "attempt ended" {
            let job = span("job").unwrap_or_else(|| panic!("no job: {line}"));
            assert_eq!(job["id"].as_str().unwrap().len(), 36, "{line}");
            assert_eq!(job["trace"].as_str().unwrap().len(), 32, "{line}");
            jobs += 1;
        }
    }
    (requests, jobs)
}

/// Where a secret may be in clear, under the data folder.
fn may_be(secret: &str, file: &Path) -> bool {
    let name = file.to_string_lossy();
    let (database, mail) = (name.contains("filittle.sqlite"), name.contains("/mail/"));
    match secret {
        // The database has the mails, too.
        "e-mail address" | "link of a job" | "file name" => database || mail,
        "content" => name.contains("/objects/"),
        _ => false,
    }
}

async fn nothing_leaks(settings: &str) {
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    if !settings.is_empty() {
        command.env("FILITTLE_LOG", settings);
    }
    let service = Service::run(command);
    let secrets = everything(&service).await;
    until("the mail has come", async || {
        let files = files(&data.path().join("mail"));
        let is_mail = |path: &Path| path.extension().is_some_and(|it| it == "eml");
        files.iter().any(|path| is_mail(path)).then_some(())
    })
    .await;
    service.process.signal(filittle_testkit::Signal::INT);
    service.process.wait(crate::times::LONG);
    let lines = service.process.errors();
    let (requests, jobs) = read(&lines);
    assert!(
        requests >= 40 && jobs >= 3,
        "{requests} requests, {jobs} jobs"
    );
    for (what, secret) in &secrets {
        assert!(!secret.is_empty());
        for line in &lines {
            assert!(!line.contains(secret), "the {what} is in the log: {line}");
        }
        for file in files(data.path()) {
            let bytes = fs::read(&file).unwrap();
            let is_there = (bytes.windows(secret.len())).any(|part| part == secret.as_bytes());
            assert!(
                !is_there || may_be(what, &file),
                "the {what} is in {}",
                file.display()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_or_in_clear_on_the_disk() {
    nothing_leaks("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_of_one_who_looks_closer() {
    nothing_leaks(
        "info,filittle=debug,filittle_common=debug,filittle_api=debug,filittle_worker=debug",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_of_one_who_wants_to_see_everything() {
    nothing_leaks("trace").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_in_the_trace_of_its_caller() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = client
        .get("/v1/files")
        .header("traceparent", parent)
        .answer()
        .await;
    let told = answer.headers["traceparent"].to_str().unwrap().to_owned();
    assert!(told.starts_with(&format!("00-{trace}-")), "{told}");
    let request = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    service.process.signal(filittle_testkit::Signal::INT);
    service.process.wait(crate::times::LONG);
    let lines = service.process.errors();
    let line = lines.iter().find(|line| line.contains(&request));
    assert!(line.unwrap().contains(trace), "{line:?}");
}
