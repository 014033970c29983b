//! A decision becomes claims.

use keybound_proto::dpop::Binding;
use keybound_proto::id::{Jti, Subject};
use keybound_proto::response::userinfo::UserInfo;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::token::access::{AccessClaims, Organization, Profile as Shape};
use keybound_proto::token::id::IdClaims;

use crate::atproto::{ACCESS, SCOPE, is_spoken};
use crate::grant::{Holder, Issue};
use crate::model::audience::{Audience, Permissions, TokenDialect};
use crate::model::client::{Client, ClientKind, GrantKind};
use crate::model::name::FamilyId;
use crate::model::tenant::{OrganizationNames, Tenant};
use crate::model::user::{Profile, User};

/// Everything a token speaks of.
#[derive(Clone, Copy, Debug)]
pub struct Minting<'a> {
    /// Who issues.
    pub tenant: &'a Tenant,
    /// For whom.
    pub client: &'a Client,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<&'a Audience>,
    /// Of whom; `None` for machines.
    pub user: Option<&'a User>,
    /// When.
    pub now: Timestamp,
}

impl Minting<'_> {
    /// How long an access token lives: as its audience says, shorter in a browser, and never longer than the token it
    /// was exchanged for.
    pub fn lifetime(&self, issue: &Issue) -> Lifetime {
        let usual = match self.audience {
            None => self.tenant.lifetimes.userinfo_token,
            Some(audience)
                if self.client.kind == ClientKind::Browser || issue.grant == GrantKind::Implicit =>
            {
                audience.token_lifetime_for_web
            }
            Some(audience) => audience.token_lifetime,
        };
        let usual = if self.is_atproto(issue) { usual.min(ACCESS) } else { usual };
        match &issue.holder {
            Holder::Delegated(delegation) => {
                let left = u32::try_from(delegation.ends_at.since(self.now)).unwrap_or(0);
                Lifetime::seconds(left.min(usual.as_secs()))
            }
            Holder::Machine | Holder::User(_) => usual,
        }
    }

    /// What an access token claims. `jti` is used where its shape has one.
    ///
    /// The shape is the audience's; a token for the userinfo endpoint alone has Auth0's.
    pub fn access(&self, issue: &Issue, jti: Jti) -> AccessClaims {
        let own = self.audience.map_or(TokenDialect::Auth0, |audience| audience.dialect);
        let dialect = if self.is_atproto(issue) { TokenDialect::Rfc9068 } else { own };
        let (profile, jti) = match dialect {
            TokenDialect::Auth0 => (Shape::Auth0, None),
            TokenDialect::Rfc9068 => (Shape::Rfc9068, Some(jti)),
        };
        AccessClaims {
            profile,
            issuer: self.tenant.issuer.clone(),
            subject: self.subject(issue),
            audiences: self.audiences(issue),
            client_id: issue.client.clone(),
            issued: self.now,
            expires: self.now.plus(self.lifetime(issue)),
            jti,
            scopes: issue.scopes.clone(),
            grant: gty(issue.grant).map(str::to_owned),
            permissions: self.permissions(issue),
            organization: self.organization(issue),
            auth_time: match (&issue.holder, dialect) {
                (Holder::User(signed_in), TokenDialect::Rfc9068) => Some(signed_in.authenticated_at),
                (Holder::Delegated(delegation), TokenDialect::Rfc9068) => delegation.authenticated_at,
                _ => None,
            },
            acr: match (&issue.holder, dialect) {
                (Holder::User(signed_in), TokenDialect::Rfc9068) => {
                    signed_in.factors.acr().map(str::to_owned)
                }
                _ => None,
            },
            key: match issue.binding {
                Binding::Bearer => None,
                Binding::Key(key) => Some(key),
            },
            act: match &issue.holder {
                Holder::Delegated(delegation) => delegation.actor.clone(),
                Holder::Machine | Holder::User(_) => None,
            },
        }
    }

    /// The `sub` a token response must hold: AT Protocol's clients know by it whose the tokens are.
    pub fn subject_to_tell(&self, issue: &Issue) -> Option<Subject> {
        self.is_atproto(issue).then(|| self.subject(issue))
    }

    /// The family that an access token names in its `jti`, where its client ends a session by it.
    pub fn named_family<'i>(&self, issue: &'i Issue) -> Option<&'i FamilyId> {
        issue.tie.family.as_ref().filter(|_| self.is_atproto(issue))
    }

    fn is_atproto(&self, issue: &Issue) -> bool {
        is_spoken(self.client, self.audience, &issue.scopes)
    }

    /// A machine speaks for itself, under a name no user can have; AT Protocol names people by their DID.
    fn subject(&self, issue: &Issue) -> Subject {
        let did = self.user.and_then(|user| user.did.as_ref()).filter(|_| self.is_atproto(issue));
        match (&issue.holder, did) {
            (Holder::User(_), Some(did)) => did.clone(),
            (Holder::User(signed_in), None) => signed_in.subject.clone(),
            (Holder::Delegated(delegation), _) => delegation.subject.clone(),
            (Holder::Machine, _) => Subject::of_client(&issue.client),
        }
    }

    /// What an ID token claims, or `None` when none belongs to the issue.
    ///
    /// `at_hash` is of the access token issued with it, which must be signed first.
    pub fn id(&self, issue: &Issue, at_hash: Option<String>) -> Option<IdClaims> {
        let Holder::User(signed_in) = &issue.holder else { return None };
        let user = self.user.filter(|user| user.subject == signed_in.subject && issue.wants_id_token())?;
        let (organization, organization_name) = match self.organization(issue) {
            Some(organization) => (Some(organization.id), organization.name),
            None => (None, None),
        };
        Some(IdClaims {
            issuer: self.tenant.issuer.clone(),
            subject: signed_in.subject.clone(),
            client_id: issue.client.clone(),
            issued: self.now,
            expires: self.now.plus(self.client.id_token_lifetime),
            auth_time: Some(signed_in.authenticated_at),
            nonce: signed_in.id_token_nonce.clone(),
            session: signed_in.session.as_ref().map(ToString::to_string),
            at_hash,
            acr: signed_in.factors.acr().map(str::to_owned),
            amr: signed_in.factors.amr().iter().map(|method| (*method).to_owned()).collect(),
            organization,
            organization_name,
            profile: userinfo(user, &issue.scopes).claims,
        })
    }

    /// `org_id`, and `org_name` where the tenant tells names.
    fn organization(&self, issue: &Issue) -> Option<Organization> {
        let told = self.tenant.organization_names == OrganizationNames::Told;
        issue.organization.as_ref().map(|organization| Organization {
            id: organization.id.to_string(),
            name: told.then(|| organization.name.to_string()),
        })
    }

    /// RFC 9068 §3, and Auth0's habit of naming the userinfo endpoint beside the API when `openid` is granted.
    fn audiences(&self, issue: &Issue) -> Vec<String> {
        let userinfo = self.tenant.issuer.join("userinfo");
        match &issue.audience {
            None => vec![userinfo],
            Some(audience) if issue.scopes.contains("openid") => vec![audience.to_string(), userinfo],
            Some(audience) => vec![audience.to_string()],
        }
    }

    /// What the user may do there; for a machine, what it was granted.
    fn permissions(&self, issue: &Issue) -> Option<Vec<String>> {
        let audience = self.audience.filter(|audience| audience.permissions == Permissions::List)?;
        let words = |scopes: &Scopes| scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        Some(match (&issue.holder, self.user) {
            (Holder::Machine, _) | (Holder::Delegated(_), None) => words(&issue.scopes),
            (Holder::User(_) | Holder::Delegated(_), Some(user)) => {
                user.permissions_at(&audience.name).map(words).unwrap_or_default()
            }
            (Holder::User(_), None) => Vec::new(),
        })
    }
}

/// What the userinfo endpoint tells of a user (OIDC Core §5.3.2, §5.4).
pub fn userinfo(user: &User, scopes: &Scopes) -> UserInfo {
    let mut info = UserInfo { subject: user.subject.clone(), claims: Default::default() };
    for (name, claim) in told(&user.profile, scopes) {
        let value = match claim {
            Told::Flag(flag) => flag.into(),
            Told::Text(text) => text.into(),
            Told::Time(time) => time.to_rfc3339().into(),
        };
        info.claims.insert(name.to_owned(), value);
    }
    info
}

/// The `scope` a token response must hold: what was granted, where it is not what was asked (RFC 6749 §5.1).
///
/// A refresh always tells, as Auth0's: of another audience, auth0-spa-js takes for missing what it is not told. AT
/// Protocol's clients want to be told always.
pub fn scope_to_tell(issue: &Issue) -> Option<&Scopes> {
    let refreshed = issue.grant == GrantKind::RefreshToken && !issue.scopes.is_empty();
    (refreshed || issue.scopes.contains(SCOPE) || issue.scopes != issue.asked).then_some(&issue.scopes)
}

fn gty(grant: GrantKind) -> Option<&'static str> {
    match grant {
        GrantKind::AuthorizationCode | GrantKind::Ciba | GrantKind::DeviceCode | GrantKind::Implicit => None,
        // They finish what another grant began, and tokens name that one.
        GrantKind::MfaOob | GrantKind::MfaOtp | GrantKind::MfaRecoveryCode => None,
        GrantKind::ClientCredentials => Some("client-credentials"),
        GrantKind::Password | GrantKind::PasswordRealm => Some("password"),
        GrantKind::Passwordless => Some(GrantKind::Passwordless.as_str()),
        GrantKind::RefreshToken => Some("refresh_token"),
        GrantKind::TokenExchange => Some(GrantKind::TokenExchange.as_str()),
    }
}

enum Told<'a> {
    Flag(bool),
    Text(&'a str),
    Time(Timestamp),
}

/// Each claim that is known and that a granted scope opens: the scope of its kind, or of its own name.
fn told<'a>(profile: &'a Profile, scopes: &Scopes) -> Vec<(&'static str, Told<'a>)> {
    let text = |text: &'a Option<Box<str>>| text.as_deref().map(Told::Text);
    let all = [
        ("profile", "name", text(&profile.name)),
        ("profile", "nickname", text(&profile.nickname)),
        ("profile", "given_name", text(&profile.given_name)),
        ("profile", "family_name", text(&profile.family_name)),
        ("profile", "picture", text(&profile.picture)),
        ("profile", "preferred_username", text(&profile.username)),
        ("profile", "updated_at", Some(Told::Time(profile.updated_at))),
        ("email", "email", text(&profile.email)),
        ("email", "email_verified", profile.email.as_ref().map(|_| Told::Flag(profile.email_verified))),
        ("phone", "phone_number", text(&profile.phone_number)),
        (
            "phone",
            "phone_number_verified",
            profile.phone_number.as_ref().map(|_| Told::Flag(profile.phone_verified)),
        ),
    ];
    let opened = |kind: &str, name: &str| scopes.contains(kind) || scopes.contains(name);
    all.into_iter()
        .filter(|(kind, name, _)| opened(kind, name))
        .filter_map(|(_, name, claim)| claim.map(|claim| (name, claim)))
        .collect()
}

#[cfg(test)]
mod tests;
