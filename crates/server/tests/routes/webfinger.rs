//! `/.well-known/webfinger` (RFC 7033 §4; OpenID Connect Discovery §2).

use crate::{
    wallet::get,
    world::{Answer, ISSUER, World},
};

const RELATION: &str = "http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer";

async fn asked(world: &World, query: &str) -> Answer {
    get(world, &format!("/.well-known/webfinger?{query}"), &[("origin", "https://any.example")]).await
}

/// RFC 7033 §4.2, §5; OpenID Connect Discovery §2.
#[tokio::test]
async fn anybody_at_our_host_has_us_for_an_issuer_be_there_one_or_not() {
    let world = World::new().await;
    for resource in ["acct:ada@id.example", "acct:nobody@id.example", "https://id.example/ada"] {
        let escaped = resource.replace(':', "%3A").replace('/', "%2F").replace('@', "%40");
        let answer = asked(&world, &format!("resource={escaped}&rel={RELATION}")).await;
        assert_eq!(answer.header("content-type"), Some("application/jrd+json"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let told = answer.ok();
        assert_eq!(told["subject"], resource);
        assert_eq!(told["links"][0]["rel"], "http://openid.net/specs/connect/1.0/issuer");
        assert_eq!(told["links"][0]["href"], ISSUER);
    }
    let other =
        asked(&world, "resource=acct:ada@id.example&rel=http%3A%2F%2Fwebfinger.net%2Frel%2Favatar").await;
    assert_eq!(other.ok()["links"], serde_json::json!([]));
}

/// RFC 7033 §4.2; Auth0's SDKs read 404 as: no enterprise signs these people in.
#[tokio::test]
async fn of_others_nothing_is_known_and_a_question_about_nobody_is_none() {
    let world = World::new().await;
    for stranger in [
        "acct:ada@other.example",
        "acct:ada@evil-id.example",
        "https://other.example/ada",
        "http://id.example/ada",
        "urn:auth0:discovery:domain:id.example",
    ] {
        let answer = asked(&world, &format!("resource={stranger}")).await;
        assert_eq!(answer.status, 404, "{stranger}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "a page must see that it is 404");
    }
    for bad in [
        "",
        "rel=x",
        "resource=",
        "resource=ada%40id.example",
        "resource=a%3Ab&resource=c%3Ad",
        "resource=%ff",
    ] {
        asked(&world, bad).await.refused(400, "invalid_request");
    }
}
