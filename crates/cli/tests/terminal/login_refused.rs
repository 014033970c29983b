//! A login that comes to nothing: what is said, what it ends with, and that nothing is left half done.

use std::fs;

use super::{
    person::{Answer, ask},
    place::{Login, Place},
    run::stderr,
};

fn begin(place: &Place, further: &[&str]) -> Login {
    Login::begin(place.command(&[&["login", "--json", "--no-browser"], further].concat()))
}

#[test]
fn cancel_is_told_as_such_and_nothing_is_kept() {
    let (place, dev) = Place::with_dev();
    let login = begin(&place, &[]);
    let page = login.sign_in(&dev, Answer::Cancel);
    assert!(page.body.contains("You were not signed in"), "{}", page.body);
    let (status, told, problem) = login.end();
    assert_eq!((status, told.as_str()), (Some(20), ""));
    assert!(problem.contains("access_denied") && problem.contains("cancel"), "{problem}");
    assert_eq!(place.kept(), []);
    assert_eq!(place.run(&["whoami"]).status.code(), Some(9));
}

#[test]
fn nobody_comes_and_ctrl_c_end_it_with_a_sentence_and_nothing_kept() {
    let (place, _dev) = Place::with_dev();
    let (status, _, problem) = begin(&place, &["--timeout", "1"]).end();
    assert_eq!(status, Some(19));
    assert!(problem.contains("did not come back in time") && problem.contains("--timeout"), "{problem}");
    let login = begin(&place, &[]);
    login.interrupt();
    let (status, _, problem) = login.end();
    assert_eq!(status, Some(130));
    assert!(problem.contains("nothing was kept"), "{problem}");
    assert_eq!(place.kept(), []);
}

#[test]
fn a_terminal_shows_how_long_there_is_to_wait_and_a_pipe_does_not() {
    let (place, _dev) = Place::with_dev();
    let arguments = ["login", "--no-browser", "--timeout", "1"];
    let piped = stderr(&place.run(&arguments));
    assert!(piped.contains("did not come back") && !piped.contains("waiting for you"), "{piped}");
    let own = place.command(&arguments);
    let line = format!("{} {}", own.get_program().display(), arguments.join(" "));
    let mut terminal = std::process::Command::new("script");
    for (name, value) in own.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.args(["-qec", &line, "/dev/null"]).current_dir(own.get_current_dir().expect("it has one"));
    let output = terminal.stdin(std::process::Stdio::null()).output().expect("util-linux has script");
    let seen = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(19), "{seen}");
    assert!(seen.contains("… waiting for you in the browser (0:0"), "{seen}");
    assert!(seen.contains("\r\u{1b}[2Kfailed to log in"), "the line is gone when it is over: {seen:?}");
}

/// RFC 8252 §8.9, RFC 9207: neither a guess nor a leftover page ends a login that waits.
#[test]
fn what_strangers_send_to_the_port_ends_no_login() {
    let (place, dev) = Place::with_dev();
    let login = begin(&place, &[]);
    let state = login.asked("state").expect("there is one");
    for query in ["code=stolen&state=guessed", "error=access_denied", "code=a&code=b", ""] {
        assert_eq!(ask("GET", &format!("{}?{query}", login.back), "", "").status, 400, "{query}");
    }
    assert_eq!(ask("GET", &login.back.replace("/callback", "/favicon.ico"), "", "").status, 404);
    assert_ne!(state, "guessed");
    assert_eq!(login.sign_in(&dev, Answer::Accept).status, 200);
    assert_eq!(login.end().0, Some(0));
    // Who knows the state and is another server is heard, and not believed.
    let login = begin(&place, &[]);
    let state = login.asked("state").expect("there is one");
    let mixed = format!("{}?code=c&state={state}&iss=https%3A%2F%2Fevil.example%2F", login.back);
    assert_eq!(ask("GET", &mixed, "", "").status, 200);
    let (status, _, problem) = login.end();
    assert_eq!(status, Some(21));
    assert!(problem.contains("another authorization server"), "{problem}");
}

#[test]
fn a_server_that_is_down_another_or_none_is_told_apart() {
    let (place, dev) = Place::with_dev();
    let login = |issuer: &str| {
        let output = place.run(&["login", "--no-browser", "--client-id", "some", "--issuer", issuer]);
        (output.status.code(), stderr(&output))
    };
    let (status, said) = login("http://127.0.0.1:1/");
    assert_eq!(status, Some(21));
    assert!(said.contains("Connection refused") && said.contains("is the server running"), "{said}");
    let (status, said) = login(&dev.text("issuer").replace("localhost", "127.0.0.1"));
    assert_eq!(status, Some(21));
    assert!(said.contains("it describes http://localhost:") && said.contains("name it exactly so"), "{said}");
    let (status, said) = login(dev.text("page"));
    assert_eq!(status, Some(21));
    assert!(said.contains("status 404") && said.contains("no authorization server"), "{said}");
    let (status, said) = login("not an address");
    assert_eq!(status, Some(3));
    assert!(said.contains("AUTH0_DOMAIN"), "{said}");
}

#[test]
fn who_is_asked_for_a_login_without_settings_says_which_are_missing() {
    let place = Place::new();
    let output = place.run(&["login"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("--issuer URL --client-id ID"), "{}", stderr(&output));
}

/// A repository may bring a file for `keybound login` along: it must not lead to somebody else's pages.
#[test]
fn what_a_folder_brings_along_counts_for_this_machine_alone() {
    let place = Place::new();
    let folder = place.store().parent().expect("it has one").join(".keybound");
    fs::create_dir(&folder).expect("made");
    let evil =
        r#"{"issuer":"https://evil.example/","client_id":"c","audience":"a","scope":"openid","trust":null}"#;
    fs::write(folder.join("login.json"), evil).expect("written");
    let output = place.run(&["login"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[test]
fn a_store_that_cannot_be_written_is_known_before_anybody_is_bothered() {
    let (place, _dev) = Place::with_dev();
    fs::write(place.store(), "a file where a folder should be").expect("written");
    let output = place.run(&["login", "--json", "--no-browser"]);
    assert_eq!(output.status.code(), Some(18));
    assert!(output.stdout.is_empty(), "nobody is sent anywhere");
    let said = stderr(&output);
    assert!(said.contains("store") && said.contains("--store DIR"), "{said}");
}

#[test]
fn a_port_that_is_taken_and_a_way_back_that_is_none_are_said() {
    let (place, _dev) = Place::with_dev();
    let held = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = held.local_addr().expect("it has an address").port();
    let taken = place.run(&["login", "--callback", &format!("http://127.0.0.1:{port}/callback")]);
    assert_eq!(taken.status.code(), Some(4));
    assert!(stderr(&taken).contains("another program has this port"), "{}", stderr(&taken));
    let elsewhere = place.run(&["login", "--callback", "https://app.example/callback"]);
    assert_eq!(elsewhere.status.code(), Some(2));
    assert!(stderr(&elsewhere).contains("it is not this machine"), "{}", stderr(&elsewhere));
}
