//! Clients.

use keybound_authority::adoption::Adoption;
use keybound_authority::model::client::{
    Client, ClientKeys, ClientKind, ClientProfile, Credential, Elsewhere, GrantKind, Grants, NonceDemand,
    Party, PreviousSecret, PushPolicy, Pushing, RefreshBinding, RefreshPolicy, Rotation, SecretSent, Source,
};
use keybound_authority::model::name::AudienceName;
use keybound_proto::id::{ClientId, reorders};
use keybound_proto::secret::Secret;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::{Origin, RedirectUri};
use serde::Deserialize;

use super::audience::scopes;
use super::client_keys::{self, WroteKey, WroteMethods, WroteSigning};
use super::{corrupt, read, usage};
use crate::documents::{Clients, Document};
use crate::error::StoreError;

/// What the protocol obeys about a client.
///
/// Addresses that cannot be read permit nothing and are passed over.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn client(document: &Document<Clients>) -> Result<Client, StoreError> {
    let wrote: Wrote<'_> = read(document)?;
    let kind = match wrote.app_type {
        Some("spa") => ClientKind::Browser,
        Some("native") => ClientKind::Native,
        Some("non_interactive" | "resource_server") => ClientKind::Machine,
        _ => ClientKind::Web,
    };
    let certified = wrote.client_authentication_methods.as_ref().is_some_and(WroteMethods::certified);
    let credential = wrote.credential(kind).map_err(|reason| corrupt::<Clients>(&document.id, reason))?;
    Ok(Client {
        id: ClientId::parse(&document.id).map_err(|reason| corrupt::<Clients>(&document.id, reason))?,
        // People decide by it whom they trust: what was written before such marks were refused loses them.
        name: wrote.name.unwrap_or("").chars().filter(|&c| !c.is_control() && !reorders(c)).collect(),
        kind,
        party: if wrote.is_first_party.unwrap_or(true) { Party::First } else { Party::Third },
        source: Source::Register,
        keys_at: wrote.jwks_uri.filter(|_| !certified).map(Into::into),
        profile: match wrote.profile {
            Some("rfc") => ClientProfile::Rfc,
            _ => ClientProfile::Auth0,
        },
        grants: wrote.grants(kind),
        may_ask: None,
        callbacks: readable(wrote.callbacks, |text| RedirectUri::parse(text).ok()),
        web_origins: readable(wrote.web_origins, |text| Origin::parse(text).ok()),
        cross_origins: readable(wrote.allowed_origins, |text| Origin::parse(text).ok()),
        logout_urls: readable(wrote.allowed_logout_urls, |text| Some(text.into())),
        backchannel_logout: wrote.oidc_logout.and_then(|logout| logout.backchannel_logout_urls?.pop()),
        adoption: match (wrote.dpop_adoption.and_then(Adoption::parse), wrote.require_proof_of_possession) {
            (Some(rung), _) => rung,
            (None, Some(true)) => Adoption::Require,
            (None, _) => Adoption::Allow,
        },
        // As at Auth0: a browser app owes a nonce, a client that shows who it is does not.
        nonces: match (wrote.dpop_nonce, &credential) {
            (Some("off"), _) => NonceDemand::Off,
            (Some("optional"), _) => NonceDemand::Optional,
            (Some("required"), _) | (_, Credential::None) => NonceDemand::Required,
            (_, Credential::Keys(_) | Credential::Secret { .. }) => NonceDemand::Optional,
        },
        refresh_binding: match wrote.dpop_refresh_tokens {
            Some("unbound_despite_rfc_9449") => RefreshBinding::UnboundDespiteRfc9449,
            _ => RefreshBinding::Bound,
        },
        api: wrote.resource_server_identifier.and_then(|name| AudienceName::parse(name).ok()),
        id_token_lifetime: wrote
            .jwt_configuration
            .and_then(|jwt| jwt.lifetime_in_seconds)
            .map_or(ID_TOKEN_LIFETIME, Lifetime::seconds),
        refresh: refresh(wrote.refresh_token.as_ref(), &credential),
        elsewhere: wrote.refresh_token.map(elsewhere).unwrap_or_default(),
        pushes: PushPolicy {
            required: match wrote.require_pushed_authorization_requests {
                Some(true) => Pushing::Required,
                _ => Pushing::Optional,
            },
            lifetime: wrote.par_request_expiry.map_or(PUSHED, Lifetime::seconds),
        },
        request_objects: client_keys::request_objects(
            wrote.signed_request_object.as_ref(),
            wrote.credentials.as_deref(),
        )
        .map_err(|reason| corrupt::<Clients>(&document.id, reason))?,
        organizations: usage(wrote.organization_usage),
        credential,
    })
}

/// How long a pushed request waits for its browser when nobody said otherwise: as at Auth0.
const PUSHED: Lifetime = Lifetime::seconds(30);

/// How long an ID token lives when nobody said otherwise: ten hours, as at Auth0.
const ID_TOKEN_LIFETIME: Lifetime = Lifetime::seconds(36_000);

/// How long a spent refresh token still brings its successor when nobody said otherwise. Auth0 says not at
/// all, whereupon an answer that is lost on its way ends the session.
const LEEWAY: Lifetime = Lifetime::seconds(30);

/// How long a public client's family of refresh tokens lives when nobody said otherwise.
const PUBLIC_FAMILY: Lifetime = Lifetime::seconds(30 * 86_400);

/// How long it may go unused.
const PUBLIC_IDLE: Lifetime = Lifetime::seconds(15 * 86_400);

/// How long any other expiring family lives when nobody said otherwise, as at Auth0.
const FAMILY: Lifetime = Lifetime::seconds(31_557_600);

/// How long it may go unused.
const IDLE: Lifetime = Lifetime::seconds(2_592_000);

#[derive(Deserialize)]
struct Wrote<'d> {
    name: Option<&'d str>,
    app_type: Option<&'d str>,
    is_first_party: Option<bool>,
    token_endpoint_auth_method: Option<&'d str>,
    client_secret: Option<&'d str>,
    previous_client_secret: Option<&'d str>,
    previous_client_secret_expires_at: Option<&'d str>,
    jwks_uri: Option<&'d str>,
    #[serde(borrow)]
    grant_types: Option<Vec<&'d str>>,
    #[serde(borrow)]
    callbacks: Option<Vec<&'d str>>,
    #[serde(borrow)]
    web_origins: Option<Vec<&'d str>>,
    #[serde(borrow)]
    allowed_origins: Option<Vec<&'d str>>,
    #[serde(borrow)]
    allowed_logout_urls: Option<Vec<&'d str>>,
    oidc_logout: Option<WroteLogout>,
    require_proof_of_possession: Option<bool>,
    dpop_adoption: Option<&'d str>,
    dpop_nonce: Option<&'d str>,
    dpop_refresh_tokens: Option<&'d str>,
    resource_server_identifier: Option<&'d str>,
    require_pushed_authorization_requests: Option<bool>,
    par_request_expiry: Option<u32>,
    profile: Option<&'d str>,
    #[serde(borrow)]
    client_authentication_methods: Option<WroteMethods<'d>>,
    #[serde(borrow)]
    signed_request_object: Option<WroteSigning<'d>>,
    #[serde(borrow)]
    credentials: Option<Vec<WroteKey<'d>>>,
    organization_usage: Option<&'d str>,
    jwt_configuration: Option<WroteJwt>,
    #[serde(borrow)]
    refresh_token: Option<WroteRefresh<'d>>,
}

#[derive(Deserialize)]
struct WroteJwt {
    lifetime_in_seconds: Option<u32>,
}

#[derive(Deserialize)]
struct WroteLogout {
    backchannel_logout_urls: Option<Vec<Box<str>>>,
}

#[derive(Deserialize)]
struct WroteRefresh<'d> {
    rotation_type: Option<&'d str>,
    expiration_type: Option<&'d str>,
    leeway: Option<u32>,
    token_lifetime: Option<u32>,
    infinite_token_lifetime: Option<bool>,
    idle_token_lifetime: Option<u32>,
    infinite_idle_token_lifetime: Option<bool>,
    #[serde(borrow)]
    policies: Option<Vec<WroteElsewhere<'d>>>,
}

#[derive(Deserialize)]
struct WroteElsewhere<'d> {
    audience: &'d str,
    #[serde(borrow)]
    scope: Option<Vec<&'d str>>,
}

impl Wrote<'_> {
    fn credential(&self, kind: ClientKind) -> Result<Credential, &'static str> {
        if let Some(named) = self.client_authentication_methods.as_ref().and_then(WroteMethods::keys) {
            return client_keys::named(named, self.credentials.as_deref()).map(Credential::Keys);
        }
        if self.jwks_uri.is_some() && self.token_endpoint_auth_method.is_none() {
            return Ok(Credential::Keys(ClientKeys::default()));
        }
        let sent = match (self.token_endpoint_auth_method, kind) {
            (Some("none"), _) | (None, ClientKind::Browser | ClientKind::Native) => {
                return Ok(Credential::None);
            }
            (Some("client_secret_basic"), _) => SecretSent::Basic,
            (Some("client_secret_post"), _) => SecretSent::Body,
            (None, ClientKind::Machine | ClientKind::Web) => SecretSent::Either,
            (Some(_), _) => return Err("an unknown way to authenticate"),
        };
        let secret = self.client_secret.ok_or("a confidential client without a secret")?;
        let secret = Secret::new(secret.to_owned());
        Ok(Credential::Secret { secret, previous: self.previous()?, sent })
    }

    fn previous(&self) -> Result<Option<PreviousSecret>, &'static str> {
        let (Some(secret), Some(until)) =
            (self.previous_client_secret, self.previous_client_secret_expires_at)
        else {
            return Ok(None);
        };
        let ends_at = Timestamp::parse_rfc3339(until).ok_or("a secret that ends at no time")?;
        Ok(Some(PreviousSecret { secret: Secret::new(secret.to_owned()), ends_at }))
    }

    fn grants(&self, kind: ClientKind) -> Grants {
        match (&self.grant_types, kind) {
            (Some(names), _) => names.iter().filter_map(|name| GrantKind::parse(name)).collect(),
            (None, ClientKind::Browser | ClientKind::Native) => USERS,
            (None, ClientKind::Web) => USERS.with(GrantKind::ClientCredentials),
            (None, ClientKind::Machine) => Grants::NONE.with(GrantKind::ClientCredentials),
        }
    }
}

const USERS: Grants = Grants::NONE.with(GrantKind::AuthorizationCode).with(GrantKind::RefreshToken);

/// A public client's refresh tokens rotate and end unless somebody said otherwise (RFC 9700 §2.2.2);
/// a confidential one's do neither, as at Auth0.
fn refresh(wrote: Option<&WroteRefresh<'_>>, credential: &Credential) -> RefreshPolicy {
    let Some(wrote) = wrote else {
        return match credential {
            Credential::None => RefreshPolicy {
                rotation: Rotation::Rotate { leeway: LEEWAY },
                absolute: Some(PUBLIC_FAMILY),
                idle: Some(PUBLIC_IDLE),
            },
            Credential::Keys(_) | Credential::Secret { .. } => {
                RefreshPolicy { rotation: Rotation::Keep, absolute: None, idle: None }
            }
        };
    };
    let rotation = match wrote.rotation_type {
        Some("rotating") => Rotation::Rotate { leeway: wrote.leeway.map_or(LEEWAY, Lifetime::seconds) },
        _ => Rotation::Keep,
    };
    let expires = wrote.expiration_type == Some("expiring");
    let length = |set: Option<u32>, infinite: Option<bool>, default| match (infinite, expires) {
        (Some(true), _) | (None | Some(false), false) => None,
        (None | Some(false), true) => Some(set.map_or(default, Lifetime::seconds)),
    };
    RefreshPolicy {
        rotation,
        absolute: length(wrote.token_lifetime, wrote.infinite_token_lifetime, FAMILY),
        idle: length(wrote.idle_token_lifetime, wrote.infinite_idle_token_lifetime, IDLE),
    }
}

/// Audiences that cannot be named are passed over: they permit nothing.
fn elsewhere(wrote: WroteRefresh<'_>) -> Vec<Elsewhere> {
    let policies = wrote.policies.unwrap_or_default().into_iter();
    let read = policies.filter_map(|policy| {
        let audience = AudienceName::parse(policy.audience).ok()?;
        Some(Elsewhere { audience, scopes: scopes(policy.scope.unwrap_or_default().into_iter()) })
    });
    read.collect()
}

fn readable<T>(texts: Option<Vec<&str>>, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
    texts.unwrap_or_default().into_iter().filter_map(parse).collect()
}
