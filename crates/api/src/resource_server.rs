//! Resource servers; what Auth0 calls APIs.

mod system;

use keybound_proto::jose::{Certificate, Jwk, PemError};
use serde_json::{Map, Value, json};

use crate::adoption;
use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

pub use system::named as system;

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

/// The same of one that is Auth0's own: what it is called and can do is not for whoever asks for it to say.
pub fn create_system(own: Map<String, Value>, mut input: Map<String, Value>, id: &str) -> Map<String, Value> {
    input.retain(|name, _| !system::SETTLED.contains(&name.as_str()));
    let begins = own.into_iter().filter(|(name, _)| !input.contains_key(name)).collect::<Map<_, _>>();
    input.extend(begins);
    create(input, id)
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
    let pem = api.get("token_encryption").and_then(|wanted| wanted.pointer("/encryption_key/pem"));
    if let Some(pem) = pem.and_then(Value::as_str)
        && let Err(error) = encryption_key(pem)
    {
        let place = "token_encryption.encryption_key.pem";
        return Err(Invalid::body(place, Fault::Other(format!("'{error}' on property {place}."))));
    }
    adoption::check(api, &["proof_of_possession", "required"])
}

/// The key that tokens are to be encrypted to: public, or in a certificate.
///
/// # Errors
/// Where it is neither, or too weak.
pub fn encryption_key(pem: &str) -> Result<Jwk, PemError> {
    match Certificate::from_pem(pem) {
        Ok(certificate) => certificate.key(),
        Err(_) => Jwk::from_pem(pem),
    }
}

const SCOPE: Shape = Shape::Object(&[
    Field::obeyed("value", Shape::Text { least: 1, most: 280, format: Format::Scope }).when(Write::Within),
    Field::shown("description", Shape::text(500)).or_null(),
]);

const PROOF: &[Field] = &[
    Field::obeyed("mechanism", Shape::OneOffered { offered: &["dpop"], inert: &["mtls"], others: &[] })
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

const ENCRYPTION: &[Field] = &[
    Field::kept("format", ENCRYPTION_FORMAT).when(Write::Within),
    Field::kept("encryption_key", Shape::Object(ENCRYPTION_KEY)).when(Write::Within),
];
const ENCRYPTION_FORMAT: Shape = Shape::OneOf(&["compact-nested-jwe"]);

const ENCRYPTION_KEY: &[Field] = &[
    Field::shown("name", Shape::text(128)),
    Field::kept("alg", ENCRYPTION_ALG).when(Write::Within),
    Field::shown("kid", Shape::text(128)),
    Field::kept("pem", Shape::some_text(8_192)).when(Write::Within),
];
const ENCRYPTION_ALG: Shape = Shape::OneOf(&["RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"]);

/// Of the key, its name is told: the one it was given, or what it comes to.
const TOLD_ENCRYPTION: &[Field] = &[
    Field::told("format", ENCRYPTION_FORMAT),
    Field::told(
        "encryption_key",
        Shape::Object(&[
            Field::maybe("name", Shape::text(128)),
            Field::told("alg", ENCRYPTION_ALG),
            Field::maybe("kid", Shape::text(128)),
            Field::maybe("thumbprint_sha256", Shape::some_text(64)),
        ]),
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
    Field::inert("signing_secret", Shape::text(500), &[]),
    Field::inert("allow_online_access_with_ephemeral_sessions", Shape::Flag, &[]),
    // Each of these keeps something from happening: while it stands, nobody gets a token for the API.
    Field::inert("token_encryption", Shape::Object(ENCRYPTION), &[]),
    Field::inert("consent_policy", Shape::OneOf(&["transactional-authorization-with-mfa"]), &[]),
    Field::inert("authorization_details", Shape::List { of: &Shape::Any, most: 100 }, &[]),
    Field::inert("authorization_policy", Shape::Free { most: 10 }, &[]),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("identifier", Shape::some_text(600)),
    Field::maybe("name", Shape::text(200)),
    Field::maybe("is_system", Shape::Flag),
    Field::maybe("client_id", Shape::some_text(255)),
    Field::maybe("token_encryption", Shape::Object(TOLD_ENCRYPTION)),
];

#[cfg(test)]
mod tests;
