//! What is known of a session, and how it is written down.

use keybound_proto::{
    jose::json,
    secret::Secret,
    time::{Lifetime, Timestamp},
    token::id::IdClaims,
};
use serde_json::{Value, json};

use crate::user::{CEILING, User};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Unused for so long, it is over. Every use begins this anew.
    pub idle: Lifetime,
    /// So long after the login it is over, however much it was used.
    pub absolute: Lifetime,
}

/// What nextjs-auth0 has: a day, and three days.
impl Default for Lifetimes {
    fn default() -> Self {
        Self { idle: Lifetime::seconds(86_400), absolute: Lifetime::seconds(3 * 86_400) }
    }
}

/// What stays the same from login to logout.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) user: User,
    pub(crate) sid: Option<String>,
    /// The ID token of the login, to show at the logout.
    pub(crate) hint: Option<Secret<String>>,
    /// When it is over, however much it was used.
    pub(crate) ends: Timestamp,
}

/// A record, and what changes beside it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) record: Record,
    pub(crate) expires: Timestamp,
    pub(crate) generation: u64,
    pub(crate) tokens: Option<Secret<String>>,
}

impl Record {
    /// The session that begins with a login. Its name is new: nothing a browser had before becomes it.
    pub(crate) fn begin(
        id: String,
        claims: &IdClaims,
        hint: Option<Secret<String>>,
        (lifetimes, now): (Lifetimes, Timestamp),
    ) -> Self {
        let ends = now.plus(lifetimes.absolute);
        let ceiling = claims.profile.get(CEILING).and_then(Value::as_i64).map(Timestamp::from_unix);
        let ends = ceiling.map_or(ends, |ceiling| ends.min(ceiling));
        Self { id, user: User::of(claims), sid: claims.session.clone(), hint, ends }
    }

    /// When it is over if it is used now and not again.
    pub(crate) fn expires(&self, lifetimes: Lifetimes, now: Timestamp) -> Timestamp {
        self.ends.min(now.plus(lifetimes.idle))
    }
}

impl Written {
    pub(crate) fn write(&self) -> Secret<Vec<u8>> {
        let Record { id, user, sid, hint, ends } = &self.record;
        let whole = json!({
            "version": VERSION,
            "id": id,
            "user": user.claims(),
            "sid": sid,
            "hint": hint.as_ref().map(|hint| hint.reveal().clone()),
            "ends": ends.as_unix(),
            "expires": self.expires.as_unix(),
            "generation": self.generation,
            "tokens": self.tokens.as_ref().map(|tokens| tokens.reveal().clone()),
        });
        Secret::new(whole.to_string().into_bytes())
    }

    /// Reads what [`write`](Self::write) wrote; another version's is as if it were not there.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let whole = Value::Object(json::object_within(bytes, LIMITS).ok()?.to_serde());
        if whole.get("version")?.as_u64()? != VERSION {
            return None;
        }
        let text = |name: &str| whole.get(name).and_then(Value::as_str).map(str::to_owned);
        let time = |name: &str| whole.get(name).and_then(Value::as_i64).map(Timestamp::from_unix);
        let record = Record {
            id: text("id")?,
            user: User::read(whole.get("user")?)?,
            sid: text("sid"),
            hint: text("hint").map(Secret::new),
            ends: time("ends")?,
        };
        let generation = whole.get("generation")?.as_u64()?;
        Some(Self { record, expires: time("expires")?, generation, tokens: text("tokens").map(Secret::new) })
    }
}

/// Another way to write gets another number.
const VERSION: u64 = 1;

/// Ours and sealed, so only its size needs a limit.
const LIMITS: json::Limits = json::Limits { bytes: 256 * 1024, ..json::LIMITS };
