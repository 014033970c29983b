//! A batch as one statement: one round trip, and the transaction is the statement's own.
//!
//! Every step becomes a data-modifying member of one `WITH`. The guards are asked in its `SELECT`: where a
//! step did not change exactly one row, the number of the step is cast to an integer in words that are none,
//! so that the statement fails, names the step, and undoes all of them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::refused;
use crate::error::StoreError;
use crate::sql::batch::{Batch, Step};
use crate::sql::text::Address;

/// What stands before the number of the failed step, in words that are no integer.
const MARK: &str = "guard of step ";

/// How many different batches are remembered; more than a program has places that make one.
const REMEMBERED: usize = 512;

/// The texts already composed, by their statements and guards.
#[derive(Debug, Default)]
pub(super) struct Compositions(RwLock<HashMap<Shape, Arc<Composition>>>);

/// Which statements a batch has, and whether each is guarded.
type Shape = Vec<(Address, bool)>;

/// A batch's one statement.
#[derive(Debug)]
pub(super) struct Composition {
    text: String,
}

impl Compositions {
    /// The one statement for a batch of this shape.
    pub(super) fn of(&self, batch: &Batch) -> Arc<Composition> {
        let shape: Shape =
            batch.steps.iter().map(|step| (step.sql.address(), step.guard.is_some())).collect();
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&shape) {
            return Arc::clone(known);
        }
        let new = Arc::new(Composition { text: compose(&batch.steps) });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < REMEMBERED {
            known.insert(shape, Arc::clone(&new));
        }
        new
    }
}

impl Composition {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Judges what a lone statement did by the number of rows it changed; guards of several judged themselves.
    pub(super) fn judge(&self, batch: &Batch, changed: u64) -> Result<(), StoreError> {
        match batch.steps.as_slice() {
            [Step { guard: Some(guard), .. }] if changed != 1 => Err(StoreError::Conflict { guard: *guard }),
            _ => Ok(()),
        }
    }

    /// Which guard failed, if that is why the statement did.
    pub(super) fn failed(&self, batch: &Batch, error: Error) -> StoreError {
        let step = error.as_db_error().and_then(|error| match error.code() {
            code if *code == SqlState::INVALID_TEXT_REPRESENTATION => marked(batch, error),
            code if *code == SqlState::UNIQUE_VIOLATION => duplicated(batch, error),
            _ => None,
        });
        match step.and_then(|step| step.guard) {
            Some(guard) => StoreError::Conflict { guard },
            None => refused(error),
        }
    }
}

/// The step whose guard spoke.
fn marked<'b>(batch: &'b Batch, error: &DbError) -> Option<&'b Step> {
    let (_, after) = error.message().split_once(MARK)?;
    let (number, _) = after.split_once(':')?;
    batch.steps.get(number.parse::<usize>().ok()?)
}

/// The step that broke a uniqueness rule: the one that writes the table of the rule.
fn duplicated<'b>(batch: &'b Batch, error: &DbError) -> Option<&'b Step> {
    let table = error.table()?;
    batch.steps.iter().find(|step| {
        step.guard.is_some() && step.sql.postgres().split_whitespace().take(3).any(|word| word == table)
    })
}

fn compose(steps: &[Step]) -> String {
    let mut text = String::new();
    if let [alone] = steps {
        alone.sql.postgres_after(0, &mut text);
        return text;
    }
    let mut offset = 0;
    for (number, step) in steps.iter().enumerate() {
        text.push_str(if number == 0 { "WITH " } else { ", " });
        text.push_str(&format!("s{number} AS ("));
        step.sql.postgres_after(offset, &mut text);
        text.push_str(" RETURNING 1)");
        offset += step.values;
    }
    let mut separator = " SELECT ";
    for (number, _) in steps.iter().enumerate().filter(|(_, step)| step.guard.is_some()) {
        text.push_str(&format!(
            "{separator}(SELECT CASE WHEN count(*) = 1 THEN 0 \
             ELSE CAST('{MARK}{number}: ' || count(*) AS INT) END FROM s{number})"
        ));
        separator = ", ";
    }
    if separator == " SELECT " {
        text.push_str(" SELECT 1");
    }
    text
}
