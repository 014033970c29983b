//! `keybound login --device`: a code here, the person elsewhere (RFC 8628).

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::Value;

use super::{
    person::{Answer, sign_in},
    place::Place,
};

#[test]
fn a_person_logs_in_on_another_device_and_what_was_granted_is_told() {
    let (place, dev) = Place::with_dev();
    let mut child = place.command(&["login", "--device", "--json"]).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it is read");
    let asked: Value = serde_json::from_str(&line).expect("it is JSON");
    let complete = asked["verification_uri_complete"].as_str().expect("it is told");
    assert!(complete.contains(asked["user_code"].as_str().expect("it is told")));
    let page = sign_in(complete, (dev.text("user"), dev.text("password")), Answer::Accept);
    assert!(page.body.contains("Your device is connected"), "{}", page.body);

    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("it is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let told: Value = serde_json::from_str(&rest).expect("it is JSON");
    assert_eq!(told["email"].as_str(), Some(dev.text("user")));
    // RFC 6749 §5.1: a server that grants what was asked for need not say so.
    let scope = told["scope"].as_str().expect("what was granted is known");
    for asked in ["openid", "offline_access", "read:orders"] {
        assert!(scope.split(' ').any(|granted| granted == asked), "{scope}");
    }
    assert!(place.says(&["whoami"]).contains(&format!("scopes        {scope}")));
    assert_eq!(place.json(&["token", "--decode"])["payload"]["cnf"]["jkt"], told["bound_to"]);
}
