//! Samples for tests: the plainest of each kind.

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Alg;
use keybound_proto::scope::Scopes;
use keybound_proto::secret::Secret;
use keybound_proto::time::{Lifetime, Timestamp};

use super::audience::*;
use super::client::*;
use super::name::{AudienceName, ConnectionName};
use super::user::{Profile, Standing, User};

pub(crate) const API: &str = "https://api.example/";

pub(crate) fn public(id: &str) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        name: id.into(),
        kind: ClientKind::Browser,
        party: Party::First,
        credential: Credential::None,
        grants: GrantKind::ALL.into_iter().collect(),
        callbacks: Vec::new(),
        web_origins: Vec::new(),
        logout_urls: Vec::new(),
        bearer: Bearer::Permit,
        id_token_lifetime: Lifetime::seconds(36_000),
        refresh: RefreshPolicy { rotation: Rotation::Keep, absolute: None, idle: None },
        connections: Vec::new(),
    }
}

pub(crate) fn confidential(id: &str, secret: &str, sent: SecretSent) -> Client {
    Client {
        kind: ClientKind::Machine,
        credential: Credential::Secret { secret: Secret::new(secret.to_owned()), sent },
        ..public(id)
    }
}

pub(crate) fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

pub(crate) fn audience(proof: ProofPolicy) -> Audience {
    Audience {
        name: AudienceName::parse(API).unwrap(),
        scopes: scopes("read:orders write:orders"),
        dialect: TokenDialect::Auth0,
        permissions: Permissions::Omit,
        roles: RoleEnforcement::Ignore,
        alg: Alg::Rs256,
        token_lifetime: Lifetime::seconds(86_400),
        token_lifetime_for_web: Lifetime::seconds(7_200),
        offline: OfflineAccess::Allow,
        consent: FirstPartyConsent::Skip,
        proof,
        users: UserAccess::AllowAll,
        machines: MachineAccess::RequireClientGrant,
    }
}

pub(crate) fn user(id: &str) -> User {
    User {
        subject: Subject::parse(id).unwrap(),
        connection: ConnectionName::parse("Username-Password-Authentication").unwrap(),
        standing: Standing::Active,
        profile: Profile {
            name: Some("Ann Example".into()),
            email: Some("ann@example.com".into()),
            email_verified: true,
            updated_at: Timestamp::from_unix(1_700_000_000),
            ..Profile::default()
        },
        permissions: Vec::new(),
    }
}
