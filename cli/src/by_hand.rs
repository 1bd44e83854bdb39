//! The same by hand: lines for a shell that do what the service was just seen to do.

/// Has a file worked on, and saves the result: one line for a POSIX shell with curl. The key is taken
/// from `$FILITTLE_KEY`. `step` is a shortcut with its parameters, such as `dither?levels=2`.
pub(crate) fn curl(service: &str, file: &str, step: &str, result: &str) -> String {
    let address = quoted(&format!("{service}/v1/{step}"));
    let (file, result) = (quoted(file), quoted(result));
    format!(
        "curl -sS --fail-with-body -u \"$FILITTLE_KEY:\" -T {file} {address} -o {result} \
         && ls -l {file} {result}"
    )
}

/// A word that a shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
