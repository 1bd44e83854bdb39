use chrono::TimeDelta;
use filittle_common::ids::{ApiKeyId, OwnerId, SessionId};
use filittle_common::store::api_keys::{ApiKey, Opening};
use filittle_common::store::one_time_tokens::OneTime;
use filittle_common::store::sessions::Session;
use filittle_common::store::{accounts, api_keys, one_time_tokens, sessions};
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{account, clock, owner};

on_both! {
    async fn an_account_is_found_by_id_and_address(db: Db) {
        let it = owner(&db).await;
        let mut read = db.read_any().await.unwrap();
        assert_eq!(accounts::find(&mut read, it.id).await.unwrap(), Some(it.clone()));
        assert_eq!(accounts::find_by_email(&mut read, &it.email).await.unwrap(), Some(it));
        assert_eq!(accounts::find_by_email(&mut read, "nobody").await.unwrap(), None);
        assert_eq!(accounts::count(&mut read).await.unwrap(), 1);
    }

    async fn an_address_is_taken_once(db: Db) {
        let first = owner(&db).await;
        let mut second = account(&db);
        second.email = first.email;
        let outcome = db.write(second, |tx, it| Box::pin(accounts::insert(tx, it))).await;
        assert!(outcome.unwrap_err().is_unique_violation());
        let mut read = db.read_any().await.unwrap();
        assert_eq!(accounts::count(&mut read).await.unwrap(), 1);
    }

    async fn name_and_password_can_change(db: Db) {
        let it = owner(&db).await;
        db.write(it.id, |tx, &id| Box::pin(async move {
            accounts::rename(tx, id, Some("Ada")).await?;
            accounts::set_password(tx, id, "new").await
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        let found = accounts::find(&mut read, it.id).await.unwrap().unwrap();
        assert_eq!((found.name.as_deref(), found.password_hash.as_str()), (Some("Ada"), "new"));
    }

    async fn a_refresh_token_is_rotated_once(db: Db) {
        let it = owner(&db).await;
        let now = clock(&db).now();
        let session = Session {
            id: SessionId::new(now), account_id: it.id, token_hash: "one".into(),
            created_at: now, expires_at: now + TimeDelta::days(1),
        };
        let id = session.id;
        db.write(session.clone(), |tx, it| Box::pin(sessions::insert(tx, it))).await.unwrap();
        let later = now + TimeDelta::days(2);
        let rotate = || db.write((id, later), |tx, &(id, later)| {
            Box::pin(sessions::rotate(tx, id, "one", "two", later))
        });
        assert!(rotate().await.unwrap());
        assert!(!rotate().await.unwrap());
    }

    async fn a_session_ends_by_hand_or_with_its_time(db: Db) {
        let it = owner(&db).await;
        let now = clock(&db).now();
        let session = |token: &str, days| Session {
            id: SessionId::new(now), account_id: it.id, token_hash: token.into(),
            created_at: now, expires_at: now + TimeDelta::days(days),
        };
        let (old, new, ended) = (session("a", -1), session("b", 1), session("c", 1));
        db.write((old.clone(), new.clone(), ended.clone()), |tx, (a, b, c)| Box::pin(async move {
            for it in [a, b, c] { sessions::insert(tx, it).await?; }
            sessions::delete(tx, c.id).await
        })).await.unwrap();
        let gone = db.write(now, |tx, &now| Box::pin(sessions::delete_expired(tx, now))).await;
        assert_eq!(gone.unwrap(), 1);
        let mut read = db.read_any().await.unwrap();
        assert_eq!(sessions::find(&mut read, old.id).await.unwrap(), None);
        assert_eq!(sessions::find(&mut read, ended.id).await.unwrap(), None);
        assert_eq!(sessions::find(&mut read, new.id).await.unwrap(), Some(new));
    }

    async fn a_one_time_token_is_spent_once_and_in_time(db: Db) {
        let it = owner(&db).await;
        let now = clock(&db).now();
        let token = |hash: &str, minutes| OneTime {
            token_hash: hash.into(), account_id: it.id, expires_at: now + TimeDelta::minutes(minutes),
        };
        db.write([token("good", 1), token("late", 0)], |tx, tokens| Box::pin(async move {
            for it in tokens { one_time_tokens::insert(tx, it).await?; }
            Ok(())
        })).await.unwrap();
        let spend = |hash: &'static str| db.write(now, move |tx, &now| {
            Box::pin(one_time_tokens::spend(tx, hash, now))
        });
        assert_eq!(spend("late").await.unwrap(), None);
        assert_eq!(spend("good").await.unwrap(), Some(it.id));
        assert_eq!(spend("good").await.unwrap(), None);
        let gone = db.write(now, |tx, &now| Box::pin(one_time_tokens::delete_expired(tx, now))).await;
        assert_eq!(gone.unwrap(), 1);
    }

    async fn an_account_is_found_by_its_own_space(db: Db) {
        let it = owner(&db).await;
        let mut read = db.read_any().await.unwrap();
        assert_eq!(accounts::find_by_owner(&mut read, it.owner_id).await.unwrap(), Some(it.clone()));
        let nobody = OwnerId::new(clock(&db).now());
        assert_eq!(accounts::find_by_owner(&mut read, nobody).await.unwrap(), None);
    }

    async fn keys_are_listed_found_by_hash_and_deleted_by_their_owner_only(db: Db) {
        let (it, other) = (owner(&db).await, owner(&db).await);
        let now = clock(&db).now();
        let key = ApiKey {
            id: ApiKeyId::new(now), owner_id: it.owner_id, created_by: it.id, name: "ci".into(),
            prefix: "fl_ab".into(), hash: "hash".into(), created_at: now, expires_at: None,
            last_used_at: None,
        };
        db.write(key.clone(), |tx, key| Box::pin(async move {
            api_keys::insert(tx, key).await?;
            api_keys::touch(tx, key.id, key.created_at).await
        })).await.unwrap();
        let touched = ApiKey { last_used_at: Some(now), ..key.clone() };
        let mut read = db.read_any().await.unwrap();
        let newest = ApiKeyId(Uuid::max());
        let opening = Opening { key: touched.clone(), role: it.role };
        assert_eq!(api_keys::find_by_hash(&mut read, "hash").await.unwrap(), Some(opening));
        let found = api_keys::find(&mut read, it.owner_id, key.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&touched));
        assert_eq!(api_keys::find(&mut read, other.owner_id, key.id).await.unwrap(), None);
        assert_eq!(api_keys::list(&mut read, it.owner_id, newest, 10).await.unwrap(), [touched]);
        assert_eq!(api_keys::list(&mut read, other.owner_id, newest, 10).await.unwrap(), []);
        assert_eq!(api_keys::list(&mut read, it.owner_id, key.id, 10).await.unwrap(), []);
        drop(read);
        let delete = |owner| db.write((owner, key.id), |tx, &(owner, id)| {
            Box::pin(api_keys::delete(tx, owner, id))
        });
        assert!(!delete(other.owner_id).await.unwrap());
        assert!(delete(it.owner_id).await.unwrap());
    }
}
