use serde_json::json;

use super::*;
use crate::check::asks_for_nothing;
use crate::field::{Heed, Verb};

fn object(value: Value) -> Map<String, Value> {
    members(value)
}

#[test]
fn what_is_written_lies_over_what_was_there_to_any_depth() {
    let below = object(json!({"a": {"b": {"c": 1, "d": 2}}, "e": [1], "f": 3}));
    let above = object(json!({"a": {"b": {"d": null, "x": {"y": null, "z": 1}}}, "e": [2], "f": null}));
    assert_eq!(over(below, above), object(json!({"a": {"b": {"c": 1, "x": {"z": 1}}}, "e": [2]})));
}

#[test]
fn of_hours_and_minutes_the_later_word_counts() {
    let operated = tenant::Operated { registration: false, client_documents: false };
    let mut wrote = Map::new();
    let told = |wrote: &Map<String, Value>| tenant::view(operated, wrote.clone())["session_lifetime"].clone();
    assert_eq!(told(&wrote), 168);
    tenant::write(&mut wrote, object(json!({"session_lifetime_in_minutes": 181})));
    assert_eq!(told(&wrote), json!(181.0 / 60.0));
    tenant::write(&mut wrote, object(json!({"session_lifetime": 5})));
    assert_eq!(told(&wrote), 5);
    tenant::write(&mut wrote, object(json!({"session_lifetime": 5, "session_lifetime_in_minutes": 120})));
    assert_eq!(told(&wrote), 2);
}

#[test]
fn a_tenant_tells_what_may_be_said_of_it_and_nothing_else() {
    let operated = tenant::Operated { registration: true, client_documents: false };
    let wrote = object(json!({"guardian": {"factors": {}}, "flags": {"skip_consent_on_localhost": false}}));
    let told = tenant::view(operated, wrote);
    assert!(!told.contains_key("guardian"));
    assert!(told["flags"].get("skip_consent_on_localhost").is_none());
    assert_eq!(told["flags"]["enable_dynamic_client_registration"], true);
}

#[test]
fn what_a_setting_says_by_itself_asks_for_nothing_and_may_be_written() {
    for (kind, said) in [
        (attack_protection::BOT_DETECTION, attack_protection::bot_detection()),
        (attack_protection::BREACHED_PASSWORDS, attack_protection::breached_passwords()),
        (attack_protection::PHONE_PROVIDER, attack_protection::phone_provider()),
        (factors::PHONE_CHOICE, factors::phone_choice()),
        (factors::PUSH_CHOICE, factors::push_choice()),
        (factors::DUO, factors::duo()),
        (prompts::KIND, prompts::at_first()),
        (prompts::RENDERING, prompts::rendering()),
    ] {
        assert_eq!(kind.check(Verb::Update, &said), Ok(()), "{}", kind.name.one);
        assert_eq!(kind.inert(Verb::Update, &said), [""; 0], "{}", kind.name.one);
    }
}

#[test]
fn a_provider_has_what_it_needs_and_nothing_of_another() {
    let check = |provider| email::check(&object(provider));
    let smtp = json!({"smtp_host": "a.example", "smtp_port": 587});
    assert_eq!(check(json!({"name": "smtp", "credentials": smtp})), Ok(()));
    assert!(check(json!({"name": "sendgrid", "credentials": smtp})).is_err());
    assert!(check(json!({"name": "smtp", "credentials": {"smtp_host": "a.example"}})).is_err());
    let both = json!({"smtp_host": "a.example", "smtp_port": 587, "api_key": "x"});
    assert!(check(json!({"name": "smtp", "credentials": both})).is_err());
}

#[test]
fn who_sends_is_an_address_or_a_name_with_one() {
    assert_eq!(email::sender("a@b.example"), Ok(("", "a@b.example")));
    assert_eq!(email::sender("\"The Shop\" <a@b.example>"), Ok(("The Shop", "a@b.example")));
    for bad in ["", "a", "<>", "A <b>", "A\n <a@b.example>"] {
        assert!(email::sender(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn texts_of_screens_are_texts_and_empty_screens_are_none() {
    let read = |text: &str| prompts::by_screen(text.as_bytes());
    assert_eq!(
        read(r#"{"login": {"title": "Hi"}, "signup": {}}"#),
        Ok(object(json!({"login": {"title": "Hi"}})))
    );
    for bad in [r#"{"login": "Hi"}"#, r#"{"login": {"title": 1}}"#, "[]", r#"{"a": {}, "a": {}}"#] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

/// Every flag that is on by itself and not obeyed, in every table there is.
#[test]
fn to_switch_off_what_is_on_by_itself_is_never_passed_over() {
    fn holes(fields: &[Field], said: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
        for field in fields {
            let path = format!("{path}.{}", field.name);
            match (field.shape, said.get(field.name), field.heed) {
                (Shape::Object(fields) | Shape::Open(fields), Some(Value::Object(said)), _) => {
                    holes(fields, said, &path, found);
                }
                (Shape::Flag, Some(Value::Bool(true)), Heed::Inert(except) | Heed::Refused(except))
                    if asks_for_nothing(&json!(false), except) =>
                {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for setting in ALL {
        holes(setting.kind.fields, &(setting.at_first)(), setting.kind.name.path, &mut found);
    }
    let operated = tenant::Operated { registration: false, client_documents: false };
    let said = tenant::view(operated, Map::new());
    holes(tenant::KIND.fields, &said, tenant::KIND.name.path, &mut found);
    assert_eq!(found, [""; 0]);
    let off = object(json!({"flags": {"enable_sso": false, "universal_login": true}}));
    assert_eq!(tenant::KIND.inert(Verb::Update, &off), ["flags.enable_sso"]);
}
