//! JSON without its secrets.

use serde_json::Value;

/// The same, with stars for every text that its name, or the name of anything around it, says is a secret. Where that is
/// not sure, it is one.
pub(super) fn redacted(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| {
                    // The settings of refresh tokens are called as a token is.
                    let is_one = is_secret(&name) || (name == "refresh_token" && value.is_string());
                    let value = if is_one { starred(value) } else { redacted(value) };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(redacted).collect()),
        other => other,
    }
}

fn starred(value: Value) -> Value {
    match value {
        Value::String(_) | Value::Number(_) => STARS.into(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, starred(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(starred).collect()),
        other => other,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    !PLAIN.contains(&name.as_str())
        && (WITHIN.iter().any(|word| name.contains(word))
            || AT_THE_END.iter().any(|word| name.ends_with(word)))
}

/// Settings about secrets, which are none.
const PLAIN: &[&str] = &[
    "refresh_token",
    "refresh_tokens",
    "passwordpolicy",
    "password_options",
    "password_history",
    "password_dictionary",
    "password_complexity_options",
    "password_no_personal_info",
    "secret_encoded",
    "change_password",
    "client_authentication_methods",
];

const WITHIN: &[&str] = &["secret", "password", "passwd", "passphrase", "private"];

const AT_THE_END: &[&str] = &[
    "assertion",
    "authorization",
    "cookie",
    "credential",
    "hash",
    "invitation_url",
    "key",
    "otp",
    "pass",
    "recovery_code",
    "salt",
    "ticket",
    "ticket_id",
    "ticket_url",
    "token",
    "tokens",
];

const STARS: &str = "*****";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_a_secret_is_not_repeated() {
        let said = json!({
            "name": "shop", "client_secret": "s", "password": "p", "n": 1, "nothing": null,
            "options": { "app_secret": "s", "domain": "d", "api_key": "k", "headers": [{ "Authorization": "b" }] },
            "custom_password_hash": { "algorithm": "md5", "hash": { "value": "v" } },
            "passwordPolicy": "good",
            "refresh_token": { "rotation_type": "rotating", "token_lifetime": 5 },
            "token_dialect": "access_token", "access_token": "t", "ticket": "https://x/?t=1", "on": { "secret": true },
        });
        assert_eq!(
            redacted(said),
            json!({
                "name": "shop", "client_secret": "*****", "password": "*****", "n": 1, "nothing": null,
                "options": {
                    "app_secret": "*****", "domain": "d", "api_key": "*****",
                    "headers": [{ "Authorization": "*****" }],
                },
                "custom_password_hash": { "algorithm": "*****", "hash": { "value": "*****" } },
                "passwordPolicy": "good",
                "refresh_token": { "rotation_type": "rotating", "token_lifetime": 5 },
                "token_dialect": "access_token", "access_token": "*****", "ticket": "*****", "on": { "secret": true },
            })
        );
    }

    #[test]
    fn a_refresh_token_that_is_a_text_is_one() {
        assert_eq!(redacted(json!({ "refresh_token": "v1.x" })), json!({ "refresh_token": "*****" }));
    }
}
