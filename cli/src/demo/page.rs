//! The page of results: before and after.

use std::fmt::Write;
use std::path::Path;

/// One result beside what it was made of.
pub(super) struct Pair {
    /// What was done, for people.
    pub(super) title: String,
    /// The input's name in the folder; none when it is no picture.
    pub(super) before: Option<String>,
    /// The result's name in the folder.
    pub(super) after: String,
    pub(super) bytes_before: u64,
    pub(super) bytes_after: u64,
}

/// Writes `index.html` into the folder.
pub(super) fn write(folder: &Path, pairs: &[Pair]) -> std::io::Result<()> {
    let mut html = String::from(HEAD);
    for pair in pairs {
        let (title, after) = (escape(&pair.title), escape(&pair.after));
        let (from, to) = (pair.bytes_before, pair.bytes_after);
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<section><h2>{title}</h2><p>{from} bytes → {to} bytes</p>"
        );
        if let Some(before) = &pair.before {
            let before = escape(before);
            let _ = write!(
                html,
                "<div><figure><img src=\"{before}\" alt=\"before\"><figcaption>before</figcaption>\
                 </figure><figure><img src=\"{after}\" alt=\"after\" class=\"sharp\">\
                 <figcaption>after</figcaption></figure></div>"
            );
        }
        let _ = write!(html, "<p><a href=\"{after}\">{after}</a></p></section>");
    }
    html.push_str("</main></body></html>\n");
    std::fs::write(folder.join("index.html"), html)
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>filittle demo</title>
<meta name=\"viewport\" content=\"width=device-width\">
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
div { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem }
figure { margin: 0 }
img { width: 100%; height: auto }
.sharp { image-rendering: pixelated }
</style></head><body><main><h1>filittle demo</h1>
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
