//! Where a request comes from. What headers say of it counts only from proxies that the operator has
//! named: everybody can write such a header.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use filittle_common::problem::Kind;
use ipnet::IpNet;

use super::Api;
use super::problem::Refusal;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address of the client, as far as it can be known.
pub(super) struct Client(pub(super) IpAddr);

impl FromRequestParts<Api> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        let proxies = &api.settings.trusted_proxies;
        Ok(Self(client(peer, &parts.headers, proxies)))
    }
}

/// That the request was made on this machine, and did not come through a proxy, which may stand on this
/// machine for all others.
pub(super) struct Local;

/// What proxies tell of themselves.
const OF_PROXIES: [&str; 7] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
];

impl FromRequestParts<Api> for Local {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        if is_local(peer, &parts.headers) {
            return Ok(Self);
        }
        Err(Refusal::of(
            Kind::Forbidden,
            "this is told on the machine of the service only",
        ))
    }
}

fn is_local(peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    let is_direct = OF_PROXIES.iter().all(|name| !headers.contains_key(*name));
    is_direct && peer.is_some_and(|peer| peer.to_canonical().is_loopback())
}

/// The last address of `X-Forwarded-For` that is none of our proxies', while each that wrote behind it
/// is one.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let said: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .collect();
    let mut address = peer.to_canonical();
    for before in said.iter().rev() {
        if !is_ours(address) {
            break;
        }
        // One that cannot be read ends it: what stands before it may be anybody's.
        match hop(before) {
            Some(before) => address = before.to_canonical(),
            None => break,
        }
    }
    address
}

fn hop(bytes: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(bytes.trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn who_comes_through_a_proxy_is_not_local() {
        let peer = |address: &str| Some(address.parse().unwrap());
        let no_headers = HeaderMap::new();
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_local(peer(local), &no_headers), "{local}");
        }
        for foreign in ["192.0.2.1", "10.0.0.1", "2001:db8::1", "0.0.0.0"] {
            assert!(!is_local(peer(foreign), &no_headers), "{foreign}");
        }
        assert!(!is_local(None, &no_headers));
        for name in OF_PROXIES {
            let value = HeaderValue::from_static("127.0.0.1");
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value)]);
            assert!(!is_local(peer("127.0.0.1"), &headers), "{name}");
        }
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .map(|it| it.parse().unwrap())
            .into();
        let table = [
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("fd00::1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ];
        for (peer, said, expected) in table {
            let value = HeaderValue::from_static(said);
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), value)]);
            let told = client(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(told, expected.parse::<IpAddr>().unwrap(), "{peer} {said}");
        }
    }

    #[test]
    fn a_hop_of_bytes_that_are_no_ascii_is_no_address_and_what_stands_before_it_is_not_believed() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let table: [(&[&[u8]], &str); 5] = [
            (&[b"198.51.100.7, \xff\xfe"], "10.0.0.1"),
            (&[b"198.51.100.7, \xff, 10.0.0.2"], "10.0.0.2"),
            (&[b"198.51.100.7", b"\xff"], "10.0.0.1"),
            (&[b"\xff", b"198.51.100.7"], "198.51.100.7"),
            (&[b"\xc2\xa0198.51.100.7"], "10.0.0.1"),
        ];
        for (fields, expected) in table {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append("x-forwarded-for", HeaderValue::from_bytes(field).unwrap());
            }
            let told = client("10.0.0.1".parse().unwrap(), &headers, &proxies);
            assert_eq!(told, expected.parse::<IpAddr>().unwrap(), "{fields:?}");
        }
    }
}
