//! The same by hand: lines for a shell that do what the service was just seen to do.

/// Uploads a file, has it worked on, waits, and downloads the result: one line for a POSIX shell
/// with curl. The key is taken from `$FILITTLE_KEY`. `step` is JSON.
pub(crate) fn curl(service: &str, file: &str, step: &str, result: &str) -> String {
    let (file, result) = (quoted(file), quoted(result));
    let step = step.replace('"', "\\\"");
    format!(
        "id=$(curl -su $FILITTLE_KEY: -T {file} {service}/v1/files \
         | grep -o '\"id\":\"[^\"]*' | cut -d'\"' -f4) && \
         url=$(curl -su $FILITTLE_KEY: -H 'Content-Type: application/json' -H 'Prefer: wait=60' \
         -d \"{{\\\"inputs\\\":[{{\\\"file\\\":\\\"$id\\\"}}],\\\"steps\\\":[{step}]}}\" \
         {service}/v1/jobs | grep -o '\"url\":\"[^\"]*' | cut -d'\"' -f4) && \
         curl -so {result} \"$url\" && ls -l {file} {result}"
    )
}

/// A word that a shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
