//! What an access token claims: Auth0's profile, and RFC 9068's with RFC 9449 §6's confirmation.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::actor::Actor;
use crate::{
    id::{ClientId, Jti, Subject},
    jose::{Claims, JwtError, Thumbprint, is_media_type, json::MemberError, json::Value},
    scope::Scopes,
    time::Timestamp,
    uri::Issuer,
};

/// Which shape the claims have (Auth0's `token_dialect`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// `typ` is `JWT`; the client is `azp`; the grant is `gty`; there is no `jti`.
    Auth0,
    /// `typ` is `at+jwt`; the client is `client_id`; there is a `jti` (RFC 9068 §2).
    Rfc9068,
}

impl Profile {
    /// The `typ` of its header.
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Auth0 => "JWT",
            Self::Rfc9068 => "at+jwt",
        }
    }

    /// The profile of a header's `typ`; any other kind of token is refused (RFC 9068 §4, RFC 8725 §3.11).
    pub fn of_type(typ: Option<&str>) -> Result<Self, JwtError> {
        match typ {
            Some(typ) if is_media_type(typ, "at+jwt") => Ok(Self::Rfc9068),
            Some(typ) if is_media_type(typ, "jwt") => Ok(Self::Auth0),
            None => Ok(Self::Auth0),
            Some(_) => Err(JwtError::Type),
        }
    }
}

/// The claims of an access token. `Serialize` writes them in their profile's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// Which shape they have.
    pub profile: Profile,
    /// Who issued it.
    pub issuer: Issuer,
    /// On whose behalf it is used: a user, or the client itself.
    pub subject: Subject,
    /// Who is to accept it; written as a string when it is one.
    pub audiences: Vec<String>,
    /// Who asked for it.
    pub client_id: ClientId,
    /// When it was issued.
    pub issued: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
    /// What makes it unique; RFC 9068 §2.2 demands it.
    pub jti: Option<Jti>,
    /// What it permits.
    pub scopes: Scopes,
    /// By which grant, in Auth0's words (`gty`).
    pub grant: Option<String>,
    /// What the user may do at this audience, where an administrator wants it told.
    pub permissions: Option<Vec<String>>,
    /// The organization it is limited to.
    pub organization: Option<Organization>,
    /// When the user logged in (RFC 9068 §2.2.1).
    pub auth_time: Option<Timestamp>,
    /// How well the user was authenticated (RFC 9068 §2.2.1).
    pub acr: Option<String>,
    /// The key it is bound to (RFC 9449 §6.1).
    pub key: Option<Thumbprint>,
    /// Who acts on the subject's behalf (RFC 8693 §4.1).
    pub act: Option<Actor>,
}

/// An organization as tokens name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `org_id`
    pub id: String,
    /// `org_name`, where the tenant wants it told.
    pub name: Option<String>,
}

impl AccessClaims {
    /// Reads the claims of a token whose signature was checked. Time, issuer and audience are still to be.
    ///
    /// `cnf` with anything but a well-formed `jkt` is refused: a binding we cannot check must not pass for none
    /// (RFC 7800 §3.1 lets it be ignored; RFC 9449 §7.2 does not).
    pub fn read(typ: Option<&str>, claims: &Claims) -> Result<Self, JwtError> {
        let profile = Profile::of_type(typ)?;
        let members = claims.members();
        let client_id = match members.string("client_id")? {
            Some(client_id) => client_id,
            None => members.string("azp")?.ok_or(JwtError::Missing { name: "client_id" })?,
        };
        let jti = claims.id().map(|jti| Jti::parse(jti).map_err(|_| malformed("jti"))).transpose()?;
        if profile == Profile::Rfc9068 && jti.is_none() {
            return Err(JwtError::Missing { name: "jti" });
        }
        let issuer = claims.issuer().ok_or(JwtError::Missing { name: "iss" })?;
        let subject = claims.subject().ok_or(JwtError::Missing { name: "sub" })?;
        let scopes = members.string("scope")?.unwrap_or_default();
        let organization = members.string("org_id")?.map(str::to_owned);
        let name = members.string("org_name")?.map(str::to_owned);
        Ok(Self {
            profile,
            issuer: Issuer::parse(issuer).map_err(|_| malformed("iss"))?,
            subject: Subject::parse(subject).map_err(|_| malformed("sub"))?,
            audiences: claims.audiences().map(str::to_owned).collect(),
            client_id: ClientId::parse(client_id).map_err(|_| malformed("client_id"))?,
            issued: claims.issued().ok_or(JwtError::Missing { name: "iat" })?,
            expires: claims.expires().ok_or(JwtError::Missing { name: "exp" })?,
            jti,
            scopes: Scopes::parse(scopes).map_err(|_| malformed("scope"))?,
            grant: members.string("gty")?.map(str::to_owned),
            permissions: permissions(claims)?,
            organization: organization.map(|id| Organization { id, name }),
            auth_time: members.number("auth_time")?.map(|time| Timestamp::from_unix(time.floor())),
            acr: members.string("acr")?.map(str::to_owned),
            key: confirmation(claims)?,
            act: Actor::read(claims),
        })
    }
}

/// The key a token is bound to: `cnf.jkt` (RFC 9449 §6.1); `None` when there is no `cnf` at all.
pub fn confirmation(claims: &Claims) -> Result<Option<Thumbprint>, JwtError> {
    let wrong = JwtError::Member(MemberError { name: "cnf", wanted: "a key thumbprint in `jkt`" });
    match claims.claim("cnf") {
        None => Ok(None),
        Some(Value::Object(methods)) => {
            let jkt = methods.member("jkt").and_then(Value::as_str);
            jkt.and_then(|jkt| Thumbprint::parse(jkt).ok()).map(Some).ok_or(wrong)
        }
        Some(_) => Err(wrong),
    }
}

impl Serialize for AccessClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let auth0 = self.profile == Profile::Auth0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", self.issuer.as_str())?;
        map.serialize_entry("sub", self.subject.as_str())?;
        match &self.audiences[..] {
            [one] => map.serialize_entry("aud", one)?,
            many => map.serialize_entry("aud", many)?,
        }
        map.serialize_entry("iat", &self.issued.as_unix())?;
        map.serialize_entry("exp", &self.expires.as_unix())?;
        if !self.scopes.is_empty() {
            map.serialize_entry("scope", &self.scopes.to_string())?;
        }
        if let Some(organization) = &self.organization {
            map.serialize_entry("org_id", &organization.id)?;
            if let Some(name) = &organization.name {
                map.serialize_entry("org_name", name)?;
            }
        }
        if let Some(grant) = self.grant.as_ref().filter(|_| auth0) {
            map.serialize_entry("gty", grant)?;
        }
        map.serialize_entry(if auth0 { "azp" } else { "client_id" }, self.client_id.as_str())?;
        if let Some(jti) = self.jti.as_ref().filter(|_| !auth0) {
            map.serialize_entry("jti", jti.as_str())?;
        }
        if let Some(time) = self.auth_time {
            map.serialize_entry("auth_time", &time.as_unix())?;
        }
        if let Some(acr) = &self.acr {
            map.serialize_entry("acr", acr)?;
        }
        if let Some(permissions) = &self.permissions {
            map.serialize_entry("permissions", permissions)?;
        }
        if let Some(actor) = &self.act {
            map.serialize_entry("act", actor)?;
        }
        if let Some(key) = &self.key {
            map.serialize_entry("cnf", &std::collections::BTreeMap::from([("jkt", key.to_string())]))?;
        }
        map.end()
    }
}

fn permissions(claims: &Claims) -> Result<Option<Vec<String>>, JwtError> {
    let Some(value) = claims.claim("permissions") else { return Ok(None) };
    let wrong = MemberError { name: "permissions", wanted: "an array of strings" };
    let words = value.as_strings().ok_or(wrong)?;
    Ok(Some(words.into_iter().map(str::to_owned).collect()))
}

fn malformed(name: &'static str) -> JwtError {
    JwtError::Member(MemberError { name, wanted: "well formed" })
}

#[cfg(test)]
mod tests;
