//! Access tokens: JWTs of RFC 9068 (`at+jwt`), signed with Ed25519, checked as RFC 8725 asks.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret::Secret;
use crate::actor::Member;
use crate::error::{Error, Result};
use crate::ids::{AccountId, OwnerId};
use crate::problem::Kind;
use crate::random;
use crate::store::accounts::Role;

/// How long a token opens: so long a changed role or an ended session still works.
const LIFE_SECONDS: i64 = 15 * 60;
/// How much the clocks of replicas may differ.
const LEEWAY_SECONDS: i64 = 5;
const AUDIENCE: &str = "filittle";
const TYPE: &str = "at+jwt";
/// Ours have some 500 letters; longer ones are not even decoded.
const LONGEST: usize = 4096;

/// Makes and checks access tokens.
pub struct AccessTokens {
    kid: String,
    signing: EncodingKey,
    /// By key id. A key id is looked up here and is nothing else: no path, no URL.
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
    issuer: String,
    jwks: Jwks,
}

/// A set of public keys (RFC 7517).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Jwk {
    /// The family of keys.
    pub kty: &'static str,
    /// The curve.
    pub crv: &'static str,
    /// The public key, in base64url.
    pub x: String,
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: &'static str,
    /// The one algorithm it is used with.
    pub alg: &'static str,
}

/// All of a header that we accept. Everything else that a header may bring (`jwk`, `jku`, `x5u`,
/// `crit` …) is unknown and refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    owner: OwnerId,
    admin: bool,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl AccessTokens {
    pub(super) fn new(seed: &[u8; 32], issuer: &str) -> Result<Self> {
        let broken = |error: &dyn std::fmt::Display| Error::Internal(format!("token key: {error}"));
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| broken(&error))?;
        let pkcs8 = pair.to_pkcs8().map_err(|error| broken(&error))?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let kid = thumbprint(&x);
        let verifying = DecodingKey::from_ed_components(&x).map_err(|error| broken(&error))?;
        Ok(Self {
            signing: EncodingKey::from_ed_der(pkcs8.as_ref()),
            verifying: HashMap::from([(kid.clone(), verifying)]),
            validation: validation(issuer),
            issuer: issuer.to_owned(),
            jwks: Jwks {
                keys: vec![Jwk {
                    kty: "OKP",
                    crv: "Ed25519",
                    x,
                    kid: kid.clone(),
                    purpose: "sig",
                    alg: "EdDSA",
                }],
            },
            kid,
        })
    }

    /// How long a new token opens.
    pub fn life_seconds(&self) -> i64 {
        LIFE_SECONDS
    }

    /// The public keys.
    pub fn jwks(&self) -> &Jwks {
        &self.jwks
    }

    /// A token for this member.
    pub fn issue(&self, member: Member, now: DateTime<Utc>) -> Result<Secret> {
        let iat = now.timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: member.account,
            owner: member.owner,
            admin: member.role == Role::Admin,
            jti: random::uuid_v4(),
            iat,
            nbf: iat,
            exp: iat + LIFE_SECONDS,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.into());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, &claims, &self.signing)
            .map(Secret::new)
            .map_err(|error| Error::Internal(format!("token: {error}")))
    }

    /// Who this token speaks for.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Member> {
        self.claims(token)
            .filter(|claims| is_timely(claims, now.timestamp()))
            .map(|claims| Member {
                account: claims.sub,
                owner: claims.owner,
                role: if claims.admin {
                    Role::Admin
                } else {
                    Role::Member
                },
            })
            .ok_or_else(|| {
                Error::of(
                    Kind::Unauthenticated,
                    "the access token is not valid, or not any more",
                )
            })
    }

    /// Which check failed is nobody's business, so none is as good as any error.
    fn claims(&self, token: &str) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let header = strict_header(token)?;
        if header.alg != "EdDSA" || header.typ != TYPE {
            return None;
        }
        let key = self.verifying.get(&header.kid)?;
        let data = jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok()?;
        Some(data.claims)
    }
}

/// Times are checked by [`is_timely`], against our clock, which tests can move.
fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

fn is_timely(claims: &Claims, now: i64) -> bool {
    let life = claims.exp.saturating_sub(claims.iat);
    claims.exp.saturating_add(LEEWAY_SECONDS) > now
        && claims.nbf.saturating_sub(LEEWAY_SECONDS) <= now
        && claims.iat.saturating_sub(LEEWAY_SECONDS) <= now
        && (0..=LIFE_SECONDS).contains(&life)
}

fn strict_header(token: &str) -> Option<StrictHeader> {
    let (header, _) = token.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// RFC 7638: the hash of the required members, in the order of their names.
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}

#[cfg(test)]
mod tests;
