use axum::http::header::{REFERRER_POLICY, VARY};
use filittle_common::problem::Kind;

use super::super::super::links::Made;
use super::super::answer::{Answer, OF_CONTENT};
use super::super::headers::CONTENT_DIGEST;
use super::super::operation::{Operation, get, post};
use super::super::{Schemas, examples, parameters};

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let token = || parameters::token("The token of a link, of `url` fields and mails");
    let unsubscribe = "/v1/unsubscribe/{token}";
    let of_mail = || parameters::token("The token of a mail");
    let open = get("/v1/links/{token}", "openLink", "Open a link")
        .about(
            "The bytes of a file; of a job, what it made: a page for browsers, JSON for others. \
             Nobody has to sign in.",
        )
        .of(token())
        .content_or(
            Answer::bytes(200, "The bytes of a file, or what a job made")
                .json(schemas.shown::<Made<'static>>(), examples::linked_job())
                .html()
                .always([REFERRER_POLICY])
                .sometimes(OF_CONTENT)
                .sometimes([CONTENT_DIGEST, VARY]),
        )
        .unpacked()
        .refused([Kind::Gone]);
    let operations = [
        open,
        get(
            "/v1/links/{token}/{n}",
            "getLinkedOutput",
            "Get the bytes of an output by a link",
        )
        .of(token())
        .of(parameters::number())
        .content("The bytes")
        .unpacked()
        .refused([Kind::Gone]),
        get(
            unsubscribe,
            "askToUnsubscribe",
            "Ask whether mails are to end",
        )
        .about("A page with a button. It changes nothing.")
        .of(of_mail())
        .answered(
            Answer::new(200, "The page")
                .html()
                .always([REFERRER_POLICY]),
        )
        .refused([Kind::Gone]),
        post(unsubscribe, "unsubscribe", "End the mails about jobs")
            .about("RFC 8058. What stands in the body does not matter.")
            .of(of_mail())
            .answered(
                Answer::new(200, "A page that says so")
                    .html()
                    .always([REFERRER_POLICY]),
            )
            .refused([Kind::Gone]),
    ];
    operations.map(Operation::for_people).into()
}
