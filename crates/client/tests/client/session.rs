//! Sessions: one request however many ask, and nothing lost whatever comes between.

use std::sync::{Arc, atomic::Ordering};

use futures_util::FutureExt as _;
use keybound_client::{
    Again, Client, ClientError, Role, Tokens,
    http::{Body, Http, Request, Response, TransportError},
    proto::{
        form::Form,
        scope::Scopes,
        secret::Secret,
        time::{Lifetime, Timestamp},
        uri::Origin,
    },
    session::{FileStore, MemoryStore, Renew, Session, TokenStore, Want},
};

use crate::wire::{ISSUER, NOW, Standing, Wire, answer, client};

/// The first login, an hour ago and over.
pub(crate) fn over(client: &Client, refresh_token: &str) -> Tokens {
    Tokens {
        access_token: Secret::new("old".into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: Some(NOW.minus(Lifetime::seconds(1))),
        refresh_token: Some(Secret::new(refresh_token.into())),
        id_token: None,
        scopes: Some(Scopes::parse("openid offline_access").unwrap()),
    }
}

pub(crate) fn rotated(
    access: &str,
    refresh: &str,
    expires_in: u32,
) -> keybound_client::http::Response<keybound_client::http::Body> {
    let body = format!(
        r#"{{"access_token":"{access}","refresh_token":"{refresh}","token_type":"DPoP","expires_in":{expires_in}}}"#
    );
    answer(200, &[], &body)
}

fn session(client: &Client, wire: &Arc<Wire>, store: &Arc<dyn TokenStore>) -> Session<Arc<Wire>, Standing> {
    Session::of_user(client.clone(), Arc::clone(wire), Arc::clone(store)).by_clock(Standing)
}

pub(crate) fn memory() -> Arc<dyn TokenStore> {
    Arc::new(MemoryStore::default())
}

fn sent_refresh_token(wire: &Wire, at: usize) -> String {
    wire.with(at, |seen| Form::parse(seen.body.as_bytes()).unwrap().text("refresh_token").unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_callers_cause_one_refresh() {
    let (client, store) = (client(), memory());
    let wire = Arc::new(Wire::answering([rotated("new", "r2", 600)]));
    let session = session(&client, &wire, &store);
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.token(&Want::default()).await.unwrap() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().access_token.reveal(), "new");
    }
    assert_eq!(wire.sent(), 1);
    assert_eq!(session.refresh_token(None).await.unwrap().unwrap().reveal(), "r2");
}

#[tokio::test]
async fn sessions_that_share_a_store_take_turns_and_the_second_uses_what_the_first_brought() {
    let folder = tempfile::tempdir().unwrap();
    let client = client();
    let store: Arc<dyn TokenStore> = Arc::new(FileStore::new(folder.path().join("tokens")));
    let wire = Arc::new(Wire::answering([rotated("new", "r2", 600)]));
    let first = session(&client, &wire, &store);
    let second = session(&client, &wire, &store);
    first.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let want = Want::default();
    let (one, other) = tokio::join!(first.token(&want), second.token(&want));
    assert_eq!(one.unwrap().access_token, other.unwrap().access_token);
    assert_eq!(wire.sent(), 1);
}

#[tokio::test]
async fn a_failure_keeps_the_refresh_token_unless_the_server_will_never_take_it() {
    let (client, store) = (client(), memory());
    let refused = answer(
        403,
        &[],
        r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#,
    );
    let wire = Arc::new(Wire::answering([answer(503, &[], "busy"), refused]).breaks_off());
    let session = session(&client, &wire, &store);
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    for _ in 0..2 {
        let error = session.token(&Want::default()).await.unwrap_err();
        assert_eq!(error.again(), Again::Later);
        assert_eq!(session.refresh_token(None).await.unwrap().unwrap().reveal(), "r1");
    }
    let error = session.token(&Want::default()).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.refused", Again::WithUser));
    assert!(session.refresh_token(None).await.unwrap().is_none());
    let error = session.token(&Want::default()).await.unwrap_err();
    assert_eq!(error.code(), "client.login_required");
    assert_eq!(wire.sent(), 3);
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_lose_the_new_refresh_token() {
    let (client, store) = (client(), memory());
    let wire = Arc::new(Wire::answering([rotated("new", "r2", 600)]));
    let session = session(&client, &wire, &store);
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let want = Want::default();
    {
        let left = session.token(&want);
        tokio::pin!(left);
        // Asked once, then dropped.
        let _ = futures_util::poll!(left.as_mut());
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.refresh_token(None).await.unwrap().unwrap().reveal(), "r2");
}

/// A server that does not answer before it is told to.
struct Slow(tokio::sync::Semaphore, std::sync::atomic::AtomicUsize);

impl Http for Slow {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.acquire().await.map_err(TransportError::new)?.forget();
        Ok(rotated("new", "r2", 600))
    }
}

/// While a refresh waits for the network, whoever wants what is cached does not: nothing they need is locked.
#[tokio::test]
async fn no_lock_that_a_cached_token_needs_is_held_while_the_network_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn TokenStore>; 2] = [memory(), Arc::new(FileStore::new(folder.path()))];
    for store in stores {
        let (client, slow) = (client(), Arc::new(Slow(tokio::sync::Semaphore::new(0), Default::default())));
        let session = Session::of_user(client.clone(), Arc::clone(&slow), store).by_clock(Standing);
        let mut good = over(&client, "r1");
        good.expires = Some(NOW.plus(Lifetime::seconds(600)));
        session.keep(&Want::default(), good).await.unwrap();
        let other = Want::default().audience("https://stock.example");
        let waiting = tokio::spawn({
            let (session, other) = (session.clone(), other.clone());
            async move { session.token(&other).await }
        });
        while slow.1.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let cached = session.token(&Want::default()).now_or_never().expect("it is there at once").unwrap();
        assert_eq!(cached.access_token.reveal(), "old");
        let joined = session.token(&other).now_or_never();
        assert!(joined.is_none(), "whoever wants the same waits for the same answer");
        assert!(session.client().origins().nonce(&origin(), Role::AuthorizationServer).is_none());
        slow.0.add_permits(1);
        assert_eq!(waiting.await.unwrap().unwrap().access_token.reveal(), "new");
        assert_eq!(slow.1.load(Ordering::SeqCst), 1);
    }
}

fn origin() -> Origin {
    Origin::of_url(ISSUER).unwrap()
}

/// One refresh token for several APIs (Auth0's multi-resource refresh tokens): each has its own access token.
#[tokio::test]
async fn each_api_has_its_own_token_and_more_scopes_serve_for_fewer() {
    let (client, store) = (client(), memory());
    let body = r#"{"access_token":"a","refresh_token":"r2","token_type":"DPoP","expires_in":600,"scope":"read write"}"#;
    let narrow = r#"{"access_token":"b","token_type":"DPoP","expires_in":600,"scope":"read"}"#;
    let wire = Arc::new(Wire::answering([answer(200, &[], body), answer(200, &[], narrow)]));
    let session = session(&client, &wire, &store);
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let scopes = |text| Scopes::parse(text).unwrap();
    let orders = Want::default().audience("https://orders.example");
    session.token(&orders.clone().scopes(&scopes("write read"))).await.unwrap();
    let same = session.token(&orders.clone().scopes(&scopes("read"))).await.unwrap();
    assert_eq!(same.access_token.reveal(), "a");
    assert_eq!(wire.sent(), 1);
    let stock = Want::default().audience("https://stock.example").scopes(&scopes("read write"));
    let error = session.token(&stock).await.unwrap_err();
    assert_eq!(error.code(), "client.scopes_missing");
    assert!(error.to_string().contains("write"));
    assert_eq!(sent_refresh_token(&wire, 1), "r2");
    assert_eq!(session.refresh_token(None).await.unwrap().unwrap().reveal(), "r2");
}

/// Auth0 and others tell the scopes of the API alone: what was asked about the user is not missing for that, in this
/// process or in the next.
#[tokio::test]
async fn what_is_asked_about_the_user_is_not_missing_and_served_from_the_cache() {
    let (client, store) = (client(), memory());
    let body =
        r#"{"access_token":"a","refresh_token":"r2","token_type":"DPoP","expires_in":600,"scope":"read"}"#;
    let wire = Arc::new(Wire::answering([answer(200, &[], body)]));
    let first = session(&client, &wire, &store);
    first.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let scopes = |text| Scopes::parse(text).unwrap();
    let want = |text| Want::default().audience("https://orders.example").scopes(&scopes(text));
    let usual = want("openid profile email offline_access read");
    assert_eq!(first.token(&usual).await.unwrap().access_token.reveal(), "a");
    for session in [first, session(&client, &wire, &store)] {
        for fewer in ["openid read", "email profile", "read", "openid profile email offline_access read"] {
            assert_eq!(session.token(&want(fewer)).await.unwrap().access_token.reveal(), "a", "{fewer}");
        }
    }
    assert_eq!(wire.sent(), 1);
}

/// What was not granted stays missing, and the server is not asked for it again until it is time, or somebody says so.
#[tokio::test]
async fn what_was_not_granted_is_missing_each_time_and_asked_for_once() {
    let (client, store) = (client(), memory());
    let grant = |scope: &str| {
        let body = format!(
            r#"{{"access_token":"a","refresh_token":"r2","token_type":"DPoP","expires_in":600,"scope":"{scope}"}}"#
        );
        answer(200, &[], &body)
    };
    let wire = Arc::new(Wire::answering([grant("read"), grant("read write")]));
    let first = session(&client, &wire, &store);
    first.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let want = Want::default().audience("https://orders.example");
    let both = want.clone().scopes(&Scopes::parse("read write").unwrap());
    for session in [&first, &session(&client, &wire, &store), &first] {
        assert_eq!(session.token(&both).await.unwrap_err().code(), "client.scopes_missing");
    }
    assert!(first.token(&want.scopes(&Scopes::parse("read").unwrap())).await.is_ok());
    assert_eq!(wire.sent(), 1);
    assert!(first.token_when(&both, Renew::Now).await.is_ok());
    assert_eq!(wire.sent(), 2);
}

/// RFC 6749 §5.1: a server that does not tell the scopes granted those that were asked for.
#[tokio::test]
async fn a_login_whose_scopes_are_not_told_serves_for_what_was_asked() {
    let (client, store) = (client(), memory());
    let wire = Arc::new(Wire::default());
    let want = Want::default().scopes(&Scopes::parse("openid read").unwrap());
    let mut tokens = over(&client, "r1");
    (tokens.expires, tokens.scopes) = (Some(NOW.plus(Lifetime::seconds(600))), None);
    session(&client, &wire, &store).keep(&want, tokens).await.unwrap();
    assert_eq!(session(&client, &wire, &store).token(&want).await.unwrap().access_token.reveal(), "old");
}

#[tokio::test]
async fn a_machine_asks_for_itself_and_again_only_when_told_or_due() {
    let (client, store) = (client(), memory());
    let grant = |token: &str| {
        answer(200, &[], &format!(r#"{{"access_token":"{token}","token_type":"DPoP","expires_in":600}}"#))
    };
    let wire = Arc::new(Wire::answering([grant("a"), grant("b")]));
    let session = Session::of_machine(client, Arc::clone(&wire), store).by_clock(Standing);
    let want = Want::default().audience("https://orders.example");
    assert_eq!(session.token(&want).await.unwrap().access_token.reveal(), "a");
    assert_eq!(session.token(&want).await.unwrap().access_token.reveal(), "a");
    assert_eq!(session.token_when(&want, Renew::Now).await.unwrap().access_token.reveal(), "b");
    assert_eq!(wire.sent(), 2);
}

/// A token is bound to its key: what another key's session kept is of no use, and is not touched.
#[tokio::test]
async fn another_key_is_another_session() {
    let (one, store) = (client(), memory());
    let wire = Arc::new(Wire::default());
    session(&one, &wire, &store).keep(&Want::default(), over(&one, "r1")).await.unwrap();
    let other = one.clone().bound_to(keybound_client::DpopKey::generate().unwrap());
    let error = session(&other, &wire, &store).token(&Want::default()).await.unwrap_err();
    assert_eq!(error.code(), "client.login_required");
    assert!(session(&one, &wire, &store).refresh_token(None).await.unwrap().is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_their_owners_alone_and_outlive_the_process() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let client = client();
    let store = || -> Arc<dyn TokenStore> { Arc::new(FileStore::new(folder.path().join("tokens"))) };
    let wire = Arc::new(Wire::default());
    let mut tokens = over(&client, "r1");
    tokens.expires = Some(Timestamp::from_unix(NOW.as_unix() + 600));
    session(&client, &wire, &store()).keep(&Want::default(), tokens).await.unwrap();
    for entry in std::fs::read_dir(folder.path().join("tokens")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    let mode = std::fs::metadata(folder.path().join("tokens")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let again = session(&client, &wire, &store());
    assert_eq!(again.token(&Want::default()).await.unwrap().access_token.reveal(), "old");
    assert!(matches!(again.clear().await, Ok(())));
    assert!(matches!(again.token(&Want::default()).await, Err(ClientError::Joined(_))));
}

/// What cannot be read is left as it is, and the way out is a logout.
#[tokio::test]
async fn what_another_version_wrote_or_what_is_damaged_is_an_error_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let client = client();
    let store: Arc<dyn TokenStore> = Arc::new(FileStore::new(folder.path()));
    let session = session(&client, &Arc::new(Wire::default()), &store);
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let found = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let path = found.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "json")).unwrap();
    for (bad, said) in [
        (&br#"{"version":2,"refresh":[{"token":"SECRET"}],"access":[]}"#[..], "version 2"),
        (br#"{"version":1,"refresh":[{"token":"SECRET"},{}],"access":[]}"#, "damaged"),
        (br#"{"version":1,"refresh":[]}"#, "damaged"),
        (br#"{"version":1,"refresh":[{"token":"SECR"#, "damaged"),
        (b"", "damaged"),
        (b"\xff", "damaged"),
    ] {
        std::fs::write(&path, bad).unwrap();
        for error in [
            session.token(&Want::default()).await.map(drop).unwrap_err(),
            session.keep(&Want::default(), over(&client, "r2")).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), "client.store");
            assert!(error.to_string().contains(said) && !error.to_string().contains("SECR"), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), bad);
    }
    session.clear().await.unwrap();
    session.keep(&Want::default(), over(&client, "r2")).await.unwrap();
    assert_eq!(session.refresh_token(None).await.unwrap().unwrap().reveal(), "r2");
}

/// Nobody is led by a link to read, write or lock a file of somebody else's choice.
#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed_and_nothing_is_left_lying_about() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("target"), "theirs").unwrap();
    let store = FileStore::new(folder.path());
    symlink(at("target"), at("a.json")).unwrap();
    symlink(at("target"), at("a.lock")).unwrap();
    assert!(store.load("a").await.unwrap_err().to_string().contains("links are not followed"));
    assert!(store.lock("a").await.unwrap_err().to_string().contains("links are not followed"));
    for number in 0..64 {
        symlink(at("target"), at(&format!("a.{}-{number}.new", std::process::id()))).unwrap();
    }
    store.save("a", b"ours").await.unwrap();
    assert!(!std::fs::symlink_metadata(at("a.json")).unwrap().is_symlink());
    assert_eq!(store.load("a").await.unwrap().unwrap().reveal(), b"ours");
    assert_eq!(std::fs::read(at("target")).unwrap(), b"theirs");
    store.save("b", b"ours").await.unwrap();
    store.remove("b").await.unwrap();
    assert!(store.load("b").await.unwrap().is_none());
    let left = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("b.")
    });
    assert_eq!(left.count(), 0);
}
