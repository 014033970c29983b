//! Who the user is, asked with the access token (OIDC Core §5.3, RFC 9449 §7.1).

use http::{Method, header::ACCEPT};
use keybound_proto::{
    id::{Jti, Subject},
    response::{token::TokenRefusal, userinfo::UserInfo},
    time::Timestamp,
};

use crate::{
    Client, ClientError, Outgoing, Retry, Role, Step, Steps, Tokens,
    attempt::Attempt,
    call::{Carried, dressed, refusal},
    http::{Body, Request, Response},
};

/// A question for the user's claims, on its way. The answer must speak of the subject of the ID token.
///
/// ```
/// # use keybound_client::{Client, DpopKey, Step, Steps, Tokens, http::Response, proto::{id::{ClientId, Jti, Subject}, metadata::ServerMetadata, secret::Secret, time::Timestamp, uri::Issuer}};
/// use keybound_client::userinfo::Question;
/// # let issuer = Issuer::parse("https://tenant.example/")?;
/// # let mut metadata = ServerMetadata::of(&issuer);
/// # metadata.userinfo_endpoint = Some("https://tenant.example/userinfo".into());
/// # let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
/// # let tokens = Tokens { access_token: Secret::new("a".into()), bound_to: client.key().map(|key| *key.thumbprint()), expires: None, refresh_token: None, id_token: None, scopes: None };
/// # let (now, jti) = (Timestamp::from_unix(1_800_000_000), Jti::parse("0f8fad5bd9cb469f")?);
/// # let answer = || Response::new(r#"{"sub":"auth0|1","email":"ada@example.com"}"#.into());
/// let subject = Subject::parse("auth0|1")?; // of the ID token
/// let mut question = Question::new(&client, &tokens, &subject)?;
/// let request = question.request(now, &jti)?.sign_here()?;
/// assert!(request.headers().contains_key("dpop"));
/// let Step::Done(user) = question.receive(&answer())? else { panic!("a nonce is wanted") };
/// assert_eq!(user.claims["email"], "ada@example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Question<'a> {
    client: &'a Client,
    tokens: &'a Tokens,
    subject: Subject,
    attempt: Attempt,
    endpoint: String,
}

impl<'a> Question<'a> {
    /// Asks about this user.
    pub fn new(client: &'a Client, tokens: &'a Tokens, subject: &Subject) -> Result<Self, ClientError> {
        let endpoint = client.metadata.userinfo_endpoint.clone();
        let endpoint = endpoint.ok_or(ClientError::Endpoint("userinfo_endpoint"))?;
        let attempt = Attempt::to(&endpoint, Role::ResourceServer)?;
        Ok(Self { client, tokens, subject: subject.clone(), attempt, endpoint })
    }
}

impl Steps for Question<'_> {
    type Output = UserInfo;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        let request = Request::builder().method(Method::GET).uri(&self.endpoint);
        let request = request.header(ACCEPT, "application/json").body(Body::default());
        let request = request.map_err(|_| ClientError::Header("address"))?;
        let Client { key, clocks, origins, .. } = self.client;
        let key = key.as_ref().filter(|_| self.tokens.is_bound());
        let carried = Carried::of(self.tokens, key)?;
        Ok(dressed(request, &mut self.attempt, &carried, (key, *clocks, origins), (now, jti)))
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<UserInfo>, ClientError> {
        let (status, body) = (response.status(), response.body().as_bytes());
        let code = refusal(response.headers(), body);
        let asked_again = code.filter(|_| self.tokens.is_bound() && status.is_client_error());
        if self.attempt.again(&self.client.origins, response.headers(), asked_again)? {
            return Ok(Step::Again);
        }
        let status_code = status.as_u16();
        if status_code == 200 {
            return Ok(Step::Done(UserInfo::parse(body)?.about(&self.subject)?));
        }
        let told = TokenRefusal::parse(body).ok();
        let error = told.as_ref().map(|told| told.error.clone());
        Err(match error.or_else(|| code.map(|code| code.as_str().to_owned())) {
            Some(error) => {
                let description = told.and_then(|told| told.description);
                ClientError::Refused { status: status_code, error, description }
            }
            None => ClientError::Status { status: status_code },
        })
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
