//! Who asks, and what is presented to show it (RFC 6749 §2.3).

mod assertion;

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub use assertion::{AssertionAudience, AssertionError, CheckedAssertion, ClientAssertion, Vouched};

use super::InvalidRequest;
use crate::{form::Form, id::ClientId, secret::Secret};

/// What a client presents beside its name. Nothing in it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// Nothing: a public client.
    None,
    /// A secret in the `Authorization` header (`client_secret_basic`).
    SecretBasic(Secret<String>),
    /// A secret in the body (`client_secret_post`).
    SecretPost(Secret<String>),
    /// A signed assertion in the body (RFC 7523 §2.2), with its declared type.
    Assertion {
        /// `client_assertion_type`.
        kind: String,
        /// `client_assertion`.
        assertion: Secret<String>,
    },
}

impl Credential {
    /// Whom it names itself: an assertion may be the only thing that does (RFC 7521 §4.2).
    fn client(&self) -> Option<ClientId> {
        let Self::Assertion { kind, assertion } = self else { return None };
        ClientAssertion::read(kind, assertion).ok().map(|assertion| assertion.client().clone())
    }
}

/// A client's name and what it presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedClient {
    /// Who it says it is, if only by its assertion.
    pub client_id: Option<ClientId>,
    /// What it shows for it.
    pub credential: Credential,
}

impl PresentedClient {
    /// Reads the `Authorization` header and the body together: exactly one way of authenticating may be used.
    ///
    /// A header of another scheme than `Basic` is refused too: at a token endpoint it has no meaning, and to
    /// pass over it would let one request mean two things.
    pub fn read(authorization: Option<&[u8]>, form: &Form) -> Result<Self, InvalidRequest> {
        let named = form.text("client_id").map(client_id).transpose()?;
        let post = form.secret("client_secret").map(Credential::SecretPost);
        let assertion = form.secret("client_assertion").map(|assertion| Credential::Assertion {
            kind: form.text("client_assertion_type").unwrap_or_default().to_owned(),
            assertion,
        });
        let basic = authorization.map(basic).transpose()?;
        let presented = match (basic, post, assertion) {
            (None, None, None) => Self { client_id: named, credential: Credential::None },
            (None, Some(credential), None) | (None, None, Some(credential)) => {
                Self { client_id: named.or_else(|| credential.client()), credential }
            }
            (Some((own, secret)), None, None) => {
                if named.is_some_and(|named| named != own) {
                    return Err(InvalidRequest::Clients);
                }
                Self { client_id: Some(own), credential: Credential::SecretBasic(secret) }
            }
            _ => return Err(InvalidRequest::TwoAuthentications),
        };
        Ok(presented)
    }

    /// Whether it used the `Authorization` header, to which a refusal then answers with 401 (RFC 6749 §5.2).
    pub const fn used_header(&self) -> bool {
        matches!(self.credential, Credential::SecretBasic(_))
    }
}

/// Writes `client_secret_basic`: each half form-encoded, then joined and in base64 (RFC 6749 §2.3.1).
pub fn write_basic(client_id: &ClientId, secret: &Secret<String>) -> Secret<String> {
    let escape = |text: &str| Form::new().with("", text).encode().split_off(1);
    let pair = format!("{}:{}", escape(client_id.as_str()), escape(secret.reveal()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair)))
}

fn basic(header: &[u8]) -> Result<(ClientId, Secret<String>), InvalidRequest> {
    const FAULT: InvalidRequest = InvalidRequest::Authorization;
    let text = std::str::from_utf8(header).map_err(|_| FAULT)?;
    let (scheme, encoded) = text.split_once(' ').ok_or(FAULT)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(FAULT);
    }
    let pair = STANDARD.decode(encoded.trim()).map_err(|_| FAULT)?;
    let colon = pair.iter().position(|&byte| byte == b':').ok_or(FAULT)?;
    let (id, secret) = pair.split_at_checked(colon).ok_or(FAULT)?;
    let id = unescape(id)?;
    let secret = unescape(secret.get(1..).unwrap_or_default())?;
    Ok((client_id(&id)?, Secret::new(secret)))
}

/// Resolves form encoding; takes raw text with stray `%` as it is, since many clients skip the encoding.
fn unescape(half: &[u8]) -> Result<String, InvalidRequest> {
    if half.is_empty() {
        return Ok(String::new());
    }
    let raw = || String::from_utf8(half.to_vec()).map_err(|_| InvalidRequest::Authorization);
    if half.iter().any(|byte| matches!(byte, b'&' | b'=')) {
        return raw();
    }
    let decoded = Form::parse(&[b"v=", half].concat()).ok();
    decoded.and_then(|form| form.text("v").map(str::to_owned)).map_or_else(raw, Ok)
}

fn client_id(text: &str) -> Result<ClientId, InvalidRequest> {
    let reason = "is not a client identifier";
    ClientId::parse(text).map_err(|_| InvalidRequest::Malformed { name: "client_id", reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: Option<&str>, body: &str) -> Result<PresentedClient, InvalidRequest> {
        let form = Form::parse(body.as_bytes()).unwrap();
        PresentedClient::read(header.map(str::as_bytes), &form)
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    /// RFC 6749 §2.3.1; conformance A3 row 9.
    #[test]
    fn a_secret_with_reserved_characters_survives_the_header() {
        for odd in ["a:b", "100%", "a+b c", "ü€", "x=y&z", "%41"] {
            let id = ClientId::parse("c:1 %").unwrap();
            let header = write_basic(&id, &secret(odd));
            let client = read(Some(header.reveal()), "").unwrap();
            assert_eq!(client.client_id, Some(id), "{odd}");
            assert_eq!(client.credential, Credential::SecretBasic(secret(odd)), "{odd}");
            assert!(client.used_header());
        }
    }

    #[test]
    fn a_secret_sent_raw_is_read_as_it_is() {
        let header = format!("basic {}", STANDARD.encode("app:50%-off=yes"));
        let client = read(Some(&header), "client_id=app").unwrap();
        assert_eq!(client.credential, Credential::SecretBasic(secret("50%-off=yes")));
    }

    /// RFC 6749 §2.3; conformance A3 row 8.
    #[test]
    fn a_client_authenticates_in_one_way() {
        let header = format!("Basic {}", STANDARD.encode("app:s"));
        let two = Err(InvalidRequest::TwoAuthentications);
        assert_eq!(read(Some(&header), "client_id=app&client_secret=s"), two);
        assert_eq!(read(Some(&header), "client_assertion=x"), two);
        assert_eq!(read(None, "client_secret=s&client_assertion=x"), two);
        assert_eq!(read(Some(&header), "client_id=other"), Err(InvalidRequest::Clients));
    }

    #[test]
    fn a_public_client_presents_its_name_alone() {
        let client = read(None, "client_id=app").unwrap();
        assert_eq!(client.credential, Credential::None);
        assert_eq!(client.client_id.unwrap().as_str(), "app");
        assert_eq!(read(None, "").unwrap().client_id, None);
        let post = read(None, "client_id=app&client_secret=s").unwrap();
        assert_eq!(post.credential, Credential::SecretPost(secret("s")));
        assert!(!post.used_header());
    }

    #[test]
    fn a_header_that_is_not_basic_credentials_is_refused() {
        let no_colon = format!("Basic {}", STANDARD.encode("app"));
        for bad in ["", "Basic", "Bearer abc", "Basic !!", &no_colon, "DPoP a.b.c"] {
            assert_eq!(read(Some(bad), ""), Err(InvalidRequest::Authorization), "{bad}");
        }
    }
}
