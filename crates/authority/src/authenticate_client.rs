//! Which proof of identity a client owes, and whether it gave it (RFC 6749 §2.3).

use keybound_proto::request::client::{Credential as Shown, PresentedClient};
use keybound_proto::secret::Secret;

use crate::Refusal;
use crate::model::client::{Client, Credential, SecretSent};

/// The client, if it is the one it says and showed what it owes.
///
/// `found` is what is registered under the name presented. Secrets are compared in constant time; that a client
/// exists is no secret, since its id travels through browsers. A Basic header with an empty secret shows nothing:
/// libraries send it for public clients.
pub fn authenticate(presented: &PresentedClient, found: Option<Client>) -> Result<Client, Refusal> {
    let id = presented.client_id.as_ref().ok_or(Refusal::NoClient)?;
    let client = found.filter(|client| client.id == *id).ok_or(Refusal::UnknownClient)?;
    let owed = match &client.credential {
        Credential::None => None,
        Credential::Secret { secret, sent } => Some((secret, *sent)),
    };
    match (owed, shown(&presented.credential)) {
        (None, Shown::None) => Ok(client),
        (None, _) => Err(Refusal::WrongMethod { owed: None }),
        (Some(_), Shown::None) => Err(Refusal::MissingSecret),
        (Some((secret, SecretSent::Basic | SecretSent::Either)), Shown::SecretBasic(given))
        | (Some((secret, SecretSent::Body | SecretSent::Either)), Shown::SecretPost(given)) => {
            if secret == given { Ok(client) } else { Err(Refusal::BadSecret) }
        }
        (Some((_, sent)), _) => Err(Refusal::WrongMethod { owed: Some(sent) }),
    }
}

fn shown(credential: &Shown) -> &Shown {
    let empty = |secret: &Secret<String>| secret.reveal().is_empty();
    match credential {
        Shown::SecretBasic(secret) | Shown::SecretPost(secret) if empty(secret) => &Shown::None,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use keybound_proto::id::ClientId;

    use super::*;
    use crate::model::tests::{confidential, public};

    fn id(text: &str) -> ClientId {
        ClientId::parse(text).unwrap()
    }

    fn outcome(name: &str, credential: Shown, client: Client) -> Result<ClientId, Refusal> {
        let presented = PresentedClient { client_id: Some(id(name)), credential };
        authenticate(&presented, Some(client)).map(|client| client.id)
    }

    fn basic(secret: &str) -> Shown {
        Shown::SecretBasic(Secret::new(secret.to_owned()))
    }

    fn post(secret: &str) -> Shown {
        Shown::SecretPost(Secret::new(secret.to_owned()))
    }

    fn assertion() -> Shown {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
        Shown::Assertion { kind, assertion: Secret::new("a.b.c".to_owned()) }
    }

    /// RFC 6749 §2.3.1.
    #[test]
    fn each_registered_method_is_taken_and_no_other() {
        let wrong = |sent| Err(Refusal::WrongMethod { owed: Some(sent) });
        for (sent, by_header, by_body) in [
            (SecretSent::Basic, Ok(id("m2m")), wrong(SecretSent::Basic)),
            (SecretSent::Body, wrong(SecretSent::Body), Ok(id("m2m"))),
            (SecretSent::Either, Ok(id("m2m")), Ok(id("m2m"))),
        ] {
            let client = confidential("m2m", "s3cret", sent);
            assert_eq!(outcome("m2m", basic("s3cret"), client.clone()), by_header, "{sent:?}");
            assert_eq!(outcome("m2m", post("s3cret"), client.clone()), by_body, "{sent:?}");
            assert_eq!(outcome("m2m", assertion(), client), wrong(sent), "{sent:?}");
        }
    }

    /// RFC 6749 §5.2, `invalid_client`.
    #[test]
    fn a_wrong_secret_is_refused_wherever_it_stands() {
        for wrong in ["s3cre", "s3cret ", "S3CRET", "x"] {
            let client = confidential("m2m", "s3cret", SecretSent::Either);
            assert_eq!(outcome("m2m", basic(wrong), client.clone()), Err(Refusal::BadSecret));
            assert_eq!(outcome("m2m", post(wrong), client), Err(Refusal::BadSecret));
        }
    }

    #[test]
    fn a_confidential_client_owes_its_secret() {
        for nothing in [Shown::None, basic(""), post("")] {
            let client = confidential("m2m", "s3cret", SecretSent::Either);
            assert_eq!(outcome("m2m", nothing, client), Err(Refusal::MissingSecret));
        }
    }

    #[test]
    fn a_public_client_shows_nothing() {
        for nothing in [Shown::None, basic(""), post("")] {
            assert_eq!(outcome("spa", nothing, public("spa")), Ok(id("spa")));
        }
        for something in [basic("x"), post("x"), assertion()] {
            let refused = Err(Refusal::WrongMethod { owed: None });
            assert_eq!(outcome("spa", something, public("spa")), refused);
        }
    }

    #[test]
    fn somebody_must_be_named_and_known() {
        let nobody = PresentedClient { client_id: None, credential: Shown::None };
        assert_eq!(authenticate(&nobody, None).err(), Some(Refusal::NoClient));
        let ghost = PresentedClient { client_id: Some(id("ghost")), credential: post("x") };
        assert_eq!(authenticate(&ghost, None).err(), Some(Refusal::UnknownClient));
        assert_eq!(outcome("ghost", Shown::None, public("spa")), Err(Refusal::UnknownClient));
    }
}
