//! A Chromium, driven by WebDriver (W3C) through chromedriver: the few commands that the tests need.
//! A client of our own, because those that exist bring a parser of the whole protocol with them, under
//! a licence that is not among ours.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filittle_testkit::ChromeDriver;
use reqwest::Method;
use serde_json::{Value, json};

use crate::times::{LONG, until};

/// The member of an answer that is the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are no letters, as WebDriver names them.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const SPACE: &str = " ";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const RIGHT: &str = "\u{e014}";

/// A browser with a profile of its own. It ends with this value.
pub(crate) struct Browser {
    http: reqwest::Client,
    session: String,
}

/// An element of the page that is shown.
pub(crate) struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let http = client();
        let driver = ChromeDriver::shared().url();
        let options = json!({"args": [
            "--headless=new",
            // For root, and where a container has no /dev/shm.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--hide-scrollbars",
            "--window-size=1280,900",
            "--lang=en",
            // A name that is not of this machine for a browser, and so without TLS not trusted.
            "--host-resolver-rules=MAP filittle.test 127.0.0.1",
            // It ends when chromedriver does, however that ends.
            "--remote-debugging-pipe",
        ]});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let url = format!("{driver}/session");
        let made = http.post(url).json(&wanted).send().await.unwrap();
        let made: Value = made.json().await.unwrap();
        let id = made["value"]["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("no browser: {made}"));
        Self {
            session: format!("{driver}/session/{id}"),
            http,
        }
    }

    /// One command; what it answers, or its error.
    async fn command(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Value> {
        let request = self.http.request(method, format!("{}{path}", self.session));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let is_good = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        let value = answer["value"].take();
        if is_good { Ok(value) } else { Err(value) }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.command(Method::POST, path, Some(body)).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) async fn go(&self, url: &str) {
        self.post("/url", json!({"url": url})).await;
    }

    pub(crate) async fn reload(&self) {
        self.post("/refresh", json!({})).await;
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.command(Method::GET, path, None).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) async fn address(&self) -> String {
        self.get("/url").await.as_str().unwrap().to_owned()
    }

    /// Runs a script; `arguments` are there as `arguments`.
    pub(crate) async fn script(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.post("/execute/sync", body).await
    }

    /// Waits until an expression is something, and answers it.
    pub(crate) async fn until(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        until(expression, async || {
            let value = self.script(&script, &[]).await;
            let is_nothing = value.is_null() || value == false || value == "" || value == 0;
            (!is_nothing).then_some(value)
        })
        .await
    }

    /// Waits until there is such an element, and it is shown.
    pub(crate) async fn element(&self, selector: &str) -> Element<'_> {
        let body = json!({"using": "css selector", "value": selector});
        let deadline = Instant::now() + LONG;
        loop {
            let found = self.command(Method::POST, "/element", Some(body.clone()));
            if let Ok(found) = found.await {
                return Element {
                    browser: self,
                    id: found[ELEMENT].as_str().unwrap().to_owned(),
                };
            }
            assert!(Instant::now() < deadline, "there is no {selector}");
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        until(&format!("{selector} can be clicked"), async || {
            let element = self.element(selector).await;
            let path = format!("/element/{}/click", element.id);
            let clicked = self.command(Method::POST, &path, Some(json!({})));
            clicked.await.ok()
        })
        .await;
    }

    /// Two clicks as quick as only one hand makes them.
    pub(crate) async fn double_click(&self, selector: &str) {
        let show = "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})";
        let element = self.element(selector).await;
        self.script(show, &[json!(selector)]).await;
        let to = json!({"type": "pointerMove", "origin": {ELEMENT: element.id}, "x": 0, "y": 0});
        let [down, up] = ["pointerDown", "pointerUp"].map(|it| json!({"type": it, "button": 0}));
        let actions = [&to, &down, &up, &down, &up];
        let mouse = json!({"type": "pointer", "id": "mouse", "actions": actions});
        self.post("/actions", json!({"actions": [mouse]})).await;
    }

    /// Waits until the text of an element contains this.
    pub(crate) async fn shows(&self, selector: &str, text: &str) {
        let what = format!("{selector} shows {text:?}");
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        until(&what, async || {
            let shown = self.script(script, &[json!(selector)]).await;
            shown.as_str().unwrap().contains(text).then_some(())
        })
        .await;
    }

    /// Waits until the text of an element is this and nothing more.
    pub(crate) async fn reads(&self, selector: &str, text: &str) {
        let what = format!("{selector} reads {text:?}");
        let script = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''";
        until(&what, async || {
            let shown = self.script(script, &[json!(selector)]).await;
            (shown == text).then_some(())
        })
        .await;
    }

    /// Keys to whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
        });
        let actions: Vec<Value> = strokes.collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("/actions", json!({"actions": [keyboard]})).await;
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", body).await
    }

    /// What the browser logged of a kind since it was asked last.
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        let lines = self.post("/se/log", json!({"type": kind})).await;
        lines.as_array().unwrap().clone()
    }

    /// A picture of the whole page, under this name in the target folder.
    pub(crate) async fn picture(&self, name: &str) {
        let parameters = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.devtools("Page.captureScreenshot", parameters).await;
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        let folder = pictures();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Element<'_> {
    /// Keys to this element; of an input for files the paths.
    pub(crate) async fn keys(&self, text: &str) {
        let path = format!("/element/{}/value", self.id);
        self.browser.post(&path, json!({"text": text})).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Not in the runtime, which may be ending. Without it the browser ends with the tests.
        let Some((address, path)) = self
            .session
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
        else {
            return;
        };
        if let Ok(mut stream) = TcpStream::connect(address) {
            let head =
                format!("DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.read(&mut [0; 1024]);
        }
    }
}

/// Where pictures of the page are left.
fn pictures() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("page-screenshots")
}

#[expect(
    clippy::disallowed_methods,
    reason = "it talks to the driver of the browser only"
)]
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(LONG)
        .build()
        .unwrap()
}
