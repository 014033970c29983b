//! Things to keep.

use keybound_authority::grant::code::Code;
use keybound_authority::grant::refresh::RefreshToken;
use keybound_authority::model::digest::{CodeDigest, RefreshDigest, SessionDigest};
use keybound_authority::model::factor::Factors;
use keybound_authority::model::name::{AudienceName, ConnectionName, FamilyId, OrganizationId, SessionId};
use keybound_authority::model::session::Session;
use keybound_proto::id::{ClientId, IdTokenNonce, Subject, TenantId};
use keybound_proto::jose::Thumbprint;
use keybound_proto::pkce::CodeChallenge;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::RedirectUri;

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("default").unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds)
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::parse(&format!("auth0|{name}")).unwrap()
}

pub(crate) fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

pub(crate) fn audience() -> AudienceName {
    AudienceName::parse("https://api.example/").unwrap()
}

pub(crate) fn connection() -> ConnectionName {
    ConnectionName::parse("Username-Password-Authentication").unwrap()
}

pub(crate) fn family(name: &str) -> FamilyId {
    FamilyId::parse(name).unwrap()
}

pub(crate) fn code(number: u8) -> Code {
    Code {
        digest: CodeDigest::from_bytes([number; 32]),
        family: family(&format!("family-{number}")),
        client: client("spa"),
        redirect_uri: Some(RedirectUri::parse("https://app.example/callback").unwrap()),
        challenge: Some(
            CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap(),
        ),
        jkt: Some(Thumbprint::from_bytes([9; 32])),
        subject: subject("1"),
        connection: connection(),
        session: SessionId::parse("sid").unwrap(),
        authenticated_at: at(-5),
        factors: Factors::Two,
        organization: OrganizationId::parse("org_acme").ok(),
        audience: Some(audience()),
        asked: Scopes::parse("openid profile read:orders").unwrap(),
        scopes: Scopes::parse("openid profile").unwrap(),
        id_token_nonce: Some(IdTokenNonce::parse("n-0S6_WzA2Mj").unwrap()),
        issued_at: at(0),
        expires_at: at(60),
    }
}

/// A code with nothing that may be left out.
pub(crate) fn bare_code(number: u8) -> Code {
    Code {
        redirect_uri: None,
        challenge: None,
        jkt: None,
        organization: None,
        audience: None,
        asked: Scopes::none(),
        scopes: Scopes::none(),
        id_token_nonce: None,
        ..code(number)
    }
}

pub(crate) fn refresh_token(number: u8, family_name: &str) -> RefreshToken {
    RefreshToken {
        digest: RefreshDigest::from_bytes([number; 32]),
        family: family(family_name),
        client: client("spa"),
        subject: subject("1"),
        connection: connection(),
        session: SessionId::parse("sid").ok(),
        authenticated_at: at(-5),
        factors: Factors::Two,
        organization: OrganizationId::parse("org_acme").ok(),
        audience: Some(audience()),
        scopes: Scopes::parse("openid offline_access").unwrap(),
        bound_to: Some(Thumbprint::from_bytes([9; 32])),
        issued_at: at(0),
        expires_at: Some(at(1_000)),
        idle_at: Some(at(500)),
    }
}

pub(crate) fn session(number: u8) -> Session {
    Session {
        digest: SessionDigest::from_bytes([number; 32]),
        id: SessionId::parse(&format!("sid-{number}")).unwrap(),
        subject: subject("1"),
        connection: connection(),
        authenticated_at: at(0),
        factors: Factors::Two,
        began_at: at(0),
        touched_at: at(0),
        idle: Lifetime::seconds(100),
        ends_at: at(1_000),
    }
}
