//! The dance with nonces, at both ends (RFC 9449 §8, §9).

use futures_util::{StreamExt as _, stream};
use keybound_client::{Again, Role, http::Upload, session::Renew};
use keybound_proto::{time::Lifetime, uri::Origin};
use keybound_resource::Nonces;

use crate::{
    api::hash,
    place::Asked,
    world::{World, want},
};

fn nonce(asked: &Asked) -> Option<String> {
    asked.proof()?["nonce"].as_str().map(str::to_owned)
}

/// RFC 9449 §8.
#[tokio::test]
async fn the_token_endpoint_demands_a_nonce_once_and_gives_another_in_time() {
    let world = World::set_up(|config| {
        (config.nonce.lifetime, config.nonce.epoch) = (Lifetime::seconds(300), Lifetime::seconds(300));
    })
    .await;
    let session = world.signed_in().await;
    let heard = world.server.heard_at("/oauth/token");
    assert_eq!(heard.len(), 2, "asked without, and then with a nonce");
    assert!(nonce(&heard[0]).is_none() && nonce(&heard[1]).is_some());

    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(world.server.heard_at("/oauth/token").len(), 3, "it is known by now");
    // It goes out of use while nobody asks.
    world.time.later(400);
    session.token_when(&want(), Renew::Now).await.unwrap();
    let heard = world.server.heard_at("/oauth/token");
    assert_eq!(heard.len(), 5, "refused, and made again with the new one");
    assert_eq!(nonce(&heard[2]), nonce(&heard[3]));
    assert_ne!(nonce(&heard[3]), nonce(&heard[4]));
}

/// RFC 9449 §9.
#[tokio::test]
async fn an_api_demands_a_nonce_once_and_another_when_it_is_over() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world
        .api_where(|guard| {
            (guard.nonces, guard.nonce_lifetime) = (Nonces::Required, Lifetime::seconds(120));
        })
        .await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let attempts = async || {
        let answer = fetcher.post("orders").body("one").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let attempts = answer.attempts();
        assert_eq!(answer.text().await.unwrap(), "added one");
        attempts
    };
    assert_eq!(attempts().await, 2);
    assert_eq!(attempts().await, 1);
    world.time.later(240);
    assert_eq!(attempts().await, 2, "rotated under way");
    assert_eq!(attempts().await, 1);
}

/// RFC 9449 §9: one origin may be both, with nonces of two kinds.
#[tokio::test]
async fn a_nonce_is_kept_for_its_origin_and_role() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let api = world.api_where(|guard| guard.nonces = Nonces::Required).await;
    session.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await.unwrap();
    let known = |url: &str, role| session.client().origins().nonce(&Origin::of_url(url).unwrap(), role);
    let server = known(&world.server.url, Role::AuthorizationServer).unwrap();
    let resource = known(&api.url, Role::ResourceServer).unwrap();
    assert_ne!(server, resource);
    assert!(known(&world.server.url, Role::ResourceServer).is_none());
    assert!(known(&api.url, Role::AuthorizationServer).is_none());
    let userinfo = session.fetcher(&world.server.url).unwrap();
    assert_eq!(userinfo.get("userinfo").send().await.unwrap().status(), 200);
}

/// A stream is sent once. An API that wants a nonce in the middle of it is an answer, not a hang; what it gave is
/// used for the next one.
#[tokio::test]
async fn a_nonce_demanded_in_the_middle_of_a_stream_is_known_for_the_next_one() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api_where(|guard| guard.nonces = Nonces::Required).await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let chunk = vec![7_u8; 32 * 1024];
    let first = stream::iter([Ok::<_, std::io::Error>(chunk.clone())]);
    // The rest of it never comes.
    let endless = Upload::streaming(first.chain(stream::pending()));
    let error = fetcher.put("upload").upload(endless).send().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.body_spent", Again::Later));

    let chunks = stream::iter(std::iter::repeat_n(chunk.clone(), 40).map(Ok::<_, std::io::Error>));
    let answer = fetcher.put("upload").upload(Upload::streaming(chunks)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 1));
    assert_eq!(answer.text().await.unwrap(), hash(&chunk.repeat(40)));
    // What can be had again is sent again.
    world.time.later(4_000);
    let answer = fetcher.put("upload").body(chunk.clone()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 2));
    assert_eq!(answer.text().await.unwrap(), hash(&chunk));
}
