//! `keybound apply` and `keybound export`: a tenant as a file, and a file as a tenant.

mod act;
mod file;
mod found;
mod once;
mod people;
mod plan;
mod section;
mod shown;

use serde_json::Value;

use self::{
    file::File,
    found::Names,
    plan::{Act, Change},
    section::{Beside, SECTIONS},
};
use super::{ask::confirmed, known_tenant};
use crate::{
    args::administering::{Apply, Export},
    command::asking::done,
    error::Failure,
    exit::Exit,
    output,
};

/// Shows what would have to be done, asks, and does it.
pub(crate) fn apply(arguments: &Apply) -> Result<Exit, Failure> {
    let file = File::read(&arguments.file)?;
    done(async {
        let (management, asker) = known_tenant(&arguments.access).await?;
        let own = asker.config.client_id.as_str();
        let names = Names::ask(&management).await?;
        let mut changes: Vec<Change> = Vec::new();
        if file.tenant.is_some() {
            changes.extend(plan::settings(&file, &found::settings(&management).await?));
        }
        for section in &SECTIONS {
            let Some(wanted) = file.section(section) else { continue };
            plan::check_names(&file, section, &names)?;
            plan::note_owned(section, wanted);
            let beside =
                section.beside.is_some_and(|list| wanted.iter().any(|one| one.get(list.name()).is_some()));
            let there = found::section(&management, (section, beside), (&names, own)).await?;
            let meant = match section.beside {
                Some(Beside::Members) => {
                    Some(people::meant(&management, (&file, section, &there), arguments.prune).await?)
                }
                _ => None,
            };
            let wanted = meant.as_ref().unwrap_or(wanted);
            changes.extend(plan::section(section, (wanted, &there), arguments.prune)?);
        }
        output::result(&match arguments.json {
            true => format!("{:#}\n", changes.iter().map(Change::as_json).collect::<Value>()),
            false => output::tame(&shown::plan(&changes)),
        });
        if arguments.check {
            let differs = changes.iter().any(Change::is_difference);
            return Ok(if differs { Exit::Differs } else { Exit::Done });
        }
        if !changes.iter().any(Change::is_done) {
            return Ok(Exit::Done);
        }
        let removed = changes.iter().filter(|change| matches!(change.act, Act::Remove(_))).count();
        let deleting = if removed > 0 { format!(", deleting {removed}") } else { String::new() };
        confirmed(&format!("make {} so{deleting}", management.base()), arguments.force)?;
        act::carry_out(&management, &changes, names).await
    })
}

/// Writes a tenant out.
pub(crate) fn export(arguments: &Export) -> Result<Exit, Failure> {
    done(async {
        let (management, asker) = known_tenant(&arguments.access).await?;
        let own = asker.config.client_id.as_str();
        let said = found::everything(&management, own).await?;
        file::write(arguments.file.as_deref(), &said, arguments.json)?;
        Ok(Exit::Done)
    })
}
