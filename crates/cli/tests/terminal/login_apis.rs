//! One login for several APIs: `--audience`, where the server's policies allow it (Auth0's multi-resource refresh tokens).

use serde_json::{Value, json};

use super::{
    dev::Dev,
    place::Place,
    run::{stderr, stdout},
};

const STOCK: &str = "https://stock.example/";

/// Asks the Management API, by the command line itself.
fn administer(place: &Place, dev: &Dev, (method, path): (&str, &str), body: &Value) {
    let management = format!("{}api/v2/", dev.text("issuer"));
    let (url, body) = (format!("{management}{path}"), body.to_string());
    let kind = "content-type: application/json";
    let mut command =
        place.command(&["call", method, &url, "-d", &body, "-H", kind, "--profile", "administrator"]);
    command
        .env("AUTH0_DOMAIN", dev.text("issuer"))
        .env("AUTH0_CLIENT_ID", dev.text("management_client_id"))
        .env("AUTH0_CLIENT_SECRET", dev.text("management_client_secret"))
        .env("AUTH0_AUDIENCE", &management);
    let output = command.output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{method} {path}: {}{}", stdout(&output), stderr(&output));
}

/// auth0.md §5 (MRRT).
#[test]
fn a_token_for_another_api_comes_by_the_same_login_where_a_policy_allows_it() {
    let (place, dev) = Place::with_dev();
    let stock = json!({
        "name": "Stock", "identifier": STOCK, "allow_offline_access": true,
        "proof_of_possession": { "mechanism": "dpop", "required": true },
        "scopes": [{ "value": "read:stock", "description": "Read what is there" }],
    });
    administer(&place, &dev, ("POST", "resource-servers"), &stock);
    let policies = json!([{ "audience": STOCK, "scope": ["read:stock"] }]);
    let native = json!({ "refresh_token": {
        "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
        "token_lifetime": 2_592_000, "idle_token_lifetime": 1_296_000, "policies": policies,
    } });
    let path = format!("clients/{}", dev.text("native_client_id"));
    administer(&place, &dev, ("PATCH", &path), &native);

    let told = place.log_in(&dev, &[]);
    let usual = place.json(&["token", "--decode"]);
    let there = place.json(&["token", "--audience", STOCK, "--scope", "read:stock", "--decode"]);
    let payload = &there["payload"];
    assert_eq!((&payload["sub"], &payload["scope"]), (&told["subject"], &"read:stock".into()));
    assert!(payload["aud"].to_string().contains(STOCK), "{payload}");
    assert_eq!(payload["cnf"]["jkt"], told["bound_to"]);
    assert_eq!(place.json(&["token", "--decode"]), usual, "the first API's token stays");
    let refused = place.run(&["token", "--audience", "https://elsewhere.example/"]);
    assert_eq!(refused.status.code(), Some(20), "{}", stderr(&refused));
    assert!(place.says(&["token", "--refresh"]).len() > 100, "the login goes on");
}
