use std::fs;
use std::sync::OnceLock;

use crate::kept::{self, Kept};
use crate::tools;

/// What it says when it listens.
const TELLS: &str = "was started successfully on port ";

/// A running `chromedriver`, which starts a Chromium for each session of WebDriver. One for each test
/// process, with which it ends.
#[derive(Debug)]
pub struct ChromeDriver {
    url: String,
    _server: Kept,
}

impl ChromeDriver {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<ChromeDriver> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        kept::program("chromium", "chromium");
        let program = kept::program("chromedriver", "chromium-driver");
        let mut server = Kept::new("chromedriver", |folder| {
            // Profiles of browsers go with the folder.
            let scratch = format!("TMPDIR={}", folder.display());
            vec!["env".into(), scratch, program, "--port=0".into()]
        });
        let place = server.folder().join("log");
        let port = || {
            let log = fs::read_to_string(&place).unwrap_or_default();
            let told = log.split_once(TELLS)?.1;
            told.split_once('.').map(|(port, _)| port.to_owned())
        };
        server.start(|| port().is_some());
        let port = port().expect("it was told a moment ago");
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _server: server,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The source of axe-core, which looks for barriers in a page.
pub fn axe() -> String {
    let path = tools::folder().join("node/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "cannot read {}: {error}. Run: scripts/test-servers",
            path.display()
        )
    })
}
