//! Clients that upload and submit, and write down what they were told.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::client::Client;
use crate::generate;
use crate::world::{World, job};

/// What was accepted: the job and the bytes it works on.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    accepted: Vec<(Value, Vec<u8>)>,
    /// Requests whose connection was cut, so that nobody knows.
    unknown: usize,
    /// Anything but the good answer.
    refused: Vec<String>,
}

/// A load that goes on until it is stopped.
pub(crate) struct Load {
    ledger: Ledger,
    clients: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Load {
    /// Clients that take turns at these replicas.
    pub(crate) fn start(clients: &[Client], count: u64) -> Self {
        let (stop, stopped) = watch::channel(false);
        let ledger = Ledger::default();
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let (clients, ledger, stopped) = (clients.to_vec(), ledger.clone(), stopped.clone());
            tasks.spawn(async move {
                let mut turn = number * 100_000;
                while !*stopped.borrow() {
                    turn += 1;
                    let at = usize::try_from(turn).unwrap() % clients.len();
                    one(&clients[at], &ledger, turn).await;
                }
            });
        }
        Self {
            ledger,
            clients: tasks,
            stop,
        }
    }

    pub(crate) fn accepted(&self) -> usize {
        self.ledger.with(|book| book.accepted.len())
    }

    /// Waits until so many more jobs were accepted.
    pub(crate) async fn accepts(&self, more: usize) {
        let goal = self.accepted() + more;
        crate::times::until("jobs are accepted", async || {
            (self.accepted() >= goal).then_some(())
        })
        .await;
    }

    /// Ends the load; answers what was accepted.
    pub(crate) async fn stop(mut self) -> Ledger {
        self.stop.send_replace(true);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        self.ledger
    }
}

impl Ledger {
    fn with<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    /// What was accepted here belongs to the other.
    pub(crate) fn joins(&self, other: &Ledger) {
        let accepted = self.with(|book| std::mem::take(&mut book.accepted));
        other.with(|book| book.accepted.extend(accepted));
    }

    /// No request failed.
    pub(crate) fn nothing_was_refused(&self) {
        self.with(|book| {
            assert!(book.refused.is_empty(), "{:#?}", book.refused);
            assert_eq!(book.unknown, 0);
        });
    }

    /// Whoever was refused was told to come again.
    pub(crate) fn nothing_was_refused_for_good(&self) {
        self.with(|book| {
            let for_good = book.refused.iter().find(|told| !told.starts_with("503"));
            assert_eq!(for_good, None);
        });
    }

    /// Everything accepted ends well, with the right bytes, and the database tells the same. Of
    /// requests with an unknown end each left one job or none.
    pub(crate) async fn holds(&self, world: &World, client: &Client) {
        self.holds_beside(world, client, 0).await;
    }

    /// The same, when the test has submitted so many jobs beside the load.
    pub(crate) async fn holds_beside(&self, world: &World, client: &Client, others: usize) {
        let unknown = self.with(|book| book.unknown);
        self.compare(world, client, others, unknown).await;
    }

    /// The same, when the database was cut off in the middle of commits: those are told as 503,
    /// done or not.
    pub(crate) async fn holds_but_for_commits(&self, world: &World, client: &Client) {
        let unknown = self.with(|book| {
            let failed = book.refused.iter().filter(|told| told.starts_with("503"));
            book.unknown + failed.count()
        });
        self.compare(world, client, 0, unknown).await;
    }

    async fn compare(&self, world: &World, client: &Client, others: usize, unknown: usize) {
        self.compare_jobs(world, client, others, unknown).await;
        world.each_notice_is_sent().await;
    }

    /// Everything accepted ends well, whatever is said of mails.
    pub(crate) async fn holds_of_jobs(&self, world: &World, client: &Client) {
        self.compare_jobs(world, client, 0, 0).await;
    }

    async fn compare_jobs(&self, world: &World, client: &Client, others: usize, unknown: usize) {
        let accepted = self.with(|book| std::mem::take(&mut book.accepted));
        assert!(!accepted.is_empty(), "no load");
        for (job, bytes) in &accepted {
            let job = client.succeeded(job).await;
            let output = client.output(&job).await;
            assert!(zstd::decode_all(&output[..]).unwrap() == *bytes, "{job}");
        }
        crate::times::until("those of unknown requests have ended, too", async || {
            (world.count("select count(*) from job_work") == 0).then_some(())
        })
        .await;
        let jobs = usize::try_from(world.count("select count(*) from jobs")).unwrap();
        let least = accepted.len() + others;
        let most = least + unknown;
        assert!((least..=most).contains(&jobs), "{jobs} of {most}");
        world.all_ended_once(jobs);
    }
}

async fn one(client: &Client, ledger: &Ledger, seed: u64) {
    let bytes = generate::text(seed, 2000);
    let upload = client.put(&format!("{seed}.txt"), bytes.clone());
    let Some(answer) = ask(upload, 201, ledger).await else {
        return;
    };
    let order = job(&answer["items"][0], true);
    if let Some(job) = ask(client.post("/v1/jobs", &order), 202, ledger).await {
        ledger.with(|book| book.accepted.push((job, bytes)));
    }
}

async fn ask(request: reqwest::RequestBuilder, good: u16, ledger: &Ledger) -> Option<Value> {
    let answer = match request.send().await {
        Ok(response) => Answer::of(response).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) if answer.status == good => return Some(answer.json()),
        Ok(answer) => {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            ledger.with(|book| book.refused.push(format!("{}: {body}", answer.status)));
        }
        Err(error) if error.is_connect() => {
            ledger.with(|book| book.refused.push(error.to_string()));
        }
        Err(_) => ledger.with(|book| book.unknown += 1),
    }
    // Whoever is turned away does not come back at once.
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    None
}
