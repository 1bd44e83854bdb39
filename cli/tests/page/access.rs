//! For everybody: no barriers that axe-core finds, in light and dark, on narrow and wide screens.

use filittle_testkit::axe;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::visit::Visit;

const SCREENS: [(&str, u32, u32); 2] = [("narrow", 360, 740), ("wide", 1280, 900)];
const COLORS: [&str; 2] = ["light", "dark"];

/// Looks for barriers on each screen, and leaves a picture of each.
async fn has_no_barriers(browser: &Browser, what: &str) {
    for (screen, width, height) in SCREENS {
        browser.has_screen(width, height).await;
        for color in COLORS {
            // Without motion, so that colours are compared as they end up.
            let features = json!([
                {"name": "prefers-color-scheme", "value": color},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]);
            browser
                .devtools("Emulation.setEmulatedMedia", json!({"features": features}))
                .await;
            let name = format!("{what}-{screen}-{color}");
            let whole = browser
                .script("return document.body.scrollHeight", &[])
                .await;
            let whole = u32::try_from(whole.as_u64().unwrap()).unwrap();
            browser.has_screen(width, height.max(whole)).await;
            browser.picture(&name).await;
            browser.has_screen(width, height).await;
            let wider = "return document.documentElement.scrollWidth - innerWidth";
            let wider = browser.script(wider, &[]).await.as_i64().unwrap();
            assert!(wider <= 0, "{name}: {wider} pixels are beside the screen");
            let found = browser
                .script("return axe.run().then((it) => it.violations)", &[])
                .await;
            let told: Vec<String> = found.as_array().unwrap().iter().map(barrier).collect();
            assert!(told.is_empty(), "{name}: {told:#?}");
        }
    }
}

impl Browser {
    async fn has_screen(&self, width: u32, height: u32) {
        let screen =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }
}

fn barrier(found: &Value) -> String {
    let places = found["nodes"].as_array().unwrap().iter();
    let places: Vec<_> = places
        .map(|node| format!("{} {}", node["html"], node["failureSummary"]))
        .collect();
    format!("{}: {}: {places:#?}", found["id"], found["help"])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_barrier_is_found_at_the_door_and_at_the_desk() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.enter(&visit.welcome.address, "wrong horse").await;
    browser.shows("#door-problem", "password is wrong").await;
    browser.script(&axe(), &[]).await;
    has_no_barriers(browser, "door").await;

    browser.sign_in(&visit.welcome).await;
    browser
        .until("!document.querySelector('#jobs-none').hidden")
        .await;
    has_no_barriers(browser, "empty").await;

    browser.choose(&[&visit.photo("harbour.jpg")]).await;
    browser.start_until("succeeded").await;
    browser.is_drawn(".compare .before").await;
    let damaged = visit.file("damaged.png", b"\x89PNG\r\n\x1a\nand no more");
    browser.choose(&[&damaged]).await;
    browser.start_until("failed").await;
    let name = "a-very-long-name-of-a-file-without-any-place-to-break-it-".repeat(3) + ".jpg";
    browser
        .choose(&[&visit.photo(&name), &visit.photo("lighthouse.jpg")])
        .await;
    let all = "document.querySelectorAll('#steps input[id^=on-]:not(:checked)').forEach((it) => it.click());
        document.querySelectorAll('summary').forEach((it) => it.click())";
    browser.script(all, &[]).await;
    browser.set("#dither-from", "palette").await;
    browser
        .until("document.querySelectorAll('.curl code').length >= 4")
        .await;
    browser.click("#key-make").await;
    browser.shows("#key-line", "export FILITTLE_KEY=").await;
    has_no_barriers(browser, "desk").await;
    visit.is_clean(&["401"]).await;
}
