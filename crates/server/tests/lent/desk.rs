//! Letters that are shown to a test.

use std::sync::{Arc, Mutex};

use keybound_server::config::{Email, Shown};

/// Letters that were shown, as `keybound dev` shows them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<Vec<String>>>);

impl Desk {
    /// What a server is told, so that its letters end up here.
    pub(crate) fn email(&self) -> Email {
        let desk = self.clone();
        Email::Shown(Shown::by(move |letter| desk.0.lock().unwrap().push(letter.to_owned())))
    }

    /// Every letter there is.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The code in the newest.
    pub(crate) fn code(&self) -> String {
        let letter = self.newest();
        let is_code = |line: &&str| line.len() >= 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        let code = letter.lines().map(str::trim).find(is_code);
        code.unwrap_or_else(|| panic!("no code: {letter}")).to_owned()
    }

    /// The newest.
    pub(crate) fn newest(&self) -> String {
        self.letters().pop().expect("a letter")
    }
}
