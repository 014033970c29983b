//! A client as it describes itself, and as administrators would have written it down.

use keybound_api::{Verb, client};
use keybound_crypto::AwsLc;
use keybound_proto::{
    jose::{Digest as _, encode_base64url},
    request::{
        InvalidRequest,
        registration::{Application, ClientMetadata},
    },
    secret::Secret,
    time::Timestamp,
    uri::Origin,
};
use serde_json::{Map, Value, json};

/// The members of a client's document.
pub(super) type Members = Map<String, Value>;

/// Where the document keeps what registration is about; administrators do not see it.
pub(crate) const MEMBER: &str = "registration";

/// What a registered client may redeem.
const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];

/// How it may show who it is.
const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// What a client says of itself, as the settings that are obeyed. The others are passed over (RFC 7591 §2), but for
/// those that would be a promise.
pub(super) fn settings(said: &ClientMetadata) -> Result<Members, InvalidRequest> {
    let method = said.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
    if !METHODS.contains(&method) {
        return Err(unfit(format!("asks to authenticate by {method}")));
    }
    if let Some(grant) = said.grant_types.iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return Err(unfit(format!("asks for the grant {grant}")));
    }
    for (name, ours) in PROMISES {
        if said.extra.get(name).is_some_and(|asked| asked != ours) {
            return Err(unfit(format!("asks for another {name} than {ours}")));
        }
    }
    let Some(first) = said.redirect_uris.first() else {
        return Err(InvalidRequest::RedirectUris { problem: "there is none".to_owned() });
    };
    let name = match said.client_name.as_str() {
        // Nobody is called by a name that says nothing: people decide by it whom they trust.
        "" => Origin::of_url(first.as_str())
            .map_or_else(|_| "A client".to_owned(), |from| from.host().to_owned()),
        name => name.to_owned(),
    };
    let app_type = match (said.application, method) {
        (Application::Native, _) => "native",
        (_, "none") => "spa",
        _ => "regular_web",
    };
    let callbacks: Vec<&str> = said.redirect_uris.iter().map(|address| address.as_str()).collect();
    let asked = json!({
        "name": name,
        "app_type": app_type,
        "is_first_party": false,
        "callbacks": callbacks,
        "grant_types": said.grant_types,
        "token_endpoint_auth_method": method,
        "require_proof_of_possession": said.dpop_bound_access_tokens,
    });
    let mut asked = members(asked);
    for (theirs, ours) in SAME {
        if let Some(value) = said.extra.get(theirs) {
            asked.insert(ours.to_owned(), value.clone());
        }
    }
    // Administrators could not write anything else either.
    let asked = Value::Object(asked).to_string();
    client::KIND.read(Verb::Create, asked.as_bytes()).map_err(|wrong| unfit(wrong.to_string()))
}

/// The settings over those that were there. What binds a client to its key, or to pushing, is not taken back: an
/// administrator may have said so.
pub(super) fn change(document: &mut Members, settings: Members) {
    let is_set = |members: &Members, name: &str| members.get(name).and_then(Value::as_bool) == Some(true);
    let kept: Vec<&str> = STRICTER.into_iter().filter(|name| is_set(document, name)).collect();
    for (_, ours) in SAME {
        document.remove(ours);
    }
    client::KIND.merge(document, settings);
    for name in kept {
        document.insert(name.to_owned(), true.into());
    }
}

/// The client as it is registered (RFC 7591 §3.2.1, RFC 7592 §3): with what opens this registration again.
pub(super) fn told(document: &Members, address: &str, token: &Secret<String>) -> Value {
    let told = json!({
        "client_id": document.get("client_id"),
        "client_name": document.get("name"),
        "redirect_uris": document.get("callbacks"),
        "response_types": ["code"],
        "grant_types": document.get("grant_types"),
        "token_endpoint_auth_method": document.get("token_endpoint_auth_method"),
        "application_type": match document.get("app_type").and_then(Value::as_str) {
            Some("native") => Application::Native.as_str(),
            _ => Application::Web.as_str(),
        },
        "dpop_bound_access_tokens": document.get("require_proof_of_possession"),
        "registration_access_token": token.reveal(),
        "registration_client_uri": address,
    });
    let mut told = members(told);
    if let Some(secret) = document.get("client_secret").filter(|_| !client::is_public(document)) {
        told.insert("client_secret".to_owned(), secret.clone());
        told.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    for (theirs, ours) in SAME {
        if let Some(value) = document.get(ours) {
            told.insert(theirs.to_owned(), value.clone());
        }
    }
    if let Some(at) = document.get(MEMBER).and_then(|kept| kept.get("issued_at")) {
        told.insert("client_id_issued_at".to_owned(), at.clone());
    }
    Value::Object(told)
}

/// What is kept of a registration: never the token that opens it.
pub(super) fn kept(token: &Secret<String>, now: Timestamp) -> Value {
    json!({ "token": digest(token.reveal()), "issued_at": now.as_unix() })
}

/// Whether this token opens the registration.
pub(super) fn is_opened_by(document: &Members, token: &str) -> bool {
    let kept = document.get(MEMBER).and_then(|kept| kept.get("token")).and_then(Value::as_str);
    kept.is_some_and(|kept| kept == digest(token))
}

/// What it hashes to: 256 random bits need no salt, and how fast two hashes differ tells nothing of either.
fn digest(token: &str) -> String {
    encode_base64url(AwsLc.sha256(&[token.as_bytes()]))
}

fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

fn unfit(problem: String) -> InvalidRequest {
    InvalidRequest::Metadata { problem }
}

/// What a client could ask for otherwise, and the only thing it gets.
const PROMISES: [(&str, &str); 4] = [
    ("subject_type", "public"),
    ("id_token_signed_response_alg", "RS256"),
    ("backchannel_token_delivery_mode", "poll"),
    ("authorization_signed_response_alg", "RS256"),
];

/// Settings that have the same value by both names.
const SAME: [(&str, &str); 2] = [
    ("post_logout_redirect_uris", "allowed_logout_urls"),
    ("require_pushed_authorization_requests", "require_pushed_authorization_requests"),
];

/// What only makes a client stricter.
const STRICTER: [&str; 2] = ["require_proof_of_possession", "require_pushed_authorization_requests"];
