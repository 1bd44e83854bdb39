//! `filittle admin`: what an operator does to a cluster by hand.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Args, Command};
use filittle_boot::cluster::{self, DatabaseOptions};
use filittle_boot::mistakes::present;
use filittle_boot::{Failure, Mistakes, run as start, settings};
use filittle_common::accounts::Secret;
use filittle_common::clock::Clock;
use filittle_common::commands::create_first_account::FirstAccount;
use filittle_common::store::Db;

use crate::serve::{DataFolder, USUAL_FOLDER};
use crate::{options, word};

/// What `admin create` takes.
#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    database: DatabaseOptions,
    /// The address of the account
    #[arg(long, visible_alias = "admin-email", env = "FILITTLE_ADMIN_EMAIL")]
    email: Option<String>,
    /// A file with its password; without one, a password is made up and shown
    #[arg(
        long,
        visible_alias = "admin-password-file",
        env = "FILITTLE_ADMIN_PASSWORD_FILE"
    )]
    password_file: Option<String>,
}

/// What `admin allow-mail` takes.
#[derive(Debug, Args)]
struct AllowMail {
    #[command(flatten)]
    database: DatabaseOptions,
    /// The data folder of a stopped `serve`, instead of a database
    #[arg(long)]
    data: Option<PathBuf>,
    /// The address of the account
    #[arg(long)]
    email: String,
}

/// What `admin link` takes.
#[derive(Debug, Args)]
struct Link {
    #[command(flatten)]
    database: DatabaseOptions,
    /// The data folder of `serve`, which may be running, instead of a database
    /// [default: ./filittle-data, when no database is named]
    #[arg(long, env = "FILITTLE_DATA")]
    data: Option<PathBuf>,
    /// The address of the account; the first account, if not said
    #[arg(long)]
    email: Option<String>,
    /// Where clients reach the service [default with --data: what the service says]
    #[arg(long, env = "FILITTLE_PUBLIC_URL")]
    public_url: Option<String>,
}

/// Where the accounts are.
enum Place {
    Folder(PathBuf),
    Server(String),
}

pub(crate) fn command() -> Command {
    Command::new("admin")
        .about("Make accounts, links that sign in, and let mails go again, by hand")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(word::<Create>(
            "create",
            "Make the first account, who is an admin, and show its password and key once",
        ))
        .subcommand(word::<AllowMail>(
            "allow-mail",
            "Let mails go again to an address that refused them, or whose owner unsubscribed",
        ))
        .subcommand(word::<Link>(
            "link",
            "Print a link that signs in once, within 15 minutes",
        ))
}

pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    match matches.subcommand() {
        Some(("create", matches)) => start(|| create(options(matches))),
        Some(("allow-mail", matches)) => start(|| allow_mail(options(matches))),
        Some(("link", matches)) => start(|| link(options(matches))),
        _ => unreachable!("clap asks for a word"),
    }
}

async fn create(options: Create) -> Result<ExitCode, Failure> {
    let mut mistakes = Mistakes::default();
    let url = options.database.url(&mut mistakes);
    let email = mistakes.required("FILITTLE_ADMIN_EMAIL", options.email);
    let password = mistakes.secret("FILITTLE_ADMIN_PASSWORD", None, options.password_file);
    let (url, email) = mistakes.check(url.zip(email))?;
    let password = present(password).map(Secret::new);
    match cluster::create_first_account(&url, email, password).await? {
        Some(first) => {
            tell(&first);
            Ok(ExitCode::SUCCESS)
        }
        None => Err("there is an account already; it was not touched".into()),
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
async fn allow_mail(options: AllowMail) -> Result<ExitCode, Failure> {
    // It is locked until the end.
    let folder = options
        .data
        .as_deref()
        .map(DataFolder::existing)
        .transpose()?;
    let db = if let Some(folder) = &folder {
        Db::sqlite(&folder.database(), Clock::System).await?
    } else {
        let mut mistakes = Mistakes::default();
        let url = options.database.url(&mut mistakes);
        cluster::database(&mistakes.check(url)?).await?
    };
    let is_lifted = cluster::allow_mail(db, options.email).await?;
    println!(
        "{}",
        if is_lifted {
            "mails go there again"
        } else {
            "nothing kept mails from there"
        }
    );
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
async fn link(options: Link) -> Result<ExitCode, Failure> {
    let mut mistakes = Mistakes::default();
    // Who runs `serve` where it puts its folder by itself need not say so.
    let usual = PathBuf::from(USUAL_FOLDER);
    let is_usual = !options.database.is_given() && usual.is_dir();
    let place = match options.data.or(is_usual.then_some(usual)) {
        Some(folder) => {
            DataFolder::used_database(&folder)?;
            Some(Place::Folder(folder))
        }
        None if !options.database.is_given() => {
            let what = "there is no filittle-data in this folder; name the data folder with --data, \
                        or the database with FILITTLE_DATABASE_URL";
            return Err(what.into());
        }
        None => options.database.url(&mut mistakes).map(Place::Server),
    };
    let noted = match &place {
        Some(Place::Folder(folder)) => DataFolder::noted_url(folder),
        _ => None,
    };
    let public_url = present(options.public_url).or(noted);
    let public_url = mistakes.required("FILITTLE_PUBLIC_URL", public_url);
    let public_url = settings::public_url(&mut mistakes, public_url);
    let (public_url, place) = mistakes.check(public_url.zip(place))?;
    let db = match place {
        Place::Folder(folder) => {
            Db::sqlite(&DataFolder::used_database(&folder)?, Clock::System).await?
        }
        Place::Server(url) => cluster::database(&url).await?,
    };
    let token = cluster::one_time_token(db, options.email).await?;
    println!("{}", token.link(&public_url));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn tell(first: &FirstAccount) {
    println!("address   {}", first.account.email);
    println!("password  {}", first.password.expose());
    if let Some(key) = &first.api_key {
        println!("export FILITTLE_KEY={}", key.expose());
    }
}
