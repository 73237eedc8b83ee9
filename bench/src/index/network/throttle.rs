//! A node that allows so many requests a second: beyond these it lets wait, or refuses with status 429.

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep_until},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The way to the node and back.
const LATENCY: Duration = Duration::from_millis(20);
/// How far ahead of its pace a node lets somebody be before it refuses.
const BURST: Duration = Duration::from_millis(500);

struct Shared {
    url: String,
    http: reqwest::Client,
    pace: Duration,
    refuses: bool,
    /// When the next request may be served.
    next: Mutex<Instant>,
    served: AtomicUsize,
    refused: AtomicUsize,
}

/// A way to a node. It ends with this value.
pub(super) struct Throttle {
    address: SocketAddr,
    shared: Arc<Shared>,
    _end: DropGuard,
}

impl Throttle {
    /// The way to the node at `url`.
    pub(super) async fn start(url: String, a_second: u32, refuses: bool) -> Result<Self> {
        let shared = Arc::new(Shared {
            url,
            http: reqwest::Client::new(),
            pace: Duration::from_secs(1) / a_second,
            refuses,
            next: Mutex::new(Instant::now()),
            served: AtomicUsize::default(),
            refused: AtomicUsize::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/", post(pass))
            .with_state(shared.clone());
        let end = CancellationToken::new();
        let ends = end.clone();
        tokio::spawn(async move {
            let serve = axum::serve(listener, router);
            serve.with_graceful_shutdown(ends.cancelled_owned()).await
        });
        Ok(Self {
            address,
            shared,
            _end: end.drop_guard(),
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that it passed on.
    pub(super) fn served(&self) -> usize {
        self.shared.served.load(Ordering::Relaxed)
    }

    /// Requests that it turned away.
    pub(super) fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// When the next request is served; none when it is refused.
    fn admit(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match self.refuses {
            // What was not used in the last half second can still be.
            true => (*next).max(now.checked_sub(BURST).unwrap_or(now)),
            false => (*next).max(now),
        };
        if self.refuses && at > now {
            return None;
        }
        *next = at + self.pace;
        Some(at)
    }
}

async fn pass(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Some(at) = shared.admit() else {
        shared.refused.fetch_add(1, Ordering::Relaxed);
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    sleep_until(at.max(Instant::now()) + LATENCY).await;
    shared.served.fetch_add(1, Ordering::Relaxed);
    let request = shared.http.post(&shared.url);
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    let answer = async { request.send().await?.bytes().await };
    match answer.await {
        Ok(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
