//! Somebody who uses the page: words for what is done in it.

use std::path::{Path, PathBuf};

use filittle_testkit::pictures;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::client::Client;
use crate::service::{Service, Welcome, serve};

/// A service on a new folder, a browser, and some files.
pub(crate) struct Visit {
    pub(crate) service: Service,
    pub(crate) welcome: Welcome,
    pub(crate) client: Client,
    pub(crate) browser: Browser,
    pub(crate) folder: TempDir,
}

impl Visit {
    /// At the closed door.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these flags of `serve`.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = serve(&folder.path().join("data"));
        command.args(flags);
        let (service, client) = Service::first(command);
        Self {
            welcome: service.welcome(),
            browser: Browser::start().await,
            service,
            client,
            folder,
        }
    }

    /// At the desk.
    pub(crate) async fn signed_in() -> Self {
        let visit = Self::new().await;
        visit.browser.go(&visit.service.url).await;
        visit.browser.sign_in(&visit.welcome).await;
        visit
    }

    /// A photo of this name.
    pub(crate) fn photo(&self, name: &str) -> PathBuf {
        let pixels = pictures::photo_like(600, 400);
        self.file(name, &pictures::jpeg(600, 400, &pixels))
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Nothing went wrong in the page, and nobody else was asked.
    pub(crate) async fn is_clean(&self, expected: &[&str]) {
        self.browser.is_clean(&self.service.url, expected).await;
    }
}

impl Browser {
    pub(crate) async fn sign_in(&self, welcome: &Welcome) {
        self.enter(&welcome.address, &welcome.password).await;
        self.at_desk().await;
    }

    pub(crate) async fn enter(&self, address: &str, password: &str) {
        self.until("!document.querySelector('#door').hidden").await;
        self.script(
            "document.querySelector('#email').value = arguments[0];
             document.querySelector('#password').value = ''",
            &[json!(address)],
        )
        .await;
        self.element("#password").await.keys(password).await;
        self.click("#door-go").await;
    }

    pub(crate) async fn at_desk(&self) {
        self.until("!document.querySelector('#desk').hidden").await;
    }

    pub(crate) async fn choose(&self, files: &[&Path]) {
        let paths: Vec<_> = files
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let input = self.element("#files").await;
        input.keys(&paths.join("\n")).await;
        let count = format!(
            "document.querySelectorAll('#chosen li').length === {}",
            files.len()
        );
        self.until(&count).await;
    }

    /// No more than so many bytes a second.
    pub(crate) async fn sends_slowly(&self, bytes: u32) {
        let slow = json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes});
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.emulateNetworkConditions", slow)
            .await;
    }

    /// Only this step is to be done.
    pub(crate) async fn only(&self, op: &str) {
        let script = "for (const it of document.querySelectorAll('#steps input[id^=on-]'))
            if (it.checked !== (it.id === 'on-' + arguments[0])) it.click()";
        self.script(script, &[json!(op)]).await;
    }

    /// A control has this value, as if somebody had chosen it.
    pub(crate) async fn set(&self, control: &str, value: &str) {
        let script = "const it = document.querySelector(arguments[0]); it.value = arguments[1];
            it.dispatchEvent(new Event('input', { bubbles: true }))";
        self.script(script, &[json!(control), json!(value)]).await;
    }

    /// Starts, and waits until the newest job is in this state.
    pub(crate) async fn start_until(&self, state: &str) {
        let count = self.script("return document.querySelectorAll('#jobs > li').length", &[]);
        let count = count.await.as_u64().unwrap();
        self.click("#order-go").await;
        self.until(&format!(
            "document.querySelectorAll('#jobs > li').length > {count}"
        ))
        .await;
        self.shows("#jobs > li:first-child .state", state).await;
    }

    /// The picture of this selector was loaded.
    pub(crate) async fn is_drawn(&self, selector: &str) {
        self.until(&format!(
            "document.querySelector('{selector}')?.naturalWidth"
        ))
        .await;
    }

    pub(crate) async fn titles(&self) -> Vec<Value> {
        let script =
            "return [...document.querySelectorAll('#jobs h3')].map((it) => it.textContent)";
        let titles = self.script(script, &[]).await;
        titles.as_array().unwrap().clone()
    }
}
