//! What Keybound costs, against the raw work in the same run. Run it with `cargo xtask bench`.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod proof;
mod table;
mod timer;

use anyhow::Result;

fn main() -> Result<()> {
    let mut table = table::Table::default();
    let raw = proof::measure(&mut table)?;
    println!("{raw:?}");
    println!("{}", table.markdown());
    Ok(())
}
