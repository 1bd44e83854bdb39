//! Stores of objects that are reached by a network.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::objects_secrets::ObjectsSecrets;
use super::objects_url::{Cloud, CloudKind};
use crate::error::{Error, Result};

/// How long one call to a store may take before it is an error.
///
/// A store that refuses is given up after `retries`, one that does not answer after at most
/// `retries`, a pause and one more `request`: 42 s, so that whoever asked can decide within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For one request with its answer. A block of 4 MiB must get through in it.
    pub request: Duration,
    /// A request that fails later than this after the first one is not begun again.
    pub retries: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
            retries: Duration::from_secs(10),
        }
    }
}

/// The longest time between two requests of a call.
const PAUSE: Duration = Duration::from_secs(2);

impl Patience {
    fn retry(self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: PAUSE,
                base: 2.0,
            },
            // The time is the limit.
            max_retries: usize::MAX,
            retry_timeout: self.retries,
        }
    }

    fn client(self, allow_http: bool) -> ClientOptions {
        ClientOptions::new()
            .with_connect_timeout(self.connect)
            .with_timeout(self.request)
            .with_allow_http(allow_http)
    }
}

/// Nothing is asked of the store yet.
///
/// A block has at most 4 MiB ([`super::BLOCK_BYTES`]), which every store takes as one PUT. So no
/// multipart upload is ever begun, and none can be left behind in parts that no listing shows.
pub(super) fn open(
    cloud: &Cloud,
    secrets: &ObjectsSecrets,
    patience: Patience,
) -> Result<Arc<dyn ObjectStore>> {
    let opened = match cloud.kind {
        CloudKind::S3 => {
            s3(cloud, secrets, patience).map(|store| with_prefix(store.build(), cloud))
        }
        CloudKind::Google => Ok(with_prefix(google(cloud, secrets, patience).build(), cloud)),
        CloudKind::Azure => {
            azure(cloud, secrets, patience).map(|store| with_prefix(store.build(), cloud))
        }
    };
    opened?.map_err(|error| missing(cloud, &plain(&error)))
}

fn with_prefix<S: ObjectStore>(
    store: object_store::Result<S>,
    cloud: &Cloud,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    let store = store?;
    if cloud.prefix.as_ref().is_empty() {
        return Ok(Arc::new(store));
    }
    Ok(Arc::new(PrefixStore::new(store, cloud.prefix.clone())))
}

fn s3(cloud: &Cloud, secrets: &ObjectsSecrets, patience: Patience) -> Result<AmazonS3Builder> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&cloud.bucket)
        .with_virtual_hosted_style_request(cloud.is_virtual_hosted)
        // Objects are deleted one by one here, and not every server knows the other way.
        .with_disable_bulk_delete(true)
        .with_retry(patience.retry())
        .with_client_options(patience.client(cloud.allow_http));
    if let Some(endpoint) = &cloud.endpoint {
        builder = builder.with_endpoint(s3_endpoint(endpoint, cloud)?);
    }
    if let Some(region) = cloud.region.as_ref().or(secrets.region.as_ref()) {
        builder = builder.with_region(region);
    }
    match (&secrets.access_key_id, &secrets.secret_access_key) {
        (Some(id), Some(secret)) => {
            builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret);
            if let Some(token) = &secrets.session_token {
                builder = builder.with_token(token);
            }
            Ok(builder)
        }
        (None, None) => Ok(s3_by_platform(builder)),
        _ => Err(missing(
            cloud,
            "an access key has two parts, and one of them is missing",
        )),
    }
}

/// With virtual hosts, the builder expects the bucket in the endpoint.
fn s3_endpoint(endpoint: &Url, cloud: &Cloud) -> Result<String> {
    let mut endpoint = endpoint.clone();
    if cloud.is_virtual_hosted {
        let host = format!(
            "{}.{}",
            cloud.bucket,
            endpoint.host_str().unwrap_or_default()
        );
        endpoint
            .set_host(Some(&host))
            .map_err(|_| missing(cloud, "bucket and endpoint do not make the name of a host"))?;
    }
    Ok(endpoint.as_str().trim_end_matches('/').to_owned())
}

/// What platforms tell by variables of their own. Only these are taken from the environment:
/// another endpoint in it must not send our blocks elsewhere.
fn s3_by_platform(mut builder: AmazonS3Builder) -> AmazonS3Builder {
    use AmazonS3ConfigKey as Key;
    let platform = AmazonS3Builder::from_env();
    for key in [
        Key::WebIdentityTokenFile,
        Key::RoleArn,
        Key::RoleSessionName,
        Key::StsEndpoint,
        Key::ContainerCredentialsRelativeUri,
        Key::ContainerCredentialsFullUri,
        Key::ContainerAuthorizationTokenFile,
    ] {
        if let Some(value) = platform.get_config_value(&key) {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

fn google(
    cloud: &Cloud,
    secrets: &ObjectsSecrets,
    patience: Patience,
) -> GoogleCloudStorageBuilder {
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&cloud.bucket)
        .with_retry(patience.retry())
        .with_client_options(patience.client(cloud.allow_http));
    if let Some(endpoint) = &cloud.endpoint {
        builder = builder.with_base_url(endpoint.as_str().trim_end_matches('/'));
    }
    match (&secrets.google_key, &secrets.google_key_file) {
        (Some(key), _) => builder.with_service_account_key(key),
        // Not always of a service account: "application default credentials" have other forms.
        (None, Some(file)) => builder.with_application_credentials(file),
        (None, None) => builder,
    }
}

/// The account and the key of every Azurite, which are no secret.
const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_ENDPOINT: &str = "http://127.0.0.1:10000";

fn azure(
    cloud: &Cloud,
    secrets: &ObjectsSecrets,
    patience: Patience,
) -> Result<MicrosoftAzureBuilder> {
    let is_emulator = cloud.is_emulator;
    let account = cloud
        .account
        .as_deref()
        .or(secrets.azure_account.as_deref())
        .or(is_emulator.then_some(EMULATOR_ACCOUNT))
        .ok_or_else(|| missing(cloud, "which account? Say so with account=…"))?;
    let mut builder = MicrosoftAzureBuilder::new()
        .with_container_name(&cloud.bucket)
        .with_account(account)
        .with_retry(patience.retry())
        .with_client_options(patience.client(cloud.allow_http || is_emulator));
    let endpoint = cloud
        .endpoint
        .as_ref()
        .map(|endpoint| endpoint.as_str().trim_end_matches('/'));
    if is_emulator {
        // It has no name of a host for each account, so the account is in the path.
        let endpoint = endpoint.unwrap_or(EMULATOR_ENDPOINT);
        builder = builder.with_endpoint(format!("{endpoint}/{account}"));
    } else if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint.to_owned());
    }
    let key = secrets.azure_key.as_deref();
    match key.or(is_emulator.then_some(EMULATOR_KEY)) {
        Some(key) => Ok(builder.with_access_key(key)),
        None => Ok(azure_by_platform(builder)),
    }
}

/// As [`s3_by_platform`].
fn azure_by_platform(mut builder: MicrosoftAzureBuilder) -> MicrosoftAzureBuilder {
    use AzureConfigKey as Key;
    let platform = MicrosoftAzureBuilder::from_env();
    for key in [
        Key::ClientId,
        Key::ClientSecret,
        Key::AuthorityId,
        Key::FederatedTokenFile,
        Key::MsiEndpoint,
    ] {
        if let Some(value) = platform.get_config_value(&key) {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

/// What a JSON parser complains about may be the key itself.
fn plain(error: &object_store::Error) -> String {
    let text = error.to_string();
    if text.contains("decode service account") {
        return "the key is not the JSON that Google gives out for a service account".into();
    }
    text
}

fn missing(cloud: &Cloud, what: &str) -> Error {
    Error::Setup(format!("objects in {cloud}: {what}"))
}
