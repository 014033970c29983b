//! The authorization code flow.

use keybound_client::{
    Client, ClientError, Tokens,
    crypto::{AwsLc, SigningKey},
    drive,
    flow::{Ask, Chance, CodeFlow},
    proto::{
        code::ErrorCode,
        form::Form,
        id::{ClientId, IdTokenNonce, Kid, Subject},
        jose::{Alg, JwtError, KeySet, Sign, mint},
        pkce::{CodeChallenge, CodeVerifier},
        scope::Scopes,
        secret::Secret,
        time::{Lifetime, Timestamp},
        token::id::{IdClaims, IdTokenError, half_hash},
        uri::RedirectUri,
    },
};

use crate::wire::{NOW, Standing, TOKEN, Wire, client, client_of, granted, issuer, metadata};

const CHANCE: Chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };

fn begin(client: &Client) -> CodeFlow {
    let ask = Ask::new(
        RedirectUri::parse("http://127.0.0.1:5000/callback").unwrap(),
        Scopes::parse("openid a").unwrap(),
    );
    let ask =
        Ask { audience: Some("https://api".into()), extra: vec![("prompt".into(), "login".into())], ..ask };
    CodeFlow::begin(client, &ask, &CHANCE, &AwsLc).unwrap()
}

fn parameters(flow: &CodeFlow) -> Form {
    Form::parse(flow.url().split_once('?').unwrap().1.as_bytes()).unwrap()
}

/// RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9449 §10; CL12.
#[test]
fn the_request_is_tied_to_the_key_and_to_the_verifier() {
    let client = client();
    let flow = begin(&client);
    let form = parameters(&flow);
    assert!(flow.url().starts_with("https://tenant.example/authorize?"));
    assert_eq!(form.text("dpop_jkt"), Some(client.key().unwrap().thumbprint().to_string().as_str()));
    assert_eq!(form.text("response_type"), Some("code"));
    assert_eq!(form.text("prompt"), Some("login"));
    assert_eq!(form.text("audience"), Some("https://api"));
    let challenge =
        CodeChallenge::parse(form.text("code_challenge").unwrap(), form.text("code_challenge_method"));
    assert!(challenge.unwrap().matches(&CodeVerifier::from_entropy(CHANCE.verifier), &AwsLc));
    assert_ne!(form.text("state"), form.text("nonce"));
}

/// RFC 6749 §4.1.3, RFC 7636 §4.5.
#[tokio::test]
async fn the_code_is_redeemed_with_verifier_address_and_proof() {
    let client = client();
    let flow = begin(&client);
    let state = parameters(&flow).text("state").unwrap().to_owned();
    let wire = Wire::answering([granted("DPoP")]);
    let query = Form::new().with("code", "c 1").with("state", &state).with("iss", issuer().as_str()).encode();
    drive(flow.come_back(&client, &query).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(0, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("code"), Some("c 1"));
        assert_eq!(form.text("redirect_uri"), Some("http://127.0.0.1:5000/callback"));
        assert_eq!(form.text("code_verifier"), Some(CodeVerifier::from_entropy(CHANCE.verifier).reveal()));
        assert!(seen.header("dpop").is_some());
    });
}

/// RFC 9207 §2.4; conformance A9: on a mismatch not even the error is looked at.
#[test]
fn another_servers_answer_is_not_looked_at() {
    let mut advertised = metadata();
    advertised.authorization_response_iss_parameter_supported = Some(true);
    let client = client_of(advertised);
    let flow = begin(&client);
    let state = parameters(&flow).text("state").unwrap().to_owned();
    for iss in
        [Some("https://tenant.example"), Some("https://evil.example/"), Some("https://TENANT.example/"), None]
    {
        for answer in ["code", "error"] {
            let query = Form::new().with(answer, "x").with("state", &state).with_some("iss", iss).encode();
            assert!(matches!(flow.come_back(&client, &query), Err(ClientError::Issuer)), "{iss:?}");
        }
    }
    let twice = format!(
        "code=x&state={state}&iss=https%3A%2F%2Ftenant.example%2F&iss=https%3A%2F%2Ftenant.example%2F"
    );
    assert!(flow.come_back(&client, &twice).is_err());
}

/// RFC 6749 §10.12.
#[test]
fn an_answer_to_another_request_is_refused() {
    let client = client();
    let flow = begin(&client);
    for query in ["code=x", "code=x&state=", "code=x&state=other", "error=access_denied&state=other", "", "%"]
    {
        assert!(matches!(flow.come_back(&client, query), Err(ClientError::State)), "{query}");
    }
    let state = parameters(&flow).text("state").unwrap().to_owned();
    let query = Form::new().with("error", "login_required").with("state", &state).encode();
    let refused = flow.come_back(&client, &query).unwrap_err();
    assert_eq!(refused.refusal(), Some(ErrorCode::LoginRequired));
}

struct Server {
    key: SigningKey,
    keys: KeySet,
}

impl Server {
    fn new(alg: Alg) -> Self {
        let key = SigningKey::generate(alg).unwrap().with_kid(Kid::parse("k1").unwrap());
        let keys = KeySet::new(vec![key.public().clone()]);
        Self { key, keys }
    }

    fn tokens(&self, client: &Client, change: impl FnOnce(&mut IdClaims)) -> Tokens {
        let nonce = parameters(&begin(client)).text("nonce").unwrap().to_owned();
        let mut claims = IdClaims {
            issuer: issuer(),
            subject: Subject::parse("auth0|1").unwrap(),
            client_id: ClientId::parse("app").unwrap(),
            issued: NOW,
            expires: NOW.plus(Lifetime::seconds(60)),
            auth_time: None,
            nonce: Some(IdTokenNonce::parse(&nonce).unwrap()),
            session: None,
            at_hash: Some(half_hash(Alg::Rs256, TOKEN, &AwsLc)),
            acr: None,
            amr: Vec::new(),
            organization: None,
            organization_name: None,
            profile: Default::default(),
        };
        change(&mut claims);
        Tokens {
            access_token: Secret::new(TOKEN.into()),
            bound_to: None,
            expires: None,
            refresh_token: None,
            id_token: Some(Secret::new(mint("JWT", &claims, &self.key).unwrap())),
            scopes: None,
        }
    }
}

fn check(
    client: &Client,
    server: &Server,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<Option<IdClaims>, ClientError> {
    begin(client).check(client, tokens, (&server.keys, &AwsLc), now)
}

/// OIDC Core §3.1.3.7; conformance A20.
#[test]
fn an_id_token_is_believed_when_everything_fits() {
    let (client, server) = (client(), Server::new(Alg::Rs256));
    let good = server.tokens(&client, |_| {});
    assert_eq!(check(&client, &server, &good, NOW).unwrap().unwrap().subject.as_str(), "auth0|1");
    let refusal = |change: fn(&mut IdClaims)| {
        let Err(ClientError::IdToken(refusal)) =
            check(&client, &server, &server.tokens(&client, change), NOW)
        else {
            panic!("it was believed")
        };
        refusal
    };
    assert_eq!(refusal(|claims| claims.nonce = None), IdTokenError::Nonce);
    assert_eq!(refusal(|claims| claims.at_hash = Some("x".into())), IdTokenError::AccessToken);
    assert_eq!(
        refusal(|claims| claims.client_id = ClientId::parse("other").unwrap()),
        JwtError::Audience.into()
    );
    assert_eq!(
        refusal(|claims| claims.expires = Timestamp::from_unix(0)),
        JwtError::Expired { ago: NOW.as_unix() }.into()
    );
}

/// OIDC Core §3.1.3.7 (6), (7): another key, another algorithm, or none; conformance A20.
#[test]
fn an_id_token_by_another_key_or_algorithm_is_not_believed() {
    let (client, server, thief) = (client(), Server::new(Alg::Rs256), Server::new(Alg::Rs256));
    let forged = check(&client, &server, &thief.tokens(&client, |_| {}), NOW);
    assert!(matches!(forged, Err(ClientError::Jwt(JwtError::Signature(_)))));
    let other = Server::new(Alg::Es256);
    let unexpected = check(&client, &other, &other.tokens(&client, |_| {}), NOW);
    assert!(matches!(unexpected, Err(ClientError::Jwt(JwtError::Alg { found: Alg::Es256 }))));
    let missing = Tokens { id_token: None, ..server.tokens(&client, |_| {}) };
    assert!(matches!(check(&client, &server, &missing, NOW), Err(ClientError::IdTokenMissing)));
}
