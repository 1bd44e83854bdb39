use axum::http::header::{CACHE_CONTROL, LOCATION};
use filittle_common::accounts::{AccountView, Jwks};
use filittle_common::commands::login::Login;
use filittle_common::commands::login_once::LoginOnce;
use filittle_common::commands::logout::Logout;
use filittle_common::commands::refresh_token::RefreshSession;
use filittle_common::commands::register::Register;
use filittle_common::commands::update_me::UpdateMe;
use filittle_common::commands::verify::Verify;
use filittle_common::problem::Kind;
use filittle_common::queries::me::MeView;
use serde_json::json;

use super::super::super::accounts::TokensBody;
use super::super::answer::Answer;
use super::super::headers::{RATE_LIMIT, RATE_LIMIT_POLICY};
use super::super::operation::{Operation, get, patch, post};
use super::super::{Schemas, examples};

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        register(schemas),
        verify(schemas),
        login(schemas),
        refresh(schemas),
        logout(schemas),
        me(schemas),
        update_me(schemas),
        keys(schemas),
    ]
}

fn register(schemas: &mut Schemas) -> Operation {
    post("/v1/register", "register", "Make an account")
        .about(
            "The first account is an admin. Where the operator has closed the registration, it is \
             refused. A password has at most 1,024 bytes.",
        )
        .idempotent()
        .json(
            schemas.read::<Register>(),
            json!({"email": "ada@example.org", "password": "correct horse", "name": "Ada"}),
        )
        .answered(
            Answer::new(201, "The account")
                .json(schemas.shown::<AccountView>(), examples::account())
                .always([LOCATION])
                .sometimes([RATE_LIMIT, RATE_LIMIT_POLICY]),
        )
        .refused([Kind::Forbidden, Kind::Conflict, Kind::TooManyRequests])
        .counted()
}

fn verify(schemas: &mut Schemas) -> Operation {
    post("/v1/verify", "verify", "Show that an address is one's own")
        .json(
            schemas.read::<Verify>(),
            json!({"token": "as it stands in the mail"}),
        )
        .answered(Answer::nothing("The address counts as verified"))
        .refused([Kind::NotFound, Kind::Gone])
}

fn login(schemas: &mut Schemas) -> Operation {
    post(
        "/v1/login",
        "login",
        "Sign in with address and password, or once with a link",
    )
    .json(
        json!({"oneOf": [schemas.read::<Login>(), schemas.read::<LoginOnce>()]}),
        json!({"email": "ada@example.org", "password": "correct horse"}),
    )
    .answered(tokens(schemas).sometimes([RATE_LIMIT, RATE_LIMIT_POLICY]))
    .refused([Kind::Unauthenticated, Kind::TooManyRequests])
    .counted()
}

fn refresh(schemas: &mut Schemas) -> Operation {
    post(
        "/v1/token/refresh",
        "refreshTokens",
        "Get the next pair of tokens",
    )
    .about("A refresh token works once; one that comes again ends the session.")
    .json(
        schemas.read::<RefreshSession>(),
        json!({"refresh_token": "the newest one"}),
    )
    .answered(tokens(schemas))
    .refused([Kind::Unauthenticated])
}

fn logout(schemas: &mut Schemas) -> Operation {
    post("/v1/logout", "logout", "End a session")
        .json(
            schemas.read::<Logout>(),
            json!({"refresh_token": "of the session"}),
        )
        .answered(Answer::nothing("There is no such session any more"))
}

fn tokens(schemas: &mut Schemas) -> Answer {
    Answer::new(200, "A pair of tokens")
        .json(schemas.shown::<TokensBody<'static>>(), examples::tokens())
        .always([CACHE_CONTROL])
}

fn me(schemas: &mut Schemas) -> Operation {
    get("/v1/me", "me", "See one's own account")
        .about("`usage` is what the files take, `quota` what they may take; `null` is no bound.")
        .signed_in()
        .answered(Answer::new(200, "The account").json(schemas.shown::<MeView>(), examples::me()))
}

fn update_me(schemas: &mut Schemas) -> Operation {
    patch("/v1/me", "updateMe", "Change one's own account")
        .about(
            "What is absent stays; `null` takes the name away. `mails` turns mails about jobs off and on \
             again. An address that mail servers refused has one try after an hour; before, it is 409.",
        )
        .signed_in()
        .json(
            schemas.read::<UpdateMe>(),
            json!({"name": "Ada", "mails": "on"}),
        )
        .refused([Kind::Conflict])
        .answered(Answer::new(200, "The account").json(schemas.shown::<MeView>(), examples::me()))
}

fn keys(schemas: &mut Schemas) -> Operation {
    let example = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "x": "a public key", "kid": "its thumbprint",
        "use": "sig", "alg": "EdDSA",
    }]});
    get(
        "/.well-known/jwks.json",
        "jwks",
        "See the public keys of access tokens",
    )
    .answered(
        Answer::new(200, "A key set (RFC 7517)")
            .json(schemas.shown::<Jwks>(), example)
            .always([CACHE_CONTROL]),
    )
}
