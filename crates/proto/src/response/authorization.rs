//! What comes back from the authorization endpoint (RFC 6749 §4.1.2, RFC 9207), in four ways of travelling.

use crate::{
    code::ErrorCode,
    form::Form,
    id::ClientId,
    request::authorization::{ResponseMode, State},
    secret::Secret,
    time::Timestamp,
    uri::{Issuer, RedirectUri},
};

/// A code, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A code to redeem.
    Code(Secret<String>),
    /// Tokens, which nobody has to redeem.
    Tokens(Box<FrontTokens>),
    /// No code.
    Refused {
        /// The code of the refusal, as it is spelled on the wire.
        error: String,
        /// The same for a developer to read.
        description: Option<String>,
    },
    /// Either of them, with all that goes along, under the server's signature (JARM §2.1).
    Signed(Secret<String>),
}

/// Tokens that come by the browser (RFC 6749 §4.2.2, OIDC Core §3.2.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontTokens {
    /// For resource servers: whoever holds it may use it.
    pub access: Option<FrontAccess>,
    /// For the client.
    pub id_token: Option<Secret<String>>,
}

/// An access token that comes by the browser. It is never bound to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontAccess {
    /// The token.
    pub token: Secret<String>,
    /// For how many seconds.
    pub expires_in: String,
    /// What it permits, where that is not what was asked for.
    pub scope: Option<String>,
}

/// An answer on its way back to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// What was decided.
    pub outcome: Outcome,
    /// What the client sent to know it by.
    pub state: Option<State>,
    /// Who decided (RFC 9207 §2): success or not, so that no client is talked into another's answer.
    pub issuer: Option<Issuer>,
}

/// An answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResponse {
    /// Neither a code nor an error.
    #[error("the answer holds neither a code nor an error")]
    Empty,
    /// A code and an error.
    #[error("the answer holds both a code and an error")]
    Both,
    /// `iss` is no issuer.
    #[error("the answer's iss is not an issuer")]
    Issuer,
    /// It is encrypted, which nobody asked for: a client says at its registration whether answers are.
    #[error("the answer is encrypted, and only answers that are signed alone can be read")]
    Encrypted,
    /// It is not signed, although that was asked for.
    #[error("the answer is not signed, and was to be")]
    Unsigned,
}

impl AuthorizationResponse {
    /// An answer that refuses.
    pub fn refused(code: ErrorCode, description: Option<String>) -> Self {
        let outcome = Outcome::Refused { error: code.as_str().to_owned(), description };
        Self { outcome, state: None, issuer: None }
    }

    /// An answer with a code.
    pub const fn code(code: Secret<String>) -> Self {
        Self { outcome: Outcome::Code(code), state: None, issuer: None }
    }

    /// An answer with tokens.
    pub fn tokens(tokens: FrontTokens) -> Self {
        Self { outcome: Outcome::Tokens(Box::new(tokens)), state: None, issuer: None }
    }

    /// An answer that was signed.
    pub const fn signed(response: Secret<String>) -> Self {
        Self { outcome: Outcome::Signed(response), state: None, issuer: None }
    }

    /// What is signed of an answer: all of it, for that client alone, until then (JARM §2.1).
    pub fn to_claims(&self, client: &ClientId, until: Timestamp) -> serde_json::Value {
        let fields = self.fields().into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        let mut claims = fields.collect::<serde_json::Map<_, _>>();
        claims.insert("aud".to_owned(), client.as_str().into());
        claims.insert("exp".to_owned(), until.as_unix().into());
        claims.into()
    }

    /// The same answer with what the client sent to know it by.
    #[must_use]
    pub fn with_state(self, state: Option<State>) -> Self {
        Self { state, ..self }
    }

    /// The same answer with who decided.
    #[must_use]
    pub fn with_issuer(self, issuer: Issuer) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// Reads what came back: a query, or a form the browser posted.
    pub fn parse(form: &Form) -> Result<Self, InvalidResponse> {
        let outcome = match (form.secret("code"), form.text("error")) {
            (Some(code), None) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Refused {
                error: error.to_owned(),
                description: form.text("error_description").map(str::to_owned),
            },
            (Some(_), Some(_)) => return Err(InvalidResponse::Both),
            (None, None) => return Err(InvalidResponse::Empty),
        };
        let issuer = form.text("iss").map(Issuer::parse).transpose().map_err(|_| InvalidResponse::Issuer)?;
        Ok(Self { outcome, state: form.text("state").map(State::new), issuer })
    }

    /// Names and values, in order: the hidden fields of `form_post`.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = Vec::with_capacity(4);
        match &self.outcome {
            Outcome::Code(code) => fields.push(("code", code.reveal().as_str())),
            Outcome::Tokens(tokens) => {
                if let Some(access) = &tokens.access {
                    fields.push(("access_token", access.token.reveal().as_str()));
                    fields.push(("token_type", "Bearer"));
                    fields.push(("expires_in", access.expires_in.as_str()));
                    fields.extend(access.scope.as_deref().map(|scope| ("scope", scope)));
                }
                fields.extend(tokens.id_token.as_ref().map(|token| ("id_token", token.reveal().as_str())));
            }
            Outcome::Refused { error, description } => {
                fields.push(("error", error.as_str()));
                fields.extend(description.as_deref().map(|text| ("error_description", text)));
            }
            Outcome::Signed(response) => fields.push(("response", response.reveal().as_str())),
        }
        fields.extend(self.state.as_ref().map(|state| ("state", state.as_str())));
        fields.extend(self.issuer.as_ref().map(|issuer| ("iss", issuer.as_str())));
        fields
    }

    /// Where to redirect to; `None` for the modes that need a page.
    pub fn location(&self, redirect_uri: &RedirectUri, mode: ResponseMode) -> Option<String> {
        let target = redirect_uri.as_str();
        let joint = match mode.carrier() {
            ResponseMode::Query if target.ends_with(['?', '&']) => "",
            ResponseMode::Query if target.contains('?') => "&",
            ResponseMode::Query => "?",
            ResponseMode::Fragment => "#",
            _ => return None,
        };
        let fields =
            self.fields().into_iter().fold(Form::new(), |form, (name, value)| form.with(name, value));
        Some(format!("{target}{joint}{}", fields.encode()))
    }

    /// The message of `web_message` as JSON that may stand inside a `<script>`: it cannot close the element.
    pub fn message(&self) -> String {
        let response = self.fields().into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        let response = response.collect::<serde_json::Map<_, _>>();
        let message = serde_json::json!({ "type": "authorization_response", "response": response });
        escape_for_script(&message.to_string())
    }
}

/// JSON has these characters only inside strings, where an escape means the same.
fn escape_for_script(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        match c {
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn response(state: &str) -> AuthorizationResponse {
        AuthorizationResponse::code(Secret::new("c+d".into()))
            .with_state(Some(State::new(state)))
            .with_issuer(Issuer::parse("https://a.example/").unwrap())
    }

    fn to(address: &str, mode: ResponseMode) -> Option<String> {
        response("s =").location(&RedirectUri::parse(address).unwrap(), mode)
    }

    /// RFC 6749 §4.1.2 and §3.1.2: a query that is there is kept; RFC 9207 §2.
    #[test]
    fn an_answer_joins_the_query_or_becomes_the_fragment() {
        let fields = "code=c%2Bd&state=s+%3D&iss=https%3A%2F%2Fa.example%2F";
        let query = ResponseMode::Query;
        assert_eq!(to("https://app/cb", query).unwrap(), format!("https://app/cb?{fields}"));
        assert_eq!(to("https://app/cb?x=1", query).unwrap(), format!("https://app/cb?x=1&{fields}"));
        assert_eq!(to("https://app/cb?", query).unwrap(), format!("https://app/cb?{fields}"));
        assert_eq!(to("app:/cb?x=1", ResponseMode::Fragment).unwrap(), format!("app:/cb?x=1#{fields}"));
        assert_eq!(to("https://app/cb", ResponseMode::FormPost), None);
    }

    /// RFC 9207 §2: errors name the issuer too.
    #[test]
    fn a_refusal_carries_state_and_issuer_like_a_code() {
        let refusal = AuthorizationResponse::refused(ErrorCode::LoginRequired, Some("Login required".into()));
        let refusal =
            refusal.with_state(Some(State::new("s"))).with_issuer(Issuer::parse("https://a/").unwrap());
        let fields = [("error", "login_required"), ("error_description", "Login required")];
        assert_eq!(refusal.fields(), [&fields[..], &[("state", "s"), ("iss", "https://a/")]].concat());
    }

    #[test]
    fn a_message_cannot_close_the_script_it_stands_in() {
        let message = response("</script><!--\u{2028}'&").message();
        assert!(!message.contains(['<', '>', '&', '\'', '\u{2028}']), "{message}");
        let read: serde_json::Value = serde_json::from_str(&message).unwrap();
        assert_eq!(read["type"], "authorization_response");
        assert_eq!(read["response"]["state"], "</script><!--\u{2028}'&");
    }

    /// Conformance A9.
    #[test]
    fn an_answer_is_a_code_or_a_refusal_and_not_both() {
        let parse = |query: &str| AuthorizationResponse::parse(&Form::parse(query.as_bytes()).unwrap());
        assert_eq!(parse("state=s"), Err(InvalidResponse::Empty));
        assert_eq!(parse("code=c&error=e"), Err(InvalidResponse::Both));
        assert_eq!(parse("code=c&iss=nobody"), Err(InvalidResponse::Issuer));
        assert!(
            matches!(parse("error=odd").unwrap().outcome, Outcome::Refused { error, .. } if error == "odd")
        );
    }

    /// JARM §2.1, §2.3: signed or not, it travels as its mode says.
    #[test]
    fn a_signed_answer_holds_all_of_it_and_travels_as_one_parameter() {
        let claims = response("s").to_claims(&ClientId::parse("app").unwrap(), Timestamp::from_unix(9));
        let wanted = serde_json::json!({
            "iss": "https://a.example/", "aud": "app", "exp": 9, "code": "c+d", "state": "s",
        });
        assert_eq!(claims, wanted);
        let to = RedirectUri::parse("https://app/cb").unwrap();
        let signed = AuthorizationResponse::signed(Secret::new("a.b.c".into()));
        for (mode, wanted) in [
            (ResponseMode::Jwt, Some("https://app/cb?response=a.b.c")),
            (ResponseMode::QueryJwt, Some("https://app/cb?response=a.b.c")),
            (ResponseMode::FragmentJwt, Some("https://app/cb#response=a.b.c")),
            (ResponseMode::FormPostJwt, None),
        ] {
            assert_eq!(signed.location(&to, mode).as_deref(), wanted, "{mode:?}");
        }
    }

    proptest! {
        /// RFC 6749 §4.1.2: the exact value received; conformance A3 row 7.
        #[test]
        fn state_comes_back_byte_for_byte(state in "[^\0]{1,60}") {
            let sent = response(&state);
            let location = sent.location(&RedirectUri::parse("https://a/?x=1").unwrap(), ResponseMode::Query).unwrap();
            let query = location.split_once('?').unwrap().1;
            prop_assert_eq!(AuthorizationResponse::parse(&Form::parse(query.as_bytes()).unwrap()), Ok(sent));
        }
    }
}
