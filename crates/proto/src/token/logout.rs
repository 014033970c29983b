//! What a logout token claims, and how a client checks it (OpenID Connect Back-Channel Logout §2.4, §2.6).

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{
    id::{ClientId, Jti, Subject},
    jose::{Claims, JwtError, Verified, json::Value},
    time::{Lifetime, Timestamp},
    uri::Issuer,
};

/// What an authorization server claims when it says that a session ended (§2.4). `Serialize` writes it.
#[derive(Clone, Debug)]
pub struct LogoutToken {
    /// Who issued it.
    pub issuer: Issuer,
    /// For which client.
    pub client_id: ClientId,
    /// Whose session ended.
    pub subject: Subject,
    /// Which, by the `sid` of its ID tokens.
    pub session: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// What makes it unique.
    pub id: Jti,
}

impl LogoutToken {
    /// What its header calls it.
    pub const TYP: &str = "logout+jwt";

    /// How long it lives: the two minutes that §2.4 advises.
    pub const LIFETIME: Lifetime = Lifetime::seconds(120);
}

impl Serialize for LogoutToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", self.issuer.as_str())?;
        map.serialize_entry("sub", self.subject.as_str())?;
        map.serialize_entry("aud", self.client_id.as_str())?;
        map.serialize_entry("iat", &self.issued.as_unix())?;
        map.serialize_entry("exp", &self.issued.plus(Self::LIFETIME).as_unix())?;
        map.serialize_entry("jti", self.id.as_str())?;
        map.serialize_entry("sid", &self.session)?;
        map.serialize_entry("events", &serde_json::json!({ EVENT: {} }))?;
        map.end()
    }
}

/// Whose sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutClaims {
    /// The user's, all of them where no session is named.
    pub subject: Option<String>,
    /// This one, by the `sid` of its ID token.
    pub session: Option<String>,
    /// What makes the token unique, for those who remember it.
    pub id: Option<String>,
    /// When they ended: what began later did not.
    pub issued: Timestamp,
}

/// What a logout token must say to be this client's.
#[derive(Clone, Copy, Debug)]
pub struct ExpectLogout<'a> {
    /// Who must have issued it.
    pub issuer: &'a Issuer,
    /// For whom it must be.
    pub client_id: &'a ClientId,
    /// How far apart the two clocks may be.
    pub leeway: Lifetime,
}

/// Why a logout token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoutTokenError {
    /// It does not say that somebody was logged out (§2.4).
    #[error("`events` does not hold that of a back-channel logout")]
    Event,
    /// It was issued too long ago, or later than now.
    #[error("it was issued {age} s ago")]
    Issued {
        /// Seconds since.
        age: i64,
    },
    /// The type, issuer, audience or time.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// An ID token was sent in its place (§2.4).
    #[error("it holds a nonce, as only an ID token may")]
    Nonce,
    /// Nobody is named (§2.4).
    #[error("it holds neither `sub` nor `sid`")]
    Nobody,
}

impl LogoutClaims {
    /// How old a logout token may be: what was overheard long ago ends nothing.
    pub const FRESH: Lifetime = Lifetime::seconds(300);

    /// Checks a token whose signature was verified (§2.6). A token that says no type may be one of before §2.4 had it.
    pub fn check(
        token: &Verified,
        expect: &ExpectLogout<'_>,
        now: Timestamp,
    ) -> Result<Self, LogoutTokenError> {
        let read = Self::read(token.claims(), expect, now)?;
        if token.typ().is_some() {
            token.check_type(&["logout+jwt", "JWT"])?;
        }
        Ok(read)
    }

    /// Checks what the token says. Some servers leave `exp` out; it counts where it is.
    pub fn read(
        claims: &Claims,
        expect: &ExpectLogout<'_>,
        now: Timestamp,
    ) -> Result<Self, LogoutTokenError> {
        claims.check_issuer(expect.issuer.as_str())?;
        claims.check_audience(expect.client_id.as_str())?;
        if claims.expires().is_some() {
            claims.check_time(now, expect.leeway)?;
        }
        let issued = claims.issued().ok_or(JwtError::Missing { name: "iat" })?;
        if issued > now.plus(expect.leeway) || issued.plus(Self::FRESH).plus(expect.leeway) < now {
            return Err(LogoutTokenError::Issued { age: now.since(issued) });
        }
        let events = claims.members().object("events").map_err(JwtError::from)?;
        let event = events.and_then(|events| events.member(EVENT)).and_then(Value::as_object);
        event.ok_or(LogoutTokenError::Event)?;
        if claims.claim("nonce").is_some() {
            return Err(LogoutTokenError::Nonce);
        }
        let session = claims.members().string("sid").map_err(JwtError::from)?.map(str::to_owned);
        let subject = claims.subject().map(str::to_owned);
        if subject.is_none() && session.is_none() {
            return Err(LogoutTokenError::Nobody);
        }
        Ok(Self { subject, session, id: claims.id().map(str::to_owned), issued })
    }
}

/// Back-Channel Logout §2.4.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn read(claims: &str) -> Result<LogoutClaims, LogoutTokenError> {
        let issuer = Issuer::parse("https://as.example/").unwrap();
        let client_id = ClientId::parse("app").unwrap();
        let expect = ExpectLogout { issuer: &issuer, client_id: &client_id, leeway: Lifetime::seconds(30) };
        LogoutClaims::read(&Claims::read(claims.as_bytes()).unwrap(), &expect, NOW)
    }

    const GOOD: &str = r#"{"iss":"https://as.example/","aud":"app","iat":1800000000,"jti":"j","sub":"ada","sid":"s1",
        "events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#;

    /// Back-Channel Logout §2.4.
    #[test]
    fn a_logout_token_names_whom_it_logs_out() {
        let read = read(GOOD).unwrap();
        assert_eq!((read.subject.as_deref(), read.session.as_deref()), (Some("ada"), Some("s1")));
        assert_eq!((read.id.as_deref(), read.issued), (Some("j"), NOW));
    }

    /// Back-Channel Logout §2.4, §2.6.
    #[test]
    fn what_a_server_writes_is_what_a_client_reads() {
        let token = LogoutToken {
            issuer: Issuer::parse("https://as.example/").unwrap(),
            client_id: ClientId::parse("app").unwrap(),
            subject: Subject::parse("ada").unwrap(),
            session: "s1".to_owned(),
            issued: NOW,
            id: Jti::parse("j").unwrap(),
        };
        let written = serde_json::to_string(&token).unwrap();
        let claims = LogoutClaims {
            subject: Some("ada".into()),
            session: Some("s1".into()),
            id: Some("j".into()),
            issued: NOW,
        };
        assert_eq!(read(&written), Ok(claims));
        assert!(written.contains(r#""exp":1800000120"#), "{written}");
    }

    /// Back-Channel Logout §2.6; conformance A21.
    #[test]
    fn a_token_that_says_less_or_something_else_ends_nothing() {
        for (from, to) in [
            ("https://as.example/", "https://evil.example/"),
            (r#""aud":"app""#, r#""aud":"other""#),
            (r#""iat":1800000000,"#, ""),
            ("1800000000", "1799999000"),
            ("1800000000", "1800001000"),
            (r#""iat":1800000000"#, r#""iat":1800000000,"exp":1799999000"#),
            ("event/backchannel-logout", "event/another"),
            (r#"backchannel-logout":{}"#, r#"backchannel-logout":1"#),
            (r#""jti":"j""#, r#""nonce":"n""#),
            (r#""sub":"ada","sid":"s1","#, ""),
            (r#""sid":"s1""#, r#""sid":1"#),
        ] {
            let changed = GOOD.replace(from, to);
            assert_ne!(changed, GOOD, "{from}");
            assert!(read(&changed).is_err(), "{changed}");
        }
    }
}
