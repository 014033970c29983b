//! Everything this process says at `TRACE`, kept word by word and searched for secrets.

use std::{
    collections::HashSet,
    io,
    sync::{LazyLock, Mutex, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter, fmt::format::FmtSpan};

static LISTENING: LazyLock<()> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(Words)
        .init();
});

static WORDS: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Listens from now on to everything that is said.
pub(crate) fn listen() {
    LazyLock::force(&LISTENING);
}

/// Says everything on standard error from now on, for another process to [`keep`].
pub(crate) fn tell_another_process() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(io::stderr)
        .init();
}

/// Keeps what was said somewhere.
pub(crate) fn keep(text: &str) {
    let mut said = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    for word in words(text) {
        if !said.contains(word) {
            said.insert(word.to_owned());
        }
    }
}

/// The first of these words that was said in a log.
pub(crate) fn told<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let said = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    secrets.into_iter().flat_map(words).find(|word| said.contains(*word)).map(str::to_owned)
}

/// Whether something was heard at all.
pub(crate) fn has_heard(word: &str) -> bool {
    WORDS.lock().unwrap_or_else(PoisonError::into_inner).contains(word)
}

/// Keeps the words of what is written.
#[derive(Clone, Copy)]
struct Words;

impl io::Write for Words {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Words {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// The parts of a text that could be a secret, or of a secret that could be in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.split(move |c| !part(c)).filter(|word| word.len() >= SHORTEST)
}

/// Fewer characters than any secret here has.
const SHORTEST: usize = 15;
