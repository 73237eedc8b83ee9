//! What is left of a request's body when the answer is there: a refusal does not wait for it.
//!
//! Law: how a request is answered costs the next one on its connection nothing. The rest of the body
//! is read and forgotten, so that the next request begins where it should; what is longer than is worth
//! reading, or does not come, ends the connection, and the answer says so.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, Version, header},
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    sync::oneshot::{self, Sender, error::TryRecvError},
    time::timeout,
};

/// Bytes that are read at most.
const MOST_BYTES: u64 = 8 << 20;
/// How long they are waited for: an answer is late by that much at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what the handler left of the body, or announces to the client that the connection ends.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let has_connection = request.version() <= Version::HTTP_11;
    let (sender, mut receiver) = oneshot::channel();
    let request = request.map(|body| {
        Body::new(Watched {
            left: Some(Left {
                body,
                untouched: true,
            }),
            sender: Some(sender),
        })
    });
    let mut response = next.run(request).await;
    let is_over = match receiver.try_recv() {
        // A client that waits for leave to send the body is not given it.
        Ok(left) => !(waits && left.untouched) && left.forget().await,
        Err(TryRecvError::Closed) => true,
        Err(TryRecvError::Empty) => false,
    };
    if has_connection && !is_over {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What the handler has not read of a body.
struct Left {
    body: Body,
    untouched: bool,
}

impl Left {
    /// Reads it within the bounds; whether that was all.
    async fn forget(mut self) -> bool {
        if self.body.size_hint().lower() > MOST_BYTES {
            return false;
        }
        timeout(PATIENCE, async {
            let mut read = 0;
            while read <= MOST_BYTES {
                let frame =
                    std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
                match frame.await {
                    None => return true,
                    Some(Ok(frame)) => {
                        let bytes = frame.data_ref().map_or(0, Bytes::len);
                        read += u64::try_from(bytes).unwrap_or(u64::MAX);
                    }
                    Some(Err(_)) => return false,
                }
            }
            false
        })
        .await
        .unwrap_or(false)
    }
}

/// A request's body, which sends back what is left of it when it is dropped.
struct Watched {
    /// None when it was read to its end.
    left: Option<Left>,
    sender: Option<Sender<Left>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(left) = &mut self.left else {
            return Poll::Ready(None);
        };
        left.untouched = false;
        let frame = ready!(Pin::new(&mut left.body).poll_frame(context));
        if frame.is_none() {
            self.left = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.left
            .as_ref()
            .is_none_or(|left| left.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .as_ref()
            .map_or(SizeHint::with_exact(0), |left| left.body.size_hint())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let left = self.left.take().filter(|left| !left.body.is_end_stream());
        if let (Some(left), Some(sender)) = (left, self.sender.take()) {
            // Nobody waits for it when the request was cut off.
            let _gone = sender.send(left);
        }
    }
}
