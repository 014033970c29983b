//! Sessions that are kept on the server.

mod memory;

use std::fmt;

use keybound_client::{
    Boxed,
    session::{Lock, StoreError},
};
use keybound_proto::time::Timestamp;

pub use memory::MemorySessions;

/// A session as a store keeps it. `user` and `tokens` are sealed: a store, or a copy of it, shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// `sub` of the user, to find it by.
    pub subject: String,
    /// `sid`: the session at the authorization server, to find it by.
    pub sid: Option<String>,
    /// When the user logged in at the authorization server, by its clock.
    pub began: Timestamp,
    /// When it is over.
    pub expires: Timestamp,
    /// Who it is.
    pub user: Vec<u8>,
    /// Their tokens.
    pub tokens: Vec<u8>,
}

/// What changes in a session while it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is over later.
    Expires(Timestamp),
    /// It has other tokens.
    Tokens(Vec<u8>),
}

/// Whether there was a session to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// There was.
    Yes,
    /// It is gone, and stays gone.
    Gone,
}

/// Which sessions the authorization server ended (Back-Channel Logout §2.4). One of the two is there at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Of this user.
    pub subject: Option<String>,
    /// With this session at the authorization server.
    pub sid: Option<String>,
    /// When they ended, by the clock of the authorization server.
    pub at: Timestamp,
}

impl Ended {
    /// Whether a session is among them.
    ///
    /// Where only the user is named, a session whose login is later than the logout is not: who sends an overheard
    /// logout token once more ends nothing that began since.
    pub fn names(&self, session: &Entry) -> bool {
        let of_user = self.subject.as_deref().is_none_or(|own| own == session.subject);
        match self.sid.as_deref() {
            Some(own) => of_user && Some(own) == session.sid.as_deref(),
            None => self.subject.is_some() && of_user && session.began <= self.at,
        }
    }
}

/// Keeps sessions on the server: in memory, or in whatever the app has, so that they can be ended from afar.
///
/// A database keeps the facts of an [`Entry`] in a row with `id` as its key and indexes on `subject` and
/// `sid`.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Keeps a new one.
    fn create<'a>(&'a self, id: &'a str, entry: Entry) -> Boxed<'a, Result<(), StoreError>>;

    /// The session, unless it is over or was removed.
    fn load<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Entry>, StoreError>>;

    /// Changes one that is there. One that was removed meanwhile must not come back by this.
    fn change<'a>(&'a self, id: &'a str, change: Change) -> Boxed<'a, Result<Changed, StoreError>>;

    /// Removes it.
    fn remove<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<(), StoreError>>;

    /// Waits until nobody else, in this process or another, holds the lock of this session.
    fn lock<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Lock, StoreError>>;

    /// Removes every session that the authorization server ended; how many there were.
    fn delete_by_logout_token<'a>(&'a self, ended: &'a Ended) -> Boxed<'a, Result<usize, StoreError>>;
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("expires", &self.expires).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use keybound_proto::time::Lifetime;

    use super::*;

    /// Back-Channel Logout §2.4, §2.7.
    #[test]
    fn a_logout_token_names_the_sessions_that_fit_all_it_says() {
        let now = Timestamp::from_unix(1_800_000_000);
        let text = |text: Option<&str>| text.map(str::to_owned);
        let ended = |subject, sid| Ended { subject: text(subject), sid: text(sid), at: now };
        let session = |sid, began| Entry {
            subject: "ada".to_owned(),
            sid: text(sid),
            began,
            expires: now.plus(Lifetime::seconds(600)),
            user: Vec::new(),
            tokens: Vec::new(),
        };
        let one = session(Some("1"), now.minus(Lifetime::seconds(60)));
        assert!(ended(Some("ada"), None).names(&one));
        assert!(ended(None, Some("1")).names(&one));
        assert!(ended(Some("ada"), Some("1")).names(&one));
        assert!(!ended(Some("eve"), Some("1")).names(&one));
        assert!(!ended(Some("ada"), Some("2")).names(&one));
        assert!(!ended(None, Some("1")).names(&session(None, now)));
        assert!(!ended(None, None).names(&one));
        assert!(ended(Some("ada"), None).names(&session(None, now)), "the same second counts as before");
        let later = session(Some("1"), now.plus(Lifetime::seconds(1)));
        assert!(!ended(Some("ada"), None).names(&later));
        assert!(ended(Some("ada"), Some("1")).names(&later), "a session is named once and for all");
    }
}
