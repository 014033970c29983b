//! The sections of a file, in one table: what they are at the API, and what of them a file says.

use keybound_client::management::Paging;

/// A section: many things of one kind.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name in the file, as deploy-cli has it.
    pub(super) name: &'static str,
    /// Where its collection is.
    pub(super) path: &'static [&'static str],
    /// How it is listed.
    pub(super) paging: Paging,
    /// The member one is named by at the API.
    pub(super) id: &'static str,
    /// The members by which one of the file is one of the tenant, and what they are where they are missing.
    pub(super) key: &'static [(&'static str, &'static str)],
    /// Members that the tenant alone decides: never written, never told.
    pub(super) owned: &'static [&'static str],
    /// Members that can be written only when one is made.
    pub(super) fixed: &'static [&'static str],
    /// Members in which applications are named: by name in the file, by id at the API.
    pub(super) applications: &'static [&'static str],
    /// The list that is written beside it.
    pub(super) beside: Option<Beside>,
    /// The member that is told to nobody. One that has it is written again whatever it is, and never deleted, as
    /// deploy-cli does.
    pub(super) sealed: Option<&'static str>,
}

/// A list that is written beside what it belongs to, at a place of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside {
    /// What a role lets people do.
    Permissions,
    /// Who belongs to an organization, and by which roles.
    Members,
}

impl Beside {
    /// The member that it is in a file, and the last step of its place.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Members => "members",
        }
    }
}

impl Section {
    const fn new(name: &'static str, path: &'static [&'static str], paging: Paging) -> Self {
        Self {
            name,
            path,
            paging,
            id: "id",
            key: &[("name", "")],
            owned: &["id"],
            fixed: &[],
            applications: &[],
            beside: None,
            sealed: None,
        }
    }
}

/// In the order in which they can be made: what is named stands before what names it.
pub(super) static SECTIONS: [Section; 8] = [
    Section {
        key: &[("identifier", "")],
        owned: &["id", "is_system", "signing_secret", "client_id"],
        fixed: &["identifier"],
        ..Section::new("resourceServers", &["resource-servers"], Paging::Offset)
    },
    Section {
        id: CLIENT_ID,
        owned: &[
            "client_id",
            "client_secret",
            "global",
            "tenant",
            "signing_keys",
            "callback_url_template",
            "client_authentication_methods",
            "signed_request_object",
            "external_client_id",
            "external_metadata_type",
            "external_metadata_created_by",
            "cross_origin_auth",
            "encrypted",
            "previous_client_secret_expires_at",
        ],
        ..Section::new(APPLICATIONS, &["clients"], Paging::Checkpoint)
    },
    Section {
        owned: &["id", "provisioning_ticket_url"],
        fixed: &["name", "strategy"],
        applications: &["enabled_clients"],
        ..Section::new("connections", &["connections"], Paging::Checkpoint)
    },
    Section {
        key: &[("client_id", ""), ("audience", ""), ("subject_type", "client")],
        owned: &["id", "is_system"],
        fixed: &["client_id", "audience", "subject_type", "default_for"],
        applications: &["client_id"],
        ..Section::new("clientGrants", &["client-grants"], Paging::Checkpoint)
    },
    Section {
        fixed: &["type"],
        beside: Some(Beside::Permissions),
        ..Section::new(ROLES, &["roles"], Paging::Offset)
    },
    Section {
        owned: &["id", "token_quota"],
        beside: Some(Beside::Members),
        ..Section::new("organizations", &["organizations"], Paging::Checkpoint)
    },
    Section { fixed: &["stage"], ..Section::new("rules", &["rules"], Paging::Offset) },
    Section {
        id: "key",
        key: &[("key", "")],
        owned: &[],
        sealed: Some("value"),
        ..Section::new("rulesConfigs", &["rules-configs"], Paging::Whole)
    },
];

/// The section that others name.
pub(super) const APPLICATIONS: &str = "clients";

/// The section whose names members of organizations have.
pub(super) const ROLES: &str = "roles";

/// What an application is named by.
pub(super) const CLIENT_ID: &str = "client_id";

/// The section of the tenant itself, which is one thing.
pub(super) const TENANT: &str = "tenant";

/// Settings of the tenant that it alone decides.
pub(super) const TENANT_OWNED: &[&str] = &["sandbox_versions_available", "legacy_sandbox_version"];
