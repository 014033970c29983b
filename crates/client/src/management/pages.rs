//! Lists, page by page.

use std::{collections::VecDeque, marker::PhantomData};

use futures_util::{Stream, TryStreamExt as _, stream};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::call::{Asked, Call, json};
use crate::{ClientError, http::TransportError};

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// After the last one seen: `from` and `take`, and `next` in the answer.
    Checkpoint,
    /// After the last one seen, which is named by its own `log_id`.
    Log,
    /// By number: `page`, `per_page` and `include_totals`. Auth0 lists no more than the first 1000 so.
    Offset,
    /// Not at all.
    Whole,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are in all, where the API says so.
    pub total: Option<u64>,
    /// After which the next page begins; `None` for the last.
    pub next: Option<Next>,
}

/// After which a page begins. It can be kept and gone on with later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// What the page before said; of a log, its id.
    Checkpoint(String),
    /// The page of this number, from 0.
    Page(u32),
}

impl<T: Into<String>> From<T> for Next {
    fn from(checkpoint: T) -> Self {
        Self::Checkpoint(checkpoint.into())
    }
}

/// A list that has not been asked for yet.
#[derive(Clone)]
#[must_use = "nothing is asked before `page`, `all` or `stream`"]
pub struct Pages<T> {
    asked: Asked,
    paging: Paging,
    size: u32,
    begin: Option<Next>,
    of: PhantomData<fn() -> T>,
}

impl<T> Pages<T> {
    /// As many on a page as the API allows.
    pub const MOST: u32 = 100;

    pub(super) fn new(call: Call<Value>, paging: Paging) -> Self {
        Self { asked: call.into_asked(), paging, size: Self::MOST, begin: None, of: PhantomData }
    }

    /// Those a query names, or as it orders them: `q`, `sort`, `fields`, whatever the list knows.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.asked.query(name, value);
        self
    }

    /// So many on a page.
    pub fn size(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// Paged in another way than the list's usual one.
    pub fn paged(self, paging: Paging) -> Self {
        Self { paging, ..self }
    }

    /// From there on: what a page before said in [`Page::next`], or a checkpoint as text.
    pub fn after(self, next: impl Into<Next>) -> Self {
        Self { begin: Some(next.into()), ..self }
    }
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    /// The first page, or the one after a checkpoint.
    pub async fn page(&self) -> Result<Page<T>, ClientError> {
        self.fetch(self.begin.as_ref()).await
    }

    /// All of them, one after the other; a page is asked for when the one before is used up.
    pub fn stream(self) -> impl Stream<Item = Result<T, ClientError>> + Send + Unpin + 'static {
        let begin = (self.begin.clone(), Turn::Ask);
        let items = stream::try_unfold(
            (self, VecDeque::new(), begin),
            async |(pages, mut items, (mut next, mut turn))| {
                loop {
                    if let Some(item) = items.pop_front() {
                        return Ok(Some((item, (pages, items, (next, turn)))));
                    }
                    if turn == Turn::End {
                        return Ok(None);
                    }
                    let page = pages.fetch(next.as_ref()).await?;
                    turn = if page.next.is_some() { Turn::Ask } else { Turn::End };
                    (items, next) = (page.items.into(), page.next);
                }
            },
        );
        Box::pin(items)
    }

    /// All of them at once.
    pub async fn all(self) -> Result<Vec<T>, ClientError> {
        self.stream().try_collect().await
    }

    async fn fetch(&self, at: Option<&Next>) -> Result<Page<T>, ClientError> {
        let mut asked = self.asked.clone();
        match (self.paging, at) {
            (Paging::Whole, _) => {}
            (Paging::Offset, at) => {
                let number = if let Some(Next::Page(number)) = at { *number } else { 0 };
                asked.query("page", number);
                asked.query("per_page", self.size);
                asked.query("include_totals", true);
            }
            (Paging::Checkpoint | Paging::Log, at) => {
                asked.query("take", self.size);
                if let Some(Next::Checkpoint(from)) = at {
                    asked.query("from", from);
                }
            }
        }
        let told: Value = json(&asked.told().await?)?;
        let (items, about) = unwrap(told)?;
        let next = self.next(&items, &about, at);
        let items = items.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
        Ok(Page {
            items: items.map_err(|_| TransportError::new("a member of the list is not what it should be"))?,
            total: about.get("total").and_then(Value::as_u64),
            next,
        })
    }

    /// Where the next page begins. A page without anything on it is the last, whatever it says.
    fn next(&self, items: &[Value], about: &Map<String, Value>, at: Option<&Next>) -> Option<Next> {
        let number = |name| about.get(name).and_then(Value::as_u64);
        let last = items.last()?;
        match self.paging {
            Paging::Whole => None,
            Paging::Checkpoint => Some(Next::Checkpoint(about.get("next")?.as_str()?.to_owned())),
            Paging::Log => Some(Next::Checkpoint(last.get("log_id")?.as_str()?.to_owned())),
            Paging::Offset => {
                let page = if let Some(Next::Page(number)) = at { *number } else { 0 };
                // The API may hold less on a page than was asked for.
                let size = number("limit").unwrap_or_else(|| u64::from(self.size));
                let seen = number("start").unwrap_or_else(|| u64::from(page) * size) + items.len() as u64;
                let goes_on = number("total").map_or(items.len() as u64 >= size, |total| seen < total);
                goes_on.then_some(Next::Page(page + 1))
            }
        }
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("paging", &self.paging).finish_non_exhaustive()
    }
}

/// Whether there is another page to ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Ask,
    End,
}

/// The items of a page and what is said about them: a plain list, or an object with one.
fn unwrap(told: Value) -> Result<(Vec<Value>, Map<String, Value>), ClientError> {
    match told {
        Value::Array(items) => Ok((items, Map::new())),
        Value::Object(mut about) => {
            let name = about.iter().find(|(_, value)| value.is_array()).map(|(name, _)| name.clone());
            let items = name.and_then(|name| about.remove(&name));
            match items {
                Some(Value::Array(items)) => Ok((items, about)),
                _ => Err(TransportError::new("the answer holds no list").into()),
            }
        }
        _ => Err(TransportError::new("the answer is no list").into()),
    }
}
