//! `bindgen MODULE FOLDER`: makes of a module of WebAssembly what a page can load. The library is of the very version
//! that the module was made with: both name one `wasm-bindgen-shared`, and the lockfile holds one.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let module = paths.next().context("no module is named")?;
    let folder = paths.next().context("no folder is named")?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).web(true)?.typescript(false);
    // The page names no module: it is the one beside the script.
    bindgen.omit_default_module_path(false).generate(folder)
}
