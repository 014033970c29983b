//! What the protocol obeys about a browser session.

use keybound_proto::id::Subject;
use keybound_proto::time::{Lifetime, Timestamp};

use super::digest::SessionDigest;
use super::factor::Factors;
use super::name::{ConnectionName, SessionId};
use super::tenant::Lifetimes;

/// A person signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What the cookie's secret hashes to.
    pub digest: SessionDigest,
    /// How tokens name it (`sid`).
    pub id: SessionId,
    /// Who.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// When they last showed who they are (`auth_time`).
    pub authenticated_at: Timestamp,
    /// How much of it they showed since it began.
    pub factors: Factors,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used.
    pub touched_at: Timestamp,
    /// How long it may go unused.
    pub idle: Lifetime,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
}

impl Session {
    /// Whether it can still be used.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at && now < self.touched_at.plus(self.idle)
    }

    /// When it ends if it is not used again.
    pub fn forgotten_at(&self) -> Timestamp {
        self.ends_at.min(self.touched_at.plus(self.idle))
    }
}

/// Who has just signed in, and where.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What the new cookie's secret hashes to.
    pub digest: SessionDigest,
    /// How tokens will name the session.
    pub id: SessionId,
    /// Who.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// How much of who they are they showed.
    pub factors: Factors,
}

impl SignIn {
    /// The session that begins.
    pub fn begin(self, lifetimes: &Lifetimes, now: Timestamp) -> Session {
        Session {
            digest: self.digest,
            id: self.id,
            subject: self.subject,
            connection: self.connection,
            authenticated_at: now,
            factors: self.factors,
            began_at: now,
            touched_at: now,
            idle: lifetimes.session_idle,
            ends_at: now.plus(lifetimes.session),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(now: Timestamp) -> Session {
        SignIn {
            digest: SessionDigest::from_bytes([1; 32]),
            id: SessionId::parse("s1").unwrap(),
            subject: Subject::parse("auth0|1").unwrap(),
            connection: ConnectionName::parse("db").unwrap(),
            factors: Factors::One,
        }
        .begin(
            &Lifetimes {
                session: Lifetime::seconds(100),
                session_idle: Lifetime::seconds(30),
                ..Lifetimes::default()
            },
            now,
        )
    }

    #[test]
    fn a_session_ends_when_it_is_not_used() {
        let start = Timestamp::from_unix(1_000);
        let session = session(start);
        assert!(session.is_live(Timestamp::from_unix(1_029)));
        assert!(!session.is_live(Timestamp::from_unix(1_030)));
        assert_eq!(session.forgotten_at(), Timestamp::from_unix(1_030));
    }

    #[test]
    fn a_session_ends_however_much_it_is_used() {
        let start = Timestamp::from_unix(1_000);
        let used = Session { touched_at: Timestamp::from_unix(1_095), ..session(start) };
        assert!(used.is_live(Timestamp::from_unix(1_099)));
        assert!(!used.is_live(Timestamp::from_unix(1_100)));
    }
}
