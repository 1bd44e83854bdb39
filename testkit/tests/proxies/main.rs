//! What the kit promises about its proxies.

mod echo;
mod fault_proxy;
mod flaky_http;
