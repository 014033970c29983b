//! Grants that need no browser: one token for another, somebody's statement, a code by email, a password.
//!
//! Each is one token request, an [`Exchange`]; what comes of it can be [kept](crate::session::Session::keep) in a
//! session like the tokens of any login.

mod exchanged;

use keybound_proto::request::token::{
    AssertionRequest, CodeRequest, ExchangeRequest, PasswordRequest, PasswordlessRequest, TokenRequest,
};

pub use self::exchanged::{Exchanged, OtherToken, TokenExchange};
use crate::{Client, Exchange};

impl Client {
    /// Exchanges one token for another (RFC 8693): a partner's for one of ours, a user's for one that says who acts
    /// for them, a broad one for a narrow one. Auth0's Custom Token Exchange and native social logins are this too.
    ///
    /// ```
    /// # use keybound_client::{Client, DpopKey, Step, http::Response, proto::{id::{ClientId, Jti}, metadata::ServerMetadata, secret::Secret, time::Timestamp, uri::Issuer}};
    /// use keybound_client::{
    ///     Steps, grant::Exchanged,
    ///     proto::{request::token::{ExchangeRequest, GivenToken}, response::token::TokenKind},
    /// };
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let mut metadata = ServerMetadata::of(&issuer);
    /// # metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
    /// # let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
    /// # let (now, jti) = (Timestamp::from_unix(1_800_000_000), Jti::parse("0f8fad5bd9cb469f")?);
    /// # let answer = Response::new(r#"{"access_token":"a","token_type":"DPoP","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#.into());
    /// let kind = TokenKind::parse("https://partner.example/token");
    /// let partner = GivenToken { token: Secret::new("what the partner gave".into()), kind };
    /// let request = ExchangeRequest { audience: Some("https://api.example/".into()), ..ExchangeRequest::of(partner) };
    ///
    /// let mut exchange = client.exchange_token(request);
    /// let sent = exchange.request(now, &jti)?.sign_here()?;
    /// assert!(sent.headers().contains_key("dpop"));
    /// let Step::Done(exchanged) = exchange.receive(&answer)? else { panic!("a nonce is wanted") };
    /// assert!(matches!(exchanged, Exchanged::Access { kind: Some(TokenKind::AccessToken), .. }));
    /// assert!(exchanged.into_tokens()?.is_bound());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn exchange_token(&self, request: ExchangeRequest) -> TokenExchange<'_> {
        TokenExchange::new(Exchange::new(self, TokenRequest::Exchange(request)))
    }

    /// Redeems the signed statement of somebody the server trusts (RFC 7523 §2.1).
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer}};
    /// use keybound_client::proto::request::token::AssertionRequest;
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    /// # let jwt = "a.b.c".to_owned();
    ///
    /// let request = AssertionRequest { assertion: Secret::new(jwt), scopes: None, resources: Vec::new() };
    /// let exchange = client.assertion(request); // for `drive`
    /// # let _ = exchange;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn assertion(&self, request: AssertionRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::JwtBearer(request))
    }

    /// Redeems a user's own password (RFC 6749 §4.3, and Auth0's `password-realm`).
    ///
    /// RFC 9700 §2.4: this must not be used. The password passes through this program, a second factor hardly fits, and
    /// users learn to type it in anywhere. It is here for what cannot be changed yet: prefer
    /// [`flow::log_in`](crate::flow), or [`device`](Self::device) where there is no browser.
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer}};
    /// use keybound_client::proto::request::token::PasswordRequest;
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    ///
    /// let typed = Secret::new("correct horse".to_owned());
    /// let request = PasswordRequest { realm: Some("staff".into()), ..PasswordRequest::new("ada", typed) };
    /// let exchange = client.password_despite_rfc_9700(request); // for `drive`
    /// # let _ = exchange;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn password_despite_rfc_9700(&self, request: PasswordRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::Password(request))
    }

    /// Redeems the code that [`passwordless_start`](Self::passwordless_start) had sent (Auth0's `passwordless/otp`).
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer}};
    /// use keybound_client::proto::request::token::{PasswordlessRealm, PasswordlessRequest};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    ///
    /// let typed = Secret::new("271828".to_owned());
    /// let request = PasswordlessRequest::new(PasswordlessRealm::Email, "ada@example.com", typed);
    /// let exchange = client.passwordless_otp(request); // for `drive`
    /// # let _ = exchange;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn passwordless_otp(&self, request: PasswordlessRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::Passwordless(request))
    }

    /// Redeems the code of a link that [`passwordless_start`](Self::passwordless_start) had sent. There is no PKCE in
    /// it: compare the `state` of the callback with the one that was sent, before anything else.
    pub const fn passwordless_link(&self, request: CodeRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::AuthorizationCode(request))
    }
}
