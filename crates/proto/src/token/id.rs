//! What an ID token claims, and how a client checks it (OIDC Core §2, §3.1.3.7).

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};
use subtle::ConstantTimeEq;

use crate::{
    id::{ClientId, IdTokenNonce, Subject},
    jose::{Alg, Claims, Digest, JwtError, Verified, encode_base64url, json::MemberError},
    time::{Lifetime, Timestamp},
    uri::Issuer,
};

/// The claims of an ID token. `Serialize` writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdClaims {
    /// Who issued it.
    pub issuer: Issuer,
    /// Who the user is.
    pub subject: Subject,
    /// For which client.
    pub client_id: ClientId,
    /// When it was issued.
    pub issued: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
    /// When the user logged in; must be told when `max_age` was asked for.
    pub auth_time: Option<Timestamp>,
    /// What the request carried.
    pub nonce: Option<IdTokenNonce>,
    /// The session, for logout (Front-Channel Logout §3).
    pub session: Option<String>,
    /// The access token issued with it, by its hash.
    pub at_hash: Option<String>,
    /// How well the user was authenticated.
    pub acr: Option<String>,
    /// By what means (RFC 8176).
    pub amr: Vec<String>,
    /// The organization the user logged in to, `org_id`.
    pub organization: Option<String>,
    /// Its name, `org_name`; some tokens have the name alone.
    pub organization_name: Option<String>,
    /// Everything else about the user; a claim named above is never taken from here.
    pub profile: Map<String, Json>,
}

/// What ties an access token or a code to an ID token of this algorithm: the left half of a hash (OIDC Core
/// §3.1.3.6, §3.3.2.11), in base64url.
///
/// The hash is the one the algorithm signs with. OIDC Core names none for EdDSA; with Ed25519 it is SHA-512, as the
/// OpenID Connect working group settled it (issue 1125) and the certified libraries have it.
pub fn half_hash(alg: Alg, value: &str, digest: &impl Digest) -> String {
    let hash = digest.hash_for(alg, value.as_bytes());
    encode_base64url(hash.get(..hash.len() / 2).unwrap_or_default())
}

/// What an ID token must say to be this client's.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// Who must have issued it.
    pub issuer: &'a Issuer,
    /// For whom it must be.
    pub client_id: &'a ClientId,
    /// What the request carried; `None` when it carried none, as in a refresh.
    pub nonce: Option<&'a IdTokenNonce>,
    /// The access token that came along.
    pub access_token: Option<&'a str>,
    /// The code that came along through the browser, or that brought the token.
    pub code: Option<&'a str>,
    /// How long ago the user may have logged in at the most.
    pub max_age: Option<Lifetime>,
    /// How far apart the two clocks may be.
    pub leeway: Lifetime,
}

/// Why an ID token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It was issued for another access token (OIDC Core §3.1.3.8).
    #[error("at_hash does not fit the access token")]
    AccessToken,
    /// `azp` names another client, or is missing among several audiences (OIDC Core §3.1.3.7 (4), (5)).
    #[error("azp does not name this client")]
    AuthorizedParty,
    /// It was issued for another code (OIDC Core §3.3.2.10).
    #[error("c_hash does not fit the code")]
    Code,
    /// It says it was issued later than now.
    #[error("it was issued {early} s in the future")]
    Issued {
        /// Seconds until.
        early: i64,
    },
    /// The signature, issuer, audience or time.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// It does not answer this request (OIDC Core §3.1.3.7 (11)).
    #[error("its nonce is not the one of the request")]
    Nonce,
    /// The user logged in to another organization than the one asked for, or to none.
    #[error("it is not for the organization that was asked for")]
    Organization,
    /// The user logged in too long ago (OIDC Core §3.1.3.7 (13)).
    #[error("the user logged in {age} s ago")]
    TooOld {
        /// Seconds since.
        age: i64,
    },
}

impl IdClaims {
    /// Checks a token whose signature was verified, in the order of OIDC Core §3.1.3.7.
    pub fn check(
        token: &Verified,
        expect: &Expect<'_>,
        digest: &impl Digest,
        now: Timestamp,
    ) -> Result<Self, IdTokenError> {
        let claims = token.claims();
        claims.check_issuer(expect.issuer.as_str())?;
        claims.check_audience(expect.client_id.as_str())?;
        check_party(claims, expect.client_id)?;
        claims.check_time(now, expect.leeway)?;
        let read = Self::read(claims, expect)?;
        if read.issued > now.plus(expect.leeway) {
            return Err(IdTokenError::Issued { early: read.issued.since(now) });
        }
        if let Some(nonce) = expect.nonce {
            let same = read.nonce.as_ref().is_some_and(|own| equal(own.as_str(), nonce.as_str()));
            if !same {
                return Err(IdTokenError::Nonce);
            }
        }
        let fits = |own: Option<&str>, value: Option<&str>| match (own, value) {
            (Some(own), Some(value)) => equal(own, &half_hash(token.alg(), value, digest)),
            _ => true,
        };
        if !fits(read.at_hash.as_deref(), expect.access_token) {
            return Err(IdTokenError::AccessToken);
        }
        if !fits(claims.members().string("c_hash").map_err(JwtError::from)?, expect.code) {
            return Err(IdTokenError::Code);
        }
        if let Some(max_age) = expect.max_age {
            let auth_time = read.auth_time.ok_or(JwtError::Missing { name: "auth_time" })?;
            if auth_time.plus(max_age).plus(expect.leeway) < now {
                return Err(IdTokenError::TooOld { age: now.since(auth_time) });
            }
        }
        Ok(read)
    }

    fn read(claims: &Claims, expect: &Expect<'_>) -> Result<Self, JwtError> {
        let members = claims.members();
        let date = |name| {
            Ok::<_, MemberError>(members.number(name)?.map(|number| Timestamp::from_unix(number.floor())))
        };
        let nonce = members.string("nonce")?.map(IdTokenNonce::parse).transpose();
        let subject = claims.subject().ok_or(JwtError::Missing { name: "sub" })?;
        let amr = claims.claim("amr").and_then(|amr| amr.as_strings()).unwrap_or_default();
        let mut profile = members.to_serde();
        profile.retain(|name, _| !PROTOCOL.contains(&name.as_str()));
        Ok(Self {
            issuer: expect.issuer.clone(),
            subject: Subject::parse(subject).map_err(|_| malformed("sub"))?,
            client_id: expect.client_id.clone(),
            issued: claims.issued().ok_or(JwtError::Missing { name: "iat" })?,
            expires: claims.expires().ok_or(JwtError::Missing { name: "exp" })?,
            auth_time: date("auth_time")?,
            nonce: nonce.map_err(|_| malformed("nonce"))?,
            session: members.string("sid")?.map(str::to_owned),
            at_hash: members.string("at_hash")?.map(str::to_owned),
            acr: members.string("acr")?.map(str::to_owned),
            amr: amr.into_iter().map(str::to_owned).collect(),
            organization: members.string("org_id")?.map(str::to_owned),
            organization_name: members.string("org_name")?.map(str::to_owned),
            profile,
        })
    }
}

impl Serialize for IdClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.profile {
            if !PROTOCOL.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        map.serialize_entry("iss", self.issuer.as_str())?;
        map.serialize_entry("sub", self.subject.as_str())?;
        map.serialize_entry("aud", self.client_id.as_str())?;
        map.serialize_entry("iat", &self.issued.as_unix())?;
        map.serialize_entry("exp", &self.expires.as_unix())?;
        if let Some(time) = self.auth_time {
            map.serialize_entry("auth_time", &time.as_unix())?;
        }
        if !self.amr.is_empty() {
            map.serialize_entry("amr", &self.amr)?;
        }
        for (name, text) in [
            ("nonce", self.nonce.as_ref().map(IdTokenNonce::as_str)),
            ("sid", self.session.as_deref()),
            ("at_hash", self.at_hash.as_deref()),
            ("acr", self.acr.as_deref()),
            ("org_id", self.organization.as_deref()),
            ("org_name", self.organization_name.as_deref()),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        map.end()
    }
}

/// OIDC Core §3.1.3.7 (4), (5): among several audiences `azp` must be there; where it is, it must be us.
fn check_party(claims: &Claims, client_id: &ClientId) -> Result<(), IdTokenError> {
    match claims.claim("azp") {
        None if claims.audiences().count() > 1 => Err(IdTokenError::AuthorizedParty),
        None => Ok(()),
        Some(party) if party.as_str() == Some(client_id.as_str()) => Ok(()),
        Some(_) => Err(IdTokenError::AuthorizedParty),
    }
}

fn equal(own: &str, other: &str) -> bool {
    own.as_bytes().ct_eq(other.as_bytes()).into()
}

fn malformed(name: &'static str) -> JwtError {
    JwtError::Member(MemberError { name, wanted: "well formed" })
}

/// Claims with a field of their own, and those that a server's profile must never set.
const PROTOCOL: [&str; 18] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "org_id",
    "org_name",
    "sid",
    "sub",
];

#[cfg(test)]
mod tests;
