//! Which client may ask for what at which audience.

use serde_json::{Map, Value};

use crate::field::{Field, Shape, Write};
use crate::kind::{Kind, Name};

/// What a client grant may say.
pub const KIND: Kind = Kind {
    name: Name { one: "client grant", many: "client_grants", path: "client-grants" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The grant does not exist.",
    absent_code: "inexistent_client_grant",
};

/// What a client grant is when it is made: on the client's own behalf, and for nothing, unless it says otherwise.
pub fn create(input: Map<String, Value>, id: &str) -> Map<String, Value> {
    let mut grant = Map::new();
    grant.insert("id".to_owned(), id.into());
    grant.insert("subject_type".to_owned(), "client".into());
    grant.insert("scope".to_owned(), Value::Array(Vec::new()));
    KIND.merge(&mut grant, input);
    grant
}

/// The grant of a client by which Okta's catalogue of applications configures single sign-on: made along with it, and
/// Auth0's own.
pub fn express(id: &str, client: &str, audience: &str) -> Map<String, Value> {
    let mut grant = Map::new();
    for (name, value) in [
        ("id", id.into()),
        ("client_id", client.into()),
        ("audience", audience.into()),
        ("scope", EXPRESS.iter().copied().collect()),
        ("is_system", true.into()),
        ("subject_type", "client".into()),
    ] {
        grant.insert(name.to_owned(), value);
    }
    grant
}

/// Source: the grant that a real tenant makes.
const EXPRESS: &[&str] = &[
    "read:clients",
    "read:user_attribute_profiles",
    "read:connection_profiles",
    "read:organizations_summary",
    "read:connections",
    "create:connections",
    "update:connections",
    "read:connections_options",
    "update:connections_options",
    "read:organization_connections",
    "create:organization_connections",
    "update:organization_connections",
    "create:scim_config",
    "read:scim_token",
    "create:scim_token",
    "delete:scim_token",
];

const SCOPE: Shape = Shape::Text { least: 1, most: 280, format: crate::format::Format::Scope };
const WORD: Shape = Shape::some_text(255);

const FIELDS: &[Field] = &[
    Field::obeyed("client_id", Shape::some_text(247)).when(Write::Create),
    Field::obeyed("audience", Shape::some_text(600)).when(Write::Demanded),
    Field::obeyed("scope", Shape::List { of: &SCOPE, most: 1_000 }).or_null(),
    Field::obeyed("subject_type", Shape::OneOf(&["client", "user"])).when(Write::Create),
    Field::obeyed("allow_all_scopes", Shape::Flag).or_null(),
    // Instead of a client. No third party is granted anything by it here.
    Field::inert("default_for", Shape::OneOf(&["third_party_clients"]), &[]).when(Write::Create),
    Field::obeyed("organization_usage", Shape::OneOf(&["deny", "allow", "require"])).or_null(),
    Field::obeyed("allow_any_organization", Shape::Flag).or_null(),
    Field::inert("authorization_details_types", Shape::List { of: &WORD, most: 100 }, &[]),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::maybe("client_id", Shape::some_text(247)),
    Field::told("audience", Shape::some_text(600)),
    Field::maybe("is_system", Shape::Flag),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Verb;

    #[test]
    fn a_grant_is_the_clients_own_unless_it_says_otherwise() {
        let input = KIND.read(Verb::Create, br#"{"client_id":"c","audience":"a"}"#).unwrap();
        let grant = Value::Object(create(input, "cgr_1"));
        assert_eq!(
            grant,
            json!({"id": "cgr_1", "client_id": "c", "audience": "a", "scope": [], "subject_type": "client"})
        );
    }

    #[test]
    fn what_okta_configures_single_sign_on_by_deletes_nothing_of_the_tenants() {
        let grant = express("cgr_1", "c", "https://id.example/api/v2/");
        let scopes = grant["scope"].as_array().unwrap();
        assert_eq!((scopes.len(), &grant["is_system"]), (16, &json!(true)));
        let deletes = |scope: &&Value| scope.as_str().is_some_and(|scope| scope.starts_with("delete:"));
        assert_eq!(scopes.iter().filter(deletes).collect::<Vec<_>>(), ["delete:scim_token"]);
    }

    #[test]
    fn who_and_where_are_settled_when_it_is_made() {
        for body in [r#"{"client_id":"x"}"#, r#"{"audience":"x"}"#, r#"{"subject_type":"user"}"#] {
            let refused = KIND.read(Verb::Update, body.as_bytes()).unwrap_err();
            assert!(refused.to_string().contains("Additional properties not allowed"), "{refused}");
        }
        assert!(KIND.read(Verb::Update, br#"{"scope":["read:orders"]}"#).is_ok());
        let missing = KIND.read(Verb::Create, br#"{"client_id":"c"}"#).unwrap_err();
        assert_eq!(missing.to_string(), "Payload validation error: 'Missing required property: audience'.");
    }
}
