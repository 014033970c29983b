//! Who is at the other end of the connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, request::Parts};

/// The address a connection came from; put into every request by the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Whom limits and logs speak about: the peer, or whom a trusted proxy names.
pub fn address(parts: &Parts, trusted: &[IpAddr]) -> IpAddr {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else {
        return IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    };
    forwarded(peer.ip().to_canonical(), &parts.headers, trusted)
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy's own.
///
/// Read from the right: what stands further left was written by whoever the proxy spoke to.
fn forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer;
    let hops = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    for hop in hops.flat_map(|line| line.rsplit(',')) {
        if !trusted.contains(&address) {
            break;
        }
        let Ok(next) = hop.trim().parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", http::HeaderValue::from_static(line));
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        assert_eq!(forwarded(ip("9.9.9.9"), &headers(&["1.1.1.1"]), &[ip("10.0.0.1")]), ip("9.9.9.9"));
    }

    #[test]
    fn a_trusted_proxy_names_the_address_it_spoke_to() {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(forwarded(ip("10.0.0.1"), &headers(&["1.1.1.1, 9.9.9.9"]), &trusted), ip("9.9.9.9"));
        assert_eq!(forwarded(ip("10.0.0.1"), &headers(&["9.9.9.9", "10.0.0.2"]), &trusted), ip("9.9.9.9"));
        assert_eq!(forwarded(ip("10.0.0.1"), &headers(&["junk"]), &trusted), ip("10.0.0.1"));
    }
}
