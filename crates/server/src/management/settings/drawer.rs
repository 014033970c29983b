//! Where one setting is kept: read, written with who else may be writing, and told.

use keybound_api::{
    Fault, Invalid,
    settings::{Audience, Setting, Telling, There},
};
use keybound_authority::event::Event;
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
    events,
};
use serde_json::Value;

use super::Names;
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{absent::absent, body::refused, kept::place::host, managed::Members},
};

/// Where a path leads to.
pub(crate) struct Drawer<'a> {
    pub(super) setting: &'static Setting,
    /// The id of the document.
    pub(super) id: String,
    names: Vec<&'a str>,
}

/// What is written in the place of what was read.
pub(super) struct Wrote {
    pub(super) read: Option<Kept>,
    pub(super) now: Members,
}

impl<'a> Drawer<'a> {
    /// Where these names lead to, if they are among those there are.
    pub(super) fn of(setting: &'static Setting, names: &'a Names) -> Result<Self, Failure> {
        for ((name, value), known) in names.iter().zip(setting.names) {
            if !known.contains(&value.as_str()) {
                return Err(refused(Invalid::path(name, Fault::Enum(value.clone()))));
            }
        }
        Ok(Self::named(setting, names.iter().map(|(_, value)| value.as_str()).collect()))
    }

    /// The same for names that are known to be among them.
    pub(super) fn named(setting: &'static Setting, names: Vec<&'a str>) -> Self {
        let id = if names.is_empty() { setting.shelf.to_owned() } else { names.join("/") };
        Self { setting, id, names }
    }

    /// Where its document stands.
    pub(super) const fn place(&self) -> kept::Place<'static> {
        shelf(self.setting).whole()
    }

    /// What was written, if anything was.
    pub(super) async fn find(&self, app: &App) -> Result<Option<Kept>, Failure> {
        Ok(kept::find(&app.store, &app.tenant.id, self.place(), &self.id).await?)
    }

    /// Changes what was written. Who else writes at the same time takes nothing away: what they wrote is read again.
    pub(super) async fn change(
        &self,
        app: &App,
        event: &Event,
        change: impl Fn(Members) -> Members + Send,
    ) -> Result<Members, Failure> {
        for _ in 0..TRIES {
            let read = self.find(app).await?;
            let now = change(self.before(read.as_ref())?);
            let mut batch = Batch::new();
            self.stage(&mut batch, app, Wrote { read, now: now.clone() }, event)?;
            if settle(app, batch).await? == Settled::Written {
                return Ok(now);
            }
        }
        Err(self.changed_meanwhile())
    }

    /// What was said before, where it is there.
    pub(super) fn before(&self, read: Option<&Kept>) -> Result<Members, Failure> {
        match (read, self.setting.there) {
            (Some(read), _) => Ok(members(read.doc.clone())),
            (None, There::Always) => Ok(Members::new()),
            (None, There::OnceMade) => Err(absent(self.setting.kind)),
        }
    }

    /// Adds to a batch that it says this now, if that goes together.
    pub(super) fn stage(
        &self,
        batch: &mut Batch,
        app: &App,
        wrote: Wrote,
        event: &Event,
    ) -> Result<(), Failure> {
        (self.setting.check)(&wrote.now).map_err(refused)?;
        let (store, tenant) = (&app.store, &app.tenant.id);
        let doc = Value::Object(wrote.now);
        match wrote.read {
            Some(read) => kept::update(batch, store, tenant, self.place(), Kept { doc, ..read }),
            None => kept::insert(batch, store, tenant, (self.place(), &self.id), doc),
        }
        events::record(batch, store, tenant, event);
        Ok(())
    }

    /// Somebody else is always faster.
    pub(super) fn changed_meanwhile(&self) -> Failure {
        let message = format!("The {} was changed by somebody else meanwhile.", self.setting.kind.name.one);
        ManagementFailure::Conflict { message, code: None }.into()
    }

    /// There is one already.
    pub(super) fn taken(&self) -> Failure {
        let message = (self.setting.taken)(&self.names);
        ManagementFailure::Conflict { message, code: None }.into()
    }

    /// What is told of it.
    pub(super) fn told(&self, app: &App, wrote: Members, to: Audience) -> Members {
        let tenant = host(app);
        self.setting.told(wrote, &Telling { names: &self.names, tenant, to })
    }
}

/// How the store knows a setting.
pub(super) const fn shelf(setting: &Setting) -> Shelf {
    Shelf { name: setting.shelf, secrets: setting.secrets, unique: "" }
}

/// The members of a kept document, which always is an object.
pub(super) fn members(doc: Value) -> Members {
    match doc {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::management) enum Settled {
    /// Somebody else was faster: nothing was written.
    Overtaken,
    /// It was written.
    Written,
}

/// Writes what was staged, all of it or nothing.
pub(super) async fn settle(app: &App, batch: Batch) -> Result<Settled, Failure> {
    match app.store.apply(batch).await {
        Ok(_) => {
            app.policies.forget();
            Ok(Settled::Written)
        }
        Err(error) if error.conflict().is_some() => Ok(Settled::Overtaken),
        Err(error) => Err(error.into()),
    }
}

/// How often a change begins anew because somebody else was faster. Each time somebody was, so that of as many who write
/// at once everybody is written.
pub(in crate::management) const TRIES: u32 = 32;
