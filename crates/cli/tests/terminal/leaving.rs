//! `keybound logout`, the keyring, and what a shell completes.

use super::{
    person::ask,
    place::Place,
    run::{run, stderr, stdout},
};

fn refresh_token(place: &Place) -> String {
    let kept = place.kept();
    let (_, text) = kept.iter().find(|(name, _)| name.starts_with("sessions/")).expect("there is a session");
    let whole: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    whole["refresh"][0]["token"].as_str().expect("there is one").to_owned()
}

/// RFC 7009.
#[test]
fn leaving_revokes_the_refresh_token_and_forgets_all_there_is() {
    let (place, dev) = Place::with_dev();
    let told = place.log_in(&dev, &[]);
    let token = refresh_token(&place);
    let left = place.json(&["logout", "--json"]);
    assert_eq!((left["revoked"].as_bool(), &left["key_forgotten"]), (Some(true), &told["bound_to"]));
    assert_eq!(place.kept(), []);
    assert_eq!(place.run(&["token"]).status.code(), Some(9));
    assert_eq!(place.run(&["keys", "show"]).status.code(), Some(8));
    let body =
        format!("grant_type=refresh_token&client_id={}&refresh_token={token}", dev.text("native_client_id"));
    let refused = ask("POST", &format!("{}oauth/token", dev.text("issuer")), "", &body);
    assert!([400, 403].contains(&refused.status), "{}", refused.body);
    let again = place.says(&["logout"]);
    assert!(again.contains("Nobody was logged in"), "{again}");
}

#[test]
fn the_key_stays_where_that_is_wanted() {
    let (place, dev) = Place::with_dev();
    let told = place.log_in(&dev, &[]);
    let text = place.says(&["logout", "--keep-key"]);
    assert!(text.contains("Logged out Ada Lovelace") && text.contains("is revoked"), "{text}");
    assert_eq!(place.json(&["keys", "show", "--json"])["thumbprint"], told["bound_to"]);
    assert_eq!(place.log_in(&dev, &[])["bound_to"], told["bound_to"]);
}

#[test]
fn without_the_server_all_here_is_forgotten_and_that_is_said() {
    let (place, dev) = Place::with_dev();
    place.log_in(&dev, &[]);
    assert_eq!(dev.stop().0, Some(0));
    let output = place.run(&["logout"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("could not be told"), "{}", stderr(&output));
    assert_eq!(place.kept(), []);
}

/// Our server's logout page knows which session is meant, and no token stands in the address.
#[test]
fn the_servers_own_session_is_left_in_the_browser() {
    let (place, dev) = Place::with_dev();
    place.log_in(&dev, &[]);
    let opened = place.store().join("opened");
    let browser = place.store().join("browser");
    std::fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {}\n", opened.display())).expect("written");
    let run = std::process::Command::new("chmod").arg("+x").arg(&browser).status().expect("it runs");
    assert!(run.success());
    let output = place.command(&["logout", "--browser"]).env("BROWSER", &browser).output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let url = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::read_to_string(&opened).ok().filter(|url| url.ends_with('\n'))
    });
    let url = url.expect("it was opened");
    assert!(url.contains("logout") && url.contains(dev.text("native_client_id")), "{url}");
    assert!(!url.contains("eyJ"), "{url}");
    assert!([200, 302].contains(&ask("GET", url.trim(), "", "").status), "{url}");
}

#[test]
fn a_keyring_asked_for_by_name_is_used_or_missed_aloud() {
    let (place, dev) = Place::with_dev();
    for arguments in [["whoami", "--keyring"], ["keys", "show"], ["login", "--json"]] {
        let mut command = place.command(&arguments);
        command.env("KEYBOUND_STORE", "keyring").env("HOME", place.store());
        let output = command
            .env_remove("XDG_RUNTIME_DIR")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .output();
        let output = output.expect("it ends");
        assert_eq!(output.status.code(), Some(18), "{}", stderr(&output));
        assert!(stderr(&output).contains("there is no keyring"), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
    #[expect(clippy::disallowed_methods, reason = "the suite tells that there is one")]
    let told = std::env::var_os("KEYBOUND_KEYRING");
    if told.is_none() {
        return;
    }
    let profile = ["--keyring", "--profile", "keybound-tests"];
    let told = place.log_in(&dev, &profile);
    assert_eq!(place.kept(), [], "all of it is in the keyring");
    assert_eq!(place.json(&[&["whoami", "--json"], &profile[..]].concat()), told);
    let orders = format!("{}orders", dev.text("api"));
    assert!(place.says(&[&["call", "GET", &orders], &profile[..]].concat()).contains("A brass key"));
    assert!(place.says(&[&["token", "--refresh"], &profile[..]].concat()).len() > 100);
    place.says(&[&["logout"], &profile[..]].concat());
    assert_eq!(place.run(&[&["keys", "show"], &profile[..]].concat()).status.code(), Some(8));
}

#[test]
fn every_shell_is_told_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell], "");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        for word in
            ["login", "logout", "whoami", "token", "call", "discover", "keys", "completions", "no-browser"]
        {
            assert!(stdout(&output).contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"], "").status.code(), Some(2));
}
