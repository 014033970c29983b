//! One statement, as each database wants to read it.

use super::composed::BYTEWISE;

/// The text of a statement, with `$1` parameters, uppercase keywords and no final semicolon.
#[derive(Debug)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// One text for both databases. This is the rule.
    pub const fn new(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    /// A text for each database. This is the exception: the census allows [`EXCEPTIONS`] of them.
    pub const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    /// Whether the two texts differ.
    pub fn differs(&self) -> bool {
        self.sqlite != self.postgres
    }

    /// What PostgreSQL reads.
    pub const fn postgres(&self) -> &'static str {
        self.postgres
    }

    /// What SQLite reads: it numbers `$N` by first appearance, so they become `?N`; and it compares bytes anyway.
    pub fn sqlite(&self) -> String {
        let mut text = String::with_capacity(self.sqlite.len());
        for_each_piece(self.sqlite, |piece| match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Parameter(number) => {
                text.push('?');
                text.push_str(&number.to_string());
            }
        });
        match text.contains(BYTEWISE) {
            true => text.replace(BYTEWISE, ""),
            false => text,
        }
    }

    /// What PostgreSQL reads, with its parameters counted from after `offset`.
    pub(super) fn postgres_after(&self, offset: usize, out: &mut String) {
        for_each_piece(self.postgres, |piece| match piece {
            Piece::Text(plain) => out.push_str(plain),
            Piece::Parameter(number) => {
                out.push('$');
                out.push_str(&(number + offset).to_string());
            }
        });
    }

    /// Where the text is kept: the same for the same statement as long as the program runs.
    pub(super) fn address(&self) -> Address {
        Address { start: self.sqlite.as_ptr().addr(), length: self.sqlite.len() }
    }

    /// What a reader of an error message can find it by.
    pub(super) const fn place(&self) -> &'static str {
        self.sqlite
    }
}

/// How many statements may differ between the databases.
pub const EXCEPTIONS: usize = 5;

/// A statement's identity: cheaper to look up than its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address {
    start: usize,
    length: usize,
}

enum Piece<'a> {
    Text(&'a str),
    Parameter(usize),
}

fn for_each_piece(text: &'static str, mut on: impl FnMut(Piece<'static>)) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        on(Piece::Text(before));
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = after.split_at(digits);
        match number.parse() {
            Ok(number) => on(Piece::Parameter(number)),
            Err(_) => on(Piece::Text("$")),
        }
        rest = tail;
    }
    on(Piece::Text(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_numbers_on_sqlite_and_move_on_postgres() {
        const TEXT: Sql = Sql::new("SELECT $2, $1 WHERE $2 > '$' AND $10");
        assert_eq!(TEXT.sqlite(), "SELECT ?2, ?1 WHERE ?2 > '$' AND ?10");
        let mut moved = String::new();
        TEXT.postgres_after(3, &mut moved);
        assert_eq!(moved, "SELECT $5, $4 WHERE $5 > '$' AND $13");
        const BYTES: Sql = Sql::new("SELECT 1 WHERE a COLLATE \"C\" = $1");
        assert_eq!(BYTES.sqlite(), "SELECT 1 WHERE a = ?1");
    }
}
