//! Requests that are sent ahead (RFC 9126).

use keybound_proto::dpop::Possession;
use keybound_proto::jose::Thumbprint;

use crate::Refusal;
use crate::model::client::{Client, Pushing, Signing};

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// By the browser, with all it asks.
    Plain,
    /// By the browser, signed by the client.
    Signed,
    /// By the client itself; the browser named it.
    Pushed,
}

/// Says whether a request may come like that (RFC 9126 §6, RFC 9101 §10.5). One that was pushed was judged then.
pub const fn arrive(client: &Client, arrival: Arrival) -> Result<(), Refusal> {
    match (client.pushes.required, arrival) {
        (_, Arrival::Pushed) => Ok(()),
        (Pushing::Required, Arrival::Plain | Arrival::Signed) => Err(Refusal::PushRequired),
        (Pushing::Optional, Arrival::Signed) => Ok(()),
        (Pushing::Optional, Arrival::Plain) => unsigned(client),
    }
}

/// Says whether a request may come without a signature.
pub const fn unsigned(client: &Client) -> Result<(), Refusal> {
    match client.request_objects.required {
        Signing::Required => Err(Refusal::SignatureRequired),
        Signing::Optional => Ok(()),
    }
}

/// The key a pushed request's code will be bound to: the one it names, or the one its sender showed. Where it does
/// both they must be one (RFC 9449 §10.1).
pub fn key(named: Option<Thumbprint>, shown: Option<&Possession>) -> Result<Option<Thumbprint>, Refusal> {
    match (named, shown.map(|held| *held.thumbprint())) {
        (Some(named), Some(shown)) if named != shown => Err(Refusal::TwoKeys),
        (named, shown) => Ok(named.or(shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{Key, held, public};

    /// RFC 9126 §6.
    #[test]
    fn a_client_that_must_push_is_heard_only_when_it_did() {
        let mut client = public("a");
        assert_eq!(arrive(&client, Arrival::Plain), Ok(()));
        client.pushes.required = Pushing::Required;
        assert_eq!(arrive(&client, Arrival::Plain), Err(Refusal::PushRequired));
        assert_eq!(arrive(&client, Arrival::Pushed), Ok(()));
    }

    /// RFC 9101 §10.5.
    #[test]
    fn a_client_that_must_sign_is_heard_only_when_it_did() {
        let mut client = public("a");
        assert_eq!(arrive(&client, Arrival::Signed), Ok(()));
        client.request_objects.required = Signing::Required;
        assert_eq!(arrive(&client, Arrival::Plain), Err(Refusal::SignatureRequired));
        assert_eq!(arrive(&client, Arrival::Signed), Ok(()));
        client.pushes.required = Pushing::Required;
        assert_eq!(arrive(&client, Arrival::Signed), Err(Refusal::PushRequired));
        assert_eq!(arrive(&client, Arrival::Pushed), Ok(()));
    }

    /// RFC 9449 §10.1.
    #[test]
    fn the_key_named_and_the_key_shown_must_be_one() {
        let (held, other) = (held(Key::Owner), held(Key::Thief));
        let (one, two) = (*held.thumbprint(), *other.thumbprint());
        assert_eq!(key(None, None), Ok(None));
        assert_eq!(key(Some(one), None), Ok(Some(one)));
        assert_eq!(key(None, Some(&held)), Ok(Some(one)));
        assert_eq!(key(Some(one), Some(&held)), Ok(Some(one)));
        assert_eq!(key(Some(two), Some(&held)), Err(Refusal::TwoKeys));
    }
}
