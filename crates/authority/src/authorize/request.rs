//! What was asked, and what of it may be had.

use keybound_proto::id::{IdTokenNonce, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::pkce::CodeChallenge;
use keybound_proto::request::authorization::{
    AuthorizationRequest, Prompts, ResponseMode, ResponseType, ReturnAddress, State,
};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Lifetime;
use keybound_proto::uri::RedirectUri;

use super::audience::{self, Named};
use super::claims::{self, Acr};
use crate::Refusal;
use crate::adoption::Adoption;
use crate::atproto;
use crate::grant::held_by;
use crate::model::audience::{
    Audience, ClientGrant, OfflineAccess, OnBehalfOf, OnlineAccess, Target, UserAccess,
};
use crate::model::client::{Client, ClientKind, GrantKind};
use crate::model::name::AudienceName;
use crate::model::tenant::Tenant;
use crate::model::user::User;

/// Where an answer may be sent: an address its client registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The address, as the request wrote it.
    pub redirect_uri: RedirectUri,
    /// Whether the request named it; then the token request must too (RFC 6749 §4.1.3).
    pub named: Naming,
    /// How the answer travels.
    pub mode: ResponseMode,
    /// What the client sent to know the answer by.
    pub state: Option<State>,
}

/// Whether a request named its redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// It did.
    Named,
    /// It left it out, and the client has only one.
    Implied,
}

/// Says where an answer may be sent. A refusal here goes to a page: there is nobody to redirect to.
///
/// Addresses are compared byte for byte (RFC 9700 §2.1); a native app's loopback address may have any port
/// (RFC 8252 §7.3). A message to a window goes only to a page the client registered as its own.
pub fn trust(back: &ReturnAddress, client: &Client) -> Result<Trusted, Refusal> {
    let (redirect_uri, named) = match (&back.redirect_uri, client.callbacks.as_slice()) {
        (Some(text), callbacks) => {
            let asked = RedirectUri::parse(text).map_err(|_| Refusal::RedirectUnknown)?;
            if !callbacks.iter().any(|registered| permits(registered, &asked, client.kind)) {
                return Err(Refusal::RedirectUnknown);
            }
            (asked, Naming::Named)
        }
        (None, [only]) => (only.clone(), Naming::Implied),
        (None, _) => return Err(Refusal::RedirectMissing),
    };
    if back.response_mode == ResponseMode::WebMessage {
        let origin = redirect_uri.origin().ok_or(Refusal::WebOrigin)?;
        if !client.web_origins.contains(&origin) {
            return Err(Refusal::WebOrigin);
        }
    }
    Ok(Trusted { redirect_uri, named, mode: back.response_mode, state: back.state.clone() })
}

fn permits(registered: &RedirectUri, asked: &RedirectUri, kind: ClientKind) -> bool {
    match kind {
        ClientKind::Native => registered.permits(asked),
        ClientKind::Browser | ClientKind::Machine | ClientKind::Web => registered == asked,
    }
}

/// A request this client may make. What of it is granted depends on audience and user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What the answer is to hold.
    pub response_type: ResponseType,
    /// Every scope asked for.
    pub scopes: Scopes,
    /// Every claim asked for by name, as the scope it is.
    pub claims: Scopes,
    /// How the user should have signed in.
    pub acr: Acr,
    /// Who the user must be.
    pub subject: Option<Subject>,
    /// The challenge a verifier must fit.
    pub challenge: Option<CodeChallenge>,
    /// The only key that may redeem the code.
    pub jkt: Option<Thumbprint>,
    /// What the ID token must repeat.
    pub id_token_nonce: Option<IdTokenNonce>,
    /// What the user is asked.
    pub prompts: Prompts,
    /// How long ago the user may have signed in at the most.
    pub max_age: Option<Lifetime>,
}

impl Asked {
    /// Everything that is to be granted, asked for by scope or by claim. Nothing that comes by the browser lasts.
    pub fn wanted(&self) -> Scopes {
        let wanted = self.scopes.union(&self.claims);
        match self.response_type.is_implicit() {
            true => wanted.iter().filter(|scope| !LASTING.contains(&scope.as_str())).cloned().collect(),
            false => wanted,
        }
    }
}

/// Says whether this client may ask that.
pub fn check(request: &AuthorizationRequest, client: &Client, tenant: &Tenant) -> Result<Asked, Refusal> {
    let implicit = request.response_type.is_implicit();
    let grant = if implicit { GrantKind::Implicit } else { GrantKind::AuthorizationCode };
    if !client.grants.allow(grant) {
        return Err(Refusal::GrantNotAllowed { grant });
    }
    if implicit {
        // RFC 9449 §11.7: whoever names a key, or must have one, would be given what anybody can use.
        let bound = client.adoption == Adoption::Require || request.dpop_jkt.is_some();
        return if bound { Err(Refusal::FrontChannel) } else { asked(request, client, tenant) };
    }
    // RFC 9700 §2.1.1: a public client must; for a confidential one its secret does what PKCE does.
    if client.is_public() && request.code_challenge.is_none() {
        return Err(Refusal::ChallengeMissing);
    }
    asked(request, client, tenant)
}

/// Says whether a device of this client may ask that (RFC 8628 §3.1). Nothing comes back by a browser, so there is
/// nothing that PKCE could protect.
pub fn check_device(
    request: &AuthorizationRequest,
    client: &Client,
    tenant: &Tenant,
) -> Result<Asked, Refusal> {
    let grant = GrantKind::DeviceCode;
    if !client.grants.allow(grant) {
        return Err(Refusal::GrantNotAllowed { grant });
    }
    asked(request, client, tenant)
}

/// Says whether this client may have somebody called for that (CIBA Core §7.1). It must be one that shows who it is: a
/// person who is called trusts the name.
pub fn check_call(
    request: &AuthorizationRequest,
    client: &Client,
    tenant: &Tenant,
) -> Result<Asked, Refusal> {
    let grant = GrantKind::Ciba;
    if !client.grants.allow(grant) || client.is_public() {
        return Err(Refusal::GrantNotAllowed { grant });
    }
    let asked = asked(request, client, tenant)?;
    if asked.scopes.contains("openid") { Ok(asked) } else { Err(Refusal::OpenidMissing) }
}

fn asked(request: &AuthorizationRequest, client: &Client, tenant: &Tenant) -> Result<Asked, Refusal> {
    let named = Named { audience: request.audience.as_deref(), resources: &request.resources };
    let lives = |word: &str| request.scopes.as_ref().is_some_and(|scopes| scopes.contains(word));
    if lives("offline_access") && lives("online_access") {
        return Err(Refusal::TwoLives);
    }
    let meant = atproto::meant(client, request.scopes.as_ref(), tenant).filter(|_| named.is_none());
    Ok(Asked {
        audience: match meant {
            Some(audience) => Some(audience.clone()),
            None => audience::resolve(&named, tenant)?,
        },
        response_type: request.response_type,
        scopes: request.scopes.clone().unwrap_or_default(),
        claims: claims::scopes(request),
        acr: Acr::of(request),
        subject: claims::subject(request)?,
        challenge: request.code_challenge.clone(),
        jkt: request.dpop_jkt,
        id_token_nonce: request.nonce.clone(),
        prompts: request.prompts,
        max_age: request.max_age,
    })
}

/// The audience that was looked up under the name asked for.
pub fn target(name: Option<&AudienceName>, found: Option<Audience>) -> Result<Target, Refusal> {
    match (name, found) {
        (None, _) => Ok(Target::Userinfo),
        (Some(name), Some(audience)) if audience.name == *name => Ok(Target::Api(audience)),
        (Some(name), _) => Err(Refusal::UnknownAudience { audience: name.clone() }),
    }
}

/// Who may be granted what.
#[derive(Clone, Copy, Debug)]
pub struct Grantee<'a> {
    /// The client that asks.
    pub client: &'a Client,
    /// What an administrator allowed it on behalf of users, where the audience demands that.
    pub grant: Option<&'a ClientGrant>,
    /// The user, once they are known.
    pub user: Option<&'a User>,
}

/// What of the scopes asked for may be granted.
///
/// As Auth0: what nobody knows is dropped without a word, and what a client does not say of itself; `offline_access` needs an audience that allows it and a
/// client that may refresh.
pub fn grantable(asked: &Scopes, target: &Target, grantee: &Grantee<'_>) -> Result<Scopes, Refusal> {
    let mut known = Scopes::none();
    for scope in asked.iter() {
        let keep = match scope.as_str() {
            "offline_access" => may_stay(target, grantee.client),
            "online_access" => may_stay_online(target, grantee.client),
            word if PROFILE.contains(&word) => true,
            word => target.api().is_some_and(|audience| audience.scopes.contains(word)),
        };
        let said = grantee.client.may_ask.as_ref().is_none_or(|own| own.contains(scope.as_str()));
        if keep && said {
            known.insert(scope.clone());
        }
    }
    if atproto::is_spoken(grantee.client, target.api(), &known) {
        // It is no matter of OpenID Connect, and a refresh token is not asked for.
        let own = |word: &str| PROFILE.contains(&word) || LASTING.contains(&word);
        known = known.iter().filter(|scope| !own(scope.as_str())).cloned().collect();
        if grantee.user.is_some_and(|user| user.did.is_none()) {
            return Err(Refusal::DidMissing);
        }
    }
    let allowed = match target.api() {
        Some(audience) => allowed_for_users(audience, known, grantee)?,
        None => known,
    };
    Ok(match grantee.user {
        Some(user) => held_by(user, target, allowed),
        None => allowed,
    })
}

fn may_stay(target: &Target, client: &Client) -> bool {
    let offline = target.api().is_none_or(|audience| audience.offline == OfflineAccess::Allow);
    offline && client.grants.allow(GrantKind::RefreshToken)
}

fn may_stay_online(target: &Target, client: &Client) -> bool {
    let online = target.api().is_none_or(|audience| audience.online == OnlineAccess::Allow);
    online && client.grants.allow(GrantKind::RefreshToken)
}

fn allowed_for_users(audience: &Audience, known: Scopes, grantee: &Grantee<'_>) -> Result<Scopes, Refusal> {
    let refused = || Refusal::NoClientGrant { audience: audience.name.clone() };
    match audience.users {
        UserAccess::AllowAll => Ok(known),
        UserAccess::DenyAll => Err(refused()),
        UserAccess::RequireClientGrant => {
            let grant = grantee.grant.filter(|grant| {
                grant.client == grantee.client.id
                    && grant.audience == audience.name
                    && grant.on_behalf_of == OnBehalfOf::User
            });
            let withheld = audience.scopes.without(&grant.ok_or_else(refused)?.scopes);
            Ok(known.without(&withheld))
        }
    }
}

/// Scopes that ask for a refresh token.
pub const LASTING: [&str; 2] = ["offline_access", "online_access"];

/// Scopes about the user themselves: OIDC Core §5.4, and the single claims Auth0 takes as scopes.
pub const PROFILE: [&str; 15] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "preferred_username",
    "updated_at",
];

#[cfg(test)]
mod tests;
