//! `keybound users import` and `users export`: people who move in and out.

use std::{io::Write as _, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

use serde_json::{Value, json};

use super::{
    administering::Tenant,
    run::{stderr, stdout},
};

const DATABASE: &str = "Username-Password-Authentication";

fn file(tenant: &Tenant, name: &str, content: &str) -> String {
    let path = tenant.kept.path().join(name);
    std::fs::write(&path, content).expect("it is written");
    path.to_str().expect("it is text").to_owned()
}

#[test]
fn users_of_a_file_are_taken_in_and_who_is_not_is_told_with_why() {
    let tenant = Tenant::start();
    let users = json!([
        { "email": "ann@example.com", "given_name": "Ann" },
        { "email": "none" },
        { "email": "bob@example.com", "colour": "red" },
    ]);
    let mixed = file(&tenant, "mixed.json", &users.to_string());
    let output = tenant.run(&["users", "import", &mixed, "--connection", DATABASE]);
    assert_eq!(output.status.code(), Some(26), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.starts_with("1 inserted, 0 updated, 2 failed, of 3 users\nnone: "), "{said}");
    assert!(said.contains("(INVALID_FORMAT)\nbob@example.com: ") && said.lines().count() == 3, "{said}");
    let csv = tenant.run(&["users", "import", &mixed, "-c", DATABASE, "--upsert", "--csv"]);
    assert!(stderr(&csv).contains("0 inserted, 1 updated, 2 failed"), "{}", stderr(&csv));
    assert!(stdout(&csv).starts_with("user,code,path,message\nnone,INVALID_FORMAT,"), "{}", stdout(&csv));

    let good = file(&tenant, "good.json", r#"[{"email":"ann@example.com","given_name":"Anna"}]"#);
    let named = tenant.told(&["connections", "list", "--json", "-q", &format!("name={DATABASE}")]);
    let id = named[0]["id"].as_str().expect("text").to_owned();
    let taken = ["users", "import", &good, "--connection", &id, "--external-id", "second"];
    let twice = tenant.run(&taken);
    assert_eq!(twice.status.code(), Some(26));
    assert!(stdout(&twice).contains("ann@example.com: ") && stdout(&twice).contains("DUPLICATED_USER"));
    let told = tenant.told(&[&taken[..], &["--upsert", "--json"]].concat());
    assert_eq!((&told["status"], &told["summary"]["updated"]), (&json!("completed"), &json!(1)));
    assert_eq!((&told["external_id"], &told["errors"]), (&json!("second"), &json!([])));
    let ann = tenant.told(&["api", "users-by-email", "-q", "email=ann@example.com"]);
    assert_eq!(ann[0]["given_name"], "Anna");

    let begun = tenant.run(&[&taken[..], &["--upsert", "--no-wait"]].concat());
    assert_eq!(begun.status.code(), Some(0));
    let job = tenant.told(&["api", &format!("jobs/{}", stdout(&begun).trim())]);
    assert_eq!(job["type"], "users_import");
}

#[test]
fn a_file_that_cannot_be_taken_is_refused_with_what_to_do() {
    let tenant = Tenant::start();
    let lines =
        file(&tenant, "lines.json", "{\"email\":\"hush@example.com\"}\n{\"email\":\"b@example.com\"}\n");
    let refused = tenant.run(&["users", "import", &lines, "--connection", DATABASE]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("jq -s") && !stderr(&refused).contains("hush"), "{}", stderr(&refused));
    let nowhere = tenant.run(&["users", "import", "nowhere.json", "--connection", DATABASE]);
    assert_eq!(nowhere.status.code(), Some(2));
    let empty = file(&tenant, "empty.json", "[]");
    let unknown = tenant.run(&["users", "import", &empty, "--connection", "nothing"]);
    assert_eq!(unknown.status.code(), Some(22));
    assert!(stderr(&unknown).contains("connections list"), "{}", stderr(&unknown));
    let unknown = tenant.run(&["users", "import", &empty, "--connection", "con_0000000000000000"]);
    assert_eq!(unknown.status.code(), Some(22), "{}", stderr(&unknown));
    assert_eq!(tenant.run(&["users", "import", &empty, "-c", DATABASE]).status.code(), Some(0));

    // More than the 8 MiB that are taken unless the operator says otherwise; once a little, once a lot.
    for size in [9 << 20, 60 << 20] {
        let large = file(&tenant, "large.json", &format!("[{}]", " ".repeat(size)));
        let refused = tenant.run(&["users", "import", &large, "--connection", DATABASE]);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(22), "{said}");
        assert!(said.contains("larger than 84") && said.contains("several files"), "{said}");
    }
}

#[test]
fn users_go_out_to_whom_they_are_asked_for() {
    let tenant = Tenant::start();
    let users: Vec<Value> = (0..600).map(|n| json!({ "email": format!("u{n}@example.com") })).collect();
    let mut command = tenant.command(&["users", "import", "-", "-c", DATABASE]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(Value::from(users).to_string().as_bytes()).expect("written");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));

    let all = tenant.run(&["users", "export"]);
    assert_eq!(all.status.code(), Some(0), "{}", stderr(&all));
    assert!(stdout(&all).lines().count() >= 600);
    assert!(stdout(&all).lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let named = ["users", "export", "--connection", DATABASE, "--fields", "email=Address,user_id", "-n", "3"];
    let csv = stdout(&tenant.run(&[&named[..], &["--format", "csv"]].concat()));
    assert!(csv.starts_with("\"Address\",\"user_id\"\r\n") && csv.lines().count() == 4, "{csv}");

    let path = tenant.kept.path().join("users.csv");
    let to = path.to_str().expect("text");
    let told = tenant.told(&[&named[..], &["-o", to, "--json"]].concat());
    assert_eq!((&told["status"], &told["format"]), (&json!("completed"), &json!("csv")), "{told}");
    assert_eq!(std::fs::read_to_string(Path::new(to)).expect("it is there"), csv);
    assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);

    assert_eq!(tenant.run(&["users", "export", "--format", "csv", "--json"]).status.code(), Some(2));
    let nowhere = tenant.run(&["users", "export", "-o", "/nowhere/users.json"]);
    assert_eq!(nowhere.status.code(), Some(1), "{}", stderr(&nowhere));
    let begun = tenant.told(&["users", "export", "--no-wait", "--json"]);
    assert_eq!(begun["type"], "users_export");
}
