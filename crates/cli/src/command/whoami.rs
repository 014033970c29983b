//! `keybound whoami`: who is logged in, as the server said at login.

use super::{
    asking::done,
    kept::Kept,
    logged_in::{LoggedIn, nobody},
};
use crate::{args::person::Whoami, error::Failure, exit::Exit, output};

/// Shows the login of the profile.
pub(crate) fn run(arguments: &Whoami) -> Result<Exit, Failure> {
    done(async {
        let kept = Kept::at(&arguments.place).await?;
        let login = LoggedIn::read(&kept).await?.ok_or_else(|| nobody(&kept))?;
        output::result(&if arguments.json {
            format!("{:#}\n", login.as_json(&kept.profile))
        } else {
            login.as_text(&kept)
        });
        Ok(Exit::Done)
    })
}
