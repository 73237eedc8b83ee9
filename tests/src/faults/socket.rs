//! Subscriptions over `WebSockets`.

use super::{Shared, calls, rule::SocketFault};
use anyhow::{Result, bail};
use futures::{Sink, SinkExt, StreamExt};
use serde_json::Value;
use std::{future::pending, sync::Arc};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    accept_async, connect_async,
    tungstenite::{Error, Message},
};

/// Subject of rules about subscriptions: all messages of the client.
pub(super) const SUBSCRIPTION: &str = "subscription";
/// Subject of rules about notifications.
pub(super) const NOTIFICATION: &str = "notification";

/// Answers for ever.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let cut = shared.cut().clone();
        let connection = connection(shared.clone(), stream);
        tokio::spawn(cut.run_until_cancelled_owned(connection));
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream) -> Result<()> {
    let (mut to_client, mut from_client) = accept_async(stream).await?.split();
    let (node, _) = connect_async(&shared.upstream.ws).await?;
    let (mut to_node, mut from_node) = node.split();
    let mut outward = Direction::default();
    let mut homeward = Direction::default();
    loop {
        tokio::select! {
            Some(message) = from_client.next() => {
                let Message::Text(text) = message? else { continue };
                let faults = shared.messages.pick(SUBSCRIPTION, &text, &shared.counts);
                if let Some(code) = refusal(&faults) {
                    to_client.send(refused(&text, code)).await?;
                    continue;
                }
                outward.pass(&text, &faults, &mut to_node).await?;
            }
            Some(message) = from_node.next() => {
                let Message::Text(text) = message? else { continue };
                if !is_notification(&text) {
                    to_client.send(Message::Text(text)).await?;
                    continue;
                }
                if shared.view().frozen.is_some() {
                    shared.counts.add("stale");
                    continue;
                }
                let faults = shared.messages.pick(NOTIFICATION, &text, &shared.counts);
                if let Some(code) = refusal(&faults) {
                    to_client.send(refused(&text, code)).await?;
                    continue;
                }
                homeward.pass(&text, &faults, &mut to_client).await?;
            }
            else => return Ok(()),
        }
    }
}

/// One direction of a connection.
#[derive(Default)]
struct Direction {
    /// A message that is sent after the next one.
    held: Option<Message>,
}

impl Direction {
    /// Passes a message on with its faults; an error ends the connection.
    async fn pass(
        &mut self,
        text: &str,
        faults: &[SocketFault],
        to: &mut (impl Sink<Message, Error = Error> + Unpin),
    ) -> Result<()> {
        let message = Message::text(text);
        for fault in faults {
            match fault {
                SocketFault::Delay(delay) => tokio::time::sleep(*delay).await,
                SocketFault::Drop => bail!("dropped"),
                SocketFault::HalfOpen => pending().await,
                SocketFault::Lose => return Ok(()),
                SocketFault::Twice => to.send(message.clone()).await?,
                SocketFault::Garbage => return Ok(to.send(Message::text("{\"jsonrpc\":")).await?),
                SocketFault::Swap => {
                    if let Some(earlier) = self.held.replace(message) {
                        to.send(earlier).await?;
                    }
                    return Ok(());
                }
                // Was answered before.
                SocketFault::Refuse(_) => {}
            }
        }
        to.send(message).await?;
        if let Some(held) = self.held.take() {
            to.send(held).await?;
        }
        Ok(())
    }
}

fn refusal(faults: &[SocketFault]) -> Option<i64> {
    faults.iter().find_map(|fault| match fault {
        SocketFault::Refuse(code) => Some(*code),
        _ => None,
    })
}

/// The error that answers a message, under its id where it has one.
fn refused(text: &str, code: i64) -> Message {
    let asked: Value = serde_json::from_str(text).unwrap_or_default();
    let mut error = calls::error(code, Value::Null);
    if let Some(id) = asked.get("id") {
        error["id"] = id.clone();
    }
    Message::text(error.to_string())
}

/// Notifications have a method; answers have none.
fn is_notification(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|message| message.get("method").is_some())
}
