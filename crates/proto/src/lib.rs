//! DPoP, JOSE and OAuth messages, without I/O, clock or randomness.
//!
//! Bytes go in, types come out; `now` and chance are arguments. Three rooms share it: what a client writes is
//! what a server reads, because it is the same type.
//!
//! | Document | Where |
//! | --- | --- |
//! | RFC 3986 §6 addresses, each with its own equality | [`uri`] |
//! | RFC 6749 §3.3 scopes | [`scope`] |
//! | RFC 6749 §4.1.1, OIDC Core §3.1.2.1 authorization request | [`request::authorization`] |
//! | RFC 6749 §4.1.2, RFC 9207 authorization response | [`response::authorization`] |
//! | RFC 6749 §2.3 who asks | [`request::client`] |
//! | RFC 6749 §4.1.3, §4.4.2, §6 token request | [`request::token`] |
//! | RFC 6749 §5 token response | [`response::token`] |
//! | RFC 6749 appendix B parameters | [`form`] |
//! | RFC 6265 cookies, `X-Forwarded-For`, RFC 9110 §8.3.1 media types | [`field`] |
//! | RFC 6750 §2, RFC 9449 §7.1 how a token is presented | [`request::resource`] |
//! | RFC 7009 revocation, RP-Initiated Logout | [`request::revocation`], [`request::logout`] |
//! | RFC 7515, 7517, 7519, 7638 signatures, keys, tokens, thumbprints | [`jose`] |
//! | RFC 7636 PKCE | [`pkce`] |
//! | RFC 8252 §7.3 coming back to a native app | [`response::callback`] |
//! | RFC 8414, RFC 9728 metadata | [`metadata`] |
//! | RFC 9068, RFC 9449 §6 access tokens | [`token::access`] |
//! | RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1 challenges | [`challenge`] |
//! | RFC 9449 proofs and nonces | [`dpop`] |
//! | OIDC Core §2, §3.1.3.7 ID tokens | [`token::id`] |
//! | OIDC Core §5.3 user info | [`response::userinfo`] |
//! | every error code, and who registered it | [`code`] |
//!
//! # Example
//!
//! ```
//! use keybound_proto::{challenge::{Challenge, Scheme}, code::ErrorCode, form::Form, request::token::TokenRequest};
//!
//! // A server reads what was sent to its token endpoint …
//! let form = Form::parse(b"grant_type=refresh_token&refresh_token=r1&client_id=app")?;
//! let request = TokenRequest::parse(&form)?;
//! assert_eq!(request.grant_type(), "refresh_token");
//!
//! // … and a client reads what a resource answered.
//! let challenges = Challenge::read([&br#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#[..]]);
//! let ours = challenges.iter().find(|challenge| *challenge.scheme() == Scheme::DPoP);
//! assert_eq!(ours.and_then(Challenge::error_code), Some(ErrorCode::UseDpopNonce));
//! # Ok::<(), keybound_proto::request::InvalidRequest>(())
//! ```

pub mod challenge;
pub mod code;
pub mod dpop;
pub mod field;
pub mod form;
pub mod id;
pub mod jose;
pub mod metadata;
pub mod pkce;
pub mod request;
pub mod response;
pub mod scope;
pub mod secret;
pub mod time;
pub mod token;
pub mod uri;
