//! `WebSockets`.

use super::{SILENCE, node::Node};
use crate::faults::{Proxy, SocketFault};
use anyhow::Result;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// What a client that subscribes once receives: answers by id, notifications by number, and the
/// end.
async fn heard(proxy: &Proxy) -> Result<Vec<Value>> {
    let (mut socket, _) = connect_async(proxy.ws_url()).await?;
    let subscribe = json!({"id": 9, "method": "numberSubscribe"});
    socket.send(Message::text(subscribe.to_string())).await?;
    let mut heard = Vec::new();
    loop {
        let message = match timeout(SILENCE, socket.next()).await {
            Err(_) => return Ok(heard),
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(_) => {
                heard.push(json!("end"));
                return Ok(heard);
            }
        };
        let message: Value = serde_json::from_str(&message).unwrap_or(json!({"params": "garbage"}));
        heard.push(match message.get("params") {
            Some(params) => params.clone(),
            None => json!([message["id"], message["error"]["code"]]),
        });
    }
}

#[tokio::test]
async fn notifications_are_lost_doubled_swapped_spoilt_and_ended() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    let answered = json!([9, null]);
    let first = |fault| {
        proxy.clear();
        proxy.on_notification().for_next(1).answer(fault);
    };
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 1, 2, 3]));
    first(SocketFault::Twice);
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 1, 1, 2, 3]));
    first(SocketFault::Swap);
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 2, 1, 3]));
    first(SocketFault::Lose);
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 2, 3]));
    first(SocketFault::Garbage);
    let garbage = json!([answered, "garbage", 2, 3]);
    assert_eq!(json!(heard(&proxy).await?), garbage);
    first(SocketFault::Refuse(-32005));
    let refused = json!([answered, [null, -32005], 2, 3]);
    assert_eq!(json!(heard(&proxy).await?), refused);
    first(SocketFault::Delay(SILENCE / 2));
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 1, 2, 3]));
    first(SocketFault::HalfOpen);
    assert_eq!(json!(heard(&proxy).await?), json!([answered]));
    first(SocketFault::Drop);
    assert_eq!(json!(heard(&proxy).await?), json!([answered, "end"]));
    assert_eq!(proxy.injected()["socket dropped"], 1);

    proxy.clear();
    proxy
        .on_notification()
        .naming(":2")
        .answer(SocketFault::Lose);
    assert_eq!(json!(heard(&proxy).await?), json!([answered, 1, 3]));
    Ok(())
}

#[tokio::test]
async fn subscriptions_are_refused_lost_and_ended() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    let every = |fault| {
        proxy.clear();
        proxy.on_subscription().answer(fault);
    };
    every(SocketFault::Refuse(-32601));
    assert_eq!(json!(heard(&proxy).await?), json!([[9, -32601]]));
    every(SocketFault::Lose);
    assert_eq!(json!(heard(&proxy).await?), json!([]));
    every(SocketFault::Drop);
    assert_eq!(json!(heard(&proxy).await?), json!(["end"]));
    Ok(())
}

#[tokio::test]
async fn all_connections_are_cut() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    let (mut socket, _) = connect_async(proxy.ws_url()).await?;
    proxy.cut();
    let next = timeout(SILENCE * 10, socket.next()).await?;
    assert!(!matches!(next, Some(Ok(_))));
    Ok(())
}
