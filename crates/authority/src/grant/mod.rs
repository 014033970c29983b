//! What is redeemed at the token endpoint, and what comes of it.

use keybound_proto::dpop::{Binding, Possession};
use keybound_proto::id::{ClientId, IdTokenNonce, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;

use crate::Refusal;
use crate::authorize::organization::usage;
use crate::model::audience::{Audience, RoleEnforcement, Target};
use crate::model::client::{Client, GrantKind};
use crate::model::digest::RefreshDigest;
use crate::model::factor::Factors;
use crate::model::name::{AudienceName, ConnectionName, FamilyId, OrganizationId, SessionId};
use crate::model::organization::{Membership, Organization, Residence};
use crate::model::user::{Standing, User};

pub mod client_credentials;
pub mod code;
pub mod device;
pub mod exchange;
pub mod introspection;
pub mod mfa;
pub mod password;
pub mod refresh;
pub mod revocation;

/// Who asks, and what is now known about what was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The client, authenticated as it owes.
    pub client: &'a Client,
    /// The audience the grant names, as it is now; `None` when it names none, or it is gone.
    pub audience: Option<&'a Audience>,
    /// The user the grant names, as they are now; `None` when it names none, or they are gone.
    pub user: Option<&'a User>,
    /// The organization the grant names, as it is to its user now; `None` when it names none, or it is gone.
    pub residence: Option<&'a Residence>,
    /// The key the client proved to hold.
    pub held: Option<&'a Possession>,
    /// When.
    pub now: Timestamp,
}

impl Circumstances<'_> {
    /// The audience a grant names, if it still exists.
    fn target(&self, named: Option<&AudienceName>) -> Result<Target, Refusal> {
        let Some(named) = named else { return Ok(Target::Userinfo) };
        match self.audience {
            Some(audience) if audience.name == *named => Ok(Target::Api(audience.clone())),
            _ => Err(Refusal::UnknownAudience { audience: named.clone() }),
        }
    }

    /// The user a grant names, if they still exist and may sign in.
    fn user(&self, named: &Subject) -> Result<&User, Refusal> {
        match self.user {
            Some(user) if user.subject == *named && user.standing == Standing::Active => Ok(user),
            Some(user) if user.subject == *named => Err(Refusal::UserBlocked),
            _ => Err(Refusal::Revoked),
        }
    }

    /// The organization a grant names, if the client still has to do with it and it still takes its user in.
    fn within(&self, named: Option<&OrganizationId>) -> Result<Option<Organization>, Refusal> {
        usage(self.client.organizations, named)?;
        named.map(|named| self.resides(named)).transpose()
    }

    /// An organization, if it still takes in the user a grant names.
    fn resides(&self, named: &OrganizationId) -> Result<Organization, Refusal> {
        match self.residence.filter(|residence| residence.organization.id == *named) {
            Some(residence) if residence.membership == Membership::Stranger => Err(Refusal::NotAMember),
            Some(residence) if residence.entrance.is_none() => Err(Refusal::OrganizationConnection),
            Some(residence) => Ok(residence.organization.clone()),
            None => Err(Refusal::OrganizationUnknown),
        }
    }

    /// Whether the key was shown that something is bound to, if it is bound to one (RFC 9449 §5, §10).
    fn holds(&self, key: Option<&Thumbprint>) -> Result<(), Refusal> {
        match (key, self.held) {
            (None, _) => Ok(()),
            (Some(key), Some(held)) if key == held.thumbprint() => Ok(()),
            (Some(_), Some(_)) => Err(Refusal::WrongKey),
            (Some(_), None) => Err(Refusal::KeyMissing),
        }
    }

    fn may(&self, grant: GrantKind) -> Result<(), Refusal> {
        if self.client.grants.allow(grant) { Ok(()) } else { Err(Refusal::GrantNotAllowed { grant }) }
    }
}

/// What of the scopes a user may give: all, unless the audience enforces roles (Auth0's RBAC).
///
/// What belongs to the user's own profile, and `offline_access`, is no matter of roles.
pub(crate) fn held_by(user: &User, target: &Target, scopes: Scopes) -> Scopes {
    let Some(audience) = target.api().filter(|audience| audience.roles == RoleEnforcement::Enforce) else {
        return scopes;
    };
    let held = user.permissions_at(&audience.name).cloned().unwrap_or_default();
    let withheld = audience.scopes.without(&held);
    scopes.without(&withheld)
}

/// A decision to hand out tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What was redeemed.
    pub grant: GrantKind,
    /// For whom.
    pub client: ClientId,
    /// On whose behalf.
    pub holder: Holder,
    /// Within which organization.
    pub organization: Option<Organization>,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What was asked for.
    pub asked: Scopes,
    /// What is granted.
    pub scopes: Scopes,
    /// How the access token is bound.
    pub binding: Binding,
    /// What becomes of the refresh token.
    pub refresh: Refresh,
    /// What an access token that nobody reads but us ends with.
    pub tie: Tie,
}

/// What a token ends with before its own time is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tie {
    /// The family of what the same grant issued.
    pub family: Option<FamilyId>,
    /// The browser session, where nothing of the family outlives it.
    pub session: Option<SessionId>,
}

impl Tie {
    /// The tie of what a user's grant issues: a refresh token that outlives the session takes it from it.
    fn of(family: FamilyId, session: Option<&SessionId>, refresh: &Refresh) -> Self {
        let session = match refresh {
            Refresh::Issue(token) => token.ends_with(),
            Refresh::Again | Refresh::Keep { .. } | Refresh::None => session,
        };
        Self { family: Some(family), session: session.cloned() }
    }
}

impl Issue {
    /// Whether an ID token belongs to it (OIDC Core §3.1.3.3, §12.2).
    pub fn wants_id_token(&self) -> bool {
        matches!(self.holder, Holder::User(_)) && self.scopes.contains("openid")
    }
}

/// On whose behalf tokens are issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Somebody's, by a token that was exchanged (RFC 8693).
    Delegated(exchange::Delegation),
    /// The client's own.
    Machine,
    /// A user's.
    User(SignedIn),
}

/// Who signed in, when and where: what tokens say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// In which browser session, where there is one.
    pub session: Option<SessionId>,
    /// When they showed who they are.
    pub authenticated_at: Timestamp,
    /// How much of it.
    pub factors: Factors,
    /// What the ID token must repeat.
    pub id_token_nonce: Option<IdTokenNonce>,
}

/// What becomes of the refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The successor a lost answer held is handed out once more; nothing is written.
    Again,
    /// This one is written, and handed out. When another was presented, that one is spent.
    Issue(Box<refresh::RefreshToken>),
    /// The one presented goes on, and is handed out no second time.
    Keep {
        /// Which.
        digest: RefreshDigest,
        /// When it ends now if it is not used.
        idle_at: Option<Timestamp>,
    },
    /// There is none.
    None,
}

/// What comes of a grant that can be used against its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Tokens are issued.
    Issue(Box<Issue>),
    /// It came a second time: whatever it issued is revoked, and the request refused.
    RevokeFamily {
        /// Which.
        family: FamilyId,
        /// What to say.
        refusal: Refusal,
    },
    /// Nothing is issued, and it can never be used again.
    Spend {
        /// What to say.
        refusal: Refusal,
    },
}
