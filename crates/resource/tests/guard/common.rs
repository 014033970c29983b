//! A guarded router, an issuer, and clients with keys.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    routing::{any, get},
};
use http::{HeaderMap, Method, Request, StatusCode};
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    challenge::{Challenge, Scheme},
    dpop::{DpopNonce, Draft, ProofBuilder, TokenHash},
    id::{Jti, Kid},
    jose::{Alg, KeySet, Sign, mint},
    time::Timestamp,
    uri::{Htu, Issuer, Origin},
};
use keybound_resource::{Granted, Guard, GuardConfig, GuardLayer, IssuerKeys, Principal, Scoped, SetClock};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://login.example.com/";
pub(crate) const AUDIENCE: &str = "https://api.example.com/";
pub(crate) const ORIGIN: &str = "https://api.example.com";

/// A resource server, its issuer and its clock.
pub(crate) struct World {
    pub(crate) issuer: SigningKey,
    pub(crate) keys: Arc<IssuerKeys>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) app: Router,
}

/// Somebody with a key.
pub(crate) struct Client {
    pub(crate) builder: ProofBuilder<SigningKey>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

struct ReadOrders;

impl Scoped for ReadOrders {
    const SCOPES: &'static str = "read:orders";
}

pub(crate) fn named_key(alg: Alg, kid: &str) -> SigningKey {
    SigningKey::generate(alg).unwrap().with_kid(Kid::parse(kid).unwrap())
}

pub(crate) fn config() -> GuardConfig {
    let origin = Origin::parse(ORIGIN).unwrap();
    GuardConfig::new(Issuer::parse(ISSUER).unwrap(), AUDIENCE, vec![origin])
}

pub(crate) fn router(guard: &Arc<Guard>) -> Router {
    let me = |who: Principal| async move { who.subject().to_string() };
    let orders = |who: Granted<ReadOrders>| async move { format!("orders of {}", who.subject()) };
    let fails = || async { (StatusCode::INTERNAL_SERVER_ERROR, "sorry") };
    Router::new()
        .route("/me", any(me))
        .route("/orders", get(orders))
        .route("/fails", get(fails))
        .route("/deep/{*rest}", any(me))
        .layer(GuardLayer::new(Arc::clone(guard)))
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world that has been up for a minute, so that proofs made now are younger than its memory.
    pub(crate) fn with(change: impl FnOnce(&mut GuardConfig)) -> Self {
        let issuer = named_key(Alg::Es256, "one");
        let keys = Arc::new(IssuerKeys::published(KeySet::new(vec![issuer.public().clone()])));
        Self::with_keys(issuer, keys, change)
    }

    pub(crate) fn with_keys(
        issuer: SigningKey,
        keys: Arc<IssuerKeys>,
        change: impl FnOnce(&mut GuardConfig),
    ) -> Self {
        let clock = Arc::new(SetClock::at(Timestamp::from_unix(NOW - 60)));
        let mut config = config();
        config.clock = Arc::<SetClock>::clone(&clock);
        change(&mut config);
        let guard = Arc::new(Guard::new(config, Arc::clone(&keys)));
        clock.advance(60);
        let app = router(&guard);
        Self { issuer, keys, clock, guard, app }
    }

    pub(crate) fn now(&self) -> Timestamp {
        use keybound_resource::Clock;
        self.clock.now()
    }

    /// A token of the issuer for a client's key, its claims open to change.
    pub(crate) fn token_with(&self, client: &Client, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        claims["cnf"] = json!({ "jkt": client.builder.thumbprint().to_string() });
        change(&mut claims);
        mint("at+jwt", &claims, &self.issuer).unwrap()
    }

    pub(crate) fn token(&self, client: &Client) -> String {
        self.token_with(client, |_| {})
    }

    pub(crate) fn unbound_token(&self) -> String {
        mint("at+jwt", &self.claims(), &self.issuer).unwrap()
    }

    pub(crate) fn claims(&self) -> Value {
        let now = self.now().as_unix();
        json!({
            "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": "spa", "iat": now, "exp": now + 3600,
            "jti": entropy::token::<12>(), "scope": "read:orders openid",
        })
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    /// `GET /me` as the rules want it.
    pub(crate) async fn get(&self, client: &Client, token: &str) -> Answer {
        let proof = client.proof(self, "GET", "/me", token);
        self.send(request("GET", "/me", &[("authorization", &format!("DPoP {token}")), ("dpop", &proof)]))
            .await
    }

    /// The positive control.
    #[track_caller]
    pub(crate) fn still_works(&self) -> impl Future<Output = ()> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            let client = Client::new();
            let answer = self.get(&client, &self.token(&client)).await;
            assert_eq!(answer.status, StatusCode::OK, "{caller}: {answer:?}");
        }
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { builder: ProofBuilder::new(SigningKey::generate(Alg::Es256).unwrap(), &AwsLc) }
    }

    pub(crate) fn proof(&self, world: &World, method: &str, path: &str, token: &str) -> String {
        self.proof_with(world.now(), method, &format!("{ORIGIN}{path}"), token, None)
    }

    pub(crate) fn proof_with(
        &self,
        now: Timestamp,
        method: &str,
        url: &str,
        token: &str,
        nonce: Option<&str>,
    ) -> String {
        let jti = Jti::parse(&entropy::token::<16>()).unwrap();
        let url = Htu::parse(url).unwrap();
        let token = TokenHash::of(token, &AwsLc);
        let nonce = nonce.map(|nonce| DpopNonce::parse(nonce).unwrap());
        let draft = Draft { jti: &jti, method, url: &url, now, token: Some(&token), nonce: nonce.as_ref() };
        self.builder.prove(&draft).unwrap()
    }
}

impl Answer {
    pub(crate) fn challenges(&self) -> Vec<Challenge> {
        Challenge::read(self.headers.get_all("www-authenticate").iter().map(http::HeaderValue::as_bytes))
    }

    pub(crate) fn challenge(&self, scheme: &Scheme) -> Option<Challenge> {
        self.challenges().into_iter().find(|challenge| challenge.scheme() == scheme)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} stands twice: {:?}", self.headers);
        Some(value.to_str().unwrap())
    }

    /// Refused with this error in the DPoP challenge, and with this sub-reason.
    #[track_caller]
    pub(crate) fn refused(&self, error: &str, code: &str) {
        assert_eq!(self.status, StatusCode::UNAUTHORIZED, "{self:?}");
        let challenge = self.challenge(&Scheme::DPoP).expect("a DPoP challenge");
        assert_eq!(challenge.param("error"), Some(error), "{self:?}");
        assert!(challenge.param("algs").is_some_and(|algs| algs.contains("ES256")), "{self:?}");
        let description = challenge.param("error_description").unwrap();
        assert!(description.ends_with(&format!("({code})")), "{description}");
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }
}

pub(crate) fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) fn dpop(token: &str) -> String {
    format!("DPoP {token}")
}
