//! RFC 9470: how the user must have signed in.

use http::StatusCode;
use keybound_proto::{challenge::Scheme, time::Lifetime};
use keybound_resource::{Authentication, Mode};
use serde_json::json;

use super::common::{Client, NOW, World, request};

const TWO: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

fn two_factors_lately() -> Authentication {
    Authentication::default().by(TWO).by("phr").within(Lifetime::seconds(300))
}

/// RFC 9470 §3: 401, the error's name, and what would do; nothing of it where all is well; conformance A17.
#[tokio::test]
async fn who_signed_in_in_another_way_or_too_long_ago_is_told_what_would_do() {
    let world = World::with(|config| config.authentication = two_factors_lately());
    let client = Client::new();
    for (acr, auth_time) in [
        (json!(null), json!(NOW - 10)),
        (json!("pwd"), json!(NOW - 10)),
        (json!(TWO), json!(null)),
        (json!(TWO), json!(NOW - 301)),
    ] {
        let token = world.token_with(&client, |claims| {
            claims["acr"] = acr.clone();
            claims["auth_time"] = auth_time.clone();
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        });
        let answer = world.get(&client, &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{acr} {auth_time}");
        answer.refused("insufficient_user_authentication", "token.authentication_insufficient");
        let challenge = answer.challenge(&Scheme::DPoP).unwrap();
        assert_eq!(challenge.param("acr_values"), Some(&*format!("{TWO} phr")));
        assert_eq!(challenge.param("max_age"), Some("300"));
    }
    for acr in [TWO, "phr"] {
        let token = world.token_with(&client, |claims| {
            claims["acr"] = acr.into();
            claims["auth_time"] = (NOW - 300).into();
        });
        assert_eq!(world.get(&client, &token).await.status, StatusCode::OK, "{acr}");
    }
}

/// It is said in the challenge of the scheme that was used, and only what is demanded.
#[tokio::test]
async fn a_bearer_is_told_in_the_challenge_for_bearers() {
    let world = World::with(|config| {
        config.mode = Mode::DpopOrBearer;
        config.authentication = Authentication::default().by(TWO);
    });
    let bearer = format!("Bearer {}", world.unbound_token());
    let answer = world.send(request("GET", "/me", &[("authorization", &bearer)])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.challenge(&Scheme::Bearer).unwrap();
    assert_eq!(challenge.param("acr_values"), Some(TWO));
    assert_eq!(challenge.param("max_age"), None);
    assert_eq!(answer.challenge(&Scheme::DPoP).unwrap().param("acr_values"), None);
}
