//! Tokens: claims under a signature (RFC 7519), unverified until a key vouches for them.

use serde::Serialize;

use super::{
    alg::{Alg, AlgSet},
    json::{self, MemberError, Object, Value},
    jwk::Jwk,
    jws::{Compact, Header, JwsError, is_media_type, sign_compact},
    key_set::{KeySet, candidates},
    keys::{BadSignature, Sign, SignError, Verify},
};
use crate::{
    id::Kid,
    time::{Lifetime, Timestamp},
};

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// Its algorithm is not among those wanted here (RFC 8725 §3.1).
    #[error("the algorithm {found} is not accepted here")]
    Alg {
        /// As the token has it.
        found: Alg,
    },
    /// It is for somebody else (RFC 7519 §4.1.3).
    #[error("it is not meant for this audience")]
    Audience,
    /// Its time is over (RFC 7519 §4.1.4).
    #[error("it expired {ago} s ago")]
    Expired {
        /// Seconds since.
        ago: i64,
    },
    /// Somebody else issued it (RFC 7519 §4.1.1).
    #[error("it was not issued by the expected issuer")]
    Issuer,
    /// It is no signed token, or one we do not read.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// A claim has the wrong type.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A claim that must be there is not.
    #[error("`{name}` is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// No key that is known could have signed it.
    #[error("no known key could have signed it")]
    NoKey,
    /// Its time has not come (RFC 7519 §4.1.5).
    #[error("it is not valid for another {early} s")]
    NotYet {
        /// Seconds until.
        early: i64,
    },
    /// The signature does not verify.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// Another kind of token (RFC 8725 §3.11).
    #[error("its type is not the one expected here")]
    Type,
}

/// Claims with the registered ones read. Whether to believe them depends on what holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    members: Object<'static>,
    expires: Option<Timestamp>,
    not_before: Option<Timestamp>,
    issued: Option<Timestamp>,
}

impl Claims {
    /// Reads a payload. Registered claims of the wrong type are refused, others are kept as they are.
    pub fn read(payload: &[u8]) -> Result<Self, JwtError> {
        let members = json::object(payload).map_err(|source| JwsError::Json { part: "payload", source })?;
        for name in ["iss", "sub", "jti"] {
            members.string(name)?;
        }
        let wanted = "a string or an array of strings";
        match members.member("aud") {
            Some(Value::String(_)) | None => {}
            Some(other) if other.as_strings().is_some() => {}
            Some(_) => return Err(MemberError { name: "aud", wanted }.into()),
        }
        let date = |name| Ok(members.number(name)?.map(|number| Timestamp::from_unix(number.floor())));
        let (expires, not_before, issued) =
            (date("exp")?, date("nbf")?, date("iat").map_err(|error: MemberError| error)?);
        Ok(Self { members: members.into_owned(), expires, not_before, issued })
    }

    /// `iss`
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `jti`
    pub fn id(&self) -> Option<&str> {
        self.text("jti")
    }

    /// `aud`, one or several.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        let value = self.members.member("aud");
        let many = value.and_then(Value::as_array).unwrap_or_default();
        value.and_then(Value::as_str).into_iter().chain(many.iter().filter_map(Value::as_str))
    }

    /// `exp`
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// `nbf`
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// `iat`
    pub const fn issued(&self) -> Option<Timestamp> {
        self.issued
    }

    /// Any claim.
    pub fn claim(&self, name: &str) -> Option<&Value<'static>> {
        self.members.member(name)
    }

    /// Any claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claim(name).and_then(Value::as_str)
    }

    /// All of them.
    pub const fn members(&self) -> &Object<'static> {
        &self.members
    }

    /// Checks `exp`, which must be there, and `nbf`, each with the same leeway.
    pub fn check_time(&self, now: Timestamp, leeway: Lifetime) -> Result<(), JwtError> {
        let expires = self.expires.ok_or(JwtError::Missing { name: "exp" })?;
        if now >= expires.plus(leeway) {
            return Err(JwtError::Expired { ago: now.since(expires) });
        }
        match self.not_before {
            Some(begins) if now.plus(leeway) < begins => Err(JwtError::NotYet { early: begins.since(now) }),
            _ => Ok(()),
        }
    }

    /// Checks `iss`: the same characters, nothing normalised.
    pub fn check_issuer(&self, issuer: &str) -> Result<(), JwtError> {
        match self.issuer() {
            Some(found) if found == issuer => Ok(()),
            Some(_) => Err(JwtError::Issuer),
            None => Err(JwtError::Missing { name: "iss" }),
        }
    }

    /// Checks that `audience` is among `aud`.
    pub fn check_audience(&self, audience: &str) -> Result<(), JwtError> {
        if !self.members.has("aud") {
            return Err(JwtError::Missing { name: "aud" });
        }
        if self.audiences().any(|found| found == audience) { Ok(()) } else { Err(JwtError::Audience) }
    }
}

/// A token that parsed. Nothing in it may be believed yet.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    compact: Compact<'a>,
    signature: Vec<u8>,
    facts: Facts,
}

/// A token that a key vouched for. What it says about time, issuer and audience is still to be checked.
#[derive(Clone, Debug)]
pub struct Verified {
    facts: Facts,
}

#[derive(Clone, Debug)]
struct Facts {
    alg: Alg,
    typ: Option<Box<str>>,
    kid: Option<Kid>,
    claims: Claims,
}

impl<'a> Unverified<'a> {
    /// Most bytes a token may have.
    pub const LIMIT: usize = 16 * 1024;

    /// Reads a token of at most [`Self::LIMIT`] bytes.
    pub fn parse(token: &'a [u8]) -> Result<Self, JwtError> {
        let compact = Compact::parse(token, Self::LIMIT)?;
        let bytes = compact.header()?;
        let header = Header::read(&bytes)?;
        let kid = match header.kid()? {
            Some(kid) => {
                Some(Kid::parse(kid).map_err(|_| MemberError { name: "kid", wanted: "an identifier" })?)
            }
            None => None,
        };
        let typ = header.typ()?.map(Box::from);
        let signature = compact.signature()?;
        let claims = Claims::read(&compact.payload()?)?;
        Ok(Self { compact, signature, facts: Facts { alg: header.alg(), typ, kid, claims } })
    }

    /// Which key it says has signed.
    pub const fn kid(&self) -> Option<&Kid> {
        self.facts.kid.as_ref()
    }

    /// The algorithm it names.
    pub const fn alg(&self) -> Alg {
        self.facts.alg
    }

    /// What it says, for looking around only: anybody can write this.
    pub const fn unbelieved(&self) -> &Claims {
        &self.facts.claims
    }

    /// Checks the signature with `key`, if the algorithm is among `algs`.
    pub fn verify(self, backend: &impl Verify, key: &Jwk, algs: AlgSet) -> Result<Verified, JwtError> {
        self.accepted(algs)?;
        if !key.alg_allowed(self.facts.alg) {
            return Err(JwtError::NoKey);
        }
        backend.verify(self.facts.alg, key, self.compact.signed(), &self.signature)?;
        Ok(Verified { facts: self.facts })
    }

    /// Checks the signature with whichever key of `keys` it names; without a name, with each that fits.
    pub fn verify_with(
        self,
        backend: &impl Verify,
        keys: &KeySet,
        algs: AlgSet,
    ) -> Result<Verified, JwtError> {
        self.verify_among(backend, keys.keys(), algs)
    }

    /// The same with keys that are in no set.
    pub fn verify_among<'k>(
        self,
        backend: &impl Verify,
        keys: impl IntoIterator<Item = &'k Jwk>,
        algs: AlgSet,
    ) -> Result<Verified, JwtError> {
        self.accepted(algs)?;
        self.vouched(backend, keys)?;
        Ok(Verified { facts: self.facts })
    }

    fn vouched<'k>(
        &self,
        backend: &impl Verify,
        keys: impl IntoIterator<Item = &'k Jwk>,
    ) -> Result<(), JwtError> {
        let mut outcome = Err(JwtError::NoKey);
        for key in candidates(keys, self.kid(), self.alg()) {
            outcome =
                backend.verify(self.alg(), key, self.compact.signed(), &self.signature).map_err(Into::into);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn accepted(&self, algs: AlgSet) -> Result<(), JwtError> {
        let found = self.facts.alg;
        if algs.contains(found) { Ok(()) } else { Err(JwtError::Alg { found }) }
    }
}

impl Verified {
    /// What it says.
    pub const fn claims(&self) -> &Claims {
        &self.facts.claims
    }

    /// The same, kept.
    pub fn into_claims(self) -> Claims {
        self.facts.claims
    }

    /// The algorithm it was signed with.
    pub const fn alg(&self) -> Alg {
        self.facts.alg
    }

    /// Which key it says has signed.
    pub const fn kid(&self) -> Option<&Kid> {
        self.facts.kid.as_ref()
    }

    /// Its media type as sent.
    pub fn typ(&self) -> Option<&str> {
        self.facts.typ.as_deref()
    }

    /// Checks that its type is one of `wanted`, compared as media types.
    pub fn check_type(&self, wanted: &[&str]) -> Result<(), JwtError> {
        let typ = self.typ().ok_or(JwtError::Missing { name: "typ" })?;
        if wanted.iter().any(|wanted| is_media_type(typ, wanted)) { Ok(()) } else { Err(JwtError::Type) }
    }
}

/// Why a token could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The claims have no JSON form.
    #[error("the claims have no JSON form: {0}")]
    Claims(#[from] serde_json::Error),
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Signs claims under a header of `alg`, `typ`, and `kid` where the key has a name.
pub fn mint<K: Sign + ?Sized>(typ: &str, claims: &impl Serialize, key: &K) -> Result<String, MintError> {
    #[derive(Serialize)]
    struct Head<'a> {
        alg: &'static str,
        typ: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<&'a str>,
    }
    let head = Head { alg: key.alg().name(), typ, kid: key.kid().map(Kid::as_str) };
    Ok(sign_compact(&serde_json::to_vec(&head)?, &serde_json::to_vec(claims)?, key)?)
}
