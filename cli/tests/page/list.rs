//! The list of jobs.

use reqwest::Method;
use serde_json::json;

use crate::answer::Send;
use crate::client::path;
use crate::visit::Visit;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_survives_a_reload_and_older_jobs_are_shown_on_demand() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser
        .until("!document.querySelector('#jobs-none').hidden")
        .await;
    let file = visit.client.upload("a.txt", "some text").await;
    let mut jobs = Vec::new();
    for number in 0..25 {
        let job = json!({
            "inputs": [{"file": file["id"]}],
            "steps": [{"op": "compress"}],
            "name": format!("job {number}"),
        });
        jobs.push(visit.client.submit(&job).await);
    }
    for job in &jobs {
        visit.client.succeeded(job).await;
    }
    browser
        .until("document.querySelectorAll('#jobs > li').length === 25")
        .await;
    browser.reload().await;
    browser.at_desk().await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 20")
        .await;
    browser.click("#jobs-more").await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 25")
        .await;
    browser
        .until("document.querySelector('#jobs-more').hidden")
        .await;
    browser
        .until("document.activeElement.tagName === 'H3'")
        .await;
    let expected: Vec<_> = (0..25)
        .rev()
        .map(|number| json!(format!("job {number}")))
        .collect();
    assert_eq!(browser.titles().await, expected);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_before_a_reload_is_shown_when_it_is_asked_for() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let photo = visit.photo("photo.jpg");
    browser.choose(&[&photo]).await;
    browser.start_until("succeeded").await;
    browser.reload().await;
    browser.click("#jobs .looks button").await;
    browser.is_drawn("#jobs .after").await;
    browser
        .shows("#jobs figcaption", "does not have the original")
        .await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_deletes_nothing_and_tries_again_once() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.start_until("succeeded").await;
    let delete = "#jobs .actions button[aria-label^=Delete]";
    browser.double_click(delete).await;
    browser
        .shows("#jobs .actions .sure", "Really delete?")
        .await;
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
    browser
        .double_click("#jobs .actions button[aria-label^=Retry]")
        .await;
    browser
        .until("document.querySelectorAll('#jobs .succeeded').length === 2")
        .await;
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 2);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_deleted_elsewhere_leaves_the_list() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let file = visit.client.upload("a.txt", "some text").await;
    let mut jobs = Vec::new();
    for number in 0..23 {
        let step = json!({"op": "compress"});
        let job = visit.client.work(&file, &step).await;
        jobs.push(visit.client.succeeded(&job).await);
        let count = format!(
            "document.querySelectorAll('#jobs .succeeded').length === {}",
            number + 1
        );
        browser.until(&count).await;
    }
    let delete = async |job| {
        let deleted = visit.client.request(Method::DELETE, &path(job));
        deleted.answer().await.is(204);
    };
    // The newest by what is done with it, and others, among them the oldest, when somebody comes back.
    delete(&jobs[22]).await;
    browser
        .click("#jobs > li:first-child .actions button[aria-label^=Retry]")
        .await;
    browser
        .reads("#jobs-problem", "It was deleted, or its time is over.")
        .await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 22")
        .await;
    delete(&jobs[21]).await;
    delete(&jobs[0]).await;
    let back = "document.dispatchEvent(new Event('visibilitychange'))";
    browser.script(back, &[]).await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 20")
        .await;
    visit.is_clean(&["404", "410"]).await;
}
