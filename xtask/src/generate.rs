//! Pages that are written from the code.

use anyhow::Result;

use crate::run;

/// The packages and tests that hold those pages to the code; `check` runs them as they are.
pub(crate) const PAGES: &[(&str, &str)] = &[("keybound-api", "documented"), ("keybound-testkit", "refusals")];

/// Runs the tests that hold those pages, and lets them write instead of compare.
pub(crate) fn generate() -> Result<()> {
    for (package, test) in PAGES {
        let mut command = run::cargo();
        command.args(["test", "--locked", "--quiet", "--package", package, "--test", test]);
        run::run(command.env("KEYBOUND_GENERATE", "1"))?;
    }
    Ok(())
}
