//! Users, written out.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
    time::Duration,
};

use keybound_client::{
    http::{Download, Http as _, Limits, Request, Upload, Web},
    management::Management,
};
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use super::job::{begun, connection, name, over, told, why};
use crate::{
    args::{
        administering::Format,
        moving::{ExportUsers, FileFormat},
    },
    command::{
        administer::progress::Progress,
        asking::{Asker, web_within},
        saying::{failed_to, failure},
    },
    error::Failure,
    exit::Exit,
    output,
};

/// Has them written, waits, and fetches the file.
pub(crate) async fn run(
    (management, asker): (&Management, &Asker),
    arguments: &ExportUsers,
    format: Format,
) -> Result<Exit, Failure> {
    let written = file_format(arguments, format)?;
    let http = web_within(asker.trust.as_ref(), Limits { total: LONGEST, ..Limits::default() })?;
    let which = asked(management, arguments, written).await?;
    let job = management.jobs().export_users(&which).await;
    let job = job.map_err(|error| failed_to("export users", &error))?;
    if arguments.no_wait {
        begun(&job, format.json);
        return Ok(Exit::Done);
    }
    let Some(job) = over(management, job, "% of the users").await? else { return Ok(Exit::Interrupted) };
    if job.status.as_deref() != Some("completed") {
        return Err(Failure::new(Exit::CallRefused, format!("export users: {}", why(&job))));
    }
    let Some(location) = job.location.as_deref() else {
        let what = format!("export users: the job {} does not say where they are", name(&job));
        return Err(Failure::new(Exit::NoAnswer, what));
    };
    let download = fetched(&http, location).await?;
    match arguments.output.as_deref() {
        None => {
            copied(download, &mut io::stdout().lock(), None).await?;
        }
        Some(file) => {
            let bytes = into_file(download, file).await?;
            if format.json {
                output::result(&format!("{:#}\n", told(&job)));
            }
            output::note(&output::tame(&format!("wrote {}, {bytes} bytes\n", file.display())));
        }
    }
    Ok(Exit::Done)
}

/// As they are asked for, or as the file's name says.
fn file_format(arguments: &ExportUsers, format: Format) -> Result<FileFormat, Failure> {
    let ends = arguments.output.as_ref().and_then(|file| file.extension());
    let is_csv = format.csv || ends.is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let usual = if is_csv { FileFormat::Csv } else { FileFormat::Json };
    let written = arguments.written.unwrap_or(usual);
    if format.json && arguments.output.is_none() && !arguments.no_wait && written == FileFormat::Csv {
        let mixed = Failure::new(Exit::Usage, "write users: the job as JSON and the users as CSV would mix");
        return Err(mixed.hint("-o FILE takes the users elsewhere"));
    }
    Ok(written)
}

async fn asked(
    management: &Management,
    arguments: &ExportUsers,
    written: FileFormat,
) -> Result<Value, Failure> {
    let mut which = Map::new();
    let format = if written == FileFormat::Csv { "csv" } else { "json" };
    which.insert("format".to_owned(), format.into());
    if let Some(named) = &arguments.connection {
        which.insert("connection_id".to_owned(), connection(management, named).await?.into());
    }
    if let Some(number) = arguments.number {
        which.insert("limit".to_owned(), number.into());
    }
    let field = |field: &String| match field.split_once('=') {
        Some((name, called)) => json!({ "name": name, "export_as": called }),
        None => json!({ "name": field }),
    };
    if !arguments.fields.is_empty() {
        which.insert("fields".to_owned(), arguments.fields.iter().map(field).collect());
    }
    Ok(which.into())
}

/// What the link leads to. Whoever has it needs no token, and none is sent: it may lead anywhere.
async fn fetched(http: &Web, location: &str) -> Result<Download, Failure> {
    let odd = |_| Failure::new(Exit::NoAnswer, "fetch the file: its address cannot be used");
    let request = Request::get(location).body(Upload::default()).map_err(odd)?;
    let answer = http.open(request).await.map_err(|error| failure(&error.into()))?;
    match answer.status() {
        status if status.is_success() => Ok(answer.into_body()),
        status => Err(Failure::new(Exit::NoAnswer, format!("fetch the file: it was answered {status}"))
            .hint("a link is good for some minutes: ask for another export")),
    }
}

/// Into a file for its owner alone, which is there whole or not at all; what is no plain file is written to as it is.
async fn into_file(download: Download, file: &Path) -> Result<u64, Failure> {
    let failed = |error: io::Error| unwritten(&file.display().to_string(), &error);
    let mut progress = Progress::of("bytes");
    if fs::metadata(file).is_ok_and(|there| !there.is_file()) {
        let mut there = OpenOptions::new().write(true).open(file).map_err(failed)?;
        return copied(download, &mut there, Some(&mut progress)).await;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut made = NamedTempFile::new_in(folder).map_err(failed)?;
    let bytes = copied(download, &mut made, Some(&mut progress)).await?;
    made.persist(file).map_err(|error| failed(error.error))?;
    Ok(bytes)
}

/// As it arrives; a reader that went away ends it.
async fn copied(
    mut download: Download,
    to: &mut impl Write,
    mut progress: Option<&mut Progress>,
) -> Result<u64, Failure> {
    let mut bytes = 0;
    while let Some(chunk) = download.chunk().await {
        let chunk = chunk.map_err(|error| failure(&error.into()))?;
        if bytes == 0 && chunk.starts_with(&GZIP) {
            output::note("the tenant compressed it: `gunzip` reads it\n");
        }
        match to.write_all(&chunk) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(bytes),
            written => written.map_err(|error| unwritten("the users", &error))?,
        }
        bytes += chunk.len() as u64;
        if let Some(progress) = &mut progress {
            progress.at(bytes, None);
        }
    }
    match to.flush() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten("the users", &error)),
        _ => Ok(bytes),
    }
}

fn unwritten(what: &str, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("write {what}: {error}"))
}

/// How long a file may take.
const LONGEST: Duration = Duration::from_secs(3_600);

/// How what is compressed begins (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
