//! Pages that are written from the code.

use anyhow::Result;

use crate::run;

/// Runs the tests that hold those pages, and lets them write instead of compare.
pub(crate) fn generate() -> Result<()> {
    for (package, test) in [("keybound-api", "documented"), ("keybound-testkit", "refusals")] {
        let mut command = run::cargo();
        command.args(["test", "--locked", "--quiet", "--package", package, "--test", test]);
        run::run(command.env("KEYBOUND_GENERATE", "1"))?;
    }
    Ok(())
}
