//! Who is at the other end of the connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderValue, request::Parts};
use keybound_proto::field::forwarded_for;

/// The address a connection came from; put into every request by the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Whom limits and logs speak about: the peer, or whom a trusted proxy names.
pub fn address(parts: &Parts, trusted: &[IpAddr]) -> IpAddr {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else {
        return IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    };
    let lines = parts.headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
    forwarded_for(peer.ip(), lines, trusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, lines: &[&'static str]) -> IpAddr {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 4711)));
        for line in lines {
            parts.headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        address(&parts, &["10.0.0.1".parse().unwrap()])
    }

    /// Conformance A23.
    #[test]
    fn only_a_trusted_proxy_names_the_address_it_spoke_to() {
        assert_eq!(from("10.0.0.1", &["1.1.1.1", "9.9.9.9"]).to_string(), "9.9.9.9");
        assert_eq!(from("9.9.9.9", &["1.1.1.1"]).to_string(), "9.9.9.9");
        assert_eq!(from("::ffff:10.0.0.1", &[]).to_string(), "10.0.0.1");
    }
}
