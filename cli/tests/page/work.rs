//! Files become jobs, and jobs become files.

use serde_json::{Value, json};

use crate::answer::Send;
use crate::browser::{ESCAPE, RIGHT};
use crate::generate;
use crate::visit::Visit;

const FIRST: &str = "#jobs > li:first-child";

/// What the page downloads behind a link.
async fn download(visit: &Visit, selector: &str) -> Vec<u8> {
    let script = "return fetch(document.querySelector(arguments[0]).href)
        .then((it) => it.arrayBuffer()).then((it) => [...new Uint8Array(it)])";
    let bytes = visit.browser.script(script, &[json!(selector)]).await;
    let bytes = bytes.as_array().unwrap().iter();
    bytes
        .map(|it| u8::try_from(it.as_u64().unwrap()).unwrap())
        .collect()
}

async fn newest(visit: &Visit) -> Value {
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    jobs["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_photo_is_resized_and_before_and_after_are_compared() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let photo = visit.photo("a photo; <b>.jpg");
    browser.choose(&[&photo]).await;
    let on = "[...document.querySelectorAll('#steps input:checked')].map((it) => it.id)";
    let resized = format!("String({on}) === 'on-resize'");
    browser.until(&resized).await;
    browser.start_until("succeeded").await;
    browser.shows(&format!("{FIRST} h3"), "<b>").await;
    browser.shows(&format!("{FIRST} .hint"), " → ").await;
    browser.is_drawn(".compare .before").await;
    browser.is_drawn(".compare .after").await;
    let split =
        "return getComputedStyle(document.querySelector('.pictures')).getPropertyValue('--before')";
    assert_eq!(browser.script(split, &[]).await, "50%");
    browser.element(".compare input").await.keys(RIGHT).await;
    assert_eq!(browser.script(split, &[]).await, "51%");
    let spoken = "return document.querySelector('.compare input').getAttribute('aria-valuetext')";
    assert_eq!(browser.script(spoken, &[]).await, "51 % before, 49 % after");
    browser.shows("#said", "succeeded").await;
    let job = newest(&visit).await;
    assert!(download(&visit, ".outputs a").await == visit.client.output(&job).await);
    assert_eq!(job["steps"][0]["op"], "resize");
    browser.picture("job-with-pictures").await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_files_become_one_archive_by_several_steps() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let script = "const data = new DataTransfer();
        for (const name of ['a.txt', 'b.txt'])
            data.items.add(new File(['some text of ' + name], name, { type: 'text/plain' }));
        const drop = { bubbles: true, cancelable: true, dataTransfer: data };
        document.querySelector('#drop').dispatchEvent(new DragEvent('drop', drop))";
    browser.script(script, &[]).await;
    browser
        .until("document.querySelectorAll('#chosen li').length === 2")
        .await;
    browser
        .until("document.querySelector('#on-compress').checked")
        .await;
    browser.set("#compress-format", "zip").await;
    browser.start_until("succeeded").await;
    browser
        .shows(&format!("{FIRST} h3"), "a.txt and 1 more")
        .await;
    let bytes = download(&visit, ".outputs a").await;
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 2);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_outputs_are_downloaded_as_one_archive() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let (one, two) = (visit.photo("one.jpg"), visit.photo("two.jpg"));
    browser.choose(&[&one, &two]).await;
    browser.only("resize").await;
    let catch = "const make = URL.createObjectURL;
        URL.createObjectURL = (it) => (window.saved = it, make(it))";
    browser.script(catch, &[]).await;
    browser.start_until("succeeded").await;
    browser
        .click(&format!("{FIRST} .actions button:first-child"))
        .await;
    let size = browser
        .until("window.saved?.type === 'application/zip' && window.saved.size")
        .await;
    let path = format!(
        "/v1/jobs/{}/outputs.zip",
        newest(&visit).await["id"].as_str().unwrap()
    );
    let archive = visit.client.get(&path).answer().await.is(200).body;
    assert_eq!(size, archive.len());
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_picture_shows_its_problem_and_bad_values_their_place() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let damaged = visit.file("damaged.png", b"\x89PNG\r\n\x1a\nand no more");
    browser.choose(&[&damaged]).await;
    browser.only("dither").await;
    browser.set("#dither-levels", "1").await;
    browser.click("#order-go").await;
    let levels = "Dither, levels: expected a whole number from 2 to 256, not 1.";
    browser.reads("#order-problem", levels).await;
    browser
        .until("document.activeElement.id === 'dither-levels'")
        .await;
    browser
        .until("document.querySelectorAll('#chosen li').length === 1")
        .await;
    browser.set("#dither-levels", "2").await;
    browser.start_until("failed").await;
    let problem = format!("{FIRST} .problem");
    let told = "The picture is not whole: its end is missing.";
    browser.reads(&problem, told).await;
    let words = visit.file("words.txt", b"some text");
    browser.choose(&[&words]).await;
    browser.start_until("failed").await;
    let told = "This works on pictures only, and the file is neither a JPEG nor a PNG.";
    browser.reads(&problem, told).await;
    visit.is_clean(&["422"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_cancelled_tried_again_and_deleted_and_the_focus_stays() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let words = visit.file("words.txt", &generate::text(1, 5 << 20));
    browser.choose(&[&words]).await;
    let file = visit
        .client
        .upload("words.txt", generate::text(1, 5 << 20))
        .await;
    let step = json!({"op": "compress", "format": "zstd", "level": 19});
    visit.client.work(&file, &step).await;
    browser.shows(&format!("{FIRST} .state"), "running").await;
    browser
        .until("document.querySelector('#jobs progress[value]:not([hidden])')?.value > 0")
        .await;
    browser
        .until("document.querySelector('#jobs progress + p')?.textContent.includes(' of 5.2 MB')")
        .await;
    let click = |word: &str| format!("{FIRST} .actions button[aria-label^={word}]");
    browser.click(&click("Cancel")).await;
    browser.shows(&format!("{FIRST} .state"), "cancelled").await;
    assert_eq!(newest(&visit).await["state"], "cancelled");
    browser
        .until("document.activeElement.closest('#jobs li')")
        .await;
    browser.click(&click("Retry")).await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 2")
        .await;
    browser.click(&click("Cancel")).await;
    browser.shows(&format!("{FIRST} .state"), "cancelled").await;
    browser.click(&click("Delete")).await;
    browser.shows(&click("Really"), "Really delete?").await;
    browser.shows("#said", "Press again").await;
    browser.element(&click("Really")).await.keys(ESCAPE).await;
    browser.click(&click("Delete")).await;
    let two = "return document.querySelectorAll('#jobs > li').length";
    assert_eq!(browser.script(two, &[]).await, 2);
    browser.click(&click("Really")).await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 1")
        .await;
    browser
        .until("document.activeElement.closest('#jobs li')")
        .await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_shows_its_bar_and_is_ended_by_hand() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let words = visit.file("words.txt", &generate::text(1, 5 << 20));
    browser.choose(&[&words]).await;
    browser.sends_slowly(200_000).await;
    let asks = "const it = new Event('beforeunload', { cancelable: true });
        dispatchEvent(it);
        return it.defaultPrevented";
    assert_eq!(browser.script(asks, &[]).await, false);
    browser.click("#order-go").await;
    browser
        .until("document.querySelector('#sending progress')?.value > 0")
        .await;
    assert_eq!(browser.script(asks, &[]).await, true);
    browser.shows("#sending .hint", "% of 5.2 MB").await;
    browser.click("#sending button").await;
    browser
        .until("document.querySelectorAll('#sending li').length === 0")
        .await;
    browser.shows("#said", "is not sent").await;
    assert_eq!(browser.script(asks, &[]).await, false);
    browser
        .until("document.querySelectorAll('#chosen li').length === 1")
        .await;
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"], json!([]));
    visit.is_clean(&["ERR_ABORTED", "Failed to load"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_leaves_no_files_and_nothing_under_way() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let words = visit.file("words.txt", &generate::text(1, 5 << 20));
    browser.choose(&[&words]).await;
    browser.sends_slowly(200_000).await;
    browser.click("#order-go").await;
    browser
        .until("document.querySelector('#sending progress')?.value > 0")
        .await;
    browser.click("#sign-out").await;
    browser.shows("#door-news", "You are signed out").await;
    browser
        .until("document.querySelectorAll('#sending li, #chosen li, #jobs li').length === 0")
        .await;
    browser
        .until("document.querySelector('#order-go').textContent === 'Start'")
        .await;
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"], json!([]));
    visit.is_clean(&["ERR_ABORTED", "Failed to load"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_told_before_it_is_sent() {
    let visit = Visit::with(&["--max-file-bytes", "1000", "--max-parts", "1"]).await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.sign_in(&visit.welcome).await;
    browser.click("#order-go").await;
    browser
        .reads("#order-problem", "Choose a file first.")
        .await;
    let large = visit.file("large.txt", &[b'a'; 1001]);
    browser.choose(&[&large]).await;
    browser.click("#order-go").await;
    browser.shows("#order-problem", "too large").await;
    browser.click("#chosen button").await;
    let small = ["a.txt", "b.txt"].map(|name| visit.file(name, b"some text"));
    browser.choose(&[&small[0], &small[1]]).await;
    browser.click("#order-go").await;
    browser.shows("#order-problem", "At most 1 at once").await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_start_makes_one_job() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let words = visit.file("words.txt", &generate::text(1, 1 << 20));
    browser.choose(&[&words]).await;
    browser.sends_slowly(400_000).await;
    browser.double_click("#order-go").await;
    browser.shows("#order-go", "Sending").await;
    browser.shows("#said", "still being sent").await;
    let disabled = "return document.querySelector('#order-go').getAttribute('aria-disabled')";
    assert_eq!(browser.script(disabled, &[]).await, "true");
    // Others can be chosen meanwhile, and stay.
    let other = visit.file("other.txt", b"some text");
    browser
        .element("#files")
        .await
        .keys(&other.display().to_string())
        .await;
    browser.shows("#jobs .state", "succeeded").await;
    browser.shows("#chosen", "other.txt").await;
    browser
        .until("document.querySelectorAll('#chosen li').length === 1")
        .await;
    assert_eq!(browser.script(disabled, &[]).await, "false");
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_after_a_lost_answer_is_one_job() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    let lose = "const { send } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.send = function (body) {
            XMLHttpRequest.prototype.send = send;
            this.onload = this.onerror;
            return send.call(this, body);
        }";
    browser.script(lose, &[]).await;
    browser.click("#order-go").await;
    browser.shows("#order-problem", "cannot be reached").await;
    browser.shows("#jobs .state", "succeeded").await;
    let lost = newest(&visit).await;
    browser.click("#order-go").await;
    browser
        .until("document.querySelectorAll('#chosen li').length === 0")
        .await;
    browser.is_drawn(".compare .before").await;
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
    assert_eq!(jobs["items"][0]["id"], lost["id"]);

    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.start_until("succeeded").await;
    assert_ne!(newest(&visit).await["id"], lost["id"]);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_larger_says_so() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.only("convert").await;
    browser.set("#convert-format", "png").await;
    browser.start_until("succeeded").await;
    browser
        .shows(&format!("{FIRST} .hint"), "% larger · ")
        .await;
    browser.shows("#jobs figcaption", "% larger").await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_failed_are_not_counted_in_what_became_smaller() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let damaged = visit.file("damaged.png", b"\x89PNG\r\n\x1a\nand no more");
    let photo = visit.photo("photo.jpg");
    browser.choose(&[&damaged, &photo]).await;
    browser.set("#resize-width", "60").await;
    browser.start_until("partial").await;
    let hint = format!("{FIRST} .hint");
    let photo = std::fs::metadata(photo).unwrap().len();
    let before = browser
        .script(
            "return import('./page/units.js').then((it) => it.size(arguments[0]))",
            &[json!(photo)],
        )
        .await;
    let before = before.as_str().unwrap();
    assert!(before.ends_with(" kB"), "{before}");
    browser.shows(&hint, &format!("{before} → ")).await;
    browser.shows(&hint, "% smaller").await;
    browser.reload().await;
    browser.shows(&hint, "resize · ").await;
    let shown = browser.script(
        "return document.querySelector('#jobs .hint').innerText",
        &[],
    );
    let shown = shown.await;
    assert!(!shown.as_str().unwrap().contains("smaller"), "{shown}");
    visit.is_clean(&[]).await;
}
