//! Which addresses belong to everybody.
//!
//! The registries of special-purpose addresses (RFC 6890, as IANA keeps them) say which do not. An IPv6 address that
//! carries an IPv4 one is a way around them: it is refused, or stands and falls with what it carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one of the public internet, where a stranger may have us call.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC.iter().any(|(network, length)| bits >> (32 - length) == network.to_bits() >> (32 - length))
}

/// Only 2000::/3 was ever given out (IANA's registry of IPv6 addresses), and not all of that to everybody.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // A translator's (RFC 6052 §2.1): who answers is the IPv4 address behind it.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        // IETF protocols, Teredo among them (RFC 2928, RFC 4380); documentation (RFC 3849, RFC 9637); 6to4 (RFC 7526).
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2002, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Networks that are not, with the length of their prefix.
const NOT_PUBLIC: [(Ipv4Addr, u32); 15] = [
    // "This network" (RFC 791 §3.2).
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared by a carrier's customers (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // This machine (RFC 1122 §3.2.1.3).
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // This link (RFC 3927), where clouds keep their secrets.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // IETF protocols (RFC 6890 §2.1).
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays of 6to4 (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast (RFC 5771).
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved (RFC 1112 §4), and everybody on the link at once (RFC 919).
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    /// Both ends of every range, and their neighbours outside.
    #[test]
    fn an_address_of_a_special_purpose_is_not_public() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", None, Some("1.0.0.0")),
            ("10.0.0.0", "10.255.255.255", Some("9.255.255.255"), Some("11.0.0.0")),
            ("100.64.0.0", "100.127.255.255", Some("100.63.255.255"), Some("100.128.0.0")),
            ("127.0.0.0", "127.255.255.255", Some("126.255.255.255"), Some("128.0.0.0")),
            ("169.254.0.0", "169.254.255.255", Some("169.253.255.255"), Some("169.255.0.0")),
            ("172.16.0.0", "172.31.255.255", Some("172.15.255.255"), Some("172.32.0.0")),
            ("192.0.0.0", "192.0.0.255", Some("191.255.255.255"), Some("192.0.1.0")),
            ("192.0.2.0", "192.0.2.255", Some("192.0.1.255"), Some("192.0.3.0")),
            ("192.88.99.0", "192.88.99.255", Some("192.88.98.255"), Some("192.88.100.0")),
            ("192.168.0.0", "192.168.255.255", Some("192.167.255.255"), Some("192.169.0.0")),
            ("198.18.0.0", "198.19.255.255", Some("198.17.255.255"), Some("198.20.0.0")),
            ("198.51.100.0", "198.51.100.255", Some("198.51.99.255"), Some("198.51.101.0")),
            ("203.0.113.0", "203.0.113.255", Some("203.0.112.255"), Some("203.0.114.0")),
            ("224.0.0.0", "255.255.255.255", Some("223.255.255.255"), None),
        ] {
            assert!(!public(first) && !public(last), "{first} to {last}");
            for beside in [before, after].into_iter().flatten() {
                assert!(public(beside), "{beside}");
            }
        }
    }

    #[test]
    fn an_address_of_ipv6_that_nobody_was_given_is_not_public() {
        for special in [
            "::",
            "::1",
            "::7f00:1",
            "::808:808",
            "100::1",
            "1fff:ffff::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2001:db8:ffff::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00::1",
            "fdff:ffff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        ] {
            assert!(!public(special), "{special}");
        }
        for known in
            ["2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1", "2003::1", "3ffe::1"]
        {
            assert!(public(known), "{known}");
        }
    }

    /// RFC 4291 §2.5.5, RFC 6052 §2.1, RFC 8215, RFC 3056 §2: an address within an address opens no door.
    #[test]
    fn an_address_that_carries_another_is_no_way_around() {
        for around in [
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b:0:0:1::808:808",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:808:808::1",
        ] {
            assert!(!public(around), "{around}");
        }
        assert!(public("64:ff9b::8.8.8.8"), "a network of IPv6 alone reaches the rest by its translator");
    }
}
