//! A client that costs little: requests written beforehand, answers read and hardly looked at.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
    task::LocalSet,
    time::sleep_until,
};

/// How many connections ask at once.
pub(crate) const CONNECTIONS: usize = 32;

/// Most bytes of an answer.
const LONGEST: usize = 1 << 20;

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What is wanted of answers.
#[derive(Clone, Copy)]
enum Want {
    /// That they are there, and 200: what was refused is no work done.
    Done,
    /// Their words.
    Words,
}

/// When requests are sent.
#[derive(Clone, Copy)]
enum Pace {
    /// Each as soon as the one before it was answered.
    AtOnce,
    /// At moments laid down beforehand, this far from each other over all connections.
    Every(Duration),
}

/// What became of all requests.
struct Run {
    answers: Vec<Answer>,
    delays: Vec<Duration>,
    took: Duration,
}

/// Sends every request once, each connection one after the other, and returns how many were answered a second.
///
/// Anything but 200 ends it.
pub(crate) fn load(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<f64> {
    let count = requests.len();
    let run = run(address, requests, (Want::Done, Pace::AtOnce))?;
    Ok(count as f64 / run.took.as_secs_f64())
}

/// The same, and what was answered.
pub(crate) fn exchange(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<(f64, Vec<Answer>)> {
    let count = requests.len();
    let run = run(address, requests, (Want::Words, Pace::AtOnce))?;
    Ok((count as f64 / run.took.as_secs_f64(), run.answers))
}

/// Sends so many a second, and returns how long after its moment each was answered, the shortest first.
///
/// Who waits for a slow answer is counted too: a moment does not move.
pub(crate) fn paced(address: SocketAddr, requests: Vec<Vec<u8>>, rate: f64) -> Result<Vec<Duration>> {
    let pace = Pace::Every(Duration::from_secs_f64(1.0 / rate));
    let mut delays = run(address, requests, (Want::Done, pace))?.delays;
    delays.sort_unstable();
    Ok(delays)
}

/// The answer to one request on a connection of its own.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> Result<Answer> {
    runtime()?.block_on(async { Line::open(address).await?.ask(request).await })
}

/// A connection on which one thing is asked after the other.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// One request, and its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let (status, body) = answer(&mut self.stream, &mut self.buffer).await?;
        Ok(words(status, &self.buffer, body))
    }
}

/// One thread for everything: the server has the others.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn run(address: SocketAddr, requests: Vec<Vec<u8>>, how: (Want, Pace)) -> Result<Run> {
    let runtime = runtime()?;
    let streams = runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..CONNECTIONS.min(requests.len()) {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        Ok::<_, std::io::Error>(streams)
    })?;
    // Dealt out like cards, so that at any pace they all have something to do.
    let mut shares: Vec<Vec<(usize, Vec<u8>)>> = streams.iter().map(|_| Vec::new()).collect();
    let hands = shares.len().max(1);
    for (nth, request) in requests.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(nth % hands) {
            share.push((nth, request));
        }
    }
    let begun = Instant::now();
    let all = LocalSet::new();
    let connections: Vec<_> = streams
        .into_iter()
        .zip(shares)
        .map(|(stream, share)| all.spawn_local(one_connection(stream, share, (begun, how))))
        .collect();
    runtime.block_on(all.run_until(async {
        let (mut answers, mut delays) = (Vec::new(), Vec::new());
        for connection in connections {
            let (more, later) = connection.await??;
            answers.extend(more);
            delays.extend(later);
        }
        Ok(Run { answers, delays, took: begun.elapsed() })
    }))
}

async fn one_connection(
    mut stream: TcpStream,
    requests: Vec<(usize, Vec<u8>)>,
    (begun, (want, pace)): (Instant, (Want, Pace)),
) -> Result<(Vec<Answer>, Vec<Duration>)> {
    let (mut answers, mut delays) = (Vec::new(), Vec::new());
    let mut buffer = Vec::with_capacity(64 * 1024);
    for (nth, request) in requests {
        let mut moment = None;
        if let Pace::Every(step) = pace {
            let due = begun + step.mul_f64(nth as f64);
            sleep_until(due.into()).await;
            moment = Some(due);
        }
        stream.write_all(&request).await?;
        let (status, body) = answer(&mut stream, &mut buffer).await?;
        delays.extend(moment.map(|due| due.elapsed()));
        match want {
            Want::Done if status != 200 => {
                bail!("a request was refused: {}", String::from_utf8_lossy(&buffer))
            }
            Want::Done => {}
            Want::Words => answers.push(words(status, &buffer, body)),
        }
    }
    Ok((answers, delays))
}

fn words(status: u16, buffer: &[u8], body: usize) -> Answer {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    Answer { status, head: text(buffer.get(..body)), body: text(buffer.get(body..)) }
}

/// Reads one answer; returns its status and where its body begins.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(u16, usize)> {
    buffer.clear();
    let mut end = None;
    loop {
        if buffer.len() > LONGEST || stream.read_buf(buffer).await? == 0 {
            bail!("an answer ends too early, or never");
        }
        if end.is_none() {
            end = head(buffer)?;
        }
        if let Some((status, body, length)) = end
            && buffer.len() >= body + length
        {
            return Ok((status, body));
        }
    }
}

/// Status, where the body begins, and how long it is; `None` while the head is not all there.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let status = head.split(' ').nth(1).context("an answer has a status")?.parse()?;
    let length = field(head, "content-length").context("an answer says how long it is")?.parse()?;
    Ok(Some((status, end + 4, length)))
}

/// A field of an answer's head.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}
