//! Mails of `serve` to a mail server, with TLS and a password.

use std::process::Command;

use filittle_testkit::{Certificate, SmtpServer, Taken};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answer::Send;
use crate::client::Client;
use crate::service::{Service, filittle, serve};
use crate::times::{LONG, until};

fn to(server: &SmtpServer, certificate: &Certificate, command: &mut Command) {
    let ca = certificate.file();
    let (port, ca) = (server.port(), ca.display());
    command
        .env(
            "FILITTLE_MAIL_URL",
            format!("smtp://{}@127.0.0.1:{port}?ca={ca}", SmtpServer::USER),
        )
        .env("FILITTLE_MAIL_FROM", "filittle <mails@filittle.example>")
        .env("FILITTLE_MAIL_PASSWORD", SmtpServer::PASSWORD);
}

async fn taken(server: &SmtpServer, count: usize) -> Taken {
    until("a mail is taken", async || {
        let mut taken = server.taken();
        (taken.len() == count).then(|| taken.remove(count - 1))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_verifies_the_address_and_then_gets_mails() {
    let (data, certificate) = (tempdir().unwrap(), Certificate::new());
    let server = SmtpServer::with_tls(&certificate);
    let mut command = serve(data.path());
    to(&server, &certificate, &mut command);
    let (service, _) = Service::first(command);
    let nobody = Client::new(&service.url, "");
    let who = json!({"email": "eve@example.org", "password": "correct horse"});
    nobody.post("/v1/register", &who).answer().await.is(201);
    let mail = taken(&server, 1).await;
    assert_eq!(mail.to, "eve@example.org");
    let text = String::from_utf8(mail.bytes).unwrap().replace("=\r\n", "");
    let token = text.split("{\"token\":\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();

    let login = nobody.post("/v1/login", &who).answer().await.is(200).json();
    let eve = Client::new(&service.url, login["access_token"].as_str().unwrap());
    let verify = json!({ "token": token });
    nobody.post("/v1/verify", &verify).answer().await.is(204);
    let me = eve.get("/v1/me").answer().await.is(200).json();
    assert_eq!(me["verified"], true, "{me}");
    let file = eve.upload("a.txt", "some text").await;
    let job = eve.submit(&told_by_mail(&file)).await;
    eve.succeeded(&job).await;
    let mail = taken(&server, 2).await;
    assert_eq!(mail.to, "eve@example.org");
    let told = service.process.errors().join("\n") + &service.process.output().join("\n");
    for secret in [SmtpServer::PASSWORD, token, "eve@example.org"] {
        assert!(!told.contains(secret), "{told}");
    }
    service.stop();

    let allow = |email: &str| {
        let mut command = filittle();
        command.args(["admin", "allow-mail", "--email", email, "--data"]);
        command.arg(data.path());
        let process = filittle_testkit::Process::start(command);
        (process.wait(LONG).code(), process.output().join("\n"))
    };
    assert_eq!(
        allow("EVE@example.org"),
        (Some(0), "mails go there again".into())
    );
    let again = (Some(0), "nothing kept mails from there".into());
    assert_eq!(allow("eve@example.org"), again);
    assert_eq!(allow("nobody@example.org").0, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_has_the_address_that_serve_was_told_and_gets_its_mails() {
    let (data, certificate) = (tempdir().unwrap(), Certificate::new());
    let server = SmtpServer::with_tls(&certificate);
    let mut command = serve(data.path());
    command.args(["--admin-email", "Ada@example.org"]);
    to(&server, &certificate, &mut command);
    let (service, ada) = Service::first(command);
    assert_eq!(service.welcome().address, "ada@example.org");
    let file = ada.upload("a.txt", "some text").await;
    ada.submit(&told_by_mail(&file)).await;
    assert_eq!(taken(&server, 1).await.to, "ada@example.org");
    service.stop();
}

/// A job of one file that asks for a mail.
fn told_by_mail(file: &Value) -> Value {
    json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress"}],
        "notify": {"email": true},
    })
}
