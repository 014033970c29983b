//! A client and a server core in one thread, with a clock between them that moves when told.
//!
//! The server half is the least there can be: it checks proofs, seals nonces, remembers proofs, and hands out
//! tokens that say which key they are bound to. What it leaves out (grants, users, storage) has tests of its
//! own; what is left is the conversation, which neither end can be tested for alone.

use std::collections::HashMap;

use http::{HeaderMap, Request, Response};
use keybound_client::{
    Client, ClientError, DpopKey, Resource, Step, Steps, Tokens,
    http::Body,
    proto::{
        challenge::{Challenge, Scheme},
        code::ErrorCode,
        dpop::{
            Checked, Claim, Expect, HeldBy, NonceKeys, NoncePurpose, NonceRule, Possession, Proof,
            ProofError, ReplayKey, TokenHash,
        },
        id::{ClientId, Jti},
        jose::{AlgSet, Thumbprint},
        metadata::ServerMetadata,
        response::token::{TokenRefusal, TokenResponse, TokenType},
        secret::Secret,
        time::{Lifetime, Timestamp},
        uri::{Htu, Issuer, Origin},
    },
};
use keybound_crypto::AwsLc;

#[cfg(test)]
mod tests;

/// Both ends.
#[derive(Debug)]
pub struct Pair {
    /// The time at the server.
    pub now: Timestamp,
    /// How far the client's clock is ahead of the server's, in seconds.
    pub skew: i64,
    /// The client.
    pub client: Client,
    /// The server, authorization and resource in one.
    pub server: Server,
    jtis: u64,
}

/// The server half.
#[derive(Debug)]
pub struct Server {
    origin: Origin,
    authorization: NonceKeys,
    resource: NonceKeys,
    lifetime: Lifetime,
    seen: HashMap<ReplayKey, Timestamp>,
    /// Every request that came, as it came.
    pub requests: Vec<Request<Body>>,
    /// Why the last proof was refused, by its code that never changes.
    pub refused: Option<&'static str>,
}

impl Pair {
    /// A server that began this second, and a client with a new key that has never met it.
    pub fn new(now: Timestamp) -> Result<Self, Box<dyn std::error::Error>> {
        let issuer = Issuer::parse("https://tenant.example/")?;
        let mut metadata = ServerMetadata::of(&issuer);
        metadata.token_endpoint = Some("https://tenant.example/oauth/token".to_owned());
        let client =
            Client::new(issuer.clone(), metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
        let server = Server {
            authorization: NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 0),
            resource: NonceKeys::new(Secret::new([1; 32]), NoncePurpose::ResourceServer, 0),
            origin: issuer.origin().clone(),
            lifetime: Lifetime::seconds(300),
            seen: HashMap::new(),
            requests: Vec::new(),
            refused: None,
        };
        Ok(Self { now, skew: 0, client, server, jtis: 0 })
    }

    /// Lets time pass.
    pub fn turn(&mut self, seconds: u32) {
        self.now = self.now.plus(Lifetime::seconds(seconds));
    }

    /// The client asks for a token.
    pub fn token(&mut self) -> Result<Tokens, ClientError> {
        let client = self.client.clone();
        self.drive(client.client_credentials(Default::default()))
    }

    /// The client calls the resource.
    pub fn call(&mut self, tokens: &Tokens) -> Result<Response<Body>, ClientError> {
        let resource = Resource::new("https://tenant.example/", &self.client)?;
        self.drive(resource.get(tokens, "orders?page=1")?)
    }

    /// Takes steps until they are done.
    pub fn drive<S: Steps>(&mut self, mut steps: S) -> Result<S::Output, ClientError> {
        loop {
            self.jtis += 1;
            let jti = Jti::parse(&format!("jti-{}", self.jtis))?;
            let length = Lifetime::seconds(u32::try_from(self.skew.unsigned_abs()).unwrap_or(u32::MAX));
            let now = if self.skew < 0 { self.now.minus(length) } else { self.now.plus(length) };
            let request = steps.request(now, &jti)?.sign_here()?;
            match steps.receive(&self.server.answer(request, self.now))? {
                Step::Again => {}
                Step::Done(output) => return Ok(output),
            }
        }
    }
}

impl Server {
    /// The whole server: a request in, an answer out.
    pub fn answer(&mut self, request: Request<Body>, now: Timestamp) -> Response<Body> {
        self.requests.push(request.clone());
        self.refused = None;
        let answer = match request.uri().path() {
            "/oauth/token" => self.token(&request, now),
            _ => self.resource(&request, now),
        };
        answer.unwrap_or_else(|_| Response::new(Body::default()))
    }

    fn token(&mut self, request: &Request<Body>, now: Timestamp) -> Result<Response<Body>, http::Error> {
        let keys = self.authorization.mint(now, &AwsLc);
        let rule = NonceRule::Required(&self.authorization);
        let checked = check(request, &self.origin, (rule, HeldBy::Anyone, None), now);
        let held = self.claim(checked, now);
        let response = Response::builder().header("content-type", "application/json");
        let held = match held {
            Ok(held) => held,
            Err(error) => {
                let code = self.note(&error);
                let body = TokenRefusal::new(code, error.to_string()).to_json();
                return response.status(400).header("dpop-nonce", keys.as_str()).body(body.into());
            }
        };
        let expires = now.plus(self.lifetime);
        let body = TokenResponse {
            access_token: Secret::new(format!("{}.{}", held.thumbprint(), expires.as_unix())),
            token_type: TokenType::DPoP,
            expires_in: Some(self.lifetime),
            refresh_token: None,
            id_token: None,
            scopes: None,
            issued_token_type: None,
            subject: None,
            recovery_code: None,
        };
        let response = if held.nonce_due() { response.header("dpop-nonce", keys.as_str()) } else { response };
        response.body(body.to_json().into())
    }

    fn resource(&mut self, request: &Request<Body>, now: Timestamp) -> Result<Response<Body>, http::Error> {
        let nonce = self.resource.mint(now, &AwsLc);
        let challenge = Challenge::new(Scheme::DPoP).algs(AlgSet::ES256);
        let refuse = |code: ErrorCode| {
            let challenge = challenge.clone().error(code).to_string();
            let response = Response::builder().status(401).header("www-authenticate", challenge);
            response.header("dpop-nonce", nonce.as_str()).body(Body::default())
        };
        let Some((token, bound_to)) = bound_token(request.headers(), now) else {
            return refuse(ErrorCode::InvalidToken);
        };
        let hash = TokenHash::of(&token, &AwsLc);
        let rule = NonceRule::Required(&self.resource);
        let checked = check(request, &self.origin, (rule, HeldBy::Key(&bound_to), Some(&hash)), now);
        match self.claim(checked, now) {
            Ok(_) => Response::builder().body("[]".into()),
            Err(error) => refuse(self.note(&error)),
        }
    }

    /// Remembers a checked proof until it can no longer be accepted.
    fn claim(
        &mut self,
        checked: Result<Checked, ProofError>,
        now: Timestamp,
    ) -> Result<Possession, ProofError> {
        let checked = checked?;
        self.seen.retain(|_, until| *until >= now);
        let (key, until) = checked.replay_key();
        let first = self.seen.insert(key, until).is_none();
        checked.claimed(if first { Claim::First } else { Claim::Again })
    }

    fn note(&mut self, error: &ProofError) -> ErrorCode {
        self.refused = Some(error.code());
        if error.asks_for_nonce() { ErrorCode::UseDpopNonce } else { ErrorCode::InvalidDpopProof }
    }
}

/// A token that has not expired, with the key it says it is bound to.
fn bound_token(headers: &HeaderMap, now: Timestamp) -> Option<(String, Thumbprint)> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    let (thumbprint, expires) = token.split_once('.')?;
    let alive = now < Timestamp::from_unix(expires.parse().ok()?);
    let thumbprint = Thumbprint::parse(thumbprint).ok()?;
    (alive && scheme.eq_ignore_ascii_case("dpop")).then(|| (token.to_owned(), thumbprint))
}

/// Everything that can be checked without memory.
fn check(
    request: &Request<Body>,
    origin: &Origin,
    (nonce, holder, token): (NonceRule<'_>, HeldBy<'_>, Option<&TokenHash>),
    now: Timestamp,
) -> Result<Checked, ProofError> {
    let headers = request.headers().get_all("dpop").iter().map(http::HeaderValue::as_bytes);
    let proof = Proof::parse(headers)?.ok_or(ProofError::Missing)?;
    let urls: Vec<_> = Htu::of_request(origin, request.uri().path()).into_iter().collect();
    let expect = Expect { nonce, token, ..Expect::new(request.method().as_str(), &urls, holder) };
    proof.check(&expect, &AwsLc, now)
}
