//! Whether a token is bound, a bearer token, or refused: the issuance matrix of Auth0's documents, all of it.

use keybound_proto::form::Form;
use keybound_store::documents::{ClientGrants, Clients, ResourceServers};
use serde_json::{Value, json};

use crate::{
    wallet::{Wallet, get},
    world::{CALLBACK, SECRET, Wish, World, claims, redeem},
};

/// What a row expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Bearer,
    Bound,
    Refused,
}

use Outcome::{Bearer, Bound, Refused};

/// Whether the token is for the userinfo endpoint only, whether the client requires possession, whether a proof
/// is sent; then what comes of it where the API has no policy, allows, and requires.
const ROWS: [(bool, bool, bool, [Outcome; 3]); 8] = [
    (true, false, false, [Bearer, Bearer, Bearer]),
    (true, false, true, [Bound, Bound, Bound]),
    (true, true, false, [Refused, Refused, Refused]),
    (true, true, true, [Bound, Bound, Bound]),
    (false, false, false, [Bearer, Bearer, Refused]),
    (false, false, true, [Bearer, Bound, Bound]),
    (false, true, false, [Refused, Refused, Refused]),
    (false, true, true, [Refused, Bound, Bound]),
];

const POLICIES: [&str; 3] = ["none", "allowed", "required"];

async fn furnish(world: &World) {
    for policy in POLICIES {
        let proof = match policy {
            "none" => Value::Null,
            "allowed" => json!({ "mechanism": "dpop", "required": false }),
            _ => json!({ "mechanism": "dpop", "required": true, "required_for": "all_clients" }),
        };
        let api = json!({
            "identifier": format!("urn:{policy}"), "allow_offline_access": true,
            "scopes": [{ "value": "read" }], "proof_of_possession": proof,
        });
        world.put::<ResourceServers>(policy, api).await;
    }
    for required in [false, true] {
        let public = json!({
            "client_id": client(required), "app_type": "spa", "token_endpoint_auth_method": "none",
            "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
            "require_proof_of_possession": required,
        });
        world.put::<Clients>(&client(required), public).await;
        let machine = json!({
            "client_id": m2m(required), "app_type": "non_interactive", "client_secret": SECRET,
            "grant_types": ["client_credentials"], "require_proof_of_possession": required,
        });
        world.put::<Clients>(&m2m(required), machine).await;
        for policy in POLICIES {
            let grant =
                json!({ "client_id": m2m(required), "audience": format!("urn:{policy}"), "scope": ["read"] });
            world.put::<ClientGrants>(&format!("cgr-{required}-{policy}"), grant).await;
        }
    }
}

fn client(required: bool) -> String {
    format!("spa-{required}")
}

fn m2m(required: bool) -> String {
    format!("m2m-{required}")
}

async fn outcome(world: &World, wallet: &Wallet, form: Form, sent: bool) -> Outcome {
    let answer =
        if sent { wallet.token(world, form).await } else { world.post("/oauth/token", form, &[]).await };
    if answer.status != 200 {
        assert!(answer.status == 400, "{}", answer.json());
        return Refused;
    }
    let token = answer.text("access_token");
    let bound = answer.text("token_type") == "DPoP";
    if token.contains('.') {
        let key = bound.then(|| json!({ "jkt": wallet.thumbprint().to_string() }));
        assert_eq!(claims(&token).get("cnf"), key.as_ref());
    } else if bound {
        wallet.call(world, "/userinfo", &token).await.ok();
    } else {
        get(world, "/userinfo", &[("authorization", &format!("Bearer {token}"))]).await.ok();
    }
    if bound { Bound } else { Bearer }
}

/// auth0.md §3; sdks.md C19; conformance AS06 and AS07.
#[tokio::test]
async fn every_row_of_the_issuance_matrix_holds_for_codes() {
    let (world, wallet) = (World::new().await, Wallet::new());
    furnish(&world).await;
    world.session().await;
    for (userinfo, required, sent, expected) in ROWS {
        for (policy, expected) in POLICIES.into_iter().zip(expected) {
            let audience = format!("urn:{policy}");
            let client = client(required);
            let audience = (!userinfo).then_some(audience.as_str());
            let wish = Wish { client: &client, audience, scopes: "openid read", jkt: None };
            let code = world.code(&wish).await;
            let found = outcome(&world, &wallet, redeem(&code, &client), sent).await;
            assert_eq!(found, expected, "userinfo {userinfo}, required {required}, sent {sent}, {policy}");
        }
    }
}

/// The rows a machine can meet: it has no userinfo endpoint; conformance AS06 and AS07.
#[tokio::test]
async fn every_row_of_the_issuance_matrix_holds_for_machines() {
    let (world, wallet) = (World::new().await, Wallet::new());
    furnish(&world).await;
    for (_, required, sent, expected) in ROWS.into_iter().filter(|(userinfo, ..)| !userinfo) {
        for (policy, expected) in POLICIES.into_iter().zip(expected) {
            let form = Form::new()
                .with("grant_type", "client_credentials")
                .with("client_id", &m2m(required))
                .with("client_secret", SECRET)
                .with("audience", &format!("urn:{policy}"));
            let found = outcome(&world, &wallet, form, sent).await;
            assert_eq!(found, expected, "required {required}, sent {sent}, {policy}");
        }
    }
}
