//! Organizations: customers of the tenant's, with people of their own.

use serde_json::{Map, Value, json};

use crate::field::{Field, Scalar, Shape, Write};
use crate::format::Format;
use crate::kind::{Kind, Name};

/// What an organization may say of itself.
pub const KIND: Kind = Kind {
    name: Name { one: "organization", many: "organizations", path: "organizations" },
    fields: FIELDS,
    told: TOLD,
    untold: &["enabled_connections"],
    merged: &["metadata"],
    absent: "No organization found by that id or name",
    absent_code: "",
};

/// How an organization takes in those who come by one connection.
pub const CONNECTION: Kind = Kind {
    name: Name {
        one: "connection of an organization",
        many: "enabled_connections",
        path: "enabled_connections",
    },
    fields: ENABLED,
    told: CONNECTION_TOLD,
    untold: &[],
    merged: &[],
    absent: "No connection found by that id",
    absent_code: "",
};

/// Who is to be, or to be no more, a member.
pub const MEMBERS: Kind = Kind {
    name: Name { one: "member of an organization", many: "members", path: "members" },
    fields: &[Field::obeyed("members", Shape::List { of: &Shape::some_text(240), most: MOST_AT_ONCE })
        .when(Write::Demanded)],
    told: &[IDENTITY, EMAIL, CALLED, PICTURE, HELD],
    untold: &["members"],
    merged: &[],
    absent: "The user does not exist.",
    absent_code: "inexistent_user",
};

/// An invitation to become a member.
pub const INVITATION: Kind = Kind {
    name: Name { one: "invitation", many: "invitations", path: "invitations" },
    fields: INVITING,
    told: INVITATION_TOLD,
    untold: NOT_KEPT,
    merged: &[],
    absent: "The invitation does not exist.",
    absent_code: "inexistent_invitation",
};

/// A client grant that is to hold within an organization.
pub const GRANT: Kind = Kind {
    name: Name { one: "client grant of an organization", many: "client_grants", path: "client-grants" },
    fields: &[Field::obeyed("grant_id", Shape::some_text(50)).when(Write::Demanded)],
    told: GRANT_TOLD,
    untold: &["grant_id"],
    merged: &[],
    absent: "The grant does not exist.",
    absent_code: "inexistent_client_grant",
};

/// What an organization is when it is made. Its connections are kept beside it.
pub fn create(mut input: Map<String, Value>, id: &str) -> Map<String, Value> {
    input.remove("enabled_connections");
    let mut organization = Map::new();
    organization.insert("id".to_owned(), id.into());
    let name = input.get("name").cloned().unwrap_or_default();
    organization.insert("display_name".to_owned(), name);
    KIND.merge(&mut organization, input);
    // Who says one of them is told both; others say nothing of them.
    if [ACTIVE, THIRD_PARTIES].iter().any(|name| organization.contains_key(*name)) {
        organization.entry(ACTIVE).or_insert(false.into());
        organization.entry(THIRD_PARTIES).or_insert("block".into());
    }
    organization
}

const ACTIVE: &str = "is_app_entitlement_active";
const THIRD_PARTIES: &str = "third_party_client_access";

/// Where an invitation leads, and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Its id.
    pub id: &'a str,
    /// To which organization.
    pub organization: &'a str,
    /// The secret that opens it.
    pub ticket: &'a str,
    /// What the secret hashes to.
    pub digest: &'a str,
    /// Since when, as documents write it.
    pub created_at: &'a str,
    /// Until when.
    pub expires_at: &'a str,
}

/// What an invitation is when it is made.
pub fn invite(mut input: Map<String, Value>, sent: &Sent<'_>) -> Map<String, Value> {
    input.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
    let mut invitation = Map::new();
    for (name, value) in [
        ("id", sent.id),
        ("organization_id", sent.organization),
        ("ticket_id", sent.ticket),
        (DIGEST, sent.digest),
        ("created_at", sent.created_at),
        ("expires_at", sent.expires_at),
    ] {
        invitation.insert(name.to_owned(), value.into());
    }
    INVITATION.merge(&mut invitation, input);
    invitation
}

/// What of an invitation is shown: everything but what its ticket hashes to, with the address that accepts it.
pub fn shown(mut invitation: Map<String, Value>, url: Option<&str>) -> Map<String, Value> {
    invitation.remove(DIGEST);
    invitation.extend(url.map(|url| ("invitation_url".to_owned(), url.into())));
    invitation
}

/// What of a user is shown among those of an organization, or of a role.
pub fn member(user: &Map<String, Value>) -> Map<String, Value> {
    let told = ["user_id", "email", "picture", "name"];
    let told = told.into_iter().filter_map(|name| Some((name.to_owned(), user.get(name)?.clone())));
    told.collect()
}

/// A connection of an organization, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Enabled<'a> {
    /// Its id.
    pub id: &'a str,
    /// `assign_membership_on_login`
    pub joins: bool,
    /// `is_signup_enabled`
    pub signup: bool,
    /// `show_as_button`
    pub button: bool,
}

impl Enabled<'_> {
    /// With the name and strategy of the connection itself.
    pub fn shown(&self, connection: &Value) -> Value {
        json!({
            "connection_id": self.id,
            "assign_membership_on_login": self.joins,
            "is_signup_enabled": self.signup,
            "show_as_button": self.button,
            "connection": { "name": connection.get("name"), "strategy": connection.get("strategy") },
        })
    }
}

/// As many as are added or taken away at once.
pub const MOST_AT_ONCE: usize = 100;

/// How long an invitation lasts when nobody says, in seconds: a week, as at Auth0.
pub const INVITED_FOR: u32 = 604_800;

const DIGEST: &str = "ticket_digest";

/// Members of an invitation's body that are no part of it.
const NOT_KEPT: &[&str] = &["send_invitation_email", "ttl_sec"];

const COLORS: &[Field] = &[
    Field::obeyed("primary", Shape::formatted(Format::Color)).when(Write::Within),
    Field::obeyed("page_background", Shape::formatted(Format::Color)).when(Write::Within),
];

const BRANDING: &[Field] = &[
    Field::obeyed("logo_url", Shape::formatted(Format::Https)).or_null(),
    Field::obeyed("colors", Shape::Object(COLORS)).or_null(),
];

const NAME: Shape = Shape::Text { least: 1, most: 50, format: Format::OrganizationName };
const DISPLAY_NAME: Shape = Shape::Text { least: 1, most: 255, format: Format::Name };

const FIELDS: &[Field] = &[
    Field::obeyed("name", NAME).when(Write::Demanded),
    Field::obeyed("name", NAME).when(Write::Update),
    Field::obeyed("display_name", DISPLAY_NAME),
    Field::obeyed("branding", Shape::Object(BRANDING)),
    Field::shown("metadata", Shape::Free { most: 25 }).or_null(),
    Field::obeyed("enabled_connections", Shape::List { of: &Shape::Object(ENABLED), most: 10 })
        .when(Write::Create),
    // Tokens are not counted.
    Field::inert("token_quota", Shape::Free { most: 10 }, &[]),
    Field::kept(ACTIVE, Shape::Flag),
    Field::obeyed(THIRD_PARTIES, Shape::OneOf(&["allow", "block"])).or_null(),
];

const ENABLED: &[Field] = &[BY, JOINS, SIGNUP, BUTTON];

/// By which connection people come in.
pub(crate) const BY: Field = Field::obeyed("connection_id", Shape::some_text(50)).when(Write::Demanded);
/// Whether they become members by it.
pub(crate) const JOINS: Field = Field::obeyed("assign_membership_on_login", Shape::Flag);
/// Whether they may sign up by it.
pub(crate) const SIGNUP: Field = Field::obeyed("is_signup_enabled", Shape::Flag);
/// There are no buttons: every connection is a database.
pub(crate) const BUTTON: Field = Field::shown("show_as_button", Shape::Flag);

const INVITER: &[Field] =
    &[Field::shown("name", Shape::Text { least: 1, most: 300, format: Format::Name }).when(Write::Within)];
const INVITEE: &[Field] = &[Field::obeyed("email", Shape::formatted(Format::Email)).when(Write::Within)];

const INVITING: &[Field] = &[
    Field::obeyed("inviter", Shape::Object(INVITER)).when(Write::Demanded),
    Field::obeyed("invitee", Shape::Object(INVITEE)).when(Write::Demanded),
    Field::obeyed("client_id", Shape::some_text(64)).when(Write::Demanded),
    Field::obeyed("connection_id", Shape::some_text(50)),
    Field::obeyed("ttl_sec", Shape::Number { least: 0, most: 2_592_000 }),
    // No letter is sent: whoever invites sends the address.
    Field::refused("send_invitation_email", Shape::Flag, &[Scalar::Flag(false)]),
    Field::refused("roles", Shape::List { of: &Shape::some_text(50), most: 50 }, &[]),
    Field::refused("app_metadata", Shape::Free { most: 100 }, &[]),
    Field::refused("user_metadata", Shape::Free { most: 100 }, &[]),
];

const ID: Shape = Shape::some_text(250);
const AT: Shape = Shape::formatted(Format::DateTime);

const TOLD: &[Field] = &[
    Field::told("id", ID),
    Field::told("name", NAME),
    // Who was never called otherwise is called by the name.
    Field::told("display_name", Shape::some_text(255)),
    // Told to whoever made it with some.
    Field::maybe("enabled_connections", Shape::List { of: &Shape::Object(CONNECTION_TOLD), most: 10 }),
];

const CONNECTION_TOLD: &[Field] = &[
    ITS_ID,
    Field::told("assign_membership_on_login", Shape::Flag),
    Field::told("is_signup_enabled", Shape::Flag),
    Field::told("show_as_button", Shape::Flag),
    ITSELF,
];

/// The id of a connection.
pub(crate) const ITS_ID: Field = Field::told("connection_id", ID);
/// What it is called, and how it works.
pub(crate) const ITSELF: Field = Field::told(
    "connection",
    Shape::Object(&[
        Field::told("name", Shape::some_text(128)),
        Field::told("strategy", Shape::some_text(128)),
    ]),
);

/// What is told of a user to who may see those of an organization, or of a role.
pub(crate) const MEMBER_TOLD: &[Field] = &[IDENTITY, EMAIL, CALLED, PICTURE];
const IDENTITY: Field = Field::told("user_id", ID);
const EMAIL: Field = Field::maybe("email", Shape::formatted(Format::Email));
const CALLED: Field = Field::maybe("name", Shape::some_text(300));
const PICTURE: Field = Field::maybe("picture", Shape::formatted(Format::Url));
/// Which roles they have within it; told to whoever asks for just that.
const HELD: Field = Field::maybe("roles", Shape::List { of: &Shape::Object(ROLE), most: usize::MAX });
const ROLE: &[Field] = &[Field::told("id", ID), Field::told("name", Shape::some_text(255))];

const INVITATION_TOLD: &[Field] = &[
    Field::told("id", ID),
    Field::told("organization_id", ID),
    Field::told("ticket_id", ID),
    Field::told("inviter", Shape::Object(INVITER)),
    Field::told("invitee", Shape::Object(INVITEE)),
    Field::told("client_id", ID),
    Field::told("created_at", AT),
    Field::told("expires_at", AT),
    // As long as its client has a login.
    Field::maybe("invitation_url", Shape::text(usize::MAX)),
];

const GRANT_TOLD: &[Field] = &[
    Field::told("id", ID),
    // Told to whoever adds it.
    Field::maybe("grant_id", ID),
    // Told where all are.
    Field::maybe("subject_type", Shape::OneOf(&["client", "user"])),
    Field::told("client_id", ID),
    Field::told("audience", Shape::some_text(600)),
    Field::told("scope", Shape::List { of: &Shape::some_text(280), most: 1_000 }),
    Field::maybe("organization_usage", Shape::OneOf(&["deny", "allow", "require"])),
    Field::maybe("allow_any_organization", Shape::Flag),
    Field::maybe("subject_type", Shape::OneOf(&["client", "user"])),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verb;

    #[test]
    fn an_organization_is_called_by_its_name_until_somebody_says_otherwise() {
        let input = KIND.read(Verb::Create, br#"{"name":"acme-1"}"#).unwrap();
        assert_eq!(
            Value::Object(create(input, "org_1")),
            json!({"id": "org_1", "name": "acme-1", "display_name": "acme-1"})
        );
    }

    #[test]
    fn a_name_is_in_lower_case_and_never_like_an_id() {
        for name in ["Acme", "-acme", "a b", "", "org_1", "\u{202E}emca", &"a".repeat(51)] {
            let body = json!({ "name": name }).to_string();
            assert!(KIND.read(Verb::Create, body.as_bytes()).is_err(), "{name:?}");
        }
        for name in ["acme", "7_eleven", "a-b_c"] {
            let body = json!({ "name": name }).to_string();
            assert!(KIND.read(Verb::Create, body.as_bytes()).is_ok(), "{name:?}");
        }
        let marked = json!({ "name": "a", "display_name": "\u{202E}knaB" }).to_string();
        assert!(KIND.read(Verb::Create, marked.as_bytes()).is_err());
    }

    #[test]
    fn no_letter_is_promised_and_no_role() {
        let body = |more: &str| {
            format!(r#"{{"inviter":{{"name":"A"}},"invitee":{{"email":"a@b.c"}},"client_id":"c"{more}}}"#)
        };
        let read = |more: &str| INVITATION.read(Verb::Create, body(more).as_bytes());
        assert!(read("").is_ok());
        assert!(read(r#","send_invitation_email":false"#).is_ok());
        assert!(read(r#","send_invitation_email":true"#).unwrap_err().is_not_offered());
        assert!(read(r#","roles":["rol_1"]"#).unwrap_err().is_not_offered());
    }

    #[test]
    fn what_a_ticket_hashes_to_is_nobodys_business() {
        let sent = Sent {
            id: "uinv_1",
            organization: "org_1",
            ticket: "secret",
            digest: "hash",
            created_at: "a",
            expires_at: "b",
        };
        let view = shown(invite(Map::new(), &sent), Some("https://app.example/?invitation=secret"));
        assert!(!view.contains_key("ticket_digest"));
        assert_eq!(view["ticket_id"], "secret");
    }
}
