//! One's own account.

use schemars::JsonSchema;
use serde::Serialize;
use validator::Validate;

use crate::accounts::AccountView;
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::mailboxes::{self, Mailbox};
use crate::store::{accounts, files};

/// Who am I?
#[derive(Debug, Validate)]
pub struct Me {}

/// An account and what it uses.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub struct MeView {
    /// The account.
    #[serde(flatten)]
    pub account: AccountView,
    /// Whether mails about jobs go to its address.
    pub mails: Mails,
    /// What its files take.
    pub usage: Usage,
    /// What they may take.
    pub quota: Quota,
}

/// Whether mails about jobs go to an address. Where it must be verified first, that is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mails {
    /// They do.
    On,
    /// Its owner wanted no more of them.
    Unsubscribed,
    /// Mail servers refused it several times in a row.
    Suppressed,
}

impl Mails {
    fn of(mailbox: Option<&Mailbox>) -> Self {
        match mailbox {
            Some(it) if it.suppressed_at.is_some() => Self::Suppressed,
            Some(it) if it.unsubscribed_at.is_some() => Self::Unsubscribed,
            _ => Self::On,
        }
    }
}

/// What the files of an owner take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Usage {
    /// How many there are.
    pub files: i64,
    /// Their bytes.
    pub bytes: i64,
}

/// What the files of an owner may take; none is without a bound. There are no quotas yet, so both
/// are always none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quota {
    /// How many there may be.
    pub files: Option<i64>,
    /// Their bytes.
    pub bytes: Option<i64>,
}

impl Query for Me {
    type Output = MeView;
    const NAME: &'static str = "me";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<MeView> {
        let member = actor.signed_in()?;
        let mut read = app.db.read(member.owner).await?;
        let account = accounts::find(&mut read, member.account)
            .await?
            .ok_or_else(|| Error::of(Kind::Unauthenticated, "this account is no more"))?;
        let (files, bytes) = files::usage(&mut read, member.owner).await?;
        let mailbox = mailboxes::find(&mut read, member.account).await?;
        Ok(MeView {
            account: account.into(),
            mails: Mails::of(mailbox.as_ref()),
            usage: Usage { files, bytes },
            quota: Quota::default(),
        })
    }
}
