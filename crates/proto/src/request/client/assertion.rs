//! A client's statement about itself, signed with a key of its own: `private_key_jwt` (RFC 7523 §3, OIDC Core §9).
//!
//! ```text
//! text ─read─▶ ClientAssertion ─check─▶ CheckedAssertion ─claimed─▶ Vouched
//! ```
//!
//! As with a proof: what was checked may still be a replay, and only who asked a memory gets any further.

use crate::{
    dpop::Claim,
    id::{ClientId, Jti},
    jose::{Alg, AlgSet, Jwk, JwtError, Unverified, Verify},
    secret::Secret,
    time::{Lifetime, Timestamp},
    uri::Issuer,
};

/// Why a client's assertion is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionError {
    /// It is for somebody else, or for others too, who could use it here.
    #[error("it is not meant for this server alone")]
    Audience,
    /// `client_assertion_type` names another kind.
    #[error("the type of the assertion is not jwt-bearer")]
    Kind,
    /// It is no token, or its time is not now.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// `iss`, `sub` and the client that sends it are not one.
    #[error("iss and sub are not both the client's identifier")]
    Names,
    /// It was used before.
    #[error("it was used before")]
    Reused,
    /// It would live too long.
    #[error("it lives longer than {limit} s", limit = ClientAssertion::LONGEST.as_secs())]
    TooLong,
    /// Nobody can remember it.
    #[error("too much is remembered")]
    MemoryFull,
}

/// What an assertion must be addressed to.
#[derive(Clone, Copy, Debug)]
pub enum AssertionAudience<'a> {
    /// One or several of the server's own addresses, and nobody else.
    AnyOf(&'a [String]),
    /// The issuer, as a text alone: what no other server can be talked into accepting.
    Issuer(&'a Issuer),
}

/// A client's assertion. Nothing in it is believed yet.
#[derive(Clone, Debug)]
pub struct ClientAssertion<'a> {
    token: Unverified<'a>,
    client: ClientId,
}

/// An assertion that passed every check that needs no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a checked assertion may still be a replay: claim it"]
pub struct CheckedAssertion {
    jti: Jti,
    until: Timestamp,
}

/// The client signed this request's assertion, and nobody used it before.
///
/// There is no other way to one of these than [`CheckedAssertion::claimed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched(());

impl<'a> ClientAssertion<'a> {
    /// How long one may live; as at Auth0.
    pub const LONGEST: Lifetime = Lifetime::seconds(300);

    /// How far apart the two clocks may be; as at Auth0.
    pub const LEEWAY: Lifetime = Lifetime::seconds(10);

    /// How it may be signed.
    pub const ALGS: AlgSet = AlgSet::of(&[Alg::Es256, Alg::EdDsa, Alg::Ps256, Alg::Rs256]);

    /// Reads one. Whom it names may be looked up, and no more.
    pub fn read(kind: &str, assertion: &'a Secret<String>) -> Result<Self, AssertionError> {
        if kind != KIND {
            return Err(AssertionError::Kind);
        }
        let token = Unverified::parse(assertion.reveal().as_bytes())?;
        let subject = token.unbelieved().subject().ok_or(JwtError::Missing { name: "sub" })?;
        let client = ClientId::parse(subject).map_err(|_| AssertionError::Names)?;
        Ok(Self { token, client })
    }

    /// Whom it names.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// Checks all that needs no memory; the signature with those of the client's keys that it names.
    pub fn check<'k>(
        self,
        backend: &impl Verify,
        keys: impl IntoIterator<Item = &'k Jwk>,
        audience: AssertionAudience<'_>,
        now: Timestamp,
    ) -> Result<CheckedAssertion, AssertionError> {
        let token = self.token.verify_among(backend, keys, Self::ALGS)?;
        if token.typ().is_some() {
            token.check_type(&["JWT", "client-authentication+jwt"])?;
        }
        let claims = token.claims();
        if claims.issuer() != Some(self.client.as_str()) || claims.subject() != Some(self.client.as_str()) {
            return Err(AssertionError::Names);
        }
        let named = claims.audiences().next().is_some();
        let ours = match audience {
            AssertionAudience::AnyOf(own) => {
                claims.audiences().all(|found| own.iter().any(|own| own == found))
            }
            AssertionAudience::Issuer(issuer) => claims.text("aud") == Some(issuer.as_str()),
        };
        if !(named && ours) {
            return Err(AssertionError::Audience);
        }
        claims.check_time(now, Self::LEEWAY)?;
        if let Some(issued) = claims.issued().filter(|issued| now.plus(Self::LEEWAY) < *issued) {
            return Err(JwtError::NotYet { early: issued.since(now) }.into());
        }
        let expires = claims.expires().ok_or(JwtError::Missing { name: "exp" })?;
        if expires > now.plus(Self::LONGEST).plus(Self::LEEWAY) {
            return Err(AssertionError::TooLong);
        }
        let jti = claims.id().ok_or(JwtError::Missing { name: "jti" })?;
        let jti = Jti::parse(jti).map_err(|_| JwtError::Missing { name: "jti" })?;
        Ok(CheckedAssertion { jti, until: expires.plus(Self::LEEWAY) })
    }
}

impl CheckedAssertion {
    /// What to remember for this client, and until when.
    pub const fn replay_key(&self) -> (&Jti, Timestamp) {
        (&self.jti, self.until)
    }

    /// Takes the memory's answer: only the first use vouches for anybody.
    pub fn claimed(self, claim: Claim) -> Result<Vouched, AssertionError> {
        match claim {
            Claim::First => Ok(Vouched(())),
            Claim::Again => Err(AssertionError::Reused),
            Claim::Full => Err(AssertionError::MemoryFull),
        }
    }
}

/// `client_assertion_type` (RFC 7523 §2.2).
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
