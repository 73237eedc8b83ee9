//! Connections that are kept: whatever a request is answered before its body is read, the next one on
//! the same connection gets its own answer, or is told beforehand that there is none.

use crate::support::{client::state_of, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use std::{net::SocketAddr, num::NonZeroU32, time::Duration};
use tessera_api::{ApiConfig, RateLimit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// More than a server has read by itself with the head.
const BODY: usize = 300_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
const NEXT: &str = "GET /livez HTTP/1.1\r\nhost: tessera\r\n\r\n";

/// The API of a tenant on a socket.
struct Server {
    tenant: Tenant,
    address: SocketAddr,
    cancel: CancellationToken,
}

impl Server {
    async fn start(config: ApiConfig) -> Result<Self> {
        let tenant = Tenant::open().await?;
        let state = state_of(&tenant.api.url, config, 2)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let cancel = CancellationToken::new();
        tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
        Ok(Self {
            tenant,
            address,
            cancel,
        })
    }

    async fn connect(&self) -> Result<Client> {
        Ok(Client {
            stream: TcpStream::connect(self.address).await?,
            read: Vec::new(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// A client that sends what it is told to, and reads one answer after the other.
struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
struct Raw {
    status: u16,
    head: String,
    body: String,
}

impl Raw {
    fn closes(&self) -> bool {
        self.head.contains("\r\nconnection: close\r\n")
    }
}

impl Client {
    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(timeout(PATIENCE, self.stream.write_all(bytes)).await??)
    }

    async fn answer(&mut self) -> Result<Raw> {
        let found = timeout(PATIENCE, async {
            loop {
                if let Some(answer) = self.parse()? {
                    return anyhow::Ok(answer);
                }
                let read = self.stream.read_buf(&mut self.read).await?;
                ensure!(read > 0, "the connection ended without an answer");
            }
        });
        found.await.context("no answer")?
    }

    /// The answer that was read, if it is whole.
    fn parse(&mut self) -> Result<Option<Raw>> {
        let Some(end) = self.read.windows(4).position(|it| it == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8(self.read[..end + 4].to_vec())?.to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("a length")?.parse()?;
        if self.read.len() < end + 4 + length {
            return Ok(None);
        }
        let body = self.read[end + 4..end + 4 + length].to_vec();
        self.read.drain(..end + 4 + length);
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok(Some(Raw {
            status,
            head,
            body: String::from_utf8(body)?,
        }))
    }

    /// Whether nothing more comes.
    async fn is_over(&mut self) -> Result<bool> {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await?;
        Ok(!matches!(read, Ok(bytes) if bytes > 0))
    }
}

fn head(line: &str, token: &str, kind: &str, length: usize) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: tessera\r\nauthorization: Bearer {token}\r\n\
         content-type: {kind}\r\ncontent-length: {length}\r\n"
    )
}

fn request(line: &str, token: &str, kind: &str, length: usize) -> Vec<u8> {
    let mut request = head(line, token, kind, length).into_bytes();
    request.extend_from_slice(b"\r\n");
    request.resize(request.len() + length, b' ');
    request
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_leaves_the_next_request_its_answer() -> Result<()> {
    let server = Server::start(ApiConfig::default()).await?;
    let (admin, page) = (&server.tenant.admin_key, server.tenant.key("write").await?);
    let unknown = format!("{}x", &admin[..admin.len() - 1]);
    let json = "application/json";
    for (status, line, token, kind, length) in [
        (401, "POST /v1/events/batch", "nothing", json, BODY),
        (401, "POST /v1/events/batch", &*unknown, json, BODY),
        (403, "PUT /v1/spend", &*page, json, BODY),
        (404, "POST /v1/nothing", &**admin, json, BODY),
        (404, "GET /v1/nothing", &**admin, json, BODY),
        (405, "DELETE /v1/events/batch", &**admin, json, BODY),
        (413, "POST /v1/events/batch", &**admin, json, 2_000_000),
        (415, "PUT /v1/spend", &**admin, "text/plain", BODY),
        (400, "POST /v1/events/batch", &**admin, json, BODY),
        (200, "GET /v1/plans", &**admin, json, BODY),
    ] {
        let bytes = request(line, token, kind, length);
        for pipelined in [false, true] {
            let mut client = server.connect().await?;
            let mut bytes = bytes.clone();
            if pipelined {
                bytes.extend_from_slice(NEXT.as_bytes());
            }
            client.send(&bytes).await?;
            let answer = client.answer().await?;
            ensure!(answer.status == status, "{line}: {answer:?}");
            ensure!(!answer.closes(), "{line}: {answer:?}");
            if !pipelined {
                client.send(NEXT.as_bytes()).await?;
            }
            let next = client
                .answer()
                .await
                .with_context(|| format!("after {line}"))?;
            ensure!(next.status == 200 && next.body == "ok", "{line}: {next:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_request_too_many_leaves_the_next_one_its_answer() -> Result<()> {
    let once = RateLimit {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    };
    let server = Server::start(ApiConfig {
        caller_limit: once,
        ..ApiConfig::default()
    })
    .await?;
    let mut client = server.connect().await?;
    let key = &server.tenant.admin_key;
    let bytes = request("POST /v1/events/batch", key, "application/json", BODY);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        client.send(&bytes).await?;
        statuses.push(client.answer().await?.status);
    }
    ensure!(statuses.contains(&429), "{statuses:?}");
    client.send(NEXT.as_bytes()).await?;
    ensure!(client.answer().await?.status == 200);
    Ok(())
}

#[tokio::test]
async fn a_chunked_body_that_nobody_reads_is_passed_over() -> Result<()> {
    let server = Server::start(ApiConfig::default()).await?;
    let mut client = server.connect().await?;
    let mut bytes =
        b"POST /v1/events HTTP/1.1\r\nhost: tessera\r\nauthorization: Bearer nothing\r\n\
        transfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..40 {
        bytes.extend_from_slice(b"2000\r\n");
        bytes.resize(bytes.len() + 0x2000, b'x');
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes.extend_from_slice(NEXT.as_bytes());
    client.send(&bytes).await?;
    let answer = client.answer().await?;
    ensure!(answer.status == 401 && !answer.closes(), "{answer:?}");
    ensure!(client.answer().await?.body == "ok");
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_not_worth_reading_ends_the_connection_and_the_answer_says_so() -> Result<()>
{
    let server = Server::start(ApiConfig::default()).await?;
    let json = "application/json";
    let refused = |length| head("POST /v1/events", "nothing", json, length).into_bytes();
    // Too long, never sent, and one that waits for leave to be sent.
    for (status, length, more, begun) in [
        (413, 50_000_000, "\r\n", "x"),
        (401, BODY, "\r\n", "x"),
        (401, BODY, "expect: 100-continue\r\n\r\n", ""),
    ] {
        let mut client = server.connect().await?;
        let started = Instant::now();
        client
            .send(&[&refused(length), more.as_bytes(), begun.as_bytes()].concat())
            .await?;
        let answer = client.answer().await?;
        ensure!(
            answer.status == status && answer.closes(),
            "{length}: {answer:?}"
        );
        ensure!(started.elapsed() < Duration::from_secs(5), "{length}");
        ensure!(client.is_over().await?, "{length}: it goes on");
    }
    Ok(())
}
