//! Receivers that are not what they seem: this machine by other names, and servers that never end.

use super::{
    Endpoint, LOCAL, Receiver, deliver, engine_with, local, move_a_deal, tenant_with, wait,
};
use crate::support::{client::do_work_of, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::Value;
use std::{
    io::ErrorKind,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tessera_domain::automation::webhook::Reach;
use tessera_engine::automation::webhooks::{WebhookConfig, Webhooks};
use tessera_tests::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

/// As an installation has it, with little patience.
const PUBLIC: WebhookConfig = WebhookConfig {
    reach: Reach::Public,
    ..LOCAL
};

/// A listener of this machine that nobody may connect to.
struct Forbidden(std::net::TcpListener);

impl Forbidden {
    fn listen() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    fn port(&self) -> Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    fn is_untouched(&self) -> bool {
        let accepted = self.0.accept();
        accepted.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

fn last_error(latest: &Value) -> String {
    let attempts = latest["attempts"].as_array().into_iter().flatten();
    let last = attempts.last().map(|it| it["error"].to_string());
    last.unwrap_or_default()
}

#[tokio::test]
async fn a_name_of_this_machine_is_not_connected_to() -> Result<()> {
    let forbidden = Forbidden::listen()?;
    let webhooks = Webhooks::new(PUBLIC);
    let tenant = tenant_with(webhooks.clone()).await?;
    let url = format!("https://localhost:{}/", forbidden.port()?);
    let endpoint = Endpoint::at(&tenant, &url, &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    do_work_of(&engine_with(&tenant, webhooks)).await?;
    let latest = endpoint.latest(&tenant).await?;
    assert!(last_error(&latest).contains("no address"), "{latest}");
    assert!(forbidden.is_untouched());
    Ok(())
}

#[tokio::test]
async fn what_was_allowed_under_another_setting_is_not_connected_to() -> Result<()> {
    let forbidden = Forbidden::listen()?;
    let tenant = local().await?;
    let url = format!("http://127.0.0.1:{}/", forbidden.port()?);
    let endpoint = Endpoint::at(&tenant, &url, &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    do_work_of(&engine_with(&tenant, Webhooks::new(PUBLIC))).await?;
    let latest = endpoint.latest(&tenant).await?;
    assert!(last_error(&latest).contains("url: must"), "{latest}");
    assert!(forbidden.is_untouched());
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed() -> Result<()> {
    let (forbidden, receiver) = (Forbidden::listen()?, Receiver::start().await?);
    let tenant = local().await?;
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    let inner = format!("http://127.0.0.1:{}/", forbidden.port()?);
    for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
        receiver.answer(status, &[("location", &inner)], "");
    }
    move_a_deal(&tenant).await?;
    for status in [302, 307] {
        deliver(&tenant).await?;
        let latest = endpoint.latest(&tenant).await?;
        let attempts = latest["attempts"].as_array().context("attempts")?;
        assert_eq!(attempts.last().context("one")?["status_code"], status);
        assert_eq!(latest["delivery"]["status"], "pending");
        wait(&tenant).await?;
    }
    assert!(forbidden.is_untouched());
    Ok(())
}

/// Leads to an address that nobody has, and from the second question on to this machine.
#[derive(Default)]
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let asked = self.0.fetch_add(1, Ordering::SeqCst);
        let address = if asked == 0 {
            "[2000::1]:0"
        } else {
            "127.0.0.1:0"
        };
        let address: SocketAddr = address.parse().expect("an address");
        Box::pin(async move { Ok(Box::new([address].into_iter()) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_a_moment_later_gains_nothing() -> Result<()> {
    let forbidden = Forbidden::listen()?;
    let names = Arc::new(Rebinding::default());
    let webhooks = Webhooks::resolving(PUBLIC, names.clone());
    let tenant = tenant_with(webhooks.clone()).await?;
    let url = format!("https://rebinding.example:{}/", forbidden.port()?);
    let endpoint = Endpoint::at(&tenant, &url, &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    for attempts in 1..=3 {
        do_work_of(&engine_with(&tenant, webhooks.clone())).await?;
        // What was looked at is what is connected to: nothing asks a second time in between.
        assert_eq!(names.0.load(Ordering::SeqCst), attempts);
        wait(&tenant).await?;
    }
    let latest = endpoint.latest(&tenant).await?;
    assert!(last_error(&latest).contains("no address"), "{latest}");
    assert!(forbidden.is_untouched());
    Ok(())
}

/// A server that answers with `head` and then with `rest` again and again, until the connection ends.
/// Returns its URL and how many bytes it got rid of.
async fn hostile(
    head: &'static str,
    rest: &'static str,
    pause: Duration,
) -> Result<(String, JoinHandle<usize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let server = tokio::spawn(async move {
        let Ok((mut stream, _)) = listener.accept().await else {
            return 0;
        };
        let _read = stream.read(&mut [0; 4_096]).await.unwrap_or_default();
        let mut ticks = tokio::time::interval(pause.max(Duration::from_nanos(1)));
        let mut written = head.len();
        stream.write_all(head.as_bytes()).await.ok();
        while stream.write_all(rest.as_bytes()).await.is_ok() {
            written += rest.len();
            if !pause.is_zero() {
                ticks.tick().await;
            }
        }
        written
    });
    Ok((url, server))
}

/// What an attempt at such a server came to.
async fn attempt_at(
    tenant: &Tenant,
    head: &'static str,
    rest: &'static str,
    pause: Duration,
) -> Result<Value> {
    let (url, server) = hostile(head, rest, pause).await?;
    let endpoint = Endpoint::at(tenant, &url, &["deal.moved"]).await?;
    move_a_deal(tenant).await?;
    deliver(tenant).await?;
    // It is left, so it ends.
    let left = async || {
        let is_left = server.is_finished();
        Ok(is_left
            .then_some(())
            .ok_or("the connection is open".to_owned()))
    };
    eventually(Duration::from_secs(10), left).await?;
    ensure!(server.await? < 100_000_000);
    let latest = endpoint.latest(tenant).await?;
    ensure!(
        latest["attempts"][0]["duration_ms"]
            .as_i64()
            .is_some_and(|it| it < 5_000),
        "{latest}"
    );
    tenant
        .call(axum::http::Method::DELETE, &endpoint.path, None)
        .await?;
    Ok(latest)
}

#[tokio::test]
async fn a_receiver_that_drips_is_left() -> Result<()> {
    let tenant = local().await?;
    let drip = Duration::from_millis(20);
    for (head, rest) in [
        ("HTTP/1.1 200 OK\r\nx: ", "a"),
        ("HTTP/1.1 ", "2"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let latest = attempt_at(&tenant, head, rest, drip).await?;
        assert!(!last_error(&latest).is_empty(), "{latest}");
        assert_eq!(latest["delivery"]["status"], "pending", "{latest}");
    }
    // It has said that it has the message.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    let latest = attempt_at(&tenant, head, "b", drip).await?;
    assert_eq!(latest["delivery"]["status"], "delivered", "{latest}");
    assert!(last_error(&latest).contains("in time"), "{latest}");
    Ok(())
}

#[tokio::test]
async fn an_endless_answer_is_left_after_a_kibibyte() -> Result<()> {
    let tenant = local().await?;
    const CHUNK: &str = "10\r\naaaaaaaaaaaaaaaa\r\n";
    for (head, rest) in [
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            CHUNK,
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "aaaaaaaaaaaaaaaa"),
        // A bomb that nobody unpacks.
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n",
            "\x1f\u{8b}",
        ),
    ] {
        let latest = attempt_at(&tenant, head, rest, Duration::ZERO).await?;
        let kept = latest["attempts"][0]["response"]
            .as_str()
            .context("an answer")?;
        assert!((900..=1_024).contains(&kept.len()), "{}", kept.len());
        assert_eq!(latest["delivery"]["status"], "delivered", "{latest}");
    }
    Ok(())
}

#[tokio::test]
async fn huge_headers_are_not_read_to_their_end() -> Result<()> {
    let tenant = local().await?;
    for (head, rest) in [
        (
            "HTTP/1.1 200 OK\r\nx: ",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "HTTP/1.1 200 OK\r\n",
            "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
        ),
    ] {
        let latest = attempt_at(&tenant, head, rest, Duration::ZERO).await?;
        assert_eq!(latest["attempts"][0]["status_code"], Value::Null);
        assert!(last_error(&latest).len() < 400, "{latest}");
        assert_eq!(latest["delivery"]["status"], "pending", "{latest}");
    }
    Ok(())
}
