use std::collections::BTreeSet;

use super::*;

#[test]
fn every_kind_has_a_code_of_its_own() {
    let codes: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), EventKind::ALL.len());
}

#[test]
fn a_reused_refresh_token_is_not_just_a_refused_one() {
    assert_eq!(EventKind::refused(GrantKind::RefreshToken, &Refusal::Reused).code(), "ferrt");
    assert_eq!(EventKind::refused(GrantKind::RefreshToken, &Refusal::Expired).code(), "fertft");
    assert_eq!(EventKind::refused(GrantKind::AuthorizationCode, &Refusal::Reused).code(), "feacft");
    assert_eq!(EventKind::refused(GrantKind::ClientCredentials, &Refusal::BadSecret).code(), "feccft");
}

#[test]
fn a_guessed_password_is_a_refused_exchange_until_it_is_a_blocked_account() {
    let kind = |refusal: Refusal| EventKind::refused(GrantKind::PasswordRealm, &refusal).code();
    assert_eq!(kind(Refusal::WrongPassword), "fepft");
    assert_eq!(kind(Refusal::AccountLocked), "limit_wc");
    assert_eq!(kind(Refusal::AddressLocked), "limit_mu");
}

/// Auth0's log event type codes.
#[test]
fn a_grant_that_is_not_redeemed_here_is_refused_by_its_own_code() {
    for (grant, code) in [
        ("authorization_code", "feacft"),
        ("refresh_token", "fertft"),
        ("password", "fepft"),
        ("urn:ietf:params:oauth:grant-type:device_code", "fede"),
        ("urn:ietf:params:oauth:grant-type:token-exchange", "fecte"),
        ("Password", "f"),
        ("", "f"),
    ] {
        assert_eq!(EventKind::failed_exchange(grant).code(), code, "{grant}");
    }
}

#[test]
fn a_description_is_cut_where_it_would_fill_the_log() {
    let event = Event::new(EventKind::LoginFailed, Timestamp::from_unix(1));
    let long = event.because_of("scope.wider", &"é".repeat(5_000)).description.unwrap();
    assert_eq!(long.chars().count(), 1_001);
    assert!(long.ends_with('…'));
}

#[test]
fn a_refusal_leaves_its_code_and_its_words_in_the_event() {
    let event = Event::refused(GrantKind::RefreshToken, &Refusal::Reused, Timestamp::from_unix(1));
    assert_eq!(event.reason, Some("grant.reused"));
    assert_eq!(event.description.as_deref(), Some("it was used before"));
}
