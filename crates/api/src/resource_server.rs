//! Resource servers; what Auth0 calls APIs.

use serde_json::{Map, Value, json};

use crate::adoption;
use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

/// What a resource server may say of itself.
pub const KIND: Kind = Kind {
    name: Name { one: "resource server", many: "resource_servers", path: "resource-servers" },
    fields: FIELDS,
    told: TOLD,
    untold: &[],
    merged: &[],
    absent: "The resource server does not exist",
    absent_code: "inexistent_resource_server",
};

/// What a resource server is when it is made: what was written, over Auth0's defaults.
pub fn create(input: Map<String, Value>, id: &str) -> Map<String, Value> {
    let mut api = Map::new();
    for (name, value) in [
        ("id", id.into()),
        ("is_system", false.into()),
        ("scopes", json!([])),
        ("signing_alg", "RS256".into()),
        ("allow_offline_access", false.into()),
        ("token_lifetime", 86_400.into()),
        ("token_lifetime_for_web", 7_200.into()),
        ("skip_consent_for_verifiable_first_party_clients", true.into()),
        ("enforce_policies", false.into()),
        (
            "subject_type_authorization",
            json!({ "user": { "policy": "allow_all" }, "client": { "policy": "require_client_grant" } }),
        ),
    ] {
        api.insert(name.to_owned(), value);
    }
    let shorter = input.get("token_lifetime").and_then(Value::as_i64).filter(|seconds| *seconds < 7_200);
    if let Some(seconds) = shorter {
        api.insert("token_lifetime_for_web".to_owned(), seconds.into());
    }
    KIND.merge(&mut api, input);
    api.entry("name").or_insert_with(|| "".into());
    api
}

/// Checks what no table can say: a token for a browser lives no longer than another, and no scope is named twice.
///
/// # Errors
/// What contradicts what.
pub fn check(api: &Map<String, Value>) -> Result<(), Invalid> {
    let seconds = |name| api.get(name).and_then(Value::as_i64);
    if let (Some(any), Some(web)) = (seconds("token_lifetime"), seconds("token_lifetime_for_web"))
        && web > any
    {
        return Err(Invalid::body("token_lifetime_for_web", Fault::TooBig { found: web, most: any }));
    }
    let mut seen = Vec::new();
    for scope in api.get("scopes").and_then(Value::as_array).into_iter().flatten() {
        let value = scope.get("value").and_then(Value::as_str).unwrap_or_default();
        if let Some(first) = seen.iter().position(|other| *other == value) {
            let text = format!(
                "'Array items are not unique (indexes {first} and {})' on property scopes.",
                seen.len()
            );
            return Err(Invalid::body("scopes", Fault::Other(text)));
        }
        seen.push(value);
    }
    adoption::check(api, &["proof_of_possession", "required"])
}

/// What is read back: as Auth0, the token dialect is left out when it is the plain one.
pub fn view(mut api: Map<String, Value>) -> Map<String, Value> {
    if api.get("token_dialect").and_then(Value::as_str) == Some("access_token") {
        api.remove("token_dialect");
    }
    api
}

const SCOPE: Shape = Shape::Object(&[
    Field::obeyed("value", Shape::Text { least: 1, most: 280, format: Format::Scope }).when(Write::Within),
    Field::shown("description", Shape::text(500)).or_null(),
]);

const PROOF: &[Field] = &[
    Field::obeyed("mechanism", Shape::OneOffered { offered: &["dpop"], inert: &[], others: &["mtls"] })
        .when(Write::Within),
    Field::obeyed("required", Shape::Flag).when(Write::Within),
    Field::obeyed("required_for", Shape::OneOf(&["public_clients", "all_clients"])),
];

const SUBJECTS: &[Field] = &[
    Field::obeyed(
        "user",
        Shape::Object(&[Field::obeyed(
            "policy",
            Shape::OneOf(&["allow_all", "deny_all", "require_client_grant"]),
        )]),
    ),
    Field::obeyed(
        "client",
        Shape::Object(&[Field::obeyed("policy", Shape::OneOf(&["deny_all", "require_client_grant"]))]),
    ),
];

const LIFETIME: Shape = Shape::Number { least: 1, most: 2_592_000 };

const FIELDS: &[Field] = &[
    Field::obeyed("identifier", Shape::some_text(600)).when(Write::Demanded),
    Field::shown("name", Shape::Text { least: 1, most: 200, format: Format::Name }),
    Field::obeyed("scopes", Shape::List { of: &SCOPE, most: 1_000 }),
    // ES256 and EdDSA are ours: smaller and quicker to make than Auth0's.
    Field::obeyed(
        "signing_alg",
        Shape::OneOffered {
            offered: &["RS256", "PS256", "ES256", "EdDSA"],
            inert: &["HS256", "RS512"],
            others: &[],
        },
    ),
    Field::obeyed("allow_offline_access", Shape::Flag),
    Field::obeyed("allow_online_access", Shape::Flag),
    Field::obeyed("token_lifetime", LIFETIME),
    Field::obeyed("token_lifetime_for_web", LIFETIME),
    Field::obeyed(
        "token_dialect",
        Shape::OneOf(&["access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"]),
    ),
    Field::obeyed("skip_consent_for_verifiable_first_party_clients", Shape::Flag),
    Field::obeyed("enforce_policies", Shape::Flag),
    Field::obeyed("proof_of_possession", Shape::Object(PROOF)).or_null(),
    adoption::FIELD,
    Field::obeyed("subject_type_authorization", Shape::Object(SUBJECTS)),
    Field::refused("signing_secret", Shape::text(500), &[]),
    Field::refused("allow_online_access_with_ephemeral_sessions", Shape::Flag, &[]),
    // Each of these keeps something from happening: to pass it over would let it happen.
    Field::refused("token_encryption", Shape::Free { most: 10 }, &[]),
    Field::refused("consent_policy", Shape::text(100), &[]),
    Field::inert("authorization_details", Shape::List { of: &Shape::Any, most: 100 }, &[]),
    Field::refused("authorization_policy", Shape::Free { most: 10 }, &[]),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("identifier", Shape::some_text(600)),
    Field::maybe("name", Shape::text(200)),
    Field::maybe("is_system", Shape::Flag),
];

#[cfg(test)]
mod tests;
