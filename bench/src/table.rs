//! The table that is printed and kept.

use std::fmt;

/// What a line must hold to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// Not more than this.
    AtMost(f64, Unit),
    /// Not less than this.
    AtLeast(f64, Unit),
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Times the raw work.
    Times,
    /// Percent of the raw work.
    Percent,
    /// Microseconds of processor time.
    Micros,
    /// Milliseconds by the wall's clock.
    Millis,
    /// Millions of bytes.
    Megabytes,
    /// Times a second.
    ASecond,
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    what: String,
    /// `None` where a part was missing.
    measured: Option<f64>,
    bar: Bar,
    how: String,
}

/// Lines as they are measured.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// A line, and how its number came about.
    pub(crate) fn row(&mut self, what: &str, measured: f64, bar: Bar, how: String) {
        self.push(Row { what: what.to_owned(), measured: Some(measured), bar, how });
    }

    /// A line that could not be measured, and why.
    pub(crate) fn not_measured(&mut self, what: &str, bar: Bar, why: &str) {
        self.push(Row { what: what.to_owned(), measured: None, bar, how: why.to_owned() });
    }

    fn push(&mut self, row: Row) {
        println!("{row}");
        self.0.push(row);
    }

    /// Lines that miss their bar, and by how much.
    pub(crate) fn missed(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|row| row.holds() == Some(false)).map(|row| {
            let by = row.measured.map_or(0.0, |measured| (measured / row.bar.limit() - 1.0).abs() * 100.0);
            format!("{}: {} instead of {}, {by:.0} % off", row.what, row.shown(), row.bar)
        })
    }

    /// Lines that could not be measured.
    pub(crate) fn unmeasured(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|row| row.measured.is_none()).map(|row| format!("{}: {}", row.what, row.how))
    }
}

/// In Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | bar | holds | how |\n| --- | ---: | ---: | --- | --- |")?;
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds = match self.holds() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "?",
        };
        write!(f, "| {} | {} | {} | {holds} | {} |", self.what, self.shown(), self.bar, self.how)
    }
}

impl Row {
    fn holds(&self) -> Option<bool> {
        self.measured.map(|measured| match self.bar {
            Bar::AtMost(limit, _) => measured <= limit,
            Bar::AtLeast(limit, _) => measured >= limit,
        })
    }

    fn shown(&self) -> String {
        let unit = match self.bar {
            Bar::AtMost(_, unit) | Bar::AtLeast(_, unit) => unit,
        };
        let Some(measured) = self.measured else { return "not measured".to_owned() };
        match unit {
            Unit::Times | Unit::Micros => format!("{measured:.2} {unit}"),
            Unit::Megabytes => format!("{measured:.1} {unit}"),
            Unit::Percent | Unit::Millis | Unit::ASecond => format!("{measured:.0} {unit}"),
        }
    }
}

impl Bar {
    const fn limit(self) -> f64 {
        match self {
            Self::AtMost(limit, _) | Self::AtLeast(limit, _) => limit,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit, unit) => write!(f, "≤ {limit} {unit}"),
            Self::AtLeast(limit, unit) => write!(f, "≥ {limit} {unit}"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Times => "×",
            Self::Percent => "%",
            Self::Micros => "µs",
            Self::Millis => "ms",
            Self::Megabytes => "MB",
            Self::ASecond => "/s",
        })
    }
}
