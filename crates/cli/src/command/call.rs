//! `keybound call`: curl with a token that is bound to the kept key.

use std::{io::Read as _, io::Write as _};

use keybound_client::{
    http::{Answered, Observed, Observer, Sent},
    session::Renew,
};

use super::{
    asking::{Asker, done, web},
    saying::failure,
};
use crate::{args::asking::Call, error::Failure, exit::Exit, output};

/// Makes the call; the exit status says how it was answered.
pub(crate) fn run(arguments: &Call) -> Result<Exit, Failure> {
    let method = arguments.method.to_ascii_uppercase();
    let method = method.parse().map_err(|_| usage(format!("read the method {method:?}")))?;
    let headers = arguments.header.iter().map(|line| header(line)).collect::<Result<Vec<_>, _>>()?;
    let body = arguments.data.as_deref().map(body).transpose()?;
    done(async {
        let asker = Asker::new(&arguments.server, arguments.speaker).await?;
        let web = web(asker.trust.as_ref())?;
        let session = asker.session(Observed::new(web, Wire(arguments.verbose))).await?;
        let want = asker.want();
        session.token_when(&want, Renew::WhenDue).await.map_err(|error| failure(&error))?;
        let fetcher = session.fetcher(&arguments.url).map_err(|error| failure(&error))?.wanting(want);
        let mut request = fetcher.request(method, &arguments.url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await.map_err(|error| failure(&error).about(&arguments.url))?;
        let status = answer.status();
        if arguments.include {
            output::result(&head(status.as_str(), answer.headers()));
        }
        let bytes = answer.bytes().await.map_err(|error| failure(&error))?;
        // A reader that went away is not an error worth a word.
        let _ = std::io::stdout().lock().write_all(&bytes);
        Ok(answered(status))
    })
}

/// How a command ends that was answered so.
pub(super) fn answered(status: http::StatusCode) -> Exit {
    match status.as_u16() {
        ..=399 => Exit::Done,
        400..=499 => Exit::CallRefused,
        _ => Exit::CallFailed,
    }
}

/// Shows what goes over the wire, when a person wants to see it.
#[derive(Clone, Copy, Debug)]
struct Wire(bool);

impl Observer for Wire {
    fn sent(&self, request: &Sent) {
        if self.0 {
            output::note(&format!("> {} {}\n{}", request.method, request.url, lines('>', &request.headers)));
        }
    }

    fn answered(&self, _request: &Sent, answer: &Answered) {
        if self.0 {
            let (status, took) = (answer.status, answer.took.as_millis());
            output::note(&format!("< {status} after {took} ms\n{}", lines('<', &answer.headers)));
        }
    }
}

fn lines(mark: char, headers: &http::HeaderMap) -> String {
    let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| format!("{mark} {name}: {}\n", shown(value))).collect()
}

/// An answer's head, as it came.
pub(super) fn head(status: &str, headers: &http::HeaderMap) -> String {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    format!("HTTP {status}\r\n{lines}\r\n")
}

fn header(line: &str) -> Result<(String, String), Failure> {
    let (name, value) = line.split_once(':').ok_or_else(|| usage(format!("read the header {line:?}")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A body: the text itself, `@FILE`, or `-` for standard input.
pub(super) fn body(data: &str) -> Result<Vec<u8>, Failure> {
    let read = match (data, data.strip_prefix('@')) {
        ("-", _) => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        (_, Some(file)) => std::fs::read(file),
        (text, None) => return Ok(text.as_bytes().to_vec()),
    };
    read.map_err(|error| usage(format!("read the body {data:?}: {error}")))
}

fn usage(what: String) -> Failure {
    Failure::new(Exit::Usage, what)
}
