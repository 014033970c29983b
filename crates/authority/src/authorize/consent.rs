//! What must still be agreed to.

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use keybound_proto::uri::RedirectUri;

use crate::model::audience::{FirstPartyConsent, Target};
use crate::model::client::{Client, Party, Source};
use crate::model::name::AudienceName;
use crate::model::tenant::LocalhostConsent;

/// What a user allowed a client; what Auth0 calls a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who allowed it.
    pub subject: Subject,
    /// To whom.
    pub client: ClientId,
    /// Where; `None` is their own profile.
    pub audience: Option<AudienceName>,
    /// What.
    pub scopes: Scopes,
    /// When.
    pub given_at: Timestamp,
}

/// Whether the user must be asked, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owed {
    /// There is nothing to ask.
    Nothing,
    /// These have not been agreed to.
    These(Scopes),
}

/// Says what a user must still agree to.
///
/// A third party's client is always asked for. The tenant's own is trusted as far as its address shows that it is the
/// tenant's own: an `https` address that is not on this machine. Anybody may listen on a loopback port or register an
/// app's scheme (RFC 8252 §8.6), so those are asked for unless the tenant says otherwise; and each time anew, where
/// anybody may call themselves by the name too, since it is an address for all to read.
pub fn owed(
    client: &Client,
    target: &Target,
    redirect_uri: &RedirectUri,
    localhost: LocalhostConsent,
    wanted: Wanted<'_>,
) -> Owed {
    if client.party == Party::First && trusts(target) && verifiable(redirect_uri, localhost) {
        return Owed::Nothing;
    }
    let anybody = client.source == Source::Document && !secure(redirect_uri);
    let given = wanted.given.filter(|_| !anybody);
    let missing = match given {
        Some(given) => wanted.scopes.without(&given.scopes),
        None => wanted.scopes.clone(),
    };
    // The very first time a client is met there is something to agree to even when no scope is asked for.
    if missing.is_empty() && given.is_some() { Owed::Nothing } else { Owed::These(missing) }
}

/// What is wanted, and what was given before.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What would be granted.
    pub scopes: &'a Scopes,
    /// What this user gave this client at this audience before.
    pub given: Option<&'a Consent>,
}

fn trusts(target: &Target) -> bool {
    target.api().is_none_or(|audience| audience.consent == FirstPartyConsent::Skip)
}

fn verifiable(redirect_uri: &RedirectUri, localhost: LocalhostConsent) -> bool {
    if redirect_uri.is_loopback() {
        return localhost == LocalhostConsent::Skip;
    }
    secure(redirect_uri)
}

fn secure(redirect_uri: &RedirectUri) -> bool {
    redirect_uri.origin().is_some_and(|origin| origin.is_secure())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::audience::{Audience, ProofPolicy};
    use crate::model::tests::{API, audience, public, scopes};

    const SITE: &str = "https://app.example/callback";

    fn ask(
        client: &Client,
        target: &Target,
        callback: &str,
        localhost: LocalhostConsent,
        given: Option<&str>,
    ) -> Owed {
        let given = given.map(|given| Consent {
            subject: Subject::parse("auth0|1").unwrap(),
            client: client.id.clone(),
            audience: AudienceName::parse(API).ok(),
            scopes: scopes(given),
            given_at: Timestamp::from_unix(1),
        });
        let redirect_uri = RedirectUri::parse(callback).unwrap();
        let wanted = Wanted { scopes: &scopes("openid read:orders"), given: given.as_ref() };
        owed(client, target, &redirect_uri, localhost, wanted)
    }

    fn api(consent: FirstPartyConsent) -> Target {
        Target::Api(Audience { consent, ..audience(ProofPolicy::None) })
    }

    #[test]
    fn the_tenants_own_client_is_not_asked_for_when_its_address_shows_whose_it_is() {
        for target in [api(FirstPartyConsent::Skip), Target::Userinfo] {
            assert_eq!(ask(&public("spa"), &target, SITE, LocalhostConsent::Ask, None), Owed::Nothing);
        }
    }

    #[test]
    fn an_audience_may_insist_on_being_asked_for() {
        let target = api(FirstPartyConsent::Ask);
        let all = Owed::These(scopes("openid read:orders"));
        assert_eq!(ask(&public("spa"), &target, SITE, LocalhostConsent::Ask, None), all);
    }

    /// RFC 8252 §8.6.
    #[test]
    fn an_address_that_anybody_could_have_is_asked_for() {
        let all = Owed::These(scopes("openid read:orders"));
        let target = api(FirstPartyConsent::Skip);
        for callback in
            ["http://localhost:3000", "http://127.0.0.1/cb", "com.example.app:/cb", "http://app.example/"]
        {
            assert_eq!(
                ask(&public("spa"), &target, callback, LocalhostConsent::Ask, None),
                all,
                "{callback}"
            );
        }
        let skip = |callback| ask(&public("spa"), &target, callback, LocalhostConsent::Skip, None);
        assert_eq!(skip("http://localhost:3000"), Owed::Nothing);
        assert_eq!(skip("http://app.example/"), all);
    }

    #[test]
    fn somebody_elses_client_is_asked_for_once() {
        let client = Client { party: Party::Third, ..public("spa") };
        let target = api(FirstPartyConsent::Skip);
        let given = |given| ask(&client, &target, SITE, LocalhostConsent::Skip, given);
        assert_eq!(given(None), Owed::These(scopes("openid read:orders")));
        assert_eq!(given(Some("openid")), Owed::These(scopes("read:orders")));
        assert_eq!(given(Some("read:orders openid")), Owed::Nothing);
    }
    /// RFC 8252 §8.6: what a person said to one app on their machine says nothing of another.
    #[test]
    fn a_client_whose_name_anybody_can_use_is_asked_for_each_time() {
        let client =
            Client { party: Party::Third, source: Source::Document, ..public("https://a.example/c") };
        let target = api(FirstPartyConsent::Skip);
        let again =
            |callback| ask(&client, &target, callback, LocalhostConsent::Skip, Some("read:orders openid"));
        assert_eq!(again(SITE), Owed::Nothing);
        for callback in ["http://127.0.0.1/cb", "com.example.app:/cb"] {
            assert_eq!(again(callback), Owed::These(scopes("openid read:orders")), "{callback}");
        }
    }
}
