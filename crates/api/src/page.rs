//! Which of many are wanted, and how they are given.

use keybound_proto::jose::encode_base64url;
use serde_json::{Map, Value};

use crate::format::{Format, id_in};
use crate::invalid::{Fault, Invalid};
use crate::kind::Name;

/// As many as a page holds unless somebody says how many.
pub const PER_PAGE: u32 = 50;

/// As many as a page may hold.
pub const MOST: u32 = 100;

/// Which of many are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// After the last one seen: `from` and `take`.
    Checkpoint {
        /// After the one of this id: the page before said it in `next`.
        after: Option<String>,
        /// As many.
        take: u32,
        /// Whether all are counted: `include_totals`, where that is heeded beside checkpoints.
        totals: Totals,
    },
    /// By number: `page` and `per_page`.
    Offset {
        /// Which page, from 0.
        page: u32,
        /// As many on a page.
        per_page: u32,
        /// Whether all are counted: `include_totals`.
        totals: Totals,
    },
}

/// Whether a page says how many there are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Totals {
    /// It is an object that says so.
    Counted,
    /// It is a plain list.
    Omitted,
}

/// Which members of each are wanted: `fields` and `include_fields`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    names: Vec<String>,
    excluded: bool,
}

impl Paging {
    /// Reads the parameters; `take` or `from` win over the others, as at Auth0.
    ///
    /// # Errors
    /// What is no number, or too big; a `from` that no page said.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let (from, take) = (parameter("from"), parameter("take"));
        let by_checkpoint = from.is_some() || take.is_some();
        let after = from.map(|from| checkpoint(&from)).transpose()?;
        let take = number("take", take, (1, MOST), PER_PAGE)?;
        let page = number("page", parameter("page"), (0, u32::MAX / MOST), 0)?;
        let per_page = number("per_page", parameter("per_page"), (0, MOST), PER_PAGE)?;
        let counted = flag("include_totals", parameter("include_totals"))? == Some(true);
        if by_checkpoint {
            return Ok(Self::Checkpoint { after, take, totals: Totals::Omitted });
        }
        Ok(Self::Offset { page, per_page, totals: if counted { Totals::Counted } else { Totals::Omitted } })
    }

    /// Reads the parameters of a list that has no numbered pages. SDKs ask for those all the same: a size in their
    /// terms is one here.
    ///
    /// # Errors
    /// As [`Paging::read`].
    pub fn checkpoints(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let after = parameter("from").map(|from| checkpoint(&from)).transpose()?;
        let size = number("per_page", parameter("per_page"), (1, MOST), PER_PAGE)?;
        let take = number("take", parameter("take"), (1, MOST), size)?;
        let counted = flag("include_totals", parameter("include_totals"))? == Some(true);
        Ok(Self::Checkpoint { after, take, totals: if counted { Totals::Counted } else { Totals::Omitted } })
    }

    /// Whether all are to be counted.
    pub const fn is_counted(&self) -> bool {
        matches!(
            self,
            Self::Offset { totals: Totals::Counted, .. } | Self::Checkpoint { totals: Totals::Counted, .. }
        )
    }

    /// Writes a page. `total` is how many there are in all; `last` is the id after which the next page begins, if
    /// there is one.
    pub fn write(&self, name: &Name, items: Vec<Value>, total: i64, last: Option<&str>) -> Value {
        let mut page = Map::new();
        match self {
            Self::Offset { totals: Totals::Omitted, .. } => return Value::Array(items),
            Self::Offset { page: number, per_page, totals: Totals::Counted } => {
                page.insert("start".to_owned(), (i64::from(*number) * i64::from(*per_page)).into());
                page.insert("limit".to_owned(), (*per_page).into());
                if matches!(name.one, "user" | "log" | "client") {
                    page.insert("length".to_owned(), items.len().into());
                }
                // Whoever goes on from nowhere is at the end.
                if name.one == "client" {
                    page.insert("next".to_owned(), "".into());
                }
                page.insert("total".to_owned(), total.into());
            }
            Self::Checkpoint { totals, .. } => {
                if let Some(last) = last {
                    page.insert("next".to_owned(), next(last).into());
                }
                if *totals == Totals::Counted {
                    page.insert("total".to_owned(), total.into());
                }
            }
        }
        page.insert(name.many.to_owned(), Value::Array(items));
        Value::Object(page)
    }
}

impl Selection {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `include_fields` is neither `true` nor `false`.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let names = parameter("fields").unwrap_or_default();
        let names =
            names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let excluded = flag("include_fields", parameter("include_fields"))? == Some(false);
        Ok(Self { names, excluded })
    }

    /// Leaves what is wanted, and what Auth0 tells whether it is or not.
    pub fn apply_but(&self, always: &[&str], mut members: Map<String, Value>) -> Map<String, Value> {
        if !self.names.is_empty() && !self.excluded {
            members.retain(|name, _| self.names.contains(name) || always.contains(&name.as_str()));
            return members;
        }
        self.apply(members)
    }

    /// Leaves what is wanted.
    pub fn apply(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        if !self.names.is_empty() {
            members.retain(|name, _| self.names.contains(name) != self.excluded);
        }
        members
    }
}

/// What a page says in `next`: that others come after that id.
pub fn next(last: &str) -> String {
    encode_base64url(last.as_bytes())
}

/// The id that a page said in `next`.
fn checkpoint(from: &str) -> Result<String, Invalid> {
    let fault = || Fault::Format { format: Format::Checkpoint.name(), found: from.to_owned() };
    id_in(from).ok_or_else(|| Invalid::query("from", fault()))
}

/// Reads `true` or `false`.
///
/// # Errors
/// It is neither.
pub fn flag(name: &str, text: Option<String>) -> Result<Option<bool>, Invalid> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Invalid::query(name, Fault::Type { wanted: "boolean", found: "string" })),
    }
}

fn number(name: &str, text: Option<String>, (least, most): (u32, u32), default: u32) -> Result<u32, Invalid> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(default) };
    let Ok(found) = text.parse::<i64>() else {
        return Err(Invalid::query(name, Fault::Type { wanted: "integer", found: "string" }));
    };
    if found < i64::from(least) {
        return Err(Invalid::query(name, Fault::TooSmall { found, least: least.into() }));
    }
    match u32::try_from(found) {
        Ok(number) if number <= most => Ok(number),
        _ => Err(Invalid::query(name, Fault::TooBig { found, most: most.into() })),
    }
}

#[cfg(test)]
mod tests;
