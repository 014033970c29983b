//! Requests that are signed (RFC 9101): nobody between the client and the server can change them.

use keybound_proto::{
    form::Form,
    id::Jti,
    jose::{Unsigned, encode_base64url},
    time::{Lifetime, Timestamp},
};
use serde_json::{Map, Value, json};

use crate::{Client, Signer, authentication::without_nulls};

/// The request of RFC 9101 §4, to be signed by `signer`.
pub(super) fn write(
    client: &Client,
    signer: &Signer,
    form: &Form,
    (now, jti): (Timestamp, &Jti),
) -> Unsigned {
    let header = without_nulls(json!({
        "typ": "oauth-authz-req+jwt",
        "alg": signer.alg().name(),
        "kid": signer.kid().map(|kid| kid.as_str()),
    }));
    let mut claims = Map::new();
    for (name, value) in form.pairs() {
        let value = match value.parse::<u32>() {
            Ok(seconds) if name == "max_age" => seconds.into(),
            _ => Value::from(value),
        };
        match claims.get_mut(name) {
            Some(Value::Array(several)) => several.push(value),
            Some(first) => *first = json!([first, value]),
            None => {
                claims.insert(name.to_owned(), value);
            }
        }
    }
    let own = [
        ("iss", client.client_id.as_str().into()),
        ("aud", client.issuer.as_str().into()),
        ("jti", format!("{}.r", jti.as_str()).into()),
        ("iat", now.as_unix().into()),
        ("nbf", now.as_unix().into()),
        ("exp", now.plus(LIFETIME).as_unix().into()),
    ];
    claims.extend(own.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    Unsigned::new(&encode_base64url(header.to_string()), Value::Object(claims).to_string().as_bytes())
}

/// What stands beside a request object in an address: OIDC Core §6.1 wants these there too.
pub(super) fn beside(form: &Form) -> Form {
    ["client_id", "response_type", "scope"]
        .iter()
        .fold(Form::new(), |beside, name| beside.with_some(name, form.text(name)))
}

/// The form field it goes into.
pub(super) const REQUEST: &str = "request";

/// How long it holds: a person's browser carries it.
const LIFETIME: Lifetime = Lifetime::seconds(300);
