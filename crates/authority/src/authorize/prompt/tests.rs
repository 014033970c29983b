use super::*;
use crate::model::digest::SessionDigest;
use crate::model::factor::Factors;
use crate::model::name::{ConnectionName, SessionId};
use crate::model::tests::scopes;

const NOW: Timestamp = Timestamp::from_unix(10_000);

/// Signed in at that time, and live until far in the future.
fn session(authenticated_at: i64) -> Session {
    Session {
        digest: SessionDigest::from_bytes([1; 32]),
        id: SessionId::parse("s").unwrap(),
        subject: Subject::parse("auth0|1").unwrap(),
        connection: ConnectionName::parse("db").unwrap(),
        authenticated_at: Timestamp::from_unix(authenticated_at),
        factors: Factors::One,
        began_at: Timestamp::from_unix(1_000),
        touched_at: NOW,
        idle: Lifetime::seconds(1_000),
        ends_at: Timestamp::from_unix(1_000_000),
    }
}

fn demand(prompt: &str) -> Demand<'static> {
    Demand { prompts: Prompts::parse(prompt).unwrap(), max_age: None, expected: None }
}

fn progress<'a>(session: Option<&'a Session>, owed: Owed) -> Progress<'a> {
    let (began_at, answer) = (Timestamp::from_unix(9_990), ConsentAnswer::NotAsked);
    Progress { began_at, session, answer, owed, second: Second::Nothing }
}

fn owes() -> Owed {
    Owed::These(scopes("read:orders"))
}

#[test]
fn somebody_signed_in_who_owes_nothing_gets_a_code() {
    let session = session(5_000);
    for prompt in ["", "none"] {
        assert_eq!(next(&demand(prompt), &progress(Some(&session), Owed::Nothing), NOW), Ok(Step::Issue));
    }
}

/// OIDC Core §3.1.2.1, §3.1.2.6.
#[test]
fn nobody_signed_in_signs_in_or_is_refused_silently() {
    assert_eq!(next(&demand(""), &progress(None, Owed::Nothing), NOW), Ok(Step::SignIn));
    assert_eq!(next(&demand("create"), &progress(None, Owed::Nothing), NOW), Ok(Step::SignUp));
    assert_eq!(next(&demand("none"), &progress(None, Owed::Nothing), NOW), Err(Refusal::LoginRequired));
}

#[test]
fn a_session_that_has_ended_is_none() {
    let ended = Session { ends_at: NOW, ..session(5_000) };
    assert_eq!(next(&demand("none"), &progress(Some(&ended), owes()), NOW), Err(Refusal::LoginRequired));
}

/// OIDC Core §3.1.2.1: `login` and `select_account` ask even who is signed in, and once is enough.
#[test]
fn a_demanded_sign_in_is_answered_by_one_that_came_after_the_demand() {
    let (before, after) = (session(9_989), session(9_990));
    for prompt in ["login", "select_account", "login consent"] {
        assert_eq!(next(&demand(prompt), &progress(Some(&before), Owed::Nothing), NOW), Ok(Step::SignIn));
    }
    assert_eq!(next(&demand("create"), &progress(Some(&before), Owed::Nothing), NOW), Ok(Step::SignUp));
    for prompt in ["login", "select_account", "create"] {
        assert_eq!(next(&demand(prompt), &progress(Some(&after), Owed::Nothing), NOW), Ok(Step::Issue));
    }
}

/// OIDC Core §3.1.2.1.
#[test]
fn a_sign_in_may_be_too_old() {
    let session = session(9_000);
    let with = |prompt, seconds| Demand { max_age: Some(Lifetime::seconds(seconds)), ..demand(prompt) };
    assert_eq!(next(&with("", 1_000), &progress(Some(&session), Owed::Nothing), NOW), Ok(Step::Issue));
    assert_eq!(next(&with("", 999), &progress(Some(&session), Owed::Nothing), NOW), Ok(Step::SignIn));
    let silent = next(&with("none", 999), &progress(Some(&session), Owed::Nothing), NOW);
    assert_eq!(silent, Err(Refusal::LoginRequired));
    let fresh = self::session(9_995);
    assert_eq!(next(&with("", 0), &progress(Some(&fresh), Owed::Nothing), NOW), Ok(Step::Issue));
    let now = self::session(NOW.as_unix());
    let later = Progress { began_at: NOW.plus(Lifetime::seconds(1)), ..progress(Some(&now), Owed::Nothing) };
    assert_eq!(next(&with("", 0), &later, NOW), Ok(Step::SignIn));
    assert_eq!(next(&with("none", 0), &later, NOW), Err(Refusal::LoginRequired));
    assert_eq!(next(&with("", 1), &later, NOW), Ok(Step::Issue));
}

/// OIDC Core §3.1.2.2 (4).
#[test]
fn a_hint_at_somebody_else_makes_them_sign_in() {
    let session = session(9_995);
    let other = Subject::parse("auth0|2").unwrap();
    let hinted = |prompt| Demand { expected: Some(&other), ..demand(prompt) };
    assert_eq!(next(&hinted(""), &progress(Some(&session), Owed::Nothing), NOW), Ok(Step::SignIn));
    let silent = next(&hinted("none"), &progress(Some(&session), Owed::Nothing), NOW);
    assert_eq!(silent, Err(Refusal::LoginRequired));
}

/// OIDC Core §3.1.2.4.
#[test]
fn what_is_owed_is_asked_for_or_refused_silently() {
    let session = session(5_000);
    let ask = Ok(Step::Consent(scopes("read:orders")));
    assert_eq!(next(&demand(""), &progress(Some(&session), owes()), NOW), ask);
    assert_eq!(next(&demand("none"), &progress(Some(&session), owes()), NOW), Err(Refusal::ConsentRequired));
    let again = Ok(Step::Consent(Scopes::none()));
    assert_eq!(next(&demand("consent"), &progress(Some(&session), Owed::Nothing), NOW), again);
}

#[test]
fn the_answer_on_the_consent_page_counts_once_somebody_is_signed_in() {
    let session = session(5_000);
    for owed in [owes(), Owed::Nothing] {
        for prompt in ["", "consent"] {
            let yes = Progress { answer: ConsentAnswer::Given, ..progress(Some(&session), owed.clone()) };
            assert_eq!(next(&demand(prompt), &yes, NOW), Ok(Step::Issue));
            let no = Progress { answer: ConsentAnswer::Refused, ..progress(Some(&session), owed.clone()) };
            assert_eq!(next(&demand(prompt), &no, NOW), Err(Refusal::ConsentDenied));
        }
    }
    let nobody = Progress { answer: ConsentAnswer::Given, ..progress(None, owes()) };
    assert_eq!(next(&demand(""), &nobody, NOW), Ok(Step::SignIn));
}

/// OIDC Core §3.1.2.6: silence cannot show a factor. Consent comes after it.
#[test]
fn a_second_factor_that_is_owed_comes_before_consent_and_is_never_silent() {
    let signed_in = session(9_000);
    let owing =
        Progress { second: Second::Owed, ..progress(Some(&signed_in), Owed::These(scopes("read:orders"))) };
    assert_eq!(next(&demand(""), &owing, NOW), Ok(Step::SecondFactor));
    assert_eq!(next(&demand("none"), &owing, NOW), Err(Refusal::InteractionRequired));
    assert_eq!(next(&demand("login"), &owing, NOW), Ok(Step::SignIn));
}
