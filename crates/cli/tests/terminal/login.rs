//! `keybound login` and what it is good for: `whoami`, `token` and `call` for the person, with no flags at all.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;

use super::{
    person::{Answer, ask},
    place::{Login, Place},
    run::{stderr, stdout},
};

#[test]
fn where_dev_runs_a_person_logs_in_and_calls_with_no_flags() {
    let (place, dev) = Place::with_dev();
    let told = place.log_in(&dev, &[]);
    assert_eq!(
        (told["email"].as_str(), told["name"].as_str()),
        (Some(dev.text("user")), Some("Ada Lovelace"))
    );
    assert_eq!(told["client_id"], dev.text("native_client_id"));
    assert_eq!(told["renews"], true);
    assert_eq!(place.json(&["whoami", "--json"]), told);
    let shown = place.says(&["whoami"]);
    assert!(
        shown.contains("Ada Lovelace <ada@example.com>") && shown.contains(dev.text("issuer")),
        "{shown}"
    );

    let said = place.json(&["token", "--decode"]);
    assert_eq!(said["payload"]["sub"], told["subject"]);
    assert_eq!(said["payload"]["cnf"]["jkt"], told["bound_to"]);
    assert_eq!(place.json(&["keys", "show", "--json"])["thumbprint"], told["bound_to"]);
    let orders = format!("{}orders", dev.text("api"));
    let kind = "content-type: application/json";
    assert!(
        place.says(&["call", "POST", &orders, "-d", r#"{"item":"a lock"}"#, "-H", kind]).contains("a lock")
    );
    let seen = place.run(&["call", "GET", &orders, "-v"]);
    assert!(stdout(&seen).contains("a lock"));
    assert!(stderr(&seen).contains("use_dpop_nonce"), "the second attempt is shown: {}", stderr(&seen));
    let me: Value =
        serde_json::from_str(&place.says(&["call", "GET", &format!("{}me", dev.text("api"))])).expect("JSON");
    assert_eq!(me["sub"], told["subject"]);
    for (name, _) in place.kept() {
        let mode = fs::metadata(place.store().join(&name)).expect("kept").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

/// RFC 9700 §4.14.2: each refresh token is the last of its kind, and the session goes on.
#[test]
fn a_token_is_the_same_until_it_is_refreshed_and_the_session_outlives_each_refresh() {
    let (place, dev) = Place::with_dev();
    place.log_in(&dev, &[]);
    let first = place.says(&["token"]);
    assert_eq!(place.says(&["token"]), first);
    for _ in 0..3 {
        assert!(place.says(&["token", "--refresh"]).trim().len() > 100);
    }
    let narrow = place.json(&["token", "--refresh", "--scope", "read:orders", "--json"]);
    assert_eq!(narrow["scope"], "read:orders");
    assert_eq!(narrow["token_type"], "DPoP");
    let more = place.run(&["token", "--scope", "delete:everything"]);
    assert!([Some(9), Some(20)].contains(&more.status.code()), "{}", stderr(&more));
    assert!(place.says(&["token"]).len() > 100);
}

#[test]
fn what_is_asked_of_the_person_goes_along() {
    let (place, dev) = Place::with_dev();
    let login = Login::begin(place.command(&[
        "login",
        "--json",
        "--no-browser",
        "--prompt",
        "login",
        "--login-hint",
        "ada@example.com",
        "--screen-hint",
        "signup",
        "--connection",
        "Username-Password-Authentication",
        "--max-age",
        "60",
        "--acr-values",
        "a",
        "--acr-values",
        "b",
        "--ui-locales",
        "de",
        "--param",
        "ext-colour=blue",
        "--callback",
        "http://[::1]/callback",
    ]));
    let expected = [
        ("prompt", "login"),
        ("login_hint", "ada%40example.com"),
        ("screen_hint", "signup"),
        ("connection", "Username-Password-Authentication"),
        ("max_age", "60"),
        ("acr_values", "a+b"),
        ("ui_locales", "de"),
        ("ext-colour", "blue"),
    ];
    for (name, value) in expected {
        assert_eq!(login.asked(name), Some(value), "{name}");
    }
    assert!(login.back.starts_with("http://[::1]:"), "{}", login.back);
    login.interrupt();
    assert_eq!(login.end().0, Some(130));
    drop(dev);
}

/// The person's is a matter of who is named: no secret in the environment changes whose token it is.
#[test]
fn whose_token_it_is_follows_from_what_is_named() {
    let (place, dev) = Place::with_dev();
    let person = place.log_in(&dev, &[]);
    let subject = |further: &[&str], named: bool| {
        let mut command = place.command(&[&["token", "--decode"], further].concat());
        command
            .env("AUTH0_CLIENT_SECRET", dev.text("m2m_client_secret"))
            .env("AUTH0_AUDIENCE", dev.text("audience"));
        if named {
            command.env("AUTH0_CLIENT_ID", dev.text("m2m_client_id")).env("AUTH0_DOMAIN", dev.text("issuer"));
        }
        let output = command.output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let said: Value = serde_json::from_str(&stdout(&output)).expect("it is JSON");
        said["payload"]["sub"].as_str().expect("it has one").to_owned()
    };
    let machine = format!("{}@clients", dev.text("m2m_client_id"));
    assert_eq!(subject(&[], false), person["subject"]);
    assert_eq!(subject(&[], true), machine);
    assert_eq!(subject(&["--client-id", dev.text("native_client_id")], true), person["subject"]);
    let nobody = place.run(&["token", "--as", "person", "--client-id", dev.text("m2m_client_id")]);
    assert_eq!(nobody.status.code(), Some(9));
}

#[test]
fn profiles_are_apart_and_a_second_login_takes_the_place_of_the_first() {
    let (place, dev) = Place::with_dev();
    let first = place.log_in(&dev, &[]);
    let work = place.log_in(&dev, &["--profile", "work"]);
    assert_ne!(first["bound_to"], work["bound_to"]);
    let again = place.log_in(&dev, &[]);
    assert_eq!(again["bound_to"], first["bound_to"], "the key stays");
    let fresh = place.log_in(&dev, &["--new-key"]);
    assert_ne!(fresh["bound_to"], first["bound_to"]);
    let said = place.json(&["token", "--decode"]);
    assert_eq!(said["payload"]["cnf"]["jkt"], fresh["bound_to"]);
    let names: Vec<String> = place.kept().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("sessions/")).count(), 2, "{names:?}");
    assert_eq!(place.json(&["whoami", "--json", "--profile", "work"]), work);
}

#[test]
fn two_logins_at_once_come_back_to_two_ports_and_the_later_counts() {
    let (place, dev) = Place::with_dev();
    let begin = || Login::begin(place.command(&["login", "--json", "--no-browser"]));
    let (one, other) = (begin(), begin());
    assert_ne!(one.back, other.back);
    for login in [other, one] {
        assert_eq!(login.sign_in(&dev, Answer::Accept).status, 200);
        let (status, told, problem) = login.end();
        assert_eq!(status, Some(0), "{problem}");
        let told: Value = serde_json::from_str(&told).expect("it is JSON");
        assert_eq!(
            place.json(&["token", "--decode", "--refresh"])["payload"]["cnf"]["jkt"],
            told["bound_to"]
        );
    }
    assert_eq!(place.kept().iter().filter(|(name, _)| name.starts_with("sessions/")).count(), 1);
}

/// RFC 9449 §11.4, §5: what a thief finds in the files of tokens is of no use without the key.
#[test]
fn a_stolen_session_is_of_no_use_without_its_key() {
    let (place, dev) = Place::with_dev();
    place.log_in(&dev, &[]);
    let thief = Place::new();
    let mut refresh = None;
    for (name, text) in place.kept().into_iter().filter(|(name, _)| !name.starts_with("keys/")) {
        let to = thief.store().join(&name);
        fs::create_dir_all(to.parent().expect("it has one")).expect("made");
        fs::write(&to, &text).expect("stolen");
        let whole: Value = serde_json::from_str(&text).expect("it is JSON");
        refresh = whole["refresh"][0]["token"].as_str().map(str::to_owned).or(refresh);
    }
    let keyless = thief.run(&["token"]);
    assert_eq!(keyless.status.code(), Some(8));
    assert!(stderr(&keyless).contains("is not in"), "{}", stderr(&keyless));
    thief.says(&["keys", "generate"]);
    assert_eq!(thief.run(&["token"]).status.code(), Some(9), "nothing there is for another key");

    let token = format!("{}oauth/token", dev.text("issuer"));
    let (client, refresh) = (dev.text("native_client_id"), refresh.expect("there is one"));
    let body = format!("grant_type=refresh_token&client_id={client}&refresh_token={refresh}");
    let refused = ask("POST", &token, "", &body);
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.contains("dpop"), "{}", refused.body);
    assert!(place.says(&["token", "--refresh"]).len() > 100, "the owner is none the poorer");
}

#[test]
fn what_was_damaged_is_said_and_a_new_login_mends_it() {
    let (place, dev) = Place::with_dev();
    let damages: [(&str, i32, &[&str]); 3] =
        [("logins", 18, &[]), ("sessions", 18, &[]), ("keys", 8, &["--new-key"])];
    for (kind, status, mend) in damages {
        place.log_in(&dev, &[]);
        let kept = place.kept();
        let (name, _) = kept.iter().find(|(name, _)| name.starts_with(kind)).expect("it is kept");
        fs::write(place.store().join(name), "rubbish").expect("written");
        let output = place.run(&["token"]);
        assert_eq!(output.status.code(), Some(status), "{kind}: {}", stderr(&output));
        assert!(stderr(&output).contains("keybound login"), "{kind}: {}", stderr(&output));
        place.log_in(&dev, mend);
        assert!(place.says(&["token"]).starts_with("eyJ"), "{kind}");
    }
}
