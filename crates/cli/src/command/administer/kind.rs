//! The kinds of things there are, in one table.

use keybound_client::management::Paging;

/// A kind of thing, as the command line deals with it.
#[derive(Debug)]
pub(super) struct Kind {
    /// Where its collection is.
    pub(super) path: &'static [&'static str],
    /// What people call one.
    pub(super) one: &'static str,
    /// What people call many.
    pub(super) many: &'static str,
    /// The member one is named by.
    pub(super) id: &'static str,
    /// How it is listed.
    pub(super) paging: Paging,
    /// The members a table shows.
    pub(super) columns: &'static [&'static str],
    /// What a person is asked for.
    pub(super) asked: &'static [Question],
}

/// A member a person is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    /// The member.
    pub(super) member: &'static str,
    /// What is asked.
    pub(super) text: &'static str,
    /// What is answered.
    pub(super) answer: Answer,
}

/// What a person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Something.
    Needed,
    /// Something that is not shown as it is typed.
    Hidden,
    /// Something, or nothing.
    Optional,
    /// One of these.
    One(&'static [&'static str]),
    /// Many, with commas between; or nothing.
    Many,
    /// Scopes of an API, with commas between; or nothing.
    Scopes,
}

const fn ask(member: &'static str, text: &'static str, answer: Answer) -> Question {
    Question { member, text, answer }
}

/// APIs.
pub(super) static APIS: Kind = Kind {
    path: &["resource-servers"],
    one: "API",
    many: "APIs",
    id: "id",
    paging: Paging::Offset,
    columns: &["id", "name", "identifier", "token_dialect"],
    asked: &[
        ask("name", "Name", Answer::Needed),
        ask("identifier", "Identifier (the audience of its tokens)", Answer::Needed),
        ask("scopes", "Scopes, with commas between", Answer::Scopes),
    ],
};

/// Applications.
pub(super) static APPLICATIONS: Kind = Kind {
    path: &["clients"],
    one: "application",
    many: "applications",
    id: "client_id",
    paging: Paging::Checkpoint,
    columns: &["client_id", "name", "app_type", "callbacks"],
    asked: &[
        ask("name", "Name", Answer::Needed),
        ask("app_type", "Type", Answer::One(&["spa", "native", "regular_web", "non_interactive"])),
        ask("callbacks", "Callbacks, with commas between", Answer::Many),
    ],
};

/// Ways to log in.
pub(super) static CONNECTIONS: Kind = Kind {
    path: &["connections"],
    one: "connection",
    many: "connections",
    id: "id",
    paging: Paging::Checkpoint,
    columns: &["id", "name", "strategy"],
    asked: &[
        ask("name", "Name", Answer::Needed),
        ask("strategy", "Strategy (auth0 for a database)", Answer::Needed),
    ],
};

/// What applications may ask of APIs on their own behalf.
pub(super) static GRANTS: Kind = Kind {
    path: &["client-grants"],
    one: "grant",
    many: "grants",
    id: "id",
    paging: Paging::Checkpoint,
    columns: &["id", "client_id", "audience", "scope"],
    asked: &[
        ask("client_id", "Application (its client id)", Answer::Needed),
        ask("audience", "API (its identifier)", Answer::Needed),
        ask("scope", "Scopes, with commas between", Answer::Many),
    ],
};

/// What happened.
pub(super) static LOGS: Kind = Kind {
    path: &["logs"],
    one: "log entry",
    many: "log entries",
    id: "log_id",
    paging: Paging::Offset,
    columns: &["date", "type", "description", "client_name", "user_name", "ip"],
    asked: &[],
};

/// Roles.
pub(super) static ROLES: Kind = Kind {
    path: &["roles"],
    one: "role",
    many: "roles",
    id: "id",
    paging: Paging::Offset,
    columns: &["id", "name", "description"],
    asked: &[ask("name", "Name", Answer::Needed), ask("description", "Description", Answer::Optional)],
};

/// Keys that tokens are signed with.
pub(super) static SIGNING_KEYS: Kind = Kind {
    path: &["keys", "signing"],
    one: "signing key",
    many: "signing keys",
    id: "kid",
    paging: Paging::Whole,
    columns: &["kid", "current", "next", "previous", "revoked", "current_since"],
    asked: &[],
};

/// What holds for the tenant as a whole.
pub(super) static TENANT: Kind = Kind {
    path: &["tenants", "settings"],
    one: "tenant",
    many: "tenants",
    id: "friendly_name",
    paging: Paging::Whole,
    columns: &[],
    asked: &[
        ask("friendly_name", "Name", Answer::Optional),
        ask("support_email", "Support address", Answer::Optional),
        ask("support_url", "Support page", Answer::Optional),
    ],
};

/// People.
pub(super) static USERS: Kind = Kind {
    path: &["users"],
    one: "user",
    many: "users",
    id: "user_id",
    paging: Paging::Offset,
    columns: &["user_id", "email", "name", "last_login", "blocked"],
    asked: &[
        ask("connection", "Connection", Answer::Needed),
        ask("email", "Address", Answer::Needed),
        ask("password", "Password", Answer::Hidden),
    ],
};
