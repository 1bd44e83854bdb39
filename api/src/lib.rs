//! HTTP of filittle: parse, hand to a command or a query, render.
//!
//! A handler reads top to bottom: what it takes (each argument an extractor that refuses with a
//! problem), one `execute` or `ask`, and what it answers. What is true of every answer (problems
//! as RFC 9457 has them, request ids, traces, logs, panics) is done once, in layers.

mod http;
mod options;
mod serve;
mod settings;
mod taken;

pub use http::{openapi, router};
pub use options::HttpOptions;
pub use serve::serve;
pub use settings::{ApiSettings, MetricsFor};
