//! The thread that writes: whoever waits together is committed together.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::Instant;

use rusqlite::{Connection, Statement};
use tokio::sync::oneshot;

use super::checkpoint::Checkpoints;
use super::rhythm::{Gathering, Rhythm};
use super::{convert, reader};
use crate::error::StoreError;
use crate::sql::text::Address;
use crate::sql::{Batch, Composed, Row, Sql, Value};

/// How many batches one commit may carry.
const GROUP: usize = 128;

/// What the writer is asked to do, and where to say that it is done.
pub(super) enum Work {
    /// Apply a batch whole.
    Apply(Batch, oneshot::Sender<Result<(), StoreError>>),
    /// Run one changing statement for its rows.
    Change(&'static Sql, Vec<Value>, oneshot::Sender<Result<Vec<Row>, StoreError>>),
    /// Try whether statements prepare.
    Prepare(Vec<&'static Sql>, oneshot::Sender<Result<(), StoreError>>),
    /// Answer one question, when nobody else can.
    Find(Composed, oneshot::Sender<Result<Vec<Row>, StoreError>>),
    /// Read, when nobody else can.
    Read(&'static Sql, Vec<Value>, oneshot::Sender<Result<Vec<Row>, StoreError>>),
}

/// An answer that must not be given before the commit.
enum Answer {
    Applied(oneshot::Sender<Result<(), StoreError>>),
    Changed(oneshot::Sender<Result<Vec<Row>, StoreError>>, Vec<Row>),
}

/// Starts the thread. It ends when the last sender is dropped, after everything sent is done.
///
/// A database in a file has somebody who moves its log beside the commits.
pub(super) fn start(
    connection: Connection,
    checkpoints: Option<Checkpoints>,
) -> Result<mpsc::Sender<Work>, StoreError> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("keybound-sqlite".into())
        .spawn(move || Writer::new(&connection, checkpoints).run(&receiver))
        .map_err(StoreError::unavailable)?;
    Ok(sender)
}

struct Writer<'c> {
    connection: &'c Connection,
    prepared: HashMap<Address, Statement<'c>>,
    answers: Vec<Answer>,
    checkpoints: Option<Checkpoints>,
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection, checkpoints: Option<Checkpoints>) -> Self {
        Self { connection, prepared: HashMap::new(), answers: Vec::with_capacity(GROUP), checkpoints }
    }

    fn run(&mut self, work: &mpsc::Receiver<Work>) {
        let mut rhythm = Rhythm::default();
        while let Ok(first) = work.recv() {
            let Some(first) = self.alone(first) else { continue };
            if let Err(error) = self.control(&BEGIN) {
                refuse(first, &error);
                continue;
            }
            let mut group = rhythm.gather();
            let mut gathered = 0;
            let mut next = Some(first);
            while let Some(change) = next {
                self.together(change);
                gathered += 1;
                next = match gathered {
                    GROUP => None,
                    _ if self.is_undone() => None,
                    _ => self.another(work, &mut group, gathered),
                };
            }
            let start = Instant::now();
            self.commit();
            rhythm.beat(gathered, start.elapsed());
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.tend(self.connection);
            }
        }
    }

    /// A change that came meanwhile, or comes before waiting for it costs more than it saves.
    fn another(
        &mut self,
        work: &mpsc::Receiver<Work>,
        group: &mut Gathering,
        gathered: usize,
    ) -> Option<Work> {
        loop {
            let work = match work.try_recv() {
                Ok(work) => work,
                Err(_) => work.recv_timeout(group.patience(gathered, Instant::now())?).ok()?,
            };
            if let Some(change) = self.alone(work) {
                return Some(change);
            }
        }
    }

    /// Does what needs no transaction; hands back what does.
    ///
    /// A read that arrives while a group is open sees what the group changed so far. Only a database in
    /// memory is read here: what is visible there cannot be lost by itself.
    fn alone(&mut self, work: Work) -> Option<Work> {
        match work {
            Work::Find(composed, reply) => {
                let _ = reply.send(reader::find(self.connection, &composed));
                None
            }
            Work::Read(sql, values, reply) => {
                let _ = reply.send(self.rows(sql, &values));
                None
            }
            Work::Prepare(statements, reply) => {
                let prepared = statements.into_iter().try_for_each(|sql| self.statement(sql).map(|_| ()));
                let _ = reply.send(prepared);
                None
            }
            change => Some(change),
        }
    }

    /// Does one change inside the open transaction, so that failing undoes it alone.
    fn together(&mut self, change: Work) {
        match change {
            Work::Apply(batch, reply) => match self.apply(&batch) {
                Ok(()) => self.answers.push(Answer::Applied(reply)),
                Err(error) => drop(reply.send(Err(error))),
            },
            Work::Change(sql, values, reply) => match self.rows(sql, &values) {
                Ok(rows) => self.answers.push(Answer::Changed(reply, rows)),
                Err(error) => drop(reply.send(Err(error))),
            },
            Work::Find(..) | Work::Prepare(..) | Work::Read(..) => {}
        }
    }

    /// Applies a batch whole, or not at all.
    ///
    /// One statement is whole by itself; several need a savepoint.
    fn apply(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if batch.steps.len() < 2 {
            return self.steps(batch);
        }
        self.control(&SAVEPOINT)?;
        let outcome = self.steps(batch);
        if outcome.is_err() {
            if self.is_undone() {
                return outcome;
            }
            self.control(&UNDO)?;
        }
        self.control(&RELEASE)?;
        outcome
    }

    fn steps(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut rest = batch.values.as_slice();
        for step in &batch.steps {
            let Some((values, tail)) = rest.split_at_checked(step.values) else {
                unreachable!("a batch holds the values of each of its steps: `push` adds both");
            };
            rest = tail;
            let changed = match convert::count(self.statement(step.sql)?, values) {
                Ok(changed) => changed,
                Err(error) => {
                    return Err(match step.guard {
                        Some(guard) if convert::is_duplicate(&error) => StoreError::Conflict { guard },
                        _ => convert::refused(error),
                    });
                }
            };
            if let Some(guard) = step.guard
                && changed != 1
            {
                return Err(StoreError::Conflict { guard });
            }
        }
        Ok(())
    }

    /// Commits, and only then tells those who wait.
    fn commit(&mut self) {
        let committed = match self.is_undone() {
            true => Err(StoreError::unavailable("everything under way was undone")),
            false => self.control(&COMMIT),
        };
        if committed.is_err() && !self.is_undone() {
            // Where even this fails, the next BEGIN will, and say why.
            let _ = self.control(&ROLLBACK);
        }
        for answer in self.answers.drain(..) {
            // Whoever no longer listens has gone away; what was committed stays.
            match answer {
                Answer::Applied(reply) => drop(reply.send(again(&committed))),
                Answer::Changed(reply, rows) => drop(reply.send(again(&committed).map(|()| rows))),
            }
        }
    }

    /// Whether SQLite itself undid the whole transaction, as it does when the disk is full.
    fn is_undone(&self) -> bool {
        self.connection.is_autocommit()
    }

    fn rows(&mut self, sql: &'static Sql, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        convert::rows(self.statement(sql)?, sql.place(), values)
    }

    fn control(&mut self, sql: &'static Sql) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        statement.execute([]).map(|_| ()).map_err(convert::refused)
    }

    fn statement(&mut self, sql: &'static Sql) -> Result<&mut Statement<'c>, StoreError> {
        use std::collections::hash_map::Entry;
        match self.prepared.entry(sql.address()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let statement = self.connection.prepare(&sql.sqlite()).map_err(convert::refused)?;
                Ok(new.insert(statement))
            }
        }
    }
}

fn refuse(change: Work, error: &StoreError) {
    match change {
        Work::Apply(_, reply) => drop(reply.send(Err(retold(error)))),
        Work::Change(_, _, reply) => drop(reply.send(Err(retold(error)))),
        Work::Find(..) | Work::Prepare(..) | Work::Read(..) => {}
    }
}

fn again(outcome: &Result<(), StoreError>) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => Err(retold(error)),
    }
}

/// The same failure for everybody who shared the commit.
fn retold(error: &StoreError) -> StoreError {
    StoreError::unavailable(error)
}

const BEGIN: Sql = Sql::new("BEGIN IMMEDIATE");
const COMMIT: Sql = Sql::new("COMMIT");
const ROLLBACK: Sql = Sql::new("ROLLBACK");
const SAVEPOINT: Sql = Sql::new("SAVEPOINT batch");
const UNDO: Sql = Sql::new("ROLLBACK TO batch");
const RELEASE: Sql = Sql::new("RELEASE batch");
