//! A client of the HTTP API, as anybody would write it.

use std::path::Path;
use std::time::Duration;

use reqwest::{Body, Client as Http, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error>;

/// How long a service may be away that was killed and starts again.
const PATIENCE: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Somebody who is registered.
#[derive(Clone)]
pub(super) struct Client {
    http: Http,
    url: String,
    key: String,
}

impl Client {
    /// Registers a new account and makes it a key.
    pub(super) async fn register(url: &str) -> Result<Self, Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the demo is a client, and this its one place"
        )]
        let http = Http::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        let mut client = Self {
            http,
            url: url.to_owned(),
            key: String::new(),
        };
        let account = json!({"email": "demo@example.org", "password": "a demo needs no secrets"});
        client.post("/v1/register", &account).await?;
        let login = client.post("/v1/login", &account).await?;
        client.key = text(&login, "access_token")?;
        let key = client
            .post("/v1/api-keys", &json!({"name": "demo"}))
            .await?;
        client.key = text(&key, "key")?;
        Ok(client)
    }

    /// Uploads a file as a stream; answers its id.
    pub(super) async fn upload(&self, path: &Path) -> Result<String, Error> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let file = tokio::fs::File::open(path)
            .await
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let size = file.metadata().await?.len();
        let request = self
            .http
            .post(format!("{}/v1/files", self.url))
            .query(&[("name", name)])
            .header("content-length", size)
            .body(Body::from(file));
        let answer = self.send(request).await?;
        text(&answer["items"][0], "id")
    }

    /// Submits a job; answers it.
    pub(super) async fn submit(&self, job: &Value) -> Result<Value, Error> {
        self.post("/v1/jobs", job).await
    }

    /// Submits the same job again as a new one.
    pub(super) async fn again(&self, id: &str) -> Result<Value, Error> {
        self.post(&format!("/v1/jobs/{id}/retry"), &json!({})).await
    }

    /// A job as it is now. A service that is just starting again is waited for.
    pub(super) async fn job(&self, id: &str) -> Result<Value, Error> {
        for _ in 0..PATIENCE {
            let sent = self.http.get(format!("{}/v1/jobs/{id}", self.url));
            match sent.bearer_auth(&self.key).send().await {
                Ok(answer) => return read(answer).await,
                Err(error) if error.is_connect() || error.is_request() => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err("the service does not answer".into())
    }

    /// Downloads what a link leads to, without any sign-in; answers its bytes.
    pub(super) async fn save(&self, url: &str, to: &Path) -> Result<u64, Error> {
        let mut answer = refuse(self.http.get(url).send().await?).await?;
        let mut file = tokio::fs::File::create(to).await?;
        let mut bytes = 0;
        while let Some(chunk) = answer.chunk().await? {
            bytes += chunk.len() as u64;
            tokio::io::AsyncWriteExt::write_all(&mut file, &chunk).await?;
        }
        tokio::io::AsyncWriteExt::flush(&mut file).await?;
        Ok(bytes)
    }

    /// What a link of a mail shows a browser.
    pub(super) async fn page(&self, url: &str) -> Result<String, Error> {
        let request = self.http.get(url).header("accept", "text/html");
        Ok(refuse(request.send().await?).await?.text().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body.to_string());
        self.send(request).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Error> {
        let request = if self.key.is_empty() {
            request
        } else {
            request.bearer_auth(&self.key)
        };
        read(request.send().await?).await
    }
}

async fn read(answer: Response) -> Result<Value, Error> {
    Ok(serde_json::from_slice(
        &refuse(answer).await?.bytes().await?,
    )?)
}

async fn refuse(answer: Response) -> Result<Response, Error> {
    let status = answer.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(answer);
    }
    Err(format!(
        "{} answered {status}: {}",
        answer.url().path().to_owned(),
        answer.text().await?
    )
    .into())
}

/// A text of a JSON object.
pub(super) fn text(object: &Value, name: &str) -> Result<String, Error> {
    let text = object[name]
        .as_str()
        .ok_or_else(|| format!("no {name} in {object}"))?;
    Ok(text.to_owned())
}
