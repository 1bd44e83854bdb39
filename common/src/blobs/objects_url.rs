//! Where objects are, as an operator writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::path::Path;
use url::Url;

/// The store of objects, and where in it ours are:
///
/// | | |
/// |---|---|
/// | `file:///folder` | a local folder |
/// | `s3://bucket/prefix` | S3, or a server that speaks it: `endpoint=`, `region=`, `virtual_hosted=`, `allow_http=` |
/// | `gs://bucket/prefix` | Google Cloud Storage: `endpoint=`, `allow_http=` |
/// | `az://container/prefix` | Azure Blob Storage: `account=`, `endpoint=`, `emulator=`, `allow_http=` |
///
/// Options are in the query, such as `s3://files?endpoint=http://garage:3900&region=garage`. Keys
/// are never in it, so it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectsUrl(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Folder(PathBuf),
    Cloud(Cloud),
}

/// A bucket of somebody's cloud, and how to speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cloud {
    pub(super) kind: CloudKind,
    /// Or container.
    pub(super) bucket: String,
    pub(super) prefix: Path,
    /// Where the server is, when it is not the cloud's own; without a slash at its end.
    pub(super) endpoint: Option<Url>,
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) is_emulator: bool,
    pub(super) is_virtual_hosted: bool,
    pub(super) allow_http: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloudKind {
    S3,
    Google,
    Azure,
}

/// Why a text is no [`ObjectsUrl`]. It never repeats what could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ObjectsUrlError(String);

impl ObjectsUrl {
    pub(super) fn place(&self) -> &Place {
        &self.0
    }

    /// The folder, when the objects are in one: then there is one machine only.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.0 {
            Place::Folder(folder) => Some(folder),
            Place::Cloud(_) => None,
        }
    }
}

impl FromStr for ObjectsUrl {
    type Err = ObjectsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| {
            said("must be a URL such as file:///srv/filittle/objects or s3://bucket/prefix")
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(said(
                "must hold no keys: give them as FILITTLE_OBJECTS_ACCESS_KEY_ID and \
                 FILITTLE_OBJECTS_SECRET_ACCESS_KEY",
            ));
        }
        if url.fragment().is_some() {
            return Err(said("must not have a part after #"));
        }
        let place = match url.scheme() {
            "file" => Place::Folder(folder(&url)?),
            "s3" => Place::Cloud(Cloud::read(CloudKind::S3, &url)?),
            "gs" => Place::Cloud(Cloud::read(CloudKind::Google, &url)?),
            "az" => Place::Cloud(Cloud::read(CloudKind::Azure, &url)?),
            _ => return Err(said("must begin with file://, s3://, gs:// or az://")),
        };
        Ok(Self(place))
    }
}

impl fmt::Display for ObjectsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Folder(folder) => write!(f, "file://{}", folder.display()),
            Place::Cloud(cloud) => cloud.fmt(f),
        }
    }
}

impl CloudKind {
    fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &["endpoint", "region", "virtual_hosted", "allow_http"],
            Self::Google => &["endpoint", "allow_http"],
            Self::Azure => &["account", "endpoint", "emulator", "allow_http"],
        }
    }
}

impl Cloud {
    fn read(kind: CloudKind, url: &Url) -> Result<Self, ObjectsUrlError> {
        let mut cloud = Self {
            kind,
            bucket: bucket(kind, url)?,
            prefix: Path::from_url_path(url.path())
                .map_err(|_| said("has a prefix that no object can have"))?,
            endpoint: None,
            region: None,
            account: None,
            is_emulator: false,
            is_virtual_hosted: false,
            allow_http: false,
        };
        let mut seen = Vec::new();
        for (name, value) in url.query_pairs() {
            let Some(name) = kind.options().iter().copied().find(|known| *known == name) else {
                return Err(unknown(kind, &name));
            };
            if seen.contains(&name) {
                return Err(said(format!("has {name} twice")));
            }
            seen.push(name);
            cloud.set(name, &value)?;
        }
        let is_http = |endpoint: &Url| endpoint.scheme() == "http";
        cloud.allow_http |= cloud.endpoint.as_ref().is_some_and(is_http);
        // Amazon wants the bucket in the name of the host, where its certificate holds for no dot;
        // who runs a server of their own has seldom a name for each bucket.
        if !seen.contains(&"virtual_hosted") {
            cloud.is_virtual_hosted = cloud.endpoint.is_none() && !cloud.bucket.contains('.');
        }
        Ok(cloud)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ObjectsUrlError> {
        match name {
            "endpoint" => self.endpoint = Some(endpoint(value)?),
            "region" => self.region = Some(word(name, value)?),
            "account" => self.account = Some(word(name, value)?),
            "emulator" => self.is_emulator = truth(name, value)?,
            "virtual_hosted" => self.is_virtual_hosted = truth(name, value)?,
            _ => self.allow_http = truth(name, value)?,
        }
        Ok(())
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.bucket)?;
        if !self.prefix.as_ref().is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        match &self.endpoint {
            Some(endpoint) => write!(f, " at {}", endpoint.as_str().trim_end_matches('/')),
            None => Ok(()),
        }
    }
}

fn folder(url: &Url) -> Result<PathBuf, ObjectsUrlError> {
    if url.query().is_some() {
        return Err(said("must not have options after a folder"));
    }
    url.to_file_path()
        .map_err(|()| said("must name a whole path after file://, such as file:///srv/objects"))
}

fn bucket(kind: CloudKind, url: &Url) -> Result<String, ObjectsUrlError> {
    if url.port().is_some() {
        return Err(said(
            "must not have a port after the bucket: the server is told by endpoint=",
        ));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    match url.host_str() {
        Some(bucket) if !bucket.is_empty() && bucket.chars().all(is_plain) => Ok(bucket.to_owned()),
        _ => Err(said(format!(
            "must name a bucket: {}://bucket or {0}://bucket/prefix",
            kind.scheme()
        ))),
    }
}

fn endpoint(value: &str) -> Result<Url, ObjectsUrlError> {
    let bad = || said("has an endpoint that is not just a server, such as http://127.0.0.1:9000");
    let endpoint = Url::parse(value).map_err(|_| bad())?;
    let is_server = matches!(endpoint.scheme(), "http" | "https")
        && endpoint.username().is_empty()
        && endpoint.password().is_none()
        && endpoint.query().is_none()
        && endpoint.fragment().is_none();
    is_server.then_some(endpoint).ok_or_else(bad)
}

fn word(name: &str, value: &str) -> Result<String, ObjectsUrlError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if value.is_empty() || !value.chars().all(is_plain) {
        return Err(said(format!(
            "has a {name} with other than letters, digits, - and _"
        )));
    }
    Ok(value.to_owned())
}

fn truth(name: &str, value: &str) -> Result<bool, ObjectsUrlError> {
    value
        .parse()
        .map_err(|_| said(format!("has a {name} that is neither true nor false")))
}

/// A name is repeated only when it looks like one: half a key that was not escaped does not.
fn unknown(kind: CloudKind, name: &str) -> ObjectsUrlError {
    let is_name = name.len() <= 24 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let what = if is_name {
        format!("the option {name}")
    } else {
        "an option".into()
    };
    let known = kind.options().join(", ");
    said(format!(
        "has {what}, which {}:// does not know; it knows {known}",
        kind.scheme()
    ))
}

fn said(text: impl Into<String>) -> ObjectsUrlError {
    ObjectsUrlError(text.into())
}
