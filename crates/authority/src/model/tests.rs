//! Samples for tests: the plainest of each kind.

use keybound_proto::dpop::{Claim, Expect, HeldBy, Possession, Proof};
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::jose::{Alg, BadSignature, Digest, Jwk, Sealer, Verify, encode_base64url};
use keybound_proto::scope::Scopes;
use keybound_proto::secret::Secret;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::{Htu, Issuer};

use super::audience::*;
use super::client::*;
use super::connection::Signup;
use super::name::{AudienceName, ConnectionName, OrganizationId, OrganizationName};
use super::organization::*;
use super::tenant::*;
use super::user::{Profile, Standing, User};
use crate::adoption::Adoption;

pub(crate) const API: &str = "https://api.example/";

pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: TenantId::parse("default").unwrap(),
        issuer: Issuer::parse("https://as.example/").unwrap(),
        default_audience: None,
        atproto: None,
        default_directory: None,
        lifetimes: Lifetimes::default(),
        logout_urls: Vec::new(),
        localhost_consent: LocalhostConsent::Ask,
        organization_names: OrganizationNames::Kept,
        registration: None,
        logout: Logout::default(),
        session_cookie: SessionCookie::Persistent,
        taken_account: TakenAccount::Told,
        revocation: RevocationReach::Family,
    }
}

pub(crate) fn public(id: &str) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        name: id.into(),
        kind: ClientKind::Browser,
        party: Party::First,
        source: Source::Register,
        credential: Credential::None,
        keys_at: None,
        profile: ClientProfile::Auth0,
        grants: GrantKind::ALL.into_iter().collect(),
        may_ask: None,
        callbacks: Vec::new(),
        web_origins: Vec::new(),
        cross_origins: Vec::new(),
        logout_urls: Vec::new(),
        backchannel_logout: None,
        adoption: Adoption::Allow,
        nonces: NonceDemand::Optional,
        refresh_binding: RefreshBinding::Bound,
        api: None,
        id_token_lifetime: Lifetime::seconds(36_000),
        refresh: RefreshPolicy { rotation: Rotation::Keep, absolute: None, idle: None },
        elsewhere: Vec::new(),
        organizations: OrganizationUsage::Allow,
        pushes: PushPolicy { required: Pushing::Optional, lifetime: Lifetime::seconds(30) },
        request_objects: RequestObjectPolicy { required: Signing::Optional, keys: ClientKeys::default() },
    }
}

pub(crate) fn confidential(id: &str, secret: &str, sent: SecretSent) -> Client {
    Client {
        kind: ClientKind::Machine,
        credential: Credential::Secret { secret: Secret::new(secret.to_owned()), previous: None, sent },
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
        online: OnlineAccess::Allow,
        consent: FirstPartyConsent::Skip,
        proof,
        users: UserAccess::AllowAll,
        machines: MachineAccess::RequireClientGrant,
        protocol: Protocol::OAuth,
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
        did: None,
    }
}

pub(crate) fn organization(id: &str) -> Organization {
    Organization {
        id: OrganizationId::parse(id).unwrap(),
        name: OrganizationName::parse("acme").unwrap(),
        display_name: "Acme".into(),
        third_parties: ThirdParties::Allowed,
    }
}

/// An organization that takes in its members by the connection they came by.
pub(crate) fn residence(id: &str, membership: Membership) -> Residence {
    let entrance = Entrance { joining: Joining::ByName, signup: Signup::Closed };
    Residence { organization: organization(id), entrance: Some(entrance), membership }
}

/// Two public keys out of RFC 8037 and RFC 9449.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Owner,
    Thief,
}

/// Possession of a key, by the only way there is: a proof that was checked and claimed. Signatures are believed here;
/// that they are checked is tested where the checking is.
pub(crate) fn held(key: Key) -> Possession {
    let (alg, jwk) = match key {
        Key::Owner => {
            ("EdDSA", r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)
        }
        Key::Thief => (
            "ES256",
            r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#,
        ),
    };
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{jwk}}}"#);
    let url = "https://as.example/oauth/token";
    let claims = format!(r#"{{"jti":"1","htm":"POST","htu":"{url}","iat":1000}}"#);
    let signature = encode_base64url([0; 64]);
    let proof = format!("{}.{}.{signature}", encode_base64url(header), encode_base64url(claims));
    let urls = [Htu::parse(url).unwrap()];
    Proof::parse([proof.as_bytes()])
        .unwrap()
        .unwrap()
        .check(&Expect::new("POST", &urls, HeldBy::Anyone), &Believing, Timestamp::from_unix(1000))
        .unwrap()
        .claimed(Claim::First)
        .unwrap()
}

/// Believes every signature, and folds instead of hashing.
pub(crate) struct Believing;

impl Digest for Believing {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut folded = [0_u8; 32];
        for (at, byte) in parts.concat().into_iter().enumerate() {
            folded[at % 32] = folded[at % 32].wrapping_mul(31).wrapping_add(byte);
        }
        folded
    }

    fn hash_for(&self, _: Alg, _: &[u8]) -> Vec<u8> {
        unreachable!("decisions see no ID tokens")
    }

    fn hmac_sha256(&self, _: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        self.sha256(parts)
    }

    fn sealer(&self, _: &[u8; 16]) -> Box<dyn Sealer> {
        unreachable!("decisions see no nonces")
    }
}

impl Verify for Believing {
    fn verify(&self, _: Alg, _: &Jwk, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}
