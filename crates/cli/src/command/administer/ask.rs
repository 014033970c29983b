//! Asking the person at the terminal. Questions go to standard error: results alone go to standard output.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::{Map, Value, json};

use super::kind::{Answer, Question};
use crate::{error::Failure, exit::Exit, output};

/// Whether a person sits here: what is typed and what is read is a terminal.
pub(super) fn is_somebody_here() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks whether to go on. Nobody there to ask is a no, and the hint says how to do without.
pub(super) fn confirmed(what: &str, force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    if !is_somebody_here() {
        let unasked = Failure::new(Exit::Unconfirmed, format!("{what}: nobody is here to confirm it"));
        return Err(unasked.hint("--force does it without asking"));
    }
    match line(&format!("{}? [y/N] ", output::tame(&capitalized(what))))?.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Unconfirmed, format!("{what}: it was not confirmed"))),
    }
}

/// Asks for members, each with what there is as the answer to nothing.
pub(super) fn members(questions: &[Question], there: &Value) -> Result<Map<String, Value>, Failure> {
    let mut members = Map::new();
    for question in questions {
        let before = there.get(question.member);
        if let Some(answer) = member(question, before, there.is_null())? {
            members.insert(question.member.to_owned(), answer);
        }
    }
    Ok(members)
}

/// `None` where nothing is to be said: of what is there already, everything may stay as it is.
fn member(question: &Question, before: Option<&Value>, is_new: bool) -> Result<Option<Value>, Failure> {
    let shown = before.and_then(Value::as_str).map(|before| format!(" [{before}]")).unwrap_or_default();
    let choice = match question.answer {
        Answer::One(these) => format!(" ({})", these.join(", ")),
        _ => String::new(),
    };
    loop {
        let asked = output::tame(&format!("{}{choice}{shown}: ", question.text));
        let typed = if question.answer == Answer::Hidden { hidden(&asked)? } else { line(&asked)? };
        match (typed.trim(), question.answer) {
            ("", Answer::Needed | Answer::Hidden | Answer::One(_)) if before.is_none() && is_new => {}
            ("", _) => return Ok(None),
            (text, Answer::One(these)) if !these.contains(&text) => {}
            (text, Answer::Many) => return Ok(Some(json!(split(text).collect::<Vec<_>>()))),
            (text, Answer::Scopes) => {
                let scopes: Vec<_> = split(text).map(|scope| json!({ "value": scope })).collect();
                return Ok(Some(scopes.into()));
            }
            (text, _) => return Ok(Some(text.into())),
        }
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// What a person types when asked; the end of it is a no to everything.
fn line(asked: &str) -> Result<String, Failure> {
    output::note(asked);
    let mut typed = String::new();
    match io::stdin().lock().read_line(&mut typed) {
        Ok(1..) => Ok(typed),
        Ok(0) => Err(Failure::new(Exit::Unconfirmed, "ask: nothing was typed")),
        Err(error) => Err(Failure::new(Exit::Unconfirmed, format!("ask: {error}"))),
    }
}

/// The same, of which the terminal shows nothing. Ctrl-C is read, too: whoever ends it gets their terminal back as it was.
fn hidden(asked: &str) -> Result<String, Failure> {
    let unread = |error: io::Error| Failure::new(Exit::Unconfirmed, format!("ask: {error}"));
    // First: whoever answers at once is not shown either.
    let terminal = Quiet::begin().map_err(unread)?;
    output::note(asked);
    let mut typed = Vec::new();
    let mut letters = io::stdin().lock().bytes();
    let is_over = loop {
        match letters.next().transpose().map_err(unread)? {
            Some(b'\n' | b'\r') => break false,
            None | Some(INTERRUPT | END) => break true,
            Some(BACKSPACE | DELETE) => {
                // A letter may be several bytes.
                while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            Some(byte) => typed.push(byte),
        }
    };
    drop(terminal);
    output::note("\n");
    match String::from_utf8(typed) {
        Ok(typed) if !is_over => Ok(typed),
        _ => Err(Failure::new(Exit::Unconfirmed, "ask: nothing was typed")),
    }
}

/// A terminal that shows nothing of what is typed, and hands on each letter, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody is left to hear that it failed.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
