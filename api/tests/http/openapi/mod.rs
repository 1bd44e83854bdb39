//! The document is what is served: every route is in it and nothing else, and every answer that a
//! test of this suite gets is one that it tells of.

mod contract;
mod examples;
mod page;
mod routes;

pub(crate) use contract::check;
