//! The table that is printed and kept.

use std::fmt::Write as _;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    measured: String,
    bar: String,
    holds: bool,
    note: String,
}

/// Lines as they are measured.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// A line whose bar is at most `bar`.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, bar: f64, unit: &str, note: String) {
        self.push(what, measured, format!("≤ {bar}{unit}"), measured <= bar, unit, note);
    }

    /// A line whose bar is at least `bar`.
    pub(crate) fn at_least(&mut self, what: &str, measured: f64, bar: f64, unit: &str, note: String) {
        self.push(what, measured, format!("≥ {bar}{unit}"), measured >= bar, unit, note);
    }

    fn push(&mut self, what: &str, measured: f64, bar: String, holds: bool, unit: &str, note: String) {
        let digits = if measured >= 100.0 { 0 } else { 2 };
        let row =
            Row { what: what.to_owned(), measured: format!("{measured:.digits$}{unit}"), bar, holds, note };
        println!("{}", row.line());
        self.0.push(row);
    }

    /// The table in Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| what | measured | bar | holds | how |\n| --- | ---: | ---: | --- | --- |\n");
        for row in &self.0 {
            _ = writeln!(text, "{}", row.line());
        }
        text
    }

    /// Lines that miss their bar.
    pub(crate) fn missed(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|row| !row.holds).map(|row| row.what.as_str())
    }
}

impl Row {
    fn line(&self) -> String {
        let holds = if self.holds { "yes" } else { "**no**" };
        format!("| {} | {} | {} | {holds} | {} |", self.what, self.measured, self.bar, self.note)
    }
}
