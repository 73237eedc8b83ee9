//! Calls over HTTP.

use super::{Shared, calls::Calls, rule::Fault};
use anyhow::{Result, bail};
use axum::{
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
};
use futures::StreamExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{future::pending, io, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Sent in place of JSON.
const PAGE: &str = "<html><body><h1>Bad gateway</h1></body></html>";

/// Answers for ever.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        let cut = shared.cut().clone();
        let shared = shared.clone();
        let service = service_fn(move |request| answer(shared.clone(), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(cut.run_until_cancelled_owned(connection));
    }
}

/// An error ends the connection without an answer.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?;
    let calls = Calls::of(&body);
    let mut faults = Vec::with_capacity(calls.all.len());
    for call in &calls.all {
        shared.asked.add(&*call.method);
        let picked = shared.calls.pick(&call.method, call.text(), &shared.counts);
        faults.push(picked);
    }

    let delays = faults.iter().flatten().map(|fault| match fault {
        Fault::Delay(delay) => *delay,
        _ => Duration::ZERO,
    });
    tokio::time::sleep(delays.sum()).await;
    for fault in faults.iter().flatten() {
        match fault {
            Fault::Drop => bail!("dropped"),
            Fault::HalfOpen => pending().await,
            Fault::Status(status) => return page(StatusCode::from_u16(*status)?, None),
            Fault::TooManyRequests(after) => return page(StatusCode::TOO_MANY_REQUESTS, *after),
            Fault::Garbage => return page(StatusCode::OK, None),
            _ => {}
        }
    }

    let answer = if calls.concern(&shared, &faults) {
        let answer = calls.answer(&shared, &faults).await;
        answer.and_then(|answer| Ok((StatusCode::OK, serde_json::to_vec(&answer)?.into())))
    } else {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        shared
            .upstream
            .forward(head.method, path, body.clone())
            .await
    };
    match answer {
        Ok((status, body)) => send(status, body, faults.iter().flatten()),
        Err(error) => Ok(Response::builder()
            .status(StatusCode::BAD_GATEWAY)
            .body(format!("{error:#}").into())?),
    }
}

/// Sends an answer with its transport faults.
fn send<'a>(
    status: StatusCode,
    body: Bytes,
    faults: impl Iterator<Item = &'a Fault>,
) -> Result<Response<Body>> {
    let length = body.len();
    let half = body.slice(..length / 2);
    for fault in faults {
        let body = match fault {
            Fault::LoseAnswer => bail!("answer lost"),
            Fault::Truncate => return json(status, half.len(), half.into()),
            // The first half is sent once the server finds that more is not ready.
            Fault::CutOff => begun(half, tokio::task::yield_now()),
            Fault::Stall => begun(half, pending()),
            Fault::Pad(spaces) => {
                let padded = [vec![b' '; *spaces], body.to_vec()].concat();
                return json(status, padded.len(), padded.into());
            }
            _ => continue,
        };
        return json(status, length, body);
    }
    json(status, length, body.into())
}

/// A body that fails after its beginning, once `wait` is over.
fn begun(beginning: Bytes, wait: impl Future<Output = ()> + Send + 'static) -> Body {
    let end = async {
        wait.await;
        Err(io::Error::other("cut off"))
    };
    let beginning = futures::stream::iter([Ok(beginning)]);
    Body::from_stream(beginning.chain(futures::stream::once(end)))
}

fn json(status: StatusCode, length: usize, body: Body) -> Result<Response<Body>> {
    Ok(Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, length)
        .body(body)?)
}

fn page(status: StatusCode, retry_after: Option<u32>) -> Result<Response<Body>> {
    let mut page = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html");
    if let Some(seconds) = retry_after {
        page = page.header(header::RETRY_AFTER, seconds);
    }
    Ok(page.body(PAGE.into())?)
}
