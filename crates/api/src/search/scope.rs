//! What can be searched in a kind of thing.

use super::Member;

/// What can be searched.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Members whose values are compared without regard to case.
    pub folded: &'static [&'static str],
    /// Other members, and the ways to nested ones.
    pub exact: &'static [&'static str],
    /// Members in which a value without a field is looked for.
    pub bare: &'static [&'static str],
    /// Members that are points in time.
    pub moments: &'static [&'static str],
    /// Objects in which any member can be searched.
    pub open: &'static [&'static str],
    /// Those of them in which a value can only be named whole.
    pub whole: &'static [&'static str],
}

/// Users, as Auth0's search of version 3 knows them.
pub const USERS: Scope = Scope {
    folded: &["email", "name", "given_name", "family_name", "nickname"],
    exact: &[
        "blocked",
        "created_at",
        "email.domain",
        "email_verified",
        "identities.connection",
        "identities.isSocial",
        "identities.provider",
        "identities.user_id",
        "last_ip",
        "last_login",
        "logins_count",
        "phone_number",
        "phone_verified",
        "picture",
        "updated_at",
        "user_id",
        "username",
    ],
    bare: &["email", "name", "given_name", "family_name", "nickname"],
    moments: &["last_login"],
    open: &["app_metadata", "user_metadata"],
    whole: &["user_metadata"],
};

/// Entries of the tenant log, as Auth0 lets them be searched.
pub const LOGS: Scope = Scope {
    folded: &[],
    exact: &[
        "audience",
        "client_id",
        "client_name",
        "connection",
        "connection_id",
        "date",
        "description",
        "hostname",
        "ip",
        "log_id",
        "organization_id",
        "organization_name",
        "scope",
        "strategy",
        "strategy_type",
        "type",
        "user_agent",
        "user_id",
        "user_name",
    ],
    bare: &["user_name", "connection", "client_name", "type", "ip", "log_id", "description"],
    moments: &["date"],
    open: &[],
    whole: &[],
};

impl Scope {
    /// The member of that name.
    pub(super) fn member(&self, name: &str) -> Option<Member> {
        // What is a part of a member that is folded, is folded.
        let folded = name.split('.').next().is_some_and(|root| self.folded.contains(&root));
        let nested = || {
            name.split_once('.').is_some_and(|(root, rest)| self.open.contains(&root) && !rest.is_empty())
                && name.split('.').count() <= DEEPEST
                && name.chars().all(|c| c.is_alphanumeric() || "_.-/$".contains(c))
        };
        (self.folded.contains(&name) || self.exact.contains(&name) || nested())
            .then(|| Member { path: name.split('.').map(str::to_owned).collect(), folded })
    }

    /// Those in which a value without a field is looked for.
    pub(super) fn named(&self) -> Vec<Member> {
        self.bare.iter().filter_map(|name| self.member(name)).collect()
    }

    /// Whether it is a point in time.
    pub(super) fn is_moment(&self, name: &str) -> bool {
        self.moments.contains(&name)
    }

    /// Whether values of it can only be named whole.
    pub(super) fn is_whole(&self, name: &str) -> bool {
        name.split('.').next().is_some_and(|root| self.whole.contains(&root))
    }
}

/// Names that lead to a member.
const DEEPEST: usize = 10;
