//! Scopes in words, for the consent page.

use keybound_proto::scope::Scopes;

use super::pages::Asked;

/// What a person is asked to allow, one line each.
pub(crate) fn words(scopes: &Scopes, described: impl Fn(&str) -> Option<String>) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    for scope in scopes.iter() {
        let name = scope.as_str();
        let line = match known(name) {
            Some(words) => Asked { words: words.to_owned(), name: None },
            None => {
                Asked { words: described(name).unwrap_or_else(|| spelled(name)), name: Some(name.to_owned()) }
            }
        };
        if !asked.contains(&line) {
            asked.push(line);
        }
    }
    asked
}

/// The scopes of OpenID Connect Core §5.4 and §11, and the claims of §5.1 that are asked for by name.
fn known(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "openid" => "Know that it is you",
        "profile" => "See your name and picture",
        "name" | "given_name" | "family_name" | "nickname" | "preferred_username" => "See your name",
        "picture" => "See your picture",
        "updated_at" => "See when your profile last changed",
        "email" | "email_verified" => "See your email address",
        "address" => "See your postal address",
        "phone" | "phone_number" | "phone_number_verified" => "See your phone number",
        "online_access" => "Keep this access while you are signed in",
        "offline_access" => "Keep this access while you are away",
        _ => return None,
    })
}

/// `read:orders` said aloud: "Read orders".
fn spelled(scope: &str) -> String {
    let text = scope.replace([':', '_', '.', '/'], " ");
    let mut letters = text.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => scope.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_said_in_words_and_those_of_an_api_keep_their_name_too() {
        let scopes = Scopes::parse("openid read:orders pay").unwrap();
        let lines = words(&scopes, |name| (name == "pay").then(|| "Pay for you".to_owned()));
        let said: Vec<_> = lines.iter().map(|line| (line.words.as_str(), line.name.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("Know that it is you", None),
                ("Read orders", Some("read:orders")),
                ("Pay for you", Some("pay")),
            ]
        );
    }
}
