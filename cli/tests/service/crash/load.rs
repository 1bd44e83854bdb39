//! A client that goes on whatever happens, and writes down what it was told.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::goods::{Goods, Order};
use super::ledger::Ledger;
use crate::answer::Answer;
use crate::client::Client;
use crate::generate::Dice;

/// What became of a request.
enum Told {
    Yes(Value),
    /// The connection was cut, so nobody knows.
    Unknown,
    /// It never got there, or was refused.
    No,
}

/// Uploads, submits and deletes until there will be no other service.
pub(super) async fn run(
    client: Client,
    mut urls: watch::Receiver<String>,
    ledger: Ledger,
    goods: Goods,
    number: u64,
) {
    let mut dice = Dice::new(number);
    let mut count = 0;
    loop {
        let url = urls.borrow_and_update().clone();
        count += 1;
        let name = format!("{number}-{count}");
        let order = goods.order(&mut dice);
        let went_well = one(&client.at(&url), &ledger, &goods, order, name).await;
        let has_ended = if went_well {
            urls.has_changed().is_err()
        } else {
            urls.changed().await.is_err()
        };
        if has_ended {
            return;
        }
    }
}

/// One order from its files to its submit; whether the service was there all the time.
async fn one(client: &Client, ledger: &Ledger, goods: &Goods, order: Order, name: String) -> bool {
    let mut inputs = Vec::new();
    for (file_name, bytes) in goods.files(&order) {
        let sent = client.put(&file_name, bytes.clone());
        let Told::Yes(answer) = ask(sent, 201, ledger).await else {
            return false;
        };
        let file = answer["items"][0].clone();
        inputs.push(json!({"file": file["id"]}));
        ledger.add_file(file, bytes);
    }
    // Some files go when their job has them; then the job's hold is all that keeps the contents.
    let goes = name.ends_with('3').then(|| inputs[0]["file"].clone());
    let job = json!({
        "inputs": inputs,
        "steps": [order.step()],
        "name": name,
        "notify": {"email": name.ends_with('7')},
    });
    match ask(client.post("/v1/jobs", &job), 202, ledger).await {
        Told::Yes(job) => ledger.add_job(job, order),
        Told::Unknown => {
            ledger.add_unknown(name);
            return false;
        }
        Told::No => {
            ledger.add_refused(name);
            return false;
        }
    }
    let Some(file) = goes else { return true };
    let path = format!("/v1/files/{}", file.as_str().unwrap());
    ledger.forget_file(&file);
    let delete = client.request(reqwest::Method::DELETE, &path);
    match ask(delete, 204, ledger).await {
        Told::Yes(_) => ledger.add_deleted(path),
        Told::Unknown | Told::No => return false,
    }
    true
}

async fn ask(request: RequestBuilder, good: u16, ledger: &Ledger) -> Told {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Told::No,
        Err(_) => return Told::Unknown,
    };
    let status = response.status().as_u16();
    let location = response.headers().get("location").cloned();
    match Answer::of(response).await {
        Ok(answer) if status == 204 && good == 204 => Told::Yes(json!({"status": answer.status})),
        Ok(answer) if status == good => Told::Yes(answer.json()),
        Ok(answer) => {
            ledger.add_answer(status, &String::from_utf8_lossy(&answer.body));
            Told::No
        }
        // The head of a 202 names the job; that is an acceptance, too.
        Err(_) if status == 202 && good == 202 => {
            let path = location.unwrap().to_str().unwrap().to_owned();
            Told::Yes(json!({"id": path.rsplit('/').next()}))
        }
        Err(_) => Told::Unknown,
    }
}
