//! What a browser was seen to do: errors it told, and whom it asked.

use serde_json::Value;

use crate::browser::Browser;

impl Browser {
    /// The page asked nobody but `url`, and nothing went wrong in it: no error in the console, and no
    /// violation of its policy. `expected` are parts of lines that the test itself brought about, such
    /// as answers of 401.
    pub(crate) async fn is_clean(&self, url: &str, expected: &[&str]) {
        for line in self.log("browser").await {
            let text = line["message"].as_str().unwrap();
            let is_expected = expected.iter().any(|part| text.contains(part));
            let is_bad = line["level"] == "SEVERE" || text.contains("Content Security Policy");
            assert!(!is_bad || is_expected, "{text}");
        }
        let mut requests = 0;
        for line in self.log("performance").await {
            let text = line["message"].as_str().unwrap();
            let message: Value = serde_json::from_str(text).unwrap();
            let message = &message["message"];
            if message["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let asked = message["params"]["request"]["url"].as_str().unwrap();
            let is_own = asked.starts_with(url)
                || ["blob:", "data:", "about:", "chrome"]
                    .iter()
                    .any(|scheme| asked.starts_with(scheme));
            assert!(is_own, "the page asked {asked}");
            requests += usize::from(asked.starts_with(url));
        }
        assert!(requests > 5, "the log of requests is empty");
    }
}
