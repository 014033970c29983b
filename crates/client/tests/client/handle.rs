//! The handle of a DPoP key: from its first use over its proofs to the logout.

use std::sync::Arc;

use http::HeaderValue;
use keybound_client::{
    Boxed, DpopKey, Prover, Proving, Role, SignElsewhere, Support, Tokens,
    crypto::AwsLc,
    key::{FileKeys, KeyPair, MemoryKeys},
    proto::{
        dpop::{Expect, HeldBy, NonceRule, Proof, TokenHash},
        jose::{Alg, Jwk, Sign as _, SignError},
        secret::Secret,
        time::Lifetime,
        uri::Htu,
    },
    session::{MemoryStore, Session, TokenStore, Want},
};

use crate::wire::{NOW, Standing, Wire, client, metadata};

const API: &str = "https://api.example/orders";

fn prover() -> Prover {
    Prover::holding(DpopKey::generate().unwrap())
}

/// The proof stands all tests of RFC 9449 §4.3 for this request, by the key of this prover.
fn stands(prover: &Prover, proof: &HeaderValue, token: Option<&str>, nonce: NonceRule<'_>) -> bool {
    let (urls, jkt) = ([Htu::parse(API).unwrap()], prover.thumbprint().unwrap());
    let token = token.map(|token| TokenHash::of(token, &AwsLc));
    let mut expect = Expect::new("GET", &urls, HeldBy::Key(&jkt));
    (expect.token, expect.nonce) = (token.as_ref(), nonce);
    Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW).is_ok()
}

#[tokio::test]
async fn a_handle_makes_its_key_once_keeps_it_and_forgets_it_at_logout() {
    let folder = tempfile::tempdir().unwrap();
    let prover = || Prover::kept_in(Arc::new(FileKeys::new(folder.path().join("keys"))), "app");
    let first = prover();
    assert!(!first.is_initialized());
    assert_eq!(first.public_jwk().unwrap_err().code(), "client.key_missing");
    let key = first.initialize().await.unwrap();
    assert_eq!(first.initialize().await.unwrap().thumbprint(), key.thumbprint());
    assert_eq!(
        (first.thumbprint().unwrap(), &first.public_jwk().unwrap()),
        (*key.thumbprint(), key.public())
    );
    let restarted = prover();
    assert_eq!(restarted.initialize().await.unwrap().thumbprint(), key.thumbprint());
    restarted.check_thumbprint(key.thumbprint()).unwrap();
    restarted.clear().await.unwrap();
    assert!(!restarted.is_initialized());
    assert!(std::fs::read_dir(folder.path().join("keys")).unwrap().next().is_none());
    let error = restarted.prove(&Proving::new("GET", API), &Standing).await.unwrap_err();
    assert_eq!(error.code(), "client.key_missing");
    let anew = restarted.initialize().await.unwrap();
    assert_ne!(anew.thumbprint(), key.thumbprint());
    let error = restarted.check_thumbprint(key.thumbprint()).unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.thumbprint", keybound_client::Again::WithUser));
}

/// RFC 9449 §4.3, with every algorithm; a second proof is another proof (§7.3).
#[tokio::test]
async fn proofs_stand_before_a_server_and_no_two_are_the_same() {
    for alg in [Alg::Es256, Alg::EdDsa, Alg::Es384, Alg::Ps256] {
        let prover = Prover::kept_in(Arc::new(MemoryKeys::default()), "app").by(alg);
        assert_eq!(prover.initialize().await.unwrap().alg(), alg);
        let request = Proving::new("GET", API).with_token("t0ken");
        let proof = prover.prove(&request, &Standing).await.unwrap();
        assert!(proof.is_sensitive());
        assert!(stands(&prover, &proof, Some("t0ken"), NonceRule::Off), "{alg}");
        assert!(!stands(&prover, &proof, Some("another"), NonceRule::Off), "{alg}");
        assert_ne!(prover.prove(&request, &Standing).await.unwrap(), proof);
        let hash = prover.token_hash("t0ken").unwrap();
        assert_eq!(hash, TokenHash::of("t0ken", &AwsLc));
    }
}

/// RFC 9449 §8, §8.2, §9: by origin and role, the newest; a clock that is off is corrected.
#[tokio::test]
async fn a_nonce_that_was_learnt_is_in_the_next_proof_for_that_server_alone() {
    let prover = prover();
    let headers = |nonce: &str| {
        let fields = [("dpop-nonce", nonce), ("date", "Sun, 06 Nov 1994 07:49:37 GMT")];
        fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    };
    for nonce in ["n1", "n2"] {
        assert!(prover.learn(API, Role::ResourceServer, &headers(nonce), NOW).unwrap());
    }
    let nonce_of = |proof: HeaderValue| {
        let claims = proof.to_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let bytes = keybound_client::proto::jose::decode_base64url(&claims).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        (claims["nonce"].as_str().map(str::to_owned), claims["iat"].as_i64().unwrap() - NOW.as_unix())
    };
    let prove = async |request: &Proving<'_>| nonce_of(prover.prove(request, &Standing).await.unwrap());
    let api = Proving::new("GET", API).with_token("t");
    assert_eq!(prove(&api).await, (Some("n2".into()), -3600));
    assert_eq!(prove(&api.with_nonce("mine")).await.0.as_deref(), Some("mine"));
    assert_eq!(prove(&Proving::new("GET", API)).await, (None, 0), "another role");
    let other = Proving::new("GET", "https://api.example:444/orders").with_token("t");
    assert_eq!(prove(&other).await, (None, 0));
    prover.origins().forget_nonces();
    assert_eq!(prove(&api).await, (None, -3600), "the clock is still what it is");
}

#[tokio::test]
async fn what_no_proof_can_be_made_of_is_an_error_that_says_so() {
    let prover = prover();
    for (request, code) in [
        (Proving::new("G T", API), "client.proof"),
        (Proving::new("GET", API).with_nonce("a b"), "client.proof"),
        (Proving::new("GET", "nowhere"), "client.uri"),
    ] {
        assert_eq!(prover.prove(&request, &Standing).await.unwrap_err().code(), code, "{request:?}");
    }
}

/// RFC 9449 §5.1: `dpop_signing_alg_values_supported`.
#[test]
fn a_server_is_asked_whether_it_takes_our_algorithm() {
    let prover = prover();
    let mut metadata = metadata();
    let mut said = |algs: &[&str]| {
        metadata.dpop_signing_alg_values_supported = algs.iter().map(|alg| (*alg).to_owned()).collect();
        prover.support(&metadata).unwrap()
    };
    assert_eq!(said(&[]), Support::Unknown);
    assert_eq!(said(&["PS256", "ES256"]), Support::Yes);
    assert_eq!(said(&["PS256", "odd"]), Support::OtherAlgorithms(vec!["PS256".into(), "odd".into()]));
}

/// A key that is elsewhere and takes its time: a key management service.
#[derive(Debug)]
struct Service(KeyPair);

impl SignElsewhere for Service {
    fn alg(&self) -> Alg {
        self.0.alg()
    }

    fn public(&self) -> &Jwk {
        self.0.public()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> Boxed<'a, Result<Vec<u8>, SignError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.sign(message)
        })
    }
}

#[tokio::test]
async fn a_key_management_service_proves_too() {
    let prover = Prover::holding(DpopKey::elsewhere(Service(KeyPair::generate(Alg::Es384).unwrap()), AwsLc));
    let proof = prover.prove(&Proving::new("GET", API).with_token("t"), &Standing).await.unwrap();
    assert!(stands(&prover, &proof, Some("t"), NonceRule::Off));
    assert_eq!(
        prover.rotate().await.unwrap_err().code(),
        "client.key_missing",
        "only its keeper makes a new one"
    );
}

/// Tokens stay with their key (RFC 9449 §5): after a change of keys the user logs in again, and what the old key
/// had is neither used nor lost.
#[tokio::test]
async fn a_new_key_wants_a_new_login_and_leaves_the_old_session_alone() {
    let prover = Prover::kept_in(Arc::new(MemoryKeys::default()), "app");
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::default());
    let wire = Arc::new(Wire::default());
    let session = |key: DpopKey| {
        let client = client().bound_to(key).sharing(Arc::clone(prover.origins()));
        Session::of_user(client, Arc::clone(&wire), Arc::clone(&store)).by_clock(Standing)
    };
    let login = |key: &DpopKey, token: &str| Tokens {
        access_token: Secret::new(token.into()),
        bound_to: Some(*key.thumbprint()),
        expires: Some(NOW.plus(Lifetime::seconds(600))),
        refresh_token: None,
        id_token: None,
        scopes: None,
    };
    let (want, old) = (Want::default(), prover.initialize().await.unwrap());
    session(old.clone()).keep(&want, login(&old, "old")).await.unwrap();
    let new = prover.rotate().await.unwrap();
    assert_eq!(prover.thumbprint().unwrap(), *new.thumbprint());
    assert_ne!(old.thumbprint(), new.thumbprint());
    let error = session(new.clone()).token(&want).await.unwrap_err();
    assert_eq!((error.code(), wire.sent()), ("client.login_required", 0));
    session(new.clone()).keep(&want, login(&new, "new")).await.unwrap();
    assert_eq!(session(new).token(&want).await.unwrap().access_token.reveal(), "new");
    assert_eq!(session(old).token(&want).await.unwrap().access_token.reveal(), "old");
}
