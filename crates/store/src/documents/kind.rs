//! The kinds of documents, each in a table of its own with the same four columns.

use serde_json::{Map, Value as Json};

use crate::sql::{Guard, Sql};

/// A kind of document. All there are, are here: nobody else can make [`Statements`].
pub trait Kind: Send + Sync + 'static {
    /// Its name in the plural, as in the Management API's paths.
    const NAME: &'static str;
    /// Nobody else has the id, or what else must be unique about it.
    const NEW: Guard;
    /// Nobody else changed it since it was read.
    const REVISION: Guard;
    /// Members whose values are sealed at rest.
    const SECRETS: &'static [&'static str];
    /// Members whose text can narrow a page.
    const FILTERS: [&'static str; 2];

    #[doc(hidden)]
    const STATEMENTS: Statements;

    #[doc(hidden)]
    fn normalise(_: &mut Json) {}

    #[doc(hidden)]
    fn restore(_: &mut Json) {}
}

/// The statements of one kind.
#[derive(Debug)]
pub struct Statements {
    pub(super) insert: &'static Sql,
    pub(super) find: &'static Sql,
    pub(super) update: &'static Sql,
    pub(super) delete: &'static Sql,
    pub(super) take: &'static Sql,
}

impl Statements {
    pub(crate) const fn all(&self) -> [&'static Sql; 5] {
        [self.insert, self.find, self.update, self.delete, self.take]
    }
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $table:literal, by [$first:literal, $second:literal],
     secret $secrets:expr, $($item:item)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Kind for $name {
            const NAME: &'static str = $table;
            const NEW: Guard = Guard::new(concat!($table, ".new"));
            const REVISION: Guard = Guard::new(concat!($table, ".revision"));
            const SECRETS: &'static [&'static str] = $secrets;
            const FILTERS: [&'static str; 2] = [$first, $second];
            const STATEMENTS: Statements = Statements {
                insert: &Sql::new(concat!(
                    "INSERT INTO ", $table, " (tenant, id, revision, doc) VALUES ($1, $2, 1, $3)
                     ON CONFLICT DO NOTHING"
                )),
                find: &Sql::new(concat!(
                    "SELECT id, revision, doc FROM ", $table, " WHERE tenant = $1 AND id = $2"
                )),
                update: &Sql::new(concat!(
                    "UPDATE ", $table, " SET revision = revision + 1, doc = $4
                     WHERE tenant = $1 AND id = $2 AND revision = $3"
                )),
                delete: &Sql::new(concat!("DELETE FROM ", $table, " WHERE tenant = $1 AND id = $2")),
                take: &Sql::new(concat!(
                    "DELETE FROM ", $table, " WHERE tenant = $1 AND id = $2 AND revision = $3"
                )),
            };
            $($item)*
        }
    };
}

kind! {
    /// Clients; what Auth0 calls applications.
    Clients, "clients", by ["app_type", "name"],
    secret &["client_secret", "previous_client_secret"],
}
kind! {
    /// Resource servers; what Auth0 calls APIs.
    ResourceServers, "resource_servers", by ["identifier", "name"], secret &["signing_secret"],
}
kind! {
    /// Which client may ask for which audience.
    ClientGrants, "client_grants", by ["client_id", "audience"], secret &[],
}
kind! {
    /// Ways to log in.
    Connections, "connections", by ["name", "strategy"], secret &["options"],
}
kind! {
    /// People. Their email and username are kept in lower case, as Auth0 keeps them, so that there is one of each.
    Users, "users", by ["email", "username"], secret &[],
    fn normalise(doc: &mut Json) {
        for member in ["email", "username"] {
            if let Some(Json::String(text)) = doc.get_mut(member) {
                *text = text.trim().to_lowercase();
            }
        }
        found_by(doc);
    }
    fn restore(doc: &mut Json) {
        if let Some(members) = doc.as_object_mut() {
            members.remove(FOUND_BY);
        }
    }
}
kind! {
    /// Customers of the tenant's, with people of their own.
    Organizations, "organizations", by ["name", "display_name"], secret &[],
}
kind! {
    /// Invitations to become a member of an organization. The ticket opens one, and is looked for by its digest.
    Invitations, "invitations", by ["organization_id", "client_id"], secret &["ticket_id"],
}
kind! {
    /// Roles: names for what people may do.
    Roles, "roles", by ["name", "description"], secret &[],
}
kind! {
    /// Settings of the tenant itself: one document, whose id is the tenant's.
    Tenants, "tenants", by ["friendly_name", "default_audience"], secret &[],
}

/// Where a user's document keeps what it is found by: names without regard to case as Unicode has it, which no two
/// databases agree on, and the part of an address behind its last `@`.
const FOUND_BY: &str = "found_by";

pub(super) fn found_by(doc: &mut Json) {
    let Some(members) = doc.as_object_mut() else { return };
    members.remove(FOUND_BY);
    let mut found = Map::new();
    for member in ["name", "given_name", "family_name", "nickname"] {
        if let Some(text) = members.get(member).and_then(Json::as_str) {
            let folded = text.to_lowercase();
            if folded != text {
                found.insert(member.to_owned(), folded.into());
            }
        }
    }
    if let Some((_, domain)) =
        members.get("email").and_then(Json::as_str).and_then(|email| email.rsplit_once('@'))
    {
        found.insert("domain".to_owned(), domain.into());
    }
    if !found.is_empty() {
        members.insert(FOUND_BY.to_owned(), Json::Object(found));
    }
}
