//! A token of ours opens; everything that was made to look like one does not.

use serde_json::{Map, Value, json};

use super::*;
use crate::problem::Kind;

const ISSUER: &str = "https://files.example";
const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn member() -> Member {
    Member {
        account: AccountId(Uuid::from_u128(1)),
        owner: OwnerId(Uuid::from_u128(2)),
        role: Role::Member,
    }
}

/// A forger, who has everything but the key; with the key, a broken issuer.
struct Forger {
    tokens: AccessTokens,
    pair: Ed25519KeyPair,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Forger {
    fn new() -> Self {
        let seed = [7; 32];
        let tokens = AccessTokens::new(&seed, ISSUER).unwrap();
        let good = tokens.issue(member(), at(NOW)).unwrap();
        let part = |number| {
            let part = good.expose().split('.').nth(number).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        Self {
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
            header: part(0),
            claims: part(1),
            tokens,
        }
    }

    fn header(mut self, name: &str, value: Value) -> Self {
        self.header.insert(name.into(), value);
        self
    }

    fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.into(), value);
        self
    }

    fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    fn signed_part(&self) -> String {
        let part =
            |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(serde_json::to_vec(map).unwrap());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// Signed with the right key.
    fn sign(&self) -> String {
        self.sign_with(&self.pair)
    }

    fn sign_with(&self, pair: &Ed25519KeyPair) -> String {
        let signed = self.signed_part();
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn sign_with_public_key_as_secret(&self) -> String {
        use aws_lc_rs::hmac;
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
        let signed = self.signed_part();
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        format!("{signed}.{tag}")
    }

    fn opens(&self, token: &str) -> bool {
        match self.tokens.verify(token, at(NOW)) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.problem().kind, Kind::Unauthenticated);
                false
            }
        }
    }
}

fn another_key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap()
}

fn another_jwk() -> Value {
    let x = URL_SAFE_NO_PAD.encode(another_key().public_key());
    json!({"kty": "OKP", "crv": "Ed25519", "x": x})
}

#[test]
fn our_token_opens_for_whom_it_was_made() {
    let tokens = AccessTokens::new(&[7; 32], ISSUER).unwrap();
    for role in [Role::Admin, Role::Member] {
        let member = Member { role, ..member() };
        let token = tokens.issue(member, at(NOW)).unwrap();
        assert_eq!(tokens.verify(token.expose(), at(NOW)).unwrap(), member);
    }
}

#[test]
fn the_forger_can_copy_a_good_token() {
    let forger = Forger::new();
    assert!(
        forger.opens(&forger.sign()),
        "else the tests below prove nothing"
    );
}

#[test]
fn a_token_opens_for_fifteen_minutes_and_not_before_its_time() {
    let tokens = AccessTokens::new(&[7; 32], ISSUER).unwrap();
    let token = tokens.issue(member(), at(NOW)).unwrap();
    let opens = |seconds| tokens.verify(token.expose(), at(NOW + seconds)).is_ok();
    assert!(opens(-5) && !opens(-6));
    assert!(opens(900 + 4) && !opens(900 + 5));
}

#[test]
fn changed_headers_are_refused() {
    let none = Forger::new().header("alg", json!("none"));
    assert!(!none.opens(&none.sign()));
    assert!(!none.opens(&format!("{}.", none.signed_part())));
    let refused = [
        Forger::new().header("alg", json!("NONE")),
        Forger::new().header("alg", json!("HS256")),
        Forger::new().header("alg", json!("ES256")),
        Forger::new().header("alg", json!("EdDSA ")),
        Forger::new().header("alg", json!(null)),
        Forger::new().without_header("alg"),
        Forger::new().header("typ", json!("JWT")),
        Forger::new().header("typ", json!("id+jwt")),
        Forger::new().without_header("typ"),
        Forger::new().header("kid", json!("../../../../dev/null")),
        Forger::new().header("kid", json!("' or 1=1 --")),
        Forger::new().header("kid", json!("")),
        Forger::new().without_header("kid"),
        Forger::new().header("jku", json!("https://evil.example/jwks")),
        Forger::new().header("x5u", json!("https://evil.example/x5u")),
        Forger::new().header("x5c", json!([])),
        Forger::new().header("jwk", another_jwk()),
        Forger::new().header("crit", json!(["b64"])),
        Forger::new().header("b64", json!(false)),
    ];
    for forger in refused {
        assert!(!forger.opens(&forger.sign()), "{:?}", forger.header);
    }
}

#[test]
fn other_keys_are_refused() {
    let forger = Forger::new();
    assert!(!forger.opens(&forger.sign_with(&another_key())));
    let forger = Forger::new().header("jwk", another_jwk());
    assert!(!forger.opens(&forger.sign_with(&another_key())));
    for alg in ["EdDSA", "HS256"] {
        let forger = Forger::new().header("alg", json!(alg));
        assert!(
            !forger.opens(&forger.sign_with_public_key_as_secret()),
            "{alg}"
        );
    }
}

#[test]
fn changed_and_missing_claims_are_refused_even_with_the_right_key() {
    let refused = [
        Forger::new().claim("iss", json!("https://evil.example")),
        Forger::new().claim("iss", json!(format!("{ISSUER}/"))),
        Forger::new().claim("aud", json!("another")),
        Forger::new().claim("aud", json!([])),
        Forger::new().claim("sub", json!("not an id")),
        Forger::new().claim("exp", json!(NOW - 5)),
        Forger::new().claim("exp", json!(NOW + 24 * 3600)),
        Forger::new().claim("exp", json!(i64::MAX)),
        Forger::new().claim("exp", json!("never")),
        Forger::new().claim("nbf", json!(NOW + 6)),
        Forger::new().claim("iat", json!(NOW + 6)),
        Forger::new().claim("admin", json!("yes")),
    ];
    for forger in refused {
        assert!(!forger.opens(&forger.sign()), "{:?}", forger.claims);
    }
    for name in [
        "iss", "aud", "sub", "owner", "admin", "jti", "iat", "nbf", "exp",
    ] {
        let forger = Forger::new().without_claim(name);
        assert!(!forger.opens(&forger.sign()), "without {name}");
    }
}

#[test]
fn a_changed_payload_is_refused() {
    let forger = Forger::new();
    let good = forger.sign();
    let signature = good.rsplit('.').next().unwrap();
    let forger = forger.claim("admin", json!(true));
    assert!(!forger.opens(&format!("{}.{signature}", forger.signed_part())));
}

#[test]
fn damaged_tokens_are_refused() {
    let forger = Forger::new();
    let good = forger.sign();
    for length in 0..good.len() {
        assert!(!forger.opens(&good[..length]), "the first {length} letters");
    }
    let huge = format!("{good}{}", "A".repeat(1 << 20));
    let (first, rest) = good.split_once('.').unwrap();
    let odd = [
        format!("{good}="),
        format!("{good}."),
        format!("{good}.{good}"),
        format!(" {good}"),
        format!("{first}=.{rest}"),
        format!("{first}..{rest}"),
        "a.b.c".into(),
        "..".into(),
        "é.é.é".into(),
        huge,
    ];
    for token in odd {
        assert!(!forger.opens(&token));
    }
}

#[test]
fn the_key_set_shows_the_public_key_only() {
    let tokens = AccessTokens::new(&[7; 32], ISSUER).unwrap();
    let jwks = serde_json::to_value(tokens.jwks()).unwrap();
    let key = jwks["keys"][0].as_object().unwrap();
    let names: Vec<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    let jwk = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let public = DecodingKey::from_jwk(&jwk).unwrap();
    let token = tokens.issue(member(), at(NOW)).unwrap();
    let read = jsonwebtoken::decode::<Claims>(token.expose(), &public, &tokens.validation);
    assert_eq!(read.unwrap().header.kid.as_deref(), key["kid"].as_str());
}
