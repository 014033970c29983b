//! Where log lines go: standard error, as text or JSON.

use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    args::{Log, LogFormat},
    error::Failure,
    exit::Exit,
    output,
};

/// Starts logging; `usual` is what is logged when nobody says otherwise.
pub(crate) fn begin(log: &Log, usual: &str) -> Result<(), Failure> {
    let text = log.log.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(text).map_err(|error| {
        Failure::new(Exit::Configuration, format!("understand the log filter {text:?}: {error}"))
            .hint("a level (error, warn, info, debug, trace), or target=level with commas between")
    })?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::is_colourful(&std::io::stderr()));
    match log.log_format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Lets the libraries say what went wrong besides: tokens that could not be stored are lost with this process.
pub(crate) fn errors_alone() {
    let lines = fmt().with_env_filter(EnvFilter::new("error")).with_writer(std::io::stderr);
    // A second time there is nothing to do.
    let _ = lines.with_ansi(false).without_time().with_target(false).try_init();
}
