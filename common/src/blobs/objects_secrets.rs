//! What opens a store of objects.

use std::fmt;

/// What opens the store. Where it has nothing for the
/// store, the platform is asked: web identity, the container's or the machine's role.
///
/// Its `Debug` tells what there is and shows none of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ObjectsSecrets {
    /// S3: `FILITTLE_OBJECTS_ACCESS_KEY_ID` or `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Option<String>,
    /// S3: `FILITTLE_OBJECTS_SECRET_ACCESS_KEY` or `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<String>,
    /// S3: `AWS_SESSION_TOKEN`, with a key that is lent for a time.
    pub session_token: Option<String>,
    /// S3: `AWS_REGION`, when the URL says none. No secret, but it comes with them.
    pub region: Option<String>,
    /// Azure: `AZURE_STORAGE_ACCOUNT_NAME`, when the URL says none. No secret, either.
    pub azure_account: Option<String>,
    /// Azure: `AZURE_STORAGE_ACCOUNT_KEY`.
    pub azure_key: Option<String>,
    /// Google: the path of a service account's file, `GOOGLE_APPLICATION_CREDENTIALS`.
    pub google_key_file: Option<String>,
    /// Google: what is in such a file.
    pub google_key: Option<String>,
}

impl ObjectsSecrets {
    /// By the usual names, which `variable` looks up; our own pair goes before that of AWS, and a
    /// half of the one is never taken with a half of the other.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let ours = (
            given("FILITTLE_OBJECTS_ACCESS_KEY_ID"),
            given("FILITTLE_OBJECTS_SECRET_ACCESS_KEY"),
        );
        let (access_key_id, secret_access_key, session_token) = match ours {
            (None, None) => (
                given("AWS_ACCESS_KEY_ID"),
                given("AWS_SECRET_ACCESS_KEY"),
                given("AWS_SESSION_TOKEN"),
            ),
            (id, secret) => (id, secret, None),
        };
        Self {
            access_key_id,
            secret_access_key,
            session_token,
            region: given("AWS_REGION").or_else(|| given("AWS_DEFAULT_REGION")),
            azure_account: given("AZURE_STORAGE_ACCOUNT_NAME"),
            azure_key: given("AZURE_STORAGE_ACCOUNT_KEY"),
            google_key_file: given("GOOGLE_APPLICATION_CREDENTIALS"),
            google_key: None,
        }
    }
}

impl fmt::Debug for ObjectsSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            ("access_key_id", &self.access_key_id),
            ("secret_access_key", &self.secret_access_key),
            ("session_token", &self.session_token),
            ("region", &self.region),
            ("azure_account", &self.azure_account),
            ("azure_key", &self.azure_key),
            ("google_key_file", &self.google_key_file),
            ("google_key", &self.google_key),
        ];
        let given = all.iter().filter(|(_, value)| value.is_some());
        f.write_str("ObjectsSecrets")?;
        f.debug_set().entries(given.map(|(name, _)| name)).finish()
    }
}
