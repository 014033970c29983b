//! What administrators registered, as the protocol obeys it.

use std::{collections::HashSet, sync::Arc};

use keybound_api::settings::{
    branding::{BRANDING, PAGE_BACKGROUND, PRIMARY},
    email::CARRIER,
};
use keybound_authority::{
    atproto,
    authorize::consent::Consent,
    model::{
        audience::{
            Audience, ClientGrant, FirstPartyConsent, MachineAccess, OfflineAccess, OnBehalfOf, OnlineAccess,
            Permissions, ProofPolicy, Protocol, RoleEnforcement, TokenDialect, UserAccess,
        },
        client::Client,
        name::{AudienceName, OrganizationId},
        tenant::Tenant,
        user::{Permission, User},
    },
};
use keybound_proto::{
    id::{ClientId, Subject},
    jose::Alg,
    scope::Scope,
    time::Lifetime,
};
use keybound_store::{
    StoreError,
    documents::{
        self, Clients, Tenants, Users, Window,
        kept::{self as shelves, Shelf},
    },
    ledger::{consents, roles},
    policy,
};

use crate::{app::App, failure::Reason, login::Dress, mail::Carrier, organizations};

/// The tenant, as its administrators want it now; where they said nothing, as the operator wrote it down.
pub(crate) async fn tenant(app: &App) -> Result<Arc<Tenant>, StoreError> {
    let own = &app.tenant;
    let read = async {
        let found = documents::find::<Tenants>(&app.store, &own.id, own.id.as_str()).await?;
        let mut tenant = policy::tenant(own.id.clone(), own.issuer.clone(), found.as_ref())?;
        tenant.lifetimes.code = app.config.token.code_lifetime;
        tenant.atproto.clone_from(&app.config.atproto);
        tenant.registration = tenant.registration.or(Some(app.config.registration));
        Ok(Some(Arc::new(tenant)))
    };
    let found: Option<Arc<Tenant>> = app.policies.tenants.take("", read).await?;
    let Some(found) = found else { unreachable!("without settings a tenant has defaults") };
    Ok(found)
}

/// What pages wear: the tenant's own, or those of the organization that a request names.
pub(crate) async fn dress(app: &App, organization: Option<&str>) -> Result<Arc<Dress>, StoreError> {
    let read = async {
        let (store, tenant) = (&app.store, &app.tenant.id);
        let settings = documents::find::<Tenants>(store, tenant, tenant.as_str()).await?;
        let branding = shelves::find(store, tenant, BRANDS.whole(), BRANDING.shelf).await?;
        let mut look = policy::look(settings.as_ref(), branding.as_ref(), [PRIMARY, PAGE_BACKGROUND])?;
        if let Some(organization) = organizations::document(app, organization).await? {
            look = policy::look_within(&organization, &look)?;
        }
        Ok(Some(Arc::new(Dress::of(&look))))
    };
    let found: Option<Arc<Dress>> = app.policies.dresses.take(organization.unwrap_or_default(), read).await?;
    Ok(found.unwrap_or_default())
}

/// The mail server that an administrator named, if letters are to leave by it.
pub(crate) async fn carrier(app: &App) -> Result<Option<Arc<Carrier>>, StoreError> {
    let read = async {
        let place = CARRIERS.whole();
        let found = shelves::find(&app.store, &app.tenant.id, place, CARRIER.shelf).await?;
        let named = found.as_ref().map(policy::carrier).transpose()?.flatten();
        let (operators, reach) = (&app.config.email, app.config.administrators_reach);
        Ok(Some(named.map(|server| Arc::new(Carrier::new(server, operators, &app.tenant.issuer, reach)))))
    };
    Ok(app.policies.carriers.take("", read).await?.flatten())
}

/// Where that stands.
const CARRIERS: Shelf = Shelf { name: CARRIER.shelf, secrets: CARRIER.secrets, unique: "" };

/// Where the branding stands.
const BRANDS: Shelf = Shelf::new(BRANDING.shelf);

/// The client of that id: one that was registered, or one that describes itself at the address that is its name.
///
/// No stranger takes the place of one that was registered.
pub(crate) async fn client(app: &App, id: &ClientId) -> Result<Option<Client>, Reason> {
    match kept(app, id).await? {
        Some(client) => Ok(Some(client)),
        None => Ok(app.documents.client(id, app.clock.now()).await?),
    }
}

/// The client of that id that was registered.
pub(crate) async fn kept(app: &App, id: &ClientId) -> Result<Option<Client>, StoreError> {
    let read = async {
        let found = documents::find::<Clients>(&app.store, &app.tenant.id, id.as_str()).await?;
        found.as_ref().map(policy::client).transpose()
    };
    app.policies.clients.take(id.as_str(), read).await
}

/// The audience of that name.
///
/// The MFA API is nobody's to describe: every tenant has it.
pub(crate) async fn audience(app: &App, name: &AudienceName) -> Result<Option<Audience>, StoreError> {
    if name.as_str() == app.places.mfa() {
        return Ok(Some(mfa_api(name)));
    }
    let read = async {
        let found = documents::resource_server_identified(&app.store, &app.tenant.id, name).await?;
        let found = found.as_ref().map(policy::audience).transpose()?;
        Ok(found.map(|found| spoken(app, found)))
    };
    app.policies.audiences.take(name.as_str(), read).await
}

/// What is spoken there: whoever speaks AT Protocol knows its scope.
fn spoken(app: &App, audience: Audience) -> Audience {
    if app.config.atproto.as_ref() != Some(&audience.name) {
        return audience;
    }
    let own = Scope::parse(atproto::SCOPE).into_iter().collect();
    Audience { protocol: Protocol::Atproto, scopes: audience.scopes.union(&own), ..audience }
}

/// The same where one may be named.
pub(crate) async fn audience_if_named(
    app: &App,
    name: Option<&AudienceName>,
) -> Result<Option<Audience>, StoreError> {
    match name {
        Some(name) => audience(app, name).await,
        None => Ok(None),
    }
}

/// Its tokens say whether their user showed two factors (`acr`), so they are shaped by RFC 9068. They live for as long
/// as somebody takes to change something.
fn mfa_api(name: &AudienceName) -> Audience {
    let scopes = MFA_SCOPES.iter().filter_map(|scope| Scope::parse(scope).ok()).collect();
    let minutes = Lifetime::seconds(600);
    Audience {
        name: name.clone(),
        scopes,
        dialect: TokenDialect::Rfc9068,
        permissions: Permissions::Omit,
        roles: RoleEnforcement::Ignore,
        alg: Alg::Rs256,
        token_lifetime: minutes,
        token_lifetime_for_web: minutes,
        offline: OfflineAccess::Deny,
        online: OnlineAccess::Deny,
        consent: FirstPartyConsent::Skip,
        proof: ProofPolicy::Allowed,
        users: UserAccess::AllowAll,
        machines: MachineAccess::DenyAll,
        protocol: Protocol::OAuth,
    }
}

/// What may be done to one's own second factors.
pub(crate) const MFA_SCOPES: [&str; 3] = ["enroll", "read:authenticators", "remove:authenticators"];

/// What an administrator allowed a client at an audience.
pub(crate) async fn client_grant(
    app: &App,
    client: &ClientId,
    audience: &Audience,
    on_behalf_of: OnBehalfOf,
) -> Result<Option<ClientGrant>, StoreError> {
    let read = async {
        let pair = (client, &audience.name);
        let found = documents::client_grant_between(&app.store, &app.tenant.id, pair, on_behalf_of).await?;
        found.map(|found| policy::client_grant(&found, audience)).transpose()
    };
    let whose = match on_behalf_of {
        OnBehalfOf::Itself => "machine",
        OnBehalfOf::User => "user",
    };
    // No client id holds a line break, so no two grants share a name.
    let name = format!("{whose}\n{client}\n{}", audience.name);
    app.policies.grants.take(&name, read).await
}

/// What it was allowed there on behalf of users, where the audience asks for that.
pub(crate) async fn grant_for_users(
    app: &App,
    client: &ClientId,
    audience: Option<&Audience>,
) -> Result<Option<ClientGrant>, StoreError> {
    match audience.filter(|audience| audience.users == UserAccess::RequireClientGrant) {
        Some(audience) => client_grant(app, client, audience, OnBehalfOf::User).await,
        None => Ok(None),
    }
}

/// The person of that name.
pub(crate) async fn user(app: &App, subject: &Subject) -> Result<Option<User>, StoreError> {
    let found = documents::find::<Users>(&app.store, &app.tenant.id, subject.as_str()).await?;
    found.as_ref().map(policy::user).transpose()
}

/// The same, with what they may do at an audience that asks: most do not, and cost nothing.
pub(crate) async fn user_at(
    app: &App,
    subject: &Subject,
    audience: Option<&Audience>,
    organization: Option<&OrganizationId>,
) -> Result<Option<User>, StoreError> {
    match user(app, subject).await? {
        Some(user) => permitted(app, user, audience, organization).await.map(Some),
        None => Ok(None),
    }
}

/// A person, with what they may do at an audience that asks, be it within an organization.
pub(crate) async fn permitted(
    app: &App,
    mut user: User,
    audience: Option<&Audience>,
    organization: Option<&OrganizationId>,
) -> Result<User, StoreError> {
    let asks = |audience: &&Audience| {
        audience.roles == RoleEnforcement::Enforce || audience.permissions == Permissions::List
    };
    if let Some(audience) = audience.filter(asks) {
        let who = (&user.subject, &audience.name);
        let scopes = roles::held(&app.store, &app.tenant.id, who, organization).await?;
        user.permissions.push(Permission { audience: audience.name.clone(), scopes });
    }
    Ok(user)
}

/// What a person agreed to with a client.
pub(crate) async fn consent(
    app: &App,
    pair: (&Subject, &ClientId),
    audience: Option<&AudienceName>,
) -> Result<Option<Consent>, StoreError> {
    let found = consents::find(&app.store, &app.tenant.id, pair, audience).await?;
    Ok(found.map(|kept| Consent {
        subject: kept.subject,
        client: kept.client,
        audience: kept.audience,
        scopes: kept.scopes,
        given_at: kept.given_at,
    }))
}

/// The origins of every browser app: those it lists, and those it is sent back to.
pub(crate) async fn origins(app: &App) -> Result<HashSet<Box<str>>, StoreError> {
    let mut origins = HashSet::new();
    let mut after: Option<Box<str>> = None;
    loop {
        let window = Window::after(after.as_deref(), PAGE);
        let page = documents::page::<Clients>(&app.store, &app.tenant.id, &window).await?;
        for document in &page.documents {
            // One client that cannot be read must not take the others off the air.
            let Ok(client) = policy::client(document) else { continue };
            let callbacks = client.callbacks.iter().filter_map(|callback| callback.origin());
            let listed = client.web_origins.iter().chain(&client.cross_origins).cloned().chain(callbacks);
            origins.extend(listed.map(|origin| Box::from(origin.as_str())));
        }
        match page.documents.last() {
            Some(last) if page.documents.len() >= PAGE as usize => after = Some(last.id.clone()),
            _ => return Ok(origins),
        }
    }
}

const PAGE: u32 = 100;
