//! Exactly one proof, read and unbelieved (RFC 9449 §4.3 (1) to (5) and (7)).

use super::{LIMIT, ProofError, Shown};
use crate::{
    id::Jti,
    jose::{
        Alg, AlgSet, Compact, Header, Jwk, JwkError, JwsError, is_media_type,
        json::{self, MemberError, Object},
    },
    time::Timestamp,
};

/// A proof that parsed. Nothing in it may be believed yet.
#[derive(Debug)]
pub struct Proof {
    pub(super) jwt: Box<str>,
    /// How many bytes of `jwt` the signature covers.
    pub(super) signed: usize,
    pub(super) signature: Vec<u8>,
    pub(super) alg: Alg,
    pub(super) key: Jwk,
    pub(super) claims: ProofClaims,
}

/// What a proof claims (RFC 9449 §4.2).
#[derive(Debug)]
pub(super) struct ProofClaims {
    pub(super) jti: Jti,
    pub(super) method: Box<str>,
    pub(super) url: Box<str>,
    pub(super) issued: Timestamp,
    pub(super) not_before: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) token_hash: Option<Box<str>>,
    pub(super) nonce: Option<Box<str>>,
}

impl Proof {
    /// Reads the values of all `DPoP` header fields of a request; `None` when there is no such field.
    ///
    /// A field that is there but empty is not the same as none: it is refused (RFC 9449 §4.1).
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<Self>, ProofError> {
        let mut headers = headers.into_iter();
        let Some(header) = headers.next() else { return Ok(None) };
        if headers.next().is_some() {
            return Err(ProofError::Several);
        }
        Self::read(header).map(Some)
    }

    fn read(value: &[u8]) -> Result<Self, ProofError> {
        check_value(value)?;
        let compact = Compact::parse(value, LIMIT)?;
        let header = compact.header()?;
        let header = Header::read(&header)?;
        check_type(header.members())?;
        let key = header.jwk()?.ok_or(ProofError::MissingMember { name: "jwk" })?;
        let payload = compact.payload()?;
        let claims = ProofClaims::read(&read_object(&payload)?)?;
        let signature = compact.signature()?;
        let jwt = std::str::from_utf8(value).map_err(|_| ProofError::Malformed(Shown::of("not ASCII")))?;
        Ok(Self {
            signed: compact.signed().len(),
            jwt: jwt.into(),
            signature,
            alg: header.alg(),
            key,
            claims,
        })
    }

    /// The proof as it was sent, for instance to recognise the same request sent again.
    pub fn as_str(&self) -> &str {
        &self.jwt
    }

    /// What the signature covers.
    pub(super) fn message(&self) -> &[u8] {
        self.jwt.as_bytes().get(..self.signed).unwrap_or_default()
    }
}

impl ProofClaims {
    pub(super) fn read(members: &Object<'_>) -> Result<Self, ProofError> {
        let required = |name| text(members, name)?.ok_or(ProofError::MissingMember { name });
        Ok(Self {
            jti: Jti::parse(required("jti")?).map_err(|why| ProofError::Jti(Shown::of(&why.to_string())))?,
            method: required("htm")?.into(),
            url: required("htu")?.into(),
            issued: date(members, "iat")?.ok_or(ProofError::MissingMember { name: "iat" })?,
            not_before: date(members, "nbf")?,
            expires: date(members, "exp")?,
            token_hash: text(members, "ath")?.map(Into::into),
            nonce: text(members, "nonce")?.map(Into::into),
        })
    }
}

/// One value, not empty, not a list and not endless (RFC 9449 §4.3 (1)).
pub(super) fn check_value(value: &[u8]) -> Result<(), ProofError> {
    if value.len() > LIMIT {
        return Err(ProofError::TooLong { found: value.len() });
    }
    if value.iter().all(|b| matches!(b, b' ' | b'\t')) {
        return Err(ProofError::Empty);
    }
    if value.contains(&b',') {
        return Err(ProofError::Several);
    }
    Ok(())
}

/// RFC 9449 §4.3 (4), compared as RFC 7515 §4.1.9 compares media types.
pub(super) fn check_type(header: &Object<'_>) -> Result<(), ProofError> {
    let member = header.member("typ").ok_or(ProofError::MissingMember { name: "typ" })?;
    match member.as_str() {
        Some(typ) if is_media_type(typ, "dpop+jwt") => Ok(()),
        Some(typ) => Err(ProofError::Type { found: Shown::of(typ) }),
        None => Err(ProofError::Type { found: Shown::of("not a string") }),
    }
}

pub(super) fn read_object(payload: &[u8]) -> Result<Object<'_>, ProofError> {
    json::object(payload).map_err(|why| ProofError::Claims(Shown::of(&why.to_string())))
}

pub(super) fn text<'a>(members: &'a Object<'_>, name: &'static str) -> Result<Option<&'a str>, ProofError> {
    members.string(name).map_err(|_| ProofError::MissingMember { name })
}

/// A `NumericDate` may have a fraction; it is cut off (RFC 7519 §2).
pub(super) fn date(members: &Object<'_>, name: &'static str) -> Result<Option<Timestamp>, ProofError> {
    let number = members.number(name).map_err(|_| ProofError::MissingMember { name })?;
    Ok(number.map(|number| Timestamp::from_unix(number.floor())))
}

impl From<JwsError> for ProofError {
    fn from(why: JwsError) -> Self {
        match why {
            JwsError::Alg { found } => Self::Algorithm { found: Shown::of(&found), accepted: AlgSet::ALL },
            JwsError::Crit | JwsError::Option { .. } => Self::Critical,
            JwsError::Json { .. } => Self::Header(Shown::of(&why.to_string())),
            JwsError::Jwk(JwkError::PrivateMember { name }) => Self::PrivateKey { member: Shown::of(name) },
            JwsError::Jwk(why) => Self::Key(Shown::of(&why.to_string())),
            JwsError::Member(MemberError { name, .. }) | JwsError::Missing { name } => {
                Self::MissingMember { name }
            }
            JwsError::TooLong { found, .. } => Self::TooLong { found },
            why => Self::Malformed(Shown::of(&why.to_string())),
        }
    }
}
