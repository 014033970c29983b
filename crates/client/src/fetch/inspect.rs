//! What an access token that is a JWT says about itself. Whatever else it is, it stays closed.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use keybound_proto::jose::{Thumbprint, ThumbprintError, decode_base64url, json};

use super::Fetcher;
use crate::{ClientError, DpopKey, Tokens, call::Carried, session::Want};

/// The token that was looked at last, since calls tend to come with the same one. It belongs to one key.
#[derive(Default)]
pub(super) struct Seen(Mutex<Option<Arc<Looked>>>);

/// What there is to know of a token.
pub(super) struct Looked {
    of: Weak<Tokens>,
    pub(super) carried: Carried,
    audiences: Option<Vec<String>>,
    /// What it says it is bound to; an odd text is bound to no key of ours.
    jkt: Option<Result<Thumbprint, ThumbprintError>>,
}

impl Seen {
    pub(super) fn look(
        &self,
        tokens: &Arc<Tokens>,
        key: Option<&DpopKey>,
    ) -> Result<Arc<Looked>, ClientError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some(looked) if looked.of.as_ptr() == Arc::as_ptr(tokens) => Ok(Arc::clone(looked)),
            _ => {
                let looked = Arc::new(Looked::at(tokens, key)?);
                *seen = Some(Arc::clone(&looked));
                Ok(looked)
            }
        }
    }
}

impl Looked {
    fn at(tokens: &Arc<Tokens>, key: Option<&DpopKey>) -> Result<Self, ClientError> {
        let carried = Carried::of(tokens, key)?;
        let (audiences, jkt) = read(tokens.access_token.reveal()).unwrap_or_default();
        let jkt = jkt.map(|jkt| Thumbprint::parse(&jkt));
        Ok(Self { of: Arc::downgrade(tokens), carried, audiences, jkt })
    }

    /// Refuses a token that is for another API, or bound to another key, than the fetcher's.
    pub(super) fn check(&self, fetcher: &Fetcher, want: &Want) -> Result<(), ClientError> {
        if let (Some(wanted), Some(found)) = (want.wanted_audience(), &self.audiences)
            && !found.iter().any(|found| found == wanted)
        {
            let (base, wanted) = (fetcher.base().to_owned(), wanted.to_owned());
            return Err(ClientError::Audience { base, wanted, found: found.join(", ") });
        }
        let key = fetcher.resource.key().map(DpopKey::thumbprint);
        match &self.jkt {
            Some(jkt) if key.is_none() || jkt.as_ref().ok() != key => Err(ClientError::TokenType {
                found: "DPoP, bound to another key".into(),
                wanted: "bound to our key",
            }),
            _ => Ok(()),
        }
    }
}

type Claims = (Option<Vec<String>>, Option<String>);

/// The `aud` and the `cnf.jkt` of a JWT.
fn read(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let header = decode_base64url(header).ok()?;
    json::object(&header).ok()?.string("alg").ok()??;
    let payload = decode_base64url(payload).ok()?;
    let claims = json::object(&payload).ok()?;
    let audiences = claims.member("aud").and_then(|aud| match aud.as_str() {
        Some(one) => Some(vec![one.to_owned()]),
        None => aud.as_strings().map(|many| many.into_iter().map(str::to_owned).collect()),
    });
    let confirmation = claims.object("cnf").ok().flatten();
    let jkt = confirmation.and_then(|cnf| cnf.string("jkt").ok().flatten().map(str::to_owned));
    Some((audiences, jkt))
}

#[cfg(test)]
mod tests {
    use keybound_proto::jose::encode_base64url;

    use super::*;

    /// CL19: what is not a JWT is not looked into.
    #[test]
    fn only_a_jwt_is_read() {
        let part = |text: &str| encode_base64url(text);
        let jwt = |payload: &str| format!("{}.{}.sig", part(r#"{"alg":"RS256"}"#), part(payload));
        let (audiences, jkt) = read(&jwt(r#"{"aud":"a","cnf":{"jkt":"k"}}"#)).unwrap();
        assert_eq!((audiences.unwrap(), jkt.as_deref()), (vec!["a".to_owned()], Some("k")));
        let (audiences, jkt) = read(&jwt(r#"{"aud":["a","b"]}"#)).unwrap();
        assert_eq!((audiences.unwrap().len(), jkt), (2, None));
        assert_eq!(read(&jwt("{}")), Some((None, None)));
        for opaque in ["", "abc", "a.b.c", "e30.e30", "a..b", "e30.e30.e30", "eyJhbGciOiJub25lIn0.x.y.z.w"] {
            assert_eq!(read(opaque), None, "{opaque}");
        }
    }
}
