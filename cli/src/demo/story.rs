//! What the demo does, from the first line to the last.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use filittle_transform::names::Names;
use serde_json::{Value, json};

use super::bars::{Bar, Bars};
use super::client::{Client, text};
use super::page::{self, Pair};
use super::service::Service;
use super::{Options, sample, terminal};
use crate::by_hand::curl;

type Error = Box<dyn std::error::Error>;

const POLL: Duration = Duration::from_millis(100);
/// The jobs of the demo are short, so who wants to see one run looks often.
const GLANCE: Duration = Duration::from_millis(2);
/// How often a service is killed until a job was in work.
const MOST_CRASHES: usize = 5;

/// A file of the demo.
struct Upload {
    path: PathBuf,
    name: String,
    bytes: u64,
    id: String,
    is_picture: bool,
}

/// A job of the demo.
struct Task {
    title: String,
    id: String,
    bar: Bar,
    /// The picture it dithers; none for the archive of all.
    picture: Option<usize>,
    began: Instant,
}

pub(super) async fn tell(options: &Options) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir_all(&options.out)?;
    let bars = Bars::new();
    let mut service = Service::start(folder.path(), "127.0.0.1:0").await?;
    bars.say(&format!("A service runs on {}.", service.url()));
    let client = Client::register(service.url()).await?;

    let paths = if options.files.is_empty() {
        sample::write(folder.path())?
    } else {
        options.files.clone()
    };
    let uploads = upload_all(&client, &paths, &bars).await?;
    let mut tasks = submit_all(&client, &uploads, &bars).await?;
    if options.crash {
        wait_until_in_work(&client, &tasks).await?;
        service = service.crash().await?;
        bars.say("The service was killed in the middle (SIGKILL) and started again.");
    }
    let mut ended = wait_for_all(&client, &tasks, &bars).await?;
    let mut submitted = tasks.len();
    while options.crash && !ended.iter().any(was_interrupted) {
        if submitted > tasks.len() * MOST_CRASHES {
            return Err("no job was in work when the service was killed; take larger files".into());
        }
        bars.say("No job was in work at that moment. Once more:");
        tasks = submit_all(&client, &uploads, &bars).await?;
        submitted += tasks.len();
        wait_until_in_work(&client, &tasks).await?;
        service = service.crash().await?;
        ended = wait_for_all(&client, &tasks, &bars).await?;
    }
    if options.crash {
        submitted += compare_with_a_quiet_run(&client, &tasks, &ended).await?;
        bars.say("Every job ended, with the same bytes as a second run without a crash.");
    }
    let pairs = save_all(&client, &options.out, &uploads, &tasks, &ended).await?;
    let mails = read_mails(&client, &service, &options.out, submitted).await?;
    page::write(&options.out, &pairs)?;
    if let [
        Pair {
            after,
            before: Some(_),
            ..
        },
        ..,
    ] = pairs.as_slice()
    {
        terminal::show(&options.out.join(after))?;
    }
    let memory = service.peak_mib();
    if !service.end().await?.success() {
        return Err("the service did not end well".into());
    }
    bars.say(&format!(
        "{mails} mails, whose links opened without signing in, as long as the service ran."
    ));
    if let Some(mib) = memory {
        bars.say(&format!("The service took at most {mib} MiB of memory."));
    }
    bars.say(&format!(
        "Everything is in {}; open index.html there.",
        options.out.display()
    ));
    bars.say(&by_hand(&options.out, &pairs));
    Ok(())
}

async fn upload_all(client: &Client, paths: &[PathBuf], bars: &Bars) -> Result<Vec<Upload>, Error> {
    let mut uploads = Vec::new();
    for path in paths {
        let began = Instant::now();
        let id = client.upload(path).await?;
        let bytes = path.metadata()?.len();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        bars.say(&format!(
            "uploaded {name}: {bytes} bytes in {:.2} s",
            began.elapsed().as_secs_f64()
        ));
        let is_picture = is_picture(path)?;
        uploads.push(Upload {
            path: path.clone(),
            name,
            bytes,
            id,
            is_picture,
        });
    }
    Ok(uploads)
}

fn is_picture(path: &Path) -> Result<bool, Error> {
    let mut head = [0; filittle_transform::SNIFF_BYTES];
    let mut file = std::fs::File::open(path)?;
    let count = std::io::Read::read(&mut file, &mut head)?;
    let media_type = filittle_transform::sniff(&head[..count]);
    Ok(["image/jpeg", "image/png"].contains(&media_type))
}

async fn submit_all(client: &Client, uploads: &[Upload], bars: &Bars) -> Result<Vec<Task>, Error> {
    let mut tasks = Vec::new();
    for (index, upload) in uploads
        .iter()
        .enumerate()
        .filter(|(_, upload)| upload.is_picture)
    {
        let job = json!({
            "inputs": [{"file": upload.id}],
            "steps": [{"op": "dither", "levels": 2}],
            "notify": {"email": true},
        });
        let title = format!("dither {}", upload.name);
        tasks.push(submit(client, bars, title, &job, upload.bytes, Some(index)).await?);
    }
    let inputs: Vec<Value> = uploads
        .iter()
        .map(|upload| json!({"file": upload.id}))
        .collect();
    let job = json!({
        "inputs": inputs,
        "steps": [{"op": "compress", "format": "zip", "name": "everything.zip"}],
        "notify": {"email": true},
    });
    let bytes = uploads.iter().map(|upload| upload.bytes).sum();
    tasks.push(submit(client, bars, "zip of everything".into(), &job, bytes, None).await?);
    Ok(tasks)
}

async fn submit(
    client: &Client,
    bars: &Bars,
    title: String,
    job: &Value,
    bytes: u64,
    picture: Option<usize>,
) -> Result<Task, Error> {
    let began = Instant::now();
    let id = text(&client.submit(job).await?, "id")?;
    let bar = bars.add(&title, bytes);
    Ok(Task {
        title,
        id,
        bar,
        picture,
        began,
    })
}

/// Until some job is in the hands of a worker, or none is waiting for one any more.
async fn wait_until_in_work(client: &Client, tasks: &[Task]) -> Result<(), Error> {
    loop {
        let mut waiting = false;
        for task in tasks {
            let job = client.job(&task.id).await?;
            if job["state"] == "running" {
                return Ok(());
            }
            waiting |= job["state"] == "queued";
        }
        if !waiting {
            return Ok(());
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// Whether a job was begun more than once.
fn was_interrupted(job: &Value) -> bool {
    job["attempt"].as_u64() > Some(1)
}

async fn wait_for_all(client: &Client, tasks: &[Task], bars: &Bars) -> Result<Vec<Value>, Error> {
    let mut ended: Vec<Option<Value>> = tasks.iter().map(|_| None).collect();
    while ended.iter().any(Option::is_none) {
        for (task, ended) in tasks
            .iter()
            .zip(&mut ended)
            .filter(|(_, ended)| ended.is_none())
        {
            let job = client.job(&task.id).await?;
            task.bar.show(&job);
            if !["queued", "running"].contains(&job["state"].as_str().unwrap_or_default()) {
                bars.say(&task.bar.end(&job, task.began.elapsed().as_secs_f64()));
                *ended = Some(succeeded(task, job)?);
            }
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(ended.into_iter().flatten().collect())
}

fn succeeded(task: &Task, job: Value) -> Result<Value, Error> {
    if job["state"] == "succeeded" {
        Ok(job)
    } else {
        Err(format!("{}: {job}", task.title).into())
    }
}

/// Each job once more, undisturbed; the bytes must be the same. Answers how many jobs that were.
async fn compare_with_a_quiet_run(
    client: &Client,
    tasks: &[Task],
    ended: &[Value],
) -> Result<usize, Error> {
    for (task, crashed) in tasks.iter().zip(ended) {
        let id = text(&client.again(&task.id).await?, "id")?;
        let quiet = loop {
            let job = client.job(&id).await?;
            if !["queued", "running"].contains(&job["state"].as_str().unwrap_or_default()) {
                break succeeded(task, job)?;
            }
            tokio::time::sleep(POLL).await;
        };
        if hashes(&quiet) != hashes(crashed) || hashes(&quiet).is_empty() {
            return Err(format!("{}: other bytes after the crash", task.title).into());
        }
    }
    Ok(tasks.len())
}

fn hashes(job: &Value) -> Vec<&Value> {
    job["outputs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|output| &output["sha256"])
        .collect()
}

async fn save_all(
    client: &Client,
    out: &Path,
    uploads: &[Upload],
    tasks: &[Task],
    ended: &[Value],
) -> Result<Vec<Pair>, Error> {
    let mut pairs = Vec::new();
    let mut names = Names::default();
    for (task, job) in tasks.iter().zip(ended) {
        let output = &job["outputs"][0];
        // Results of files with one name from two folders have one name, too.
        let after = names.claim(&text(output, "name")?);
        let bytes_after = client
            .save(&text(output, "url")?, &out.join(&after))
            .await?;
        if Some(bytes_after) != output["size"].as_u64() {
            return Err(format!("{after} is not whole").into());
        }
        let picture = task.picture.map(|index| &uploads[index]);
        let before = picture.map(|upload| names.claim(&format!("before-{}", upload.name)));
        if let (Some(upload), Some(before)) = (picture, &before) {
            std::fs::copy(&upload.path, out.join(before))?;
        }
        let bytes_before =
            picture.map_or_else(|| uploads.iter().map(|it| it.bytes).sum(), |it| it.bytes);
        pairs.push(Pair {
            title: task.title.clone(),
            before,
            after,
            bytes_before,
            bytes_after,
        });
    }
    Ok(pairs)
}

/// Waits for the mails, copies them, and follows the link of each without signing in.
async fn read_mails(
    client: &Client,
    service: &Service,
    out: &Path,
    least: usize,
) -> Result<usize, Error> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mails = loop {
        let mails = mails(&service.mails())?;
        if mails.len() >= least {
            break mails;
        }
        if Instant::now() > deadline {
            return Err(format!("only {} of {least} mails came", mails.len()).into());
        }
        tokio::time::sleep(POLL).await;
    };
    for mail in &mails {
        let name = mail.file_name().ok_or("a mail without a name")?;
        std::fs::copy(mail, out.join(name))?;
        let link = link(&std::fs::read_to_string(mail)?).ok_or("a mail without a link")?;
        if !client.page(&link).await?.contains("<html") {
            return Err("the link of a mail leads to no page".into());
        }
    }
    Ok(mails.len())
}

fn mails(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            mails.push(path);
        }
    }
    Ok(mails)
}

/// The link to the results in a mail, whose long lines are broken by `=` as quoted-printable has it.
fn link(mail: &str) -> Option<String> {
    let whole = mail.replace("=\r\n", "").replace("=3D", "=");
    let start = whole[..whole.find("/v1/links/")?].rfind("http://")?;
    let end = whole[start..].find(|c: char| c.is_whitespace() || c == '"' || c == '<')?;
    Some(whole[start..start + end].to_owned())
}

/// The same by hand.
fn by_hand(out: &Path, pairs: &[Pair]) -> String {
    let photo = pairs.iter().find_map(|pair| pair.before.as_ref());
    let file = photo.map(|photo| out.join(photo).display().to_string());
    let (file, step, result) = match &file {
        Some(file) => (file.as_str(), "dither?levels=2", "result.png"),
        None => ("FILE", "compress", "result.zst"),
    };
    let line = curl("http://127.0.0.1:8080", file, step, result);
    format!("By hand, with a service of your own (`filittle serve` prints the key):\n\n  {line}")
}
