//! What a session keeps, and how it is written down.

use std::sync::Arc;

use keybound_proto::{
    jose::{Thumbprint, json},
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use serde_json::{Value, json};

use super::{StoreError, Want};
use crate::{ClientError, Tokens};

/// Refresh tokens by organization, and access tokens by what they were wanted for.
#[derive(Default)]
pub(super) struct Kept {
    refresh: Vec<(Option<String>, Secret<String>)>,
    pub(super) access: Vec<Access>,
}

/// An access token, and when it is time for another.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) want: Want,
    pub(super) tokens: Arc<Tokens>,
    pub(super) due: Option<Timestamp>,
}

/// How it stands with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// There is no reason to ask for another.
    Fresh,
    /// It is time for another, and no more than half of what was left then has passed.
    Due,
    /// More than half has passed: it may be over before it arrives.
    Ending,
}

impl Access {
    /// It is due a minute before its end, or when a quarter of its time is left if that is less.
    pub(super) fn new(want: Want, tokens: Tokens, now: Timestamp) -> Self {
        let due = tokens.expires.map(|expires| {
            let length = u32::try_from(expires.since(now).max(0)).unwrap_or(u32::MAX);
            expires.minus(Lifetime::seconds(MARGIN.min(length / 4)))
        });
        Self { want, tokens: Arc::new(tokens), due }
    }

    /// The tokens, unless what is wanted was not granted with them.
    pub(super) fn for_want(&self, want: &Want) -> Result<Arc<Tokens>, ClientError> {
        let missing = want.missing_in(self.tokens.scopes.as_ref());
        if missing.is_empty() {
            Ok(Arc::clone(&self.tokens))
        } else {
            Err(ClientError::ScopesMissing { missing })
        }
    }

    /// How it stands with it now.
    pub(super) fn age(&self, now: Timestamp) -> Age {
        match (self.due, self.tokens.expires) {
            (Some(due), Some(expires)) if due <= now => {
                let is_ending = expires.since(now) * 2 <= expires.since(due);
                if is_ending { Age::Ending } else { Age::Due }
            }
            (Some(due), None) if due <= now => Age::Ending,
            _ => Age::Fresh,
        }
    }

    /// Whether its time is over, and not only nearly so.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.tokens.expires.is_some_and(|expires| expires <= now)
    }
}

impl Kept {
    /// The refresh token of an organization's login, or of the login without one.
    pub(super) fn refresh_token(&self, organization: Option<&str>) -> Option<&Secret<String>> {
        let found = self.refresh.iter().find(|(of, _)| of.as_deref() == organization);
        found.map(|(_, token)| token)
    }

    /// Keeps what was granted, each in the place of what it succeeds.
    pub(super) fn put(&mut self, access: Access, now: Timestamp) {
        let organization = access.want.organization.clone();
        if let Some(token) = access.tokens.refresh_token.clone() {
            self.refresh.retain(|(of, _)| *of != organization);
            self.refresh.push((organization, token));
        }
        self.access.retain(|kept| kept.want != access.want && !kept.is_over(now));
        self.access.push(access);
    }

    /// One that serves: wanted for the same, or for more of the same API; or else one that was wanted for the same
    /// and brought less.
    pub(super) fn serving(&self, want: &Want, now: Timestamp) -> Option<Access> {
        let good = self.access.iter().filter(|access| access.age(now) == Age::Fresh);
        let serving = good.filter_map(|access| {
            let is_same = access.want == *want;
            let serves = want.is_served_by(&access.want, access.tokens.scopes.as_ref());
            (is_same || serves).then_some((!serves, !is_same, access))
        });
        serving.min_by_key(|(lacks, other, _)| (*lacks, *other)).map(|(_, _, access)| access.clone())
    }

    /// Forgets a refresh token that is good for nothing any more.
    pub(super) fn drop_refresh_token(&mut self, organization: Option<&str>) {
        self.refresh.retain(|(of, _)| of.as_deref() != organization);
    }

    /// Reads what [`write`](Self::write) wrote; access tokens bound to another key are no use and passed over.
    ///
    /// What cannot be read is an error and stays as it is, for another version or a person to look at.
    pub(super) fn read(bytes: &[u8], key: Option<&Thumbprint>) -> Result<Self, StoreError> {
        let whole =
            json::object(bytes).map(|object| Value::Object(object.to_serde())).map_err(|_| damaged())?;
        match whole.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(StoreError::new(format!("it has version {other}, not {VERSION}; {ADVICE}")));
            }
            None => return Err(damaged()),
        }
        let list = |name| whole.get(name).and_then(Value::as_array).ok_or_else(damaged);
        let refresh = list("refresh")?.iter().map(|entry| {
            let token = text(entry, "token").ok_or_else(damaged)?;
            Ok((text(entry, "organization"), Secret::new(token)))
        });
        let refresh = refresh.collect::<Result<_, StoreError>>()?;
        let access = list("access")?.iter().filter_map(|entry| read_access(entry, key)).collect();
        Ok(Self { refresh, access })
    }

    /// Writes it down.
    pub(super) fn write(&self) -> Secret<Vec<u8>> {
        let refresh = self
            .refresh
            .iter()
            .map(|(organization, token)| json!({ "organization": organization, "token": token.reveal() }));
        let access = self.access.iter().map(|access| {
            let tokens = &access.tokens;
            json!({
                "audience": access.want.audience,
                "scopes": access.want.scopes,
                "organization": access.want.organization,
                "due": access.due.map(Timestamp::as_unix),
                "access_token": tokens.access_token.reveal(),
                "jkt": tokens.bound_to.map(|key| key.to_string()),
                "expires": tokens.expires.map(Timestamp::as_unix),
                "id_token": tokens.id_token.as_ref().map(|token| token.reveal().clone()),
                "granted": tokens.scopes.as_ref().map(Scopes::to_string),
            })
        });
        let (refresh, access): (Vec<_>, Vec<_>) = (refresh.collect(), access.collect());
        Secret::new(
            json!({ "version": VERSION, "refresh": refresh, "access": access }).to_string().into_bytes(),
        )
    }
}

fn read_access(entry: &Value, key: Option<&Thumbprint>) -> Option<Access> {
    let time = |name| entry.get(name).and_then(Value::as_i64).map(Timestamp::from_unix);
    let bound_to = match text(entry, "jkt") {
        Some(jkt) => Some(Thumbprint::parse(&jkt).ok()?),
        None => None,
    };
    if bound_to.as_ref() != key {
        return None;
    }
    let scopes = entry.get("scopes").and_then(Value::as_array).into_iter().flatten();
    let want = Want {
        audience: text(entry, "audience"),
        scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
        organization: text(entry, "organization"),
    };
    let tokens = Tokens {
        access_token: Secret::new(text(entry, "access_token")?),
        bound_to,
        expires: time("expires"),
        refresh_token: None,
        id_token: text(entry, "id_token").map(Secret::new),
        scopes: text(entry, "granted").and_then(|granted| Scopes::parse(&granted).ok()),
    };
    Some(Access { want, tokens: Arc::new(tokens), due: time("due") })
}

fn text(entry: &Value, name: &str) -> Option<String> {
    entry.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn damaged() -> StoreError {
    StoreError::new(format!("it is damaged; {ADVICE}"))
}

const ADVICE: &str = "it was left as it is: clear the session and log in again, or look at it";

const VERSION: u64 = 1;

/// Seconds before its end at which a token is replaced, as `auth0-spa-js` has them.
const MARGIN: u32 = 60;
