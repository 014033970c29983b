//! Resource servers, and what clients may ask for at them.

use keybound_authority::adoption::Adoption;
use keybound_authority::model::audience::{
    Audience, ClientGrant, FirstPartyConsent, GrantedOrganizations, MachineAccess, OfflineAccess, OnBehalfOf,
    OnlineAccess, Permissions, ProofPolicy, Protocol, RequiredFor, RoleEnforcement, TokenDialect, UserAccess,
    WhichOrganizations,
};
use keybound_authority::model::name::AudienceName;
use keybound_proto::id::ClientId;
use keybound_proto::jose::Alg;
use keybound_proto::scope::{Scope, Scopes};
use keybound_proto::time::Lifetime;
use serde::Deserialize;

use super::{corrupt, read, usage};
use crate::documents::{ClientGrants, Document, ResourceServers};
use crate::error::StoreError;

/// What the protocol obeys about a resource server.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn audience(document: &Document<ResourceServers>) -> Result<Audience, StoreError> {
    let corrupt = |reason: String| corrupt::<ResourceServers>(&document.id, reason);
    let wrote: Wrote<'_> = read(document)?;
    let access = wrote.subject_type_authorization.unwrap_or_default();
    // Its tokens are to be encrypted, agreed to by more than a person alone, or judged by a policy: none are made here.
    let beyond = wrote.token_encryption.is_some()
        || wrote.consent_policy.is_some()
        || wrote.authorization_policy.is_some();
    Ok(Audience {
        name: AudienceName::parse(wrote.identifier).map_err(|reason| corrupt(reason.to_string()))?,
        scopes: scopes(wrote.scopes.unwrap_or_default().iter().map(|scope| scope.value)),
        dialect: match wrote.token_dialect {
            Some("rfc9068_profile" | "rfc9068_profile_authz") => TokenDialect::Rfc9068,
            _ => TokenDialect::Auth0,
        },
        permissions: match wrote.token_dialect {
            Some("access_token_authz" | "rfc9068_profile_authz") => Permissions::List,
            _ => Permissions::Omit,
        },
        roles: match wrote.enforce_policies {
            Some(true) => RoleEnforcement::Enforce,
            _ => RoleEnforcement::Ignore,
        },
        alg: match wrote.signing_alg {
            // Kept without effect: whoever holds to them does not take what is signed here.
            Some("HS256" | "RS512") => Alg::Rs256,
            Some(name) => Alg::parse(name).ok_or_else(|| corrupt(format!("no algorithm {name}")))?,
            None => Alg::Rs256,
        },
        token_lifetime: wrote.token_lifetime.map_or(TOKEN_LIFETIME, Lifetime::seconds),
        token_lifetime_for_web: wrote
            .token_lifetime_for_web
            .map_or(TOKEN_LIFETIME_FOR_WEB, Lifetime::seconds),
        offline: match wrote.allow_offline_access {
            Some(true) => OfflineAccess::Allow,
            _ => OfflineAccess::Deny,
        },
        online: match wrote.allow_online_access {
            Some(true) => OnlineAccess::Allow,
            _ => OnlineAccess::Deny,
        },
        consent: match wrote.skip_consent_for_verifiable_first_party_clients {
            Some(false) => FirstPartyConsent::Ask,
            _ => FirstPartyConsent::Skip,
        },
        proof: adopted(wrote.dpop_adoption, wrote.proof_of_possession),
        users: match access.user.and_then(|user| user.policy) {
            _ if beyond => UserAccess::DenyAll,
            Some("deny_all") => UserAccess::DenyAll,
            Some("require_client_grant") => UserAccess::RequireClientGrant,
            // What a system API permits is an administrator's to do, whoever signs in.
            None if wrote.is_system == Some(true) => UserAccess::DenyAll,
            _ => UserAccess::AllowAll,
        },
        machines: match access.client.and_then(|client| client.policy) {
            _ if beyond => MachineAccess::DenyAll,
            Some("deny_all") => MachineAccess::DenyAll,
            _ => MachineAccess::RequireClientGrant,
        },
        protocol: Protocol::OAuth,
    })
}

/// What an administrator allowed a client at this audience.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn client_grant(
    document: &Document<ClientGrants>,
    audience: &Audience,
) -> Result<ClientGrant, StoreError> {
    let wrote: WroteGrant<'_> = read(document)?;
    let scopes = match wrote.allow_all_scopes {
        Some(true) => audience.scopes.clone(),
        // A grant may name what the API does not define, and nobody gets it before it does.
        _ => scopes(wrote.scope.unwrap_or_default().into_iter()).intersect(&audience.scopes),
    };
    Ok(ClientGrant {
        id: document.id.clone(),
        client: ClientId::parse(wrote.client_id)
            .map_err(|reason| corrupt::<ClientGrants>(&document.id, reason))?,
        audience: audience.name.clone(),
        scopes,
        on_behalf_of: match wrote.subject_type {
            Some("user") => OnBehalfOf::User,
            _ => OnBehalfOf::Itself,
        },
        organizations: GrantedOrganizations {
            usage: usage(wrote.organization_usage),
            which: match wrote.allow_any_organization {
                Some(true) => WhichOrganizations::Any,
                _ => WhichOrganizations::Chosen,
            },
        },
    })
}

/// How long an access token lives when nobody said otherwise: a day, as at Auth0.
const TOKEN_LIFETIME: Lifetime = Lifetime::seconds(86_400);

/// The same for clients in a browser: two hours, as at Auth0.
const TOKEN_LIFETIME_FOR_WEB: Lifetime = Lifetime::seconds(7_200);

#[derive(Deserialize)]
struct Wrote<'d> {
    identifier: &'d str,
    is_system: Option<bool>,
    #[serde(borrow)]
    scopes: Option<Vec<WroteScope<'d>>>,
    token_dialect: Option<&'d str>,
    enforce_policies: Option<bool>,
    signing_alg: Option<&'d str>,
    token_lifetime: Option<u32>,
    token_lifetime_for_web: Option<u32>,
    allow_offline_access: Option<bool>,
    allow_online_access: Option<bool>,
    skip_consent_for_verifiable_first_party_clients: Option<bool>,
    #[serde(borrow)]
    proof_of_possession: Option<WroteProof<'d>>,
    dpop_adoption: Option<&'d str>,
    token_encryption: Option<serde::de::IgnoredAny>,
    consent_policy: Option<serde::de::IgnoredAny>,
    authorization_policy: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    subject_type_authorization: Option<WroteAccess<'d>>,
}

#[derive(Deserialize)]
struct WroteScope<'d> {
    value: &'d str,
}

#[derive(Deserialize)]
struct WroteProof<'d> {
    required: bool,
    required_for: Option<&'d str>,
}

/// The rung that is named, or the one that Auth0's member amounts to.
fn adopted(named: Option<&str>, wrote: Option<WroteProof<'_>>) -> ProofPolicy {
    let required = match wrote.as_ref().and_then(|wrote| wrote.required_for) {
        Some("public_clients") => RequiredFor::PublicClients,
        _ => RequiredFor::AllClients,
    };
    match named.and_then(Adoption::parse) {
        Some(Adoption::Off) => ProofPolicy::Off,
        Some(Adoption::Observe) => ProofPolicy::Observed,
        Some(Adoption::BindRefreshTokens) => ProofPolicy::None,
        Some(Adoption::Allow) => ProofPolicy::Allowed,
        Some(Adoption::Require) => ProofPolicy::Required(required),
        None => wrote.map_or(ProofPolicy::None, WroteProof::policy),
    }
}

impl WroteProof<'_> {
    /// A mechanism other than `dpop` still asks for bound tokens: DPoP is the only binding there is here.
    fn policy(self) -> ProofPolicy {
        match (self.required, self.required_for) {
            (false, _) => ProofPolicy::Allowed,
            (true, Some("public_clients")) => ProofPolicy::Required(RequiredFor::PublicClients),
            (true, _) => ProofPolicy::Required(RequiredFor::AllClients),
        }
    }
}

#[derive(Default, Deserialize)]
struct WroteAccess<'d> {
    #[serde(borrow)]
    user: Option<WrotePolicy<'d>>,
    #[serde(borrow)]
    client: Option<WrotePolicy<'d>>,
}

#[derive(Deserialize)]
struct WrotePolicy<'d> {
    policy: Option<&'d str>,
}

#[derive(Deserialize)]
struct WroteGrant<'d> {
    client_id: &'d str,
    #[serde(borrow)]
    scope: Option<Vec<&'d str>>,
    allow_all_scopes: Option<bool>,
    subject_type: Option<&'d str>,
    organization_usage: Option<&'d str>,
    allow_any_organization: Option<bool>,
}

/// Those that are scopes (RFC 6749 §3.3); what is none could never be asked for.
pub(super) fn scopes<'a>(names: impl Iterator<Item = &'a str>) -> Scopes {
    names.filter_map(|name| Scope::parse(name).ok()).collect()
}
