//! At a terminal, what is not given is asked for, and nothing is deleted before somebody says yes.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Stdio},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

use super::administering::Tenant;

/// A person: what they see, and what they type.
struct Person {
    terminal: File,
    seen: String,
    child: Child,
}

impl Person {
    /// Sits down before a command.
    fn before(tenant: &Tenant, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let open = || {
            let name = name.to_str().expect("text");
            Stdio::from(File::options().read(true).write(true).open(name).expect("opened"))
        };
        let mut command = tenant.command(arguments);
        let child = command.stdin(open()).stdout(open()).stderr(open()).spawn().expect("it starts");
        Self { terminal: File::from(master), seen: String::new(), child }
    }

    /// Waits for a question and answers it.
    fn answers(&mut self, question: &str, answer: &str) -> &mut Self {
        self.sees(question);
        self.seen.clear();
        self.terminal.write_all(format!("{answer}\n").as_bytes()).expect("typed");
        self
    }

    fn sees(&mut self, text: &str) -> &mut Self {
        while !self.seen.contains(text) {
            let mut bytes = [0; 4096];
            let read = if self.is_told() { self.terminal.read(&mut bytes).unwrap_or(0) } else { 0 };
            if read == 0 {
                let _ = self.child.kill();
                panic!("{text:?} never came; the terminal shows {}", self.seen);
            }
            self.seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        self
    }

    /// Whether something comes before their patience ends.
    fn is_told(&self) -> bool {
        let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut waiting = [PollFd::new(&self.terminal, PollFlags::IN)];
        poll(&mut waiting, Some(&patience)).is_ok_and(|told| told > 0)
    }

    fn ends(mut self) -> Option<i32> {
        // What is left to read is read, or the command could wait for it.
        let mut bytes = [0; 4096];
        while matches!(self.terminal.read(&mut bytes), Ok(1..)) {}
        self.child.wait().expect("it ends").code()
    }
}

fn roles(tenant: &Tenant) -> Vec<Value> {
    tenant.told(&["roles", "list", "--json"]).as_array().cloned().expect("a list")
}

#[test]
fn what_is_not_given_is_asked_for_and_a_delete_is_confirmed() {
    let tenant = Tenant::start();
    let mut person = Person::before(&tenant, &["roles", "create"]);
    person.answers("Name: ", "").answers("Name: ", "Clerk").answers("Description: ", "sells locks");
    assert_eq!(person.ends(), Some(0));
    let [role] = &roles(&tenant)[..] else { panic!("one was made") };
    assert_eq!((&role["name"], &role["description"]), (&"Clerk".into(), &"sells locks".into()));
    let id = role["id"].as_str().expect("text");

    let mut person = Person::before(&tenant, &["roles", "update", id]);
    person.answers("Name [Clerk]: ", "").answers("Description [sells locks]: ", "sells keys");
    assert_eq!(person.ends(), Some(0));
    assert_eq!(roles(&tenant)[0]["description"], "sells keys");

    let mut person = Person::before(&tenant, &["roles", "delete", id]);
    person.answers("Delete the role Clerk", "");
    assert_eq!(person.ends(), Some(25), "nothing typed is a no");
    let mut person = Person::before(&tenant, &["roles", "delete", id]);
    person.answers("[y/N]", "y");
    assert_eq!(person.ends(), Some(0));
    assert!(roles(&tenant).is_empty());
}

#[test]
fn a_choice_is_asked_for_until_it_is_one() {
    let tenant = Tenant::start();
    let mut person = Person::before(&tenant, &["apps", "create"]);
    person
        .answers("Name: ", "Shop")
        .answers("Type (spa, native, regular_web, non_interactive): ", "website")
        .answers("Type", "spa")
        .answers("Callbacks", "http://localhost:3000, https://shop.example/")
        .sees("made the application");
    assert_eq!(person.ends(), Some(0));
    let apps = tenant.told(&["apps", "list", "--json"]);
    let shop =
        apps.as_array().expect("a list").iter().find(|app| app["name"] == "Shop").expect("it was made");
    assert_eq!(shop["callbacks"], serde_json::json!(["http://localhost:3000", "https://shop.example/"]));
}

#[test]
fn a_password_is_not_shown_as_it_is_typed_and_of_who_is_there_nothing_must_be_said() {
    let tenant = Tenant::start();
    let mut person = Person::before(&tenant, &["users", "create"]);
    person
        .answers("Connection: ", "Username-Password-Authentication")
        .answers("Address: ", "grace@example.com")
        .answers("Password: ", "")
        // A letter too much, taken back.
        .answers("Password: ", "Correct-horse-battery-8é\u{7f}")
        .sees("made the user");
    assert!(!person.seen.contains("Correct-horse"), "{}", person.seen);
    assert_eq!(person.ends(), Some(0));
    let users = tenant.told(&["users", "list", "--json", "-q", "q=email:grace@example.com"]);
    let id = users[0]["user_id"].as_str().expect("text").to_owned();

    let mut person = Person::before(&tenant, &["users", "update", &id]);
    person.answers("Connection: ", "").answers("Address [grace@example.com]: ", "grace@example.org");
    person.answers("Password: ", "").sees("grace@example.org");
    assert_eq!(person.ends(), Some(0));

    let mut person = Person::before(&tenant, &["users", "create"]);
    person
        .answers("Connection: ", "c")
        .answers("Address: ", "a@example.com")
        .answers("Password: ", "half\u{3}");
    person.sees("nothing was typed");
    assert_eq!(person.ends(), Some(25));
}
