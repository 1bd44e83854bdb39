//! What accounts, sessions and keys promise, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use chrono::{DateTime, Utc};
use filittle_common::accounts::{Accounts, Credentials, Secret, Tokens};
use filittle_common::actor::Member;
use filittle_common::blobs::Blobs;
use filittle_common::clock::Clock;
use filittle_common::commands::create_api_key::{CreateApiKey, CreatedApiKey};
use filittle_common::commands::create_first_account::CreateFirstAccount;
use filittle_common::commands::delete_api_key::DeleteApiKey;
use filittle_common::commands::login::Login;
use filittle_common::commands::logout::Logout;
use filittle_common::commands::refresh_token::RefreshSession;
use filittle_common::commands::register::Register;
use filittle_common::commands::update_me::UpdateMe;
use filittle_common::config::Config;
use filittle_common::ids::{AccountId, ApiKeyId};
use filittle_common::live::Live;
use filittle_common::problem::{Kind, Problem};
use filittle_common::queries::list_api_keys::ListApiKeys;
use filittle_common::queries::me::Me;
use filittle_common::queue::Queue;
use filittle_common::store::accounts::{self, Role};
use filittle_common::store::{Db, api_keys};
use filittle_common::trace::Traces;
use filittle_common::wake::Wake;
use filittle_common::{Actor, App, Error, Parts, Result};
use filittle_testkit::Postgres;
use tokio::runtime::Runtime;

const PASSWORD: &str = "correct horse";

/// Makes a test for each database of `async fn name(app: App) { … }`.
macro_rules! on_both {
    ($(async fn $name:ident($app:ident: App) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn promise($app: App) $body

            #[test]
            fn sqlite() {
                on_sqlite(promise);
            }

            #[test]
            fn postgres() {
                on_postgres(promise);
            }
        }
    )+};
}

on_both! {
    async fn the_first_account_is_an_admin_and_the_second_is_not(app: App) {
        let first = app.execute(register("ada@example.org"), &nobody()).await.unwrap();
        let second = app.execute(register("bob@example.org"), &nobody()).await.unwrap();
        assert_eq!((first.role, first.verified), (Role::Admin, true));
        assert_eq!((second.role, second.verified), (Role::Member, false));
    }

    async fn of_those_who_come_first_at_the_same_time_one_is_admin(app: App) {
        let registers = (0..6).map(|n| {
            let app = app.clone();
            tokio::spawn(async move {
                let command = register(&format!("user{n}@example.org"));
                app.execute(command, &nobody()).await.unwrap().role
            })
        });
        let mut admins = 0;
        for register in registers.collect::<Vec<_>>() {
            admins += usize::from(register.await.unwrap() == Role::Admin);
        }
        assert_eq!(admins, 1);
    }

    async fn an_address_has_one_account_in_whatever_case(app: App) {
        let account = app.execute(register("Ada@Example.org"), &nobody()).await.unwrap();
        assert_eq!(account.email, "ada@example.org");
        let again = app.execute(register("ADA@example.ORG"), &nobody()).await;
        assert_eq!(problem(again).kind, Kind::Conflict);
    }

    async fn all_mistakes_of_a_register_are_told_at_once(app: App) {
        let command = Register {
            email: "ada".into(),
            password: Secret::new("short"),
            name: Some(String::new()),
        };
        let problem = problem(app.execute(command, &nobody()).await);
        let pointers: Vec<_> = problem.errors.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(pointers, ["/email", "/name", "/password"]);
    }

    async fn a_login_opens_with_the_right_password(app: App) {
        let account = app.execute(register("ada@example.org"), &nobody()).await.unwrap();
        let tokens = login(&app, "ADA@example.org", PASSWORD).await.unwrap();
        let member = bearer(&app, &tokens.access).await.unwrap();
        assert_eq!((member.account, member.role), (account.id, Role::Admin));
    }

    async fn an_unknown_user_gets_the_same_answer_after_the_same_work(app: App) {
        app.execute(register("ada@example.org"), &nobody()).await.unwrap();
        let before = app.accounts.passwords().worked_out();
        let wrong = problem(login(&app, "ada@example.org", "wrong horse").await);
        let between = app.accounts.passwords().worked_out();
        let unknown = problem(login(&app, "eve@example.org", "wrong horse").await);
        let after = app.accounts.passwords().worked_out();
        assert_eq!(wrong, unknown);
        assert_eq!(wrong.kind, Kind::Unauthenticated);
        assert_eq!((between - before, after - between), (1, 1));
    }

    async fn a_login_brings_an_old_hash_up_to_date(app: App) {
        let account = app.execute(register("ada@example.org"), &nobody()).await.unwrap();
        let old = weak_hash(PASSWORD);
        keep_hash(&app, account.id, &old).await;
        login(&app, "ada@example.org", PASSWORD).await.unwrap();
        let mut read = app.db.read_any().await.unwrap();
        let kept = accounts::find(&mut read, account.id).await.unwrap().unwrap();
        assert_ne!(kept.password_hash, old);
        assert!(!app.accounts.passwords().is_outdated(&kept.password_hash));
    }

    async fn a_refresh_gives_a_new_pair_and_the_session_goes_on(app: App) {
        let first = session(&app).await;
        let second = refresh(&app, &first.refresh).await.unwrap();
        assert_ne!(first.refresh.expose(), second.refresh.expose());
        assert!(bearer(&app, &second.access).await.is_ok());
        assert!(refresh(&app, &second.refresh).await.is_ok());
    }

    async fn a_refresh_token_that_comes_again_ends_its_session_and_no_other(app: App) {
        let stolen = session(&app).await;
        let other = login(&app, "ada@example.org", PASSWORD).await.unwrap();
        let newest = refresh(&app, &stolen.refresh).await.unwrap();
        for token in [&stolen.refresh, &newest.refresh] {
            let refused = problem(refresh(&app, token).await);
            assert_eq!(refused.kind, Kind::Unauthenticated);
        }
        assert!(refresh(&app, &other.refresh).await.is_ok());
    }

    async fn of_two_who_refresh_at_the_same_time_one_may(app: App) {
        let tokens = session(&app).await;
        let (one, two) = tokio::join!(
            refresh(&app, &tokens.refresh),
            refresh(&app, &tokens.refresh)
        );
        assert!(one.is_ok() != two.is_ok());
    }

    async fn a_session_that_nobody_uses_ends_after_thirty_days(app: App) {
        let tokens = session(&app).await;
        app.db.clock().advance(Duration::from_hours(30 * 24));
        assert!(refresh(&app, &tokens.refresh).await.is_err());
    }

    async fn a_logout_ends_the_session(app: App) {
        let tokens = session(&app).await;
        let command = Logout { refresh_token: tokens.refresh.clone() };
        app.execute(command.clone(), &nobody()).await.unwrap();
        assert!(refresh(&app, &tokens.refresh).await.is_err());
        assert!(app.execute(command, &nobody()).await.is_ok(), "once more is no harm");
    }

    async fn a_key_is_shown_once_and_only_its_hash_is_kept(app: App) {
        let (actor, member) = member(&app).await;
        let created = create_key(&app, &actor, None).await.unwrap();
        let key = created.key.expose();
        assert!(key.starts_with("fl_") && key.starts_with(&created.view.prefix));
        assert!(created.view.prefix.len() < 16);
        let mut read = app.db.read_any().await.unwrap();
        let all = api_keys::list(&mut read, member.owner, uuid_max(), 10).await.unwrap();
        assert_eq!(all.len(), 1);
        assert!(!format!("{all:?}").contains(key));
        assert_eq!(all[0].hash.len(), 64);
    }

    async fn a_key_opens_as_bearer_and_as_user_name(app: App) {
        let (actor, member) = member(&app).await;
        let key = create_key(&app, &actor, None).await.unwrap().key;
        for credentials in [Credentials::Bearer(key.clone()), Credentials::BasicUser(key)] {
            let who = app.accounts.authenticate(&app.db, &credentials).await.unwrap();
            assert_eq!(who, member);
        }
    }

    async fn a_key_opens_until_its_end(app: App) {
        let (actor, _) = member(&app).await;
        let end = app.db.clock().now() + Duration::from_hours(1);
        let key = create_key(&app, &actor, Some(end)).await.unwrap().key;
        assert!(bearer(&app, &key).await.is_ok());
        app.db.clock().advance(Duration::from_hours(1));
        assert_eq!(problem(bearer(&app, &key).await).kind, Kind::Unauthenticated);
        let past = create_key(&app, &actor, Some(end)).await;
        assert_eq!(problem(past).errors[0].pointer, "/expires_at");
    }

    async fn a_deleted_key_opens_nothing_and_nobody_deletes_another_ones(app: App) {
        let (ada, _) = member(&app).await;
        let created = create_key(&app, &ada, None).await.unwrap();
        let bob = somebody(&app, "bob@example.org").await;
        let command = || DeleteApiKey { id: created.view.id };
        assert_eq!(problem(app.execute(command(), &bob).await).kind, Kind::NotFound);
        assert!(bearer(&app, &created.key).await.is_ok());
        app.execute(command(), &ada).await.unwrap();
        assert!(bearer(&app, &created.key).await.is_err());
        assert_eq!(problem(app.execute(command(), &ada).await).kind, Kind::NotFound);
    }

    async fn a_list_of_keys_goes_on_where_it_ended(app: App) {
        let (actor, _) = member(&app).await;
        let mut made = Vec::new();
        for _ in 0..5 {
            app.db.clock().advance(Duration::from_millis(1));
            made.insert(0, create_key(&app, &actor, None).await.unwrap().view.id);
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = app.ask(ListApiKeys { before, limit: 2 }, &actor).await.unwrap();
            seen.extend(page.items.iter().map(|key| key.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, made);
    }

    async fn the_use_of_a_key_is_noted_once_a_minute(app: App) {
        let (actor, member) = member(&app).await;
        let key = create_key(&app, &actor, None).await.unwrap().key;
        let first = app.db.clock().now();
        bearer(&app, &key).await.unwrap();
        noted(&app, member, first).await;
        app.db.clock().advance(Duration::from_secs(59));
        bearer(&app, &key).await.unwrap();
        app.db.clock().advance(Duration::from_secs(1));
        let later = app.db.clock().now();
        bearer(&app, &key).await.unwrap();
        noted(&app, member, later).await;
    }

    async fn one_changes_ones_own_name_and_takes_it_away(app: App) {
        let (actor, _) = member(&app).await;
        let change = |name: Option<Option<&str>>| {
            let command = UpdateMe { name: name.map(|name| name.map(str::to_owned)), mails: None };
            let (app, actor) = (app.clone(), actor.clone());
            async move { app.execute(command, &actor).await.unwrap().account.name }
        };
        assert_eq!(change(Some(Some("Ada"))).await.as_deref(), Some("Ada"));
        assert_eq!(change(None).await.as_deref(), Some("Ada"));
        assert_eq!(change(Some(None)).await, None);
        let me = app.ask(Me {}, &actor).await.unwrap();
        assert_eq!((me.usage.files, me.usage.bytes), (0, 0));
        assert_eq!((me.quota.files, me.quota.bytes), (None, None));
    }

    async fn the_operators_account_is_made_once_with_a_password_and_a_key(app: App) {
        let command = || CreateFirstAccount {
            email: "Admin@localhost".into(),
            password: None,
            with_key: true,
        };
        let made = app.execute(command(), &nobody()).await.unwrap().unwrap();
        assert_eq!((made.account.role, made.account.verified), (Role::Admin, true));
        login(&app, "admin@localhost", made.password.expose()).await.unwrap();
        assert_eq!(bearer(&app, &made.api_key.unwrap()).await.unwrap().account, made.account.id);
        assert!(app.execute(command(), &nobody()).await.unwrap().is_none());
    }

    async fn nothing_of_an_account_is_open_to_nobody(app: App) {
        let refused = [
            problem(app.ask(Me {}, &nobody()).await),
            problem(app.ask(ListApiKeys { before: None, limit: 1 }, &nobody()).await),
            problem(app.execute(UpdateMe { name: None, mails: None }, &nobody()).await),
            problem(create_key(&app, &nobody(), None).await),
        ];
        assert!(refused.iter().all(|problem| problem.kind == Kind::Unauthenticated));
    }

    async fn what_is_logged_has_no_secret_in_it(app: App) {
        let tokens = session(&app).await;
        let actor = acts(&app, &tokens).await;
        let created = create_key(&app, &actor, None).await.unwrap();
        let login = Login { email: "a@b".into(), password: Secret::new("canary") };
        let shown = format!(
            "{login:?} {:?} {tokens:?} {created:?} {:?} {:?}",
            register("a@b"),
            RefreshSession { refresh_token: tokens.refresh.clone() },
            Credentials::Bearer(tokens.access.clone()),
        );
        let secrets = [
            "canary",
            PASSWORD,
            tokens.access.expose(),
            tokens.refresh.expose(),
            created.key.expose(),
        ];
        for secret in secrets {
            assert!(!shown.contains(secret));
        }
    }
}

fn nobody() -> Actor {
    Actor::anonymous(None)
}

fn register(email: &str) -> Register {
    Register {
        email: email.into(),
        password: Secret::new(PASSWORD),
        name: None,
    }
}

async fn login(app: &App, email: &str, password: &str) -> Result<Tokens> {
    let command = Login {
        email: email.into(),
        password: Secret::new(password),
    };
    app.execute(command, &nobody()).await
}

async fn refresh(app: &App, token: &Secret) -> Result<Tokens> {
    let command = RefreshSession {
        refresh_token: token.clone(),
    };
    app.execute(command, &nobody()).await
}

async fn bearer(app: &App, text: &Secret) -> Result<Member> {
    let credentials = Credentials::Bearer(text.clone());
    app.accounts.authenticate(&app.db, &credentials).await
}

/// Ada's, who is made for it.
async fn session(app: &App) -> Tokens {
    app.execute(register("ada@example.org"), &nobody())
        .await
        .unwrap();
    login(app, "ada@example.org", PASSWORD).await.unwrap()
}

async fn acts(app: &App, tokens: &Tokens) -> Actor {
    Actor::member(bearer(app, &tokens.access).await.unwrap(), None)
}

async fn member(app: &App) -> (Actor, Member) {
    let tokens = session(app).await;
    let member = bearer(app, &tokens.access).await.unwrap();
    (Actor::member(member, None), member)
}

async fn somebody(app: &App, email: &str) -> Actor {
    app.execute(register(email), &nobody()).await.unwrap();
    acts(app, &login(app, email, PASSWORD).await.unwrap()).await
}

async fn create_key(app: &App, actor: &Actor, end: Option<DateTime<Utc>>) -> Result<CreatedApiKey> {
    let command = CreateApiKey {
        name: "laptop".into(),
        expires_at: end,
    };
    app.execute(command, actor).await
}

fn problem<T>(outcome: Result<T>) -> Problem {
    match outcome {
        Err(Error::Problem(problem)) => *problem,
        Err(error) => panic!("a fault: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// The least of some tries does not depend on what else the machine does.
/// A hash as it was made when machines were slower.
fn weak_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    use argon2::{Algorithm, Argon2, Params, Version};
    let params = Params::new(64, 1, 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &[7; 16])
        .unwrap()
        .to_string()
}

async fn keep_hash(app: &App, account: AccountId, hash: &str) {
    let input = (account, hash.to_owned());
    app.db
        .write(input, |tx, (account, hash)| {
            Box::pin(accounts::set_password(tx, *account, hash))
        })
        .await
        .unwrap();
}

/// It is noted beside the request, so it is looked for until it is there.
async fn noted(app: &App, member: Member, when: DateTime<Utc>) {
    let is_there = async {
        loop {
            let mut read = app.db.read_any().await.unwrap();
            let keys = api_keys::list(&mut read, member.owner, uuid_max(), 1).await;
            if keys.unwrap()[0].last_used_at == Some(when) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), is_there)
        .await
        .expect("the use is noted with its time");
}

fn uuid_max() -> ApiKeyId {
    ApiKeyId(uuid::Uuid::max())
}

fn on_sqlite<F: Future<Output = ()>>(promise: impl FnOnce(App) -> F) {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let file = folder.path().join("db.sqlite");
        let db = Db::sqlite(&file, clock()).await.unwrap();
        promise(app(db)).await;
    });
}

fn on_postgres<F: Future<Output = ()>>(promise: impl FnOnce(App) -> F) {
    let database = Postgres::shared().create_database_from("schema", |url| {
        runtime().block_on(Db::migrate_postgres(url)).unwrap();
    });
    runtime().block_on(async {
        let db = Db::postgres(database.url(), 5, clock()).await.unwrap();
        let app = app(db.clone());
        promise(app).await;
        db.close().await;
    });
}

fn app(db: Db) -> App {
    App::new(Parts {
        traces: Traces::default(),
        blobs: Blobs::memory(db.clone()),
        queue: Queue::channel(),
        wake: Wake::default(),
        live: Live::default(),
        accounts: Accounts::ephemeral(),
        config: Config::default(),
        db,
    })
}

/// A fixed moment: nothing here depends on today.
fn clock() -> Clock {
    Clock::manual("2026-01-02T03:04:05.678901Z".parse().unwrap())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}
