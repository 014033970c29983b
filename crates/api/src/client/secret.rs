//! A client's secret, and the one before it for as long as both are good.

use serde_json::{Map, Value};

use crate::field::{Field, Shape};
use crate::kind::{Kind, Name};

/// What a rotation may say. Auth0 takes nothing there; some of its SDKs name the client a second time.
pub const ROTATION: Kind = Kind {
    name: Name { one: "rotation", many: "rotations", path: "clients/rotate-secret" },
    fields: &[
        // Our own: for how many seconds the secret that goes is still taken.
        Field::obeyed("previous_secret_lifetime", Shape::Number { least: 0, most: LONGEST }),
        Field::obeyed("id", Shape::some_text(255)),
    ],
    told: &[],
    untold: &[],
    merged: &[],
    absent: "The client does not exist",
    absent_code: "inexistent_client",
};

/// Where the secret stands.
pub const MEMBER: &str = "client_secret";

/// Where the one before it stands: nobody is shown that one.
pub const PREVIOUS: &str = "previous_client_secret";

/// Until when that is good; RFC 3339.
pub const PREVIOUS_UNTIL: &str = "previous_client_secret_expires_at";

/// Puts a secret in the place of the one that was, which is good until then where a time is named. The one before
/// that is good no more.
pub fn replace(client: &mut Map<String, Value>, secret: &str, previous_until: Option<&str>) {
    forget_previous(client);
    let previous = client.insert(MEMBER.to_owned(), secret.into());
    if let (Some(previous), Some(until)) = (previous, previous_until) {
        client.insert(PREVIOUS.to_owned(), previous);
        client.insert(PREVIOUS_UNTIL.to_owned(), until.into());
    }
}

/// The secret before this one is good no more.
pub fn forget_previous(client: &mut Map<String, Value>) {
    client.remove(PREVIOUS);
    client.remove(PREVIOUS_UNTIL);
}

/// The client has no secret any more.
pub fn forget(client: &mut Map<String, Value>) {
    client.remove(MEMBER);
    forget_previous(client);
}

/// Thirty days: whoever needs longer does not rotate.
const LONGEST: i64 = 2_592_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Verb;

    #[test]
    fn two_secrets_are_live_at_most_and_two_only_where_somebody_says_so() {
        let mut client = Map::from_iter([(MEMBER.to_owned(), json!("first"))]);
        replace(&mut client, "second", Some("2026-01-01T00:00:00.000Z"));
        assert_eq!((&client[MEMBER], &client[PREVIOUS]), (&json!("second"), &json!("first")));
        replace(&mut client, "third", Some("2026-01-02T00:00:00.000Z"));
        assert_eq!((&client[MEMBER], &client[PREVIOUS]), (&json!("third"), &json!("second")));
        assert_eq!(client[PREVIOUS_UNTIL], "2026-01-02T00:00:00.000Z");
        replace(&mut client, "fourth", None);
        assert_eq!(Value::Object(client.clone()), json!({ MEMBER: "fourth" }));
        replace(&mut client, "fifth", Some("2026-01-02T00:00:00.000Z"));
        forget(&mut client);
        assert!(client.is_empty());
    }

    #[test]
    fn a_rotation_says_how_long_the_old_secret_lives_and_no_more() {
        for fine in ["{}", r#"{"previous_secret_lifetime":0}"#, r#"{"previous_secret_lifetime":2592000}"#] {
            assert!(ROTATION.read(Verb::Update, fine.as_bytes()).is_ok(), "{fine}");
        }
        for wrong in [
            r#"{"previous_secret_lifetime":-1}"#,
            r#"{"previous_secret_lifetime":2592001}"#,
            r#"{"previous_secret_lifetime":"60"}"#,
            r#"{"previous_secret_lifetime":1.5}"#,
            r#"{"previous_secret_lifetime":null}"#,
            r#"{"client_secret":"of-my-own"}"#,
            "[]",
        ] {
            assert!(ROTATION.read(Verb::Update, wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
