//! A client that costs little: requests written beforehand, answers read and hardly looked at.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::LocalSet,
};

use crate::timer::rate;

/// How many connections ask at once.
pub(crate) const CONNECTIONS: usize = 32;

/// Most bytes of an answer.
const LONGEST: usize = 64 * 1024;

/// Sends every request once, each connection one after the other, and returns how many were answered a second.
///
/// Anything but 200 ends it: what was refused is no work done.
pub(crate) fn load(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let count = requests.len();
    let share = count.div_ceil(CONNECTIONS);
    let streams = runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..count.div_ceil(share) {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        Ok::<_, std::io::Error>(streams)
    })?;
    let mut requests = requests.into_iter();
    let shares: Vec<Vec<_>> = streams.iter().map(|_| requests.by_ref().take(share).collect()).collect();
    rate(count, || {
        let all = LocalSet::new();
        let connections: Vec<_> = streams
            .into_iter()
            .zip(shares)
            .map(|(stream, share)| all.spawn_local(one_connection(stream, share)))
            .collect();
        runtime.block_on(all.run_until(async {
            for connection in connections {
                connection.await??;
            }
            Ok(())
        }))
    })
}

/// The answer to one request on a connection of its own: its status and its body.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> Result<(u16, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request).await?;
        let mut buffer = Vec::new();
        let (status, body) = answer(&mut stream, &mut buffer).await?;
        let body = buffer.get(body..).unwrap_or_default();
        Ok((status, String::from_utf8_lossy(body).into_owned()))
    })
}

async fn one_connection(mut stream: TcpStream, requests: Vec<Vec<u8>>) -> Result<()> {
    let mut buffer = Vec::with_capacity(LONGEST);
    for request in requests {
        stream.write_all(&request).await?;
        let (status, _) = answer(&mut stream, &mut buffer).await?;
        if status != 200 {
            bail!("a request was refused: {}", String::from_utf8_lossy(&buffer));
        }
    }
    Ok(())
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
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer says how long it is")?
        .1
        .trim()
        .parse()?;
    Ok(Some((status, end + 4, length)))
}
