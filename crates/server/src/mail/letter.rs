//! What is written to somebody.

use std::fmt::Write as _;

use keybound_authority::{event::Event, login::identifier::Email};
use keybound_proto::id::reorders;

/// A letter of plain text: nothing in it can run, load or hide.
///
/// Its `Debug` tells neither text nor subject: either may hold a code.
pub(crate) struct Letter {
    /// To whom.
    pub(crate) to: Email,
    /// What it is about, in one line.
    pub(crate) subject: String,
    /// What it says.
    pub(crate) text: String,
    /// What it belongs to, as the tenant log is told where it could not be delivered.
    pub(crate) about: Event,
}

impl Letter {
    /// The whole of it, for whoever looks at a console.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("To: {}\nSubject: {}\n", self.to, self.subject);
        for line in self.text.lines() {
            let _ = write!(shown, "\n  {line}");
        }
        shown.push('\n');
        shown
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("to", &self.to).finish_non_exhaustive()
    }
}

/// What a stranger wrote, as one line that says what it says: no control character can begin a header or another
/// line, and no mark can turn or hide what stands beside it (Unicode TR 36 §2.8).
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let seen = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_seen(*c));
    let line: String = seen.take(most).collect();
    line.trim().to_owned()
}

/// The mailbox letters end up in: what follows a plus is the same person's.
pub(super) fn mailbox(address: &Email) -> String {
    let (local, host) = address.as_str().rsplit_once('@').unwrap_or((address.as_str(), ""));
    format!("{}@{host}", local.split('+').next().unwrap_or(local))
}

/// Whether a character shows where it stands and changes nothing else.
fn is_seen(c: char) -> bool {
    let hides = matches!(
        c,
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}'
            | '\u{206A}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    );
    !c.is_control() && !reorders(c) && !hides
}

#[cfg(test)]
mod tests {
    use keybound_authority::event::EventKind;
    use keybound_proto::time::Timestamp;

    use super::*;

    /// Unicode TR 36 §2.8; RFC 5322 §2.2.
    #[test]
    fn what_strangers_write_stays_one_line_that_says_what_it_says() {
        assert_eq!(one_line("Pay 5\r\nBcc: all@example.com", 100), "Pay 5  Bcc: all@example.com");
        assert_eq!(one_line("a\u{202E}txt.exe\u{2066}b\u{200B}c\0", 100), "atxt.exebc");
        assert_eq!(one_line("  Grüße, 世界!  ", 8), "Grüße,");
    }

    #[test]
    fn a_letter_does_not_tell_itself() {
        let about = Event::new(EventKind::CodeSent, Timestamp::from_unix(1));
        let to = Email::parse("ada@example.com").unwrap();
        let letter = Letter { to, subject: "123456".into(), text: "It is 123456".into(), about };
        assert!(!format!("{letter:?}").contains("123456"));
        assert!(letter.shown().contains("To: ada@example.com\nSubject: 123456\n\n  It is 123456\n"));
    }

    #[test]
    fn what_follows_a_plus_is_the_same_mailbox() {
        let mailbox = |text: &str| mailbox(&Email::parse(text).unwrap());
        assert_eq!(mailbox("Ada+1@example.com"), "ada@example.com");
        assert_eq!(mailbox("ada+1+2@example.com"), mailbox("ada@example.com"));
        assert_ne!(mailbox("ada@example.org"), mailbox("ada@example.com"));
    }
}
