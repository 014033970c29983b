//! `X-Forwarded-For`: whom a proxy speaks for.

use std::net::IpAddr;

use super::grammar::without_blanks;

/// The last address in every `X-Forwarded-For` line there is that is not a trusted proxy's own.
///
/// Read from the right: what stands further left was written by whoever the proxy spoke to. What cannot be read
/// ends the reading, since nobody knows who wrote what stands before it.
///
/// ```
/// use keybound_proto::field::forwarded_for;
///
/// let (proxy, stranger) = ("10.0.0.1".parse()?, "9.9.9.9".parse()?);
/// let lines = [&b"1.1.1.1, 9.9.9.9"[..]];
/// assert_eq!(forwarded_for(proxy, lines, &[proxy]), stranger);
/// assert_eq!(forwarded_for(stranger, lines, &[proxy]), stranger);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn forwarded_for<'a, L>(peer: IpAddr, lines: L, trusted: &[IpAddr]) -> IpAddr
where
    L: IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
{
    let mut address = peer.to_canonical();
    let hops = lines.into_iter().rev().flat_map(|line| line.rsplit(|&byte| byte == b','));
    for hop in hops {
        if !trusted.contains(&address) {
            break;
        }
        let hop = std::str::from_utf8(without_blanks(hop)).ok().and_then(|hop| hop.parse::<IpAddr>().ok());
        let Some(next) = hop else { break };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn read(peer: &str, lines: &[&[u8]]) -> IpAddr {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        forwarded_for(ip(peer), lines.iter().copied(), &trusted)
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        assert_eq!(read("9.9.9.9", &[b"1.1.1.1"]), ip("9.9.9.9"));
        assert_eq!(read("10.0.0.1", &[b"1.1.1.1", b"9.9.9.9"]), ip("9.9.9.9"));
    }

    #[test]
    fn a_trusted_proxy_names_the_address_it_spoke_to() {
        assert_eq!(read("10.0.0.1", &[b"1.1.1.1,\t9.9.9.9 "]), ip("9.9.9.9"));
        assert_eq!(read("10.0.0.1", &[b"9.9.9.9", b"10.0.0.2"]), ip("9.9.9.9"));
        assert_eq!(read("::ffff:10.0.0.1", &[b"2001:db8::7"]), ip("2001:db8::7"));
        assert_eq!(read("10.0.0.1", &[]), ip("10.0.0.1"));
    }

    #[test]
    fn what_cannot_be_read_ends_the_reading() {
        for odd in
            [&b"junk"[..], b"", b"1.1.1.1,", b"\xFF9.9.9.9", b"9.9.9.9:443", b"\"9.9.9.9\"", b"1.1.1.1,\xFF"]
        {
            assert_eq!(read("10.0.0.1", &[b"1.2.3.4", odd]), ip("10.0.0.1"), "{odd:?}");
        }
    }
}
