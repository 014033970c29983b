//! What is remembered of each server: its newest nonce, and how far our clock is off.

use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
};

use http::{HeaderMap, header::DATE};
use keybound_proto::{
    dpop::DpopNonce,
    time::{Lifetime, Timestamp},
    uri::Origin,
};

/// As what a server was asked. One origin may be both, with nonces of two kinds (RFC 9449 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It issues tokens.
    AuthorizationServer,
    /// It accepts them.
    ResourceServer,
}

/// The newest nonce and the clock of every server that answered, shared by all that ask.
///
/// A nonce is learnt from every answer, good or bad (RFC 9449 §8.2), and kept for its origin and role alone.
#[derive(Default)]
pub struct Origins(RwLock<HashMap<Origin, Server>>);

/// One origin in both its roles.
#[derive(Default)]
struct Server {
    issuing: Known,
    accepting: Known,
}

#[derive(Clone, Default)]
struct Known {
    nonce: Option<DpopNonce>,
    offset: i64,
}

impl Server {
    const fn as_asked(&self, role: Role) -> &Known {
        match role {
            Role::AuthorizationServer => &self.issuing,
            Role::ResourceServer => &self.accepting,
        }
    }

    const fn as_asked_mut(&mut self, role: Role) -> &mut Known {
        match role {
            Role::AuthorizationServer => &mut self.issuing,
            Role::ResourceServer => &mut self.accepting,
        }
    }
}

impl Origins {
    /// Most servers that are remembered; beyond, the memory begins anew, which costs each one round trip.
    pub const LIMIT: usize = 1024;

    /// The newest nonce of that server.
    pub fn nonce(&self, origin: &Origin, role: Role) -> Option<DpopNonce> {
        self.known(origin, role).nonce
    }

    /// The time there, as far as its answers told.
    pub fn time_at(&self, origin: &Origin, role: Role, now: Timestamp) -> Timestamp {
        later(now, self.offset(origin, role))
    }

    /// Seconds by which the clock there is ahead of ours, as far as its answers told.
    pub fn offset(&self, origin: &Origin, role: Role) -> i64 {
        self.known(origin, role).offset
    }

    /// The newest nonce of that server, and the time there.
    pub(crate) fn at(&self, origin: &Origin, role: Role, now: Timestamp) -> (Option<DpopNonce>, Timestamp) {
        let known = self.known(origin, role);
        (known.nonce, later(now, known.offset))
    }

    /// Learns from an answer to a request made at `now` by our clock; says what was new.
    ///
    /// Two nonces, or one with characters that RFC 9449 §8.1 does not allow, are no nonce: nobody could say
    /// which is meant, or where such a text ends up.
    pub fn learn(&self, origin: &Origin, role: Role, headers: &HeaderMap, now: Timestamp) -> Learnt {
        let mut nonces = headers.get_all(NONCE).iter();
        let nonce = match (nonces.next(), nonces.next()) {
            (Some(one), None) => one.to_str().ok().and_then(DpopNonce::parse),
            _ => None,
        };
        let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(Timestamp::parse_http_date);
        let offset =
            date.map(|date| date.since(now)).map(|offset| if offset.abs() <= NOISE { 0 } else { offset });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::LIMIT && !known.contains_key(origin) {
            known.clear();
        }
        let entry = known.entry(origin.clone()).or_default().as_asked_mut(role);
        let learnt = Learnt {
            nonce: nonce.is_some(),
            clock: offset.is_some_and(|offset| (offset - entry.offset).abs() > MATTERS),
        };
        entry.offset = offset.unwrap_or(entry.offset);
        if nonce.is_some() {
            entry.nonce = nonce;
        }
        learnt
    }

    /// Forgets all nonces. Clocks are still what they are.
    pub fn forget_nonces(&self) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for server in known.values_mut() {
            (server.issuing.nonce, server.accepting.nonce) = (None, None);
        }
    }

    fn known(&self, origin: &Origin, role: Role) -> Known {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(origin).map(|server| server.as_asked(role).clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(known.keys()).finish()
    }
}

fn later(now: Timestamp, offset: i64) -> Timestamp {
    let length = Lifetime::seconds(u32::try_from(offset.unsigned_abs()).unwrap_or(u32::MAX));
    if offset < 0 { now.minus(length) } else { now.plus(length) }
}

/// What an answer told that was not known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// It came with a nonce that can be used.
    pub nonce: bool,
    /// Our clock is off by more than was known.
    pub clock: bool,
}

/// The header nonces come in.
const NONCE: &str = "dpop-nonce";

/// Seconds that a whole-second clock and the journey explain.
const NOISE: i64 = 3;

/// Seconds that make a proof fail where another would not.
const MATTERS: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(784_111_777);

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn nonce(origins: &Origins, at: &str, role: Role) -> Option<String> {
        origins.nonce(&origin(at), role).map(|nonce| nonce.as_str().to_owned())
    }

    /// RFC 9449 §8.2, §9; conformance CL07, CL08.
    #[test]
    fn a_nonce_is_kept_for_its_origin_and_role_alone_and_the_newest_counts() {
        let origins = Origins::default();
        let at = origin("https://a");
        origins.learn(&at, Role::AuthorizationServer, &headers(&[("dpop-nonce", "n1")]), NOW);
        origins.learn(&at, Role::AuthorizationServer, &headers(&[("dpop-nonce", "n2")]), NOW);
        origins.learn(&at, Role::AuthorizationServer, &headers(&[]), NOW);
        assert_eq!(nonce(&origins, "https://a", Role::AuthorizationServer).as_deref(), Some("n2"));
        assert_eq!(nonce(&origins, "https://a", Role::ResourceServer), None);
        assert_eq!(nonce(&origins, "https://a:444", Role::AuthorizationServer), None);
    }

    /// RFC 9449 §8, §8.1; conformance CL14.
    #[test]
    fn two_nonces_or_an_odd_one_are_no_nonce() {
        let origins = Origins::default();
        let at = origin("https://a");
        for bad in [
            &[("dpop-nonce", "n1"), ("dpop-nonce", "n2")][..],
            &[("dpop-nonce", "a b")],
            &[("dpop-nonce", "")],
        ] {
            assert!(!origins.learn(&at, Role::ResourceServer, &headers(bad), NOW).nonce);
            assert_eq!(nonce(&origins, "https://a", Role::ResourceServer), None);
        }
    }

    /// Conformance CL15.
    #[test]
    fn the_clock_of_a_server_is_learnt_and_noise_is_not() {
        let origins = Origins::default();
        let at = origin("https://a");
        let learn = |at: &Origin, date| {
            origins.learn(at, Role::ResourceServer, &headers(&[("date", date)]), NOW).clock
        };
        let time = |at: &Origin| origins.time_at(at, Role::ResourceServer, NOW).since(NOW);
        assert!(!learn(&at, "Sun, 06 Nov 1994 08:49:39 GMT"));
        assert_eq!(time(&at), 0);
        assert!(learn(&at, "Sun, 06 Nov 1994 07:49:37 GMT"));
        assert_eq!(time(&at), -3600);
        assert!(!learn(&at, "yesterday"));
        assert_eq!(time(&at), -3600);
        assert_eq!(time(&origin("https://b")), 0);
    }

    #[test]
    fn the_memory_is_bounded() {
        let origins = Origins::default();
        for port in 1..=u16::try_from(Origins::LIMIT + 10).unwrap() {
            let at = origin(&format!("https://a:{port}"));
            origins.learn(&at, Role::ResourceServer, &headers(&[("dpop-nonce", "n")]), NOW);
        }
        assert!(origins.0.read().unwrap().len() <= Origins::LIMIT);
    }

    /// Conformance CL17.
    #[test]
    fn many_may_learn_and_ask_at_once() {
        let origins = Origins::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for n in 0..200 {
                        let at = origin("https://a");
                        origins.learn(
                            &at,
                            Role::ResourceServer,
                            &headers(&[("dpop-nonce", &format!("n{n}"))]),
                            NOW,
                        );
                        assert!(origins.nonce(&at, Role::ResourceServer).is_some());
                    }
                });
            }
        });
        assert_eq!(nonce(&origins, "https://a", Role::ResourceServer).as_deref(), Some("n199"));
    }
}
