//! Clients that describe themselves, under an address that is their name (OAuth Client ID Metadata Document).

use keybound_proto::request::registration::{Application, ClientDocument, PublishedKeys, Showing};
use keybound_proto::time::Lifetime;

use super::client::{
    Client, ClientKey, ClientKeys, ClientKind, ClientProfile, Credential, GrantKind, Grants, NonceDemand,
    Party, PushPolicy, Pushing, RefreshBinding, RefreshPolicy, RequestObjectPolicy, Rotation, Signing,
    Source,
};
use super::organization::OrganizationUsage;
use crate::adoption::Adoption;

/// What the protocol obeys about a client that describes itself.
///
/// It is somebody else's, and goes by the documents of the IETF. It may send users away and take them back, and no
/// more; its tokens are bound at the least as `least` says; its refresh tokens rotate, and end.
pub fn described(document: ClientDocument, least: Adoption) -> Client {
    let public = document.shows == Showing::Nothing;
    let (keys, keys_at) = match document.keys {
        PublishedKeys::Here(set) => {
            let own = |key: &keybound_proto::jose::Jwk| ClientKey { key: key.clone(), ends_at: None };
            (set.keys().iter().map(own).collect(), None)
        }
        PublishedKeys::At(address) => (ClientKeys::default(), Some(address)),
        _ => (ClientKeys::default(), None),
    };
    let bound = document.dpop_bound_access_tokens;
    let (absolute, idle) = if public { (PUBLIC_FAMILY, PUBLIC_FAMILY) } else { (FAMILY, IDLE) };
    Client {
        id: document.id,
        name: document.name.into(),
        kind: match (document.application, public) {
            (Application::Native, _) => ClientKind::Native,
            (_, true) => ClientKind::Browser,
            (_, false) => ClientKind::Web,
        },
        party: Party::Third,
        source: Source::Document,
        credential: if public { Credential::None } else { Credential::Keys(keys.clone()) },
        keys_at,
        profile: ClientProfile::Rfc,
        grants: document.grant_types.iter().filter_map(|name| grant(name)).collect::<Grants>(),
        may_ask: document.scopes,
        callbacks: document.redirect_uris,
        web_origins: Vec::new(),
        cross_origins: Vec::new(),
        logout_urls: document.logout_uris.iter().map(|address| address.as_str().into()).collect(),
        backchannel_logout: None,
        adoption: if bound { Adoption::Require } else { least },
        nonces: NonceDemand::Required,
        api: None,
        id_token_lifetime: ID_TOKEN_LIFETIME,
        refresh: RefreshPolicy {
            rotation: Rotation::Rotate { leeway: LEEWAY },
            absolute: Some(absolute),
            idle: Some(idle),
        },
        refresh_binding: RefreshBinding::Bound,
        elsewhere: Vec::new(),
        pushes: PushPolicy {
            required: if document.pushes { Pushing::Required } else { Pushing::Optional },
            lifetime: PUSHED,
        },
        request_objects: RequestObjectPolicy { required: Signing::Optional, keys },
        organizations: OrganizationUsage::Deny,
    }
}

/// What it may redeem; the rest it says to others.
fn grant(name: &str) -> Option<GrantKind> {
    let offered = [GrantKind::AuthorizationCode, GrantKind::RefreshToken];
    GrantKind::parse(name).filter(|kind| offered.contains(kind))
}

/// How long a public client's refresh tokens live, used or not: two weeks, as AT Protocol wants it.
const PUBLIC_FAMILY: Lifetime = Lifetime::seconds(14 * 86_400);

/// How long those of a client that shows who it is live.
const FAMILY: Lifetime = Lifetime::seconds(180 * 86_400);

/// How long they may go unused.
const IDLE: Lifetime = Lifetime::seconds(90 * 86_400);

/// How long a spent refresh token still brings its successor.
const LEEWAY: Lifetime = Lifetime::seconds(30);

/// How long a pushed request waits for its browser.
const PUSHED: Lifetime = Lifetime::seconds(60);

/// How long an ID token lives.
const ID_TOKEN_LIFETIME: Lifetime = Lifetime::seconds(3_600);

#[cfg(test)]
mod tests {
    use keybound_proto::uri::DocumentUrl;

    use super::*;

    fn client(more: &str, least: Adoption) -> Client {
        let url = "https://notes.example/client.json";
        let told = format!(r#"{{"client_id":"{url}","redirect_uris":["https://notes.example/cb"]{more}}}"#);
        let document = ClientDocument::parse(told.as_bytes(), &DocumentUrl::parse(url).unwrap()).unwrap();
        described(document, least)
    }

    /// Client ID Metadata Document §4; RFC 9700 §2.2.2.
    #[test]
    fn a_client_that_describes_itself_is_somebody_elses_and_may_little() {
        let plain = client("", Adoption::Allow);
        assert_eq!(
            (plain.party, plain.source, plain.profile),
            (Party::Third, Source::Document, ClientProfile::Rfc)
        );
        assert_eq!(
            (plain.kind, plain.adoption, plain.nonces),
            (ClientKind::Browser, Adoption::Allow, NonceDemand::Required)
        );
        assert!(plain.is_public() && plain.grants.allow(GrantKind::AuthorizationCode));
        assert!(!plain.grants.allow(GrantKind::RefreshToken));
        assert!(plain.refresh.absolute <= Some(Lifetime::seconds(14 * 86_400)));
        let greedy =
            client(r#","grant_types":["client_credentials","password","refresh_token"]"#, Adoption::Allow);
        assert_eq!(greedy.grants, Grants::NONE.with(GrantKind::RefreshToken));
    }

    /// RFC 9449 §5.2.
    #[test]
    fn its_tokens_are_bound_where_it_or_the_operator_says_so() {
        assert_eq!(
            client(r#","dpop_bound_access_tokens":true"#, Adoption::Allow).adoption,
            Adoption::Require
        );
        assert_eq!(client("", Adoption::Require).adoption, Adoption::Require);
    }

    #[test]
    fn keys_elsewhere_are_fetched_when_they_are_needed() {
        let more =
            r#","token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://notes.example/keys""#;
        let signing = client(more, Adoption::Allow);
        assert_eq!(signing.keys_at.as_deref(), Some("https://notes.example/keys"));
        assert!(matches!(signing.credential, Credential::Keys(_)));
        assert_eq!(signing.kind, ClientKind::Web);
    }
}
