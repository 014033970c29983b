//! A guarded request: token, proof, and the layer around both.

use std::{convert::Infallible, sync::Arc};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Uri,
    header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT},
};
use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{NonceKeys, NoncePurpose},
    id::{ClientId, Subject},
    jose::{Alg, KeySet, Sign as _, mint},
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
    token::access::{AccessClaims, Profile},
    uri::{Issuer, Origin},
};
use keybound_resource::{Guard, GuardConfig, GuardLayer, IssuerKeys, SetClock};
use tower::{Layer as _, Service as _, service_fn};

use crate::{
    prover::Prover,
    raw::Es256,
    ready::ready,
    table::{Bar, Table, Unit},
    timer::{self, Cost, Turns},
};

const BEGAN: Timestamp = Timestamp::from_unix(1_800_000_000);
const NOW: Timestamp = Timestamp::from_unix(1_800_000_100);
const AUDIENCE: &str = "https://api.example/";

/// A resource server, and a client with a token of its issuer.
struct Scene {
    issuer: Issuer,
    keys: Arc<IssuerKeys>,
    secret: Secret<[u8; 32]>,
    token: String,
    prover: Prover,
}

/// A request as a guard sees it.
struct Asked {
    uri: Uri,
    headers: HeaderMap,
}

/// Measures the guard.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let scene = Scene::new()?;
    checks(table, &scene)?;
    garbage(table, &scene)
}

fn checks(table: &mut Table, scene: &Scene) -> Result<()> {
    let raw = Es256::of(scene.prover.builder().key(), &scene.prover.prove_many(Turns::LONG.total())?)?;
    let cached = Arc::new(scene.guard(CACHED)?);
    let uncached = scene.guard(Lifetime::ZERO)?;
    let answer = |_: Request<()>| async { Ok::<_, Infallible>(Response::new(Bytes::new())) };
    let mut layered = GuardLayer::new(Arc::clone(&cached)).layer(service_fn(answer));

    let total = Turns::LONG.total();
    let (for_cached, for_uncached) = (scene.requests(total)?, scene.requests(total)?);
    let (mut for_cached, mut for_uncached) = (for_cached.iter(), for_uncached.iter());
    let mut for_layer = scene.requests(total)?.into_iter().map(Asked::into_request);
    let [unparsed, parsed] = raw.verifiers();
    let [unparsed, parsed, cached, uncached, layered] = timer::compare(
        Turns::LONG,
        [
            unparsed,
            parsed,
            Box::new(|| assert!(for_cached.next().is_some_and(|asked| asked.passes(&cached)), "it may pass")),
            Box::new(|| {
                assert!(for_uncached.next().is_some_and(|asked| asked.passes(&uncached)), "it may pass");
            }),
            Box::new(move || {
                let Some(request) = for_layer.next() else { return };
                let Ok(response) = ready(layered.call(request));
                assert!(response.status().is_success(), "it may pass");
            }),
        ],
    );
    let verify = unparsed.least(&parsed);
    let how =
        |cost: &Cost| format!("{:.1} µs; one raw ES256 verify: {:.1} µs", cost.micros(), verify.micros());
    table.row(
        "token and proof checked by a guard, token known",
        cached.over(&verify),
        Bar::AtMost(1.15, Unit::Times),
        how(&cached),
    );
    table.row(
        "token (RS256) and proof checked by a guard, token not known",
        uncached.over(&verify),
        Bar::AtMost(1.6, Unit::Times),
        how(&uncached),
    );
    table.row(
        "the tower layer around that check",
        layered.above(&cached),
        Bar::AtMost(15.0, Unit::Micros),
        format!("{:.1} µs with the layer, {:.1} µs without", layered.micros(), cached.micros()),
    );
    Ok(())
}

/// Refusals: what a flood of nonsense costs a server before it writes an answer.
fn garbage(table: &mut Table, scene: &Scene) -> Result<()> {
    let guard = scene.guard(CACHED)?;
    let noise = |length| keybound_proto::jose::encode_base64url(vec![0xA5; length]);
    let word = scene.asking("abc.def")?;
    let foreign = scene.asking(&scene.token)?;
    let noisy = scene.asking(&format!("{}.{}.{}", noise(200), noise(200), noise(64)))?;
    let long = scene.asking(&format!("{}.{}.{}", noise(3_000), noise(3_000), noise(64)))?;
    let refused = |asked: &Asked| assert!(!asked.passes(&guard), "it is garbage");
    let costs = timer::compare(
        Turns::SHORT,
        [
            Box::new(|| refused(&word)),
            Box::new(|| refused(&foreign)),
            Box::new(|| refused(&noisy)),
            Box::new(|| refused(&long)),
        ],
    );
    let costs = costs.map(|cost| cost.micros());
    let [word, foreign, noisy, long] = costs;
    table.row(
        "garbage `DPoP` header refused by a guard, the dearest of four kinds",
        costs.into_iter().fold(0.0, f64::max),
        Bar::AtMost(5.0, Unit::Micros),
        format!(
            "no JWS {word:.1}, another kind of JWT {foreign:.1}, noise of 620 bytes {noisy:.1}, of 8 KB {long:.1} µs"
        ),
    );
    Ok(())
}

const CACHED: Lifetime = Lifetime::seconds(300);

impl Scene {
    fn new() -> Result<Self> {
        let issuer = Issuer::parse("https://login.example/")?;
        let signer = SigningKey::generate(Alg::Rs256)?.named_by_thumbprint();
        let secret = Secret::new(entropy::bytes());
        let prover = Prover::new("GET", "https://api.example/orders", NOW)?;
        let claims = AccessClaims {
            profile: Profile::Auth0,
            issuer: issuer.clone(),
            subject: Subject::parse("auth0|65a1b2c3d4e5f60718293a4b")?,
            audiences: vec![AUDIENCE.to_owned(), "https://login.example/userinfo".to_owned()],
            client_id: ClientId::parse("AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp")?,
            issued: BEGAN,
            expires: BEGAN.plus(Lifetime::seconds(7_200)),
            jti: None,
            scopes: Scopes::parse("openid profile email offline_access read:orders write:orders")?,
            grant: None,
            permissions: None,
            organization: None,
            auth_time: None,
            acr: None,
            key: Some(*prover.builder().thumbprint()),
            act: None,
        };
        let token = mint(claims.profile.typ(), &claims, &signer)?;
        let nonces = NonceKeys::new(secret.clone(), NoncePurpose::ResourceServer, 0).remembered_since(BEGAN);
        let prover = prover.with_token(&token).with_nonce(nonces.mint(NOW, &AwsLc));
        let keys = Arc::new(IssuerKeys::published(KeySet::new(vec![signer.public().clone()])));
        Ok(Self { issuer, keys, secret, token, prover })
    }

    fn guard(&self, token_cache_lifetime: Lifetime) -> Result<Guard> {
        let clock = Arc::new(SetClock::at(BEGAN));
        let config = GuardConfig {
            nonce_secret: Some(self.secret.clone()),
            token_cache_lifetime,
            clock: Arc::clone(&clock) as _,
            ..GuardConfig::new(self.issuer.clone(), AUDIENCE, vec![Origin::parse("https://api.example")?])
        };
        let guard = Guard::new(config, Arc::clone(&self.keys));
        clock.advance(NOW.since(BEGAN));
        Ok(guard)
    }

    fn requests(&self, count: usize) -> Result<Vec<Asked>> {
        self.prover.prove_many(count)?.iter().map(|proof| self.asking(proof)).collect()
    }

    fn asking(&self, proof: &str) -> Result<Asked> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("api.example"));
        headers.insert(USER_AGENT, HeaderValue::from_static("keybound-bench"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, format!("DPoP {}", self.token).try_into()?);
        headers.insert("dpop", proof.try_into().context("a proof fits into a header")?);
        Ok(Asked { uri: Uri::from_static("/orders?page=1"), headers })
    }
}

impl Asked {
    fn passes(&self, guard: &Guard) -> bool {
        ready(guard.admit(&Method::GET, &self.uri, &self.headers)).is_ok()
    }

    fn into_request(self) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        request
    }
}
