//! What follows a link: a person, a program, or what may be either.

use axum::http::HeaderMap;
use tessera_domain::{capture::agent_of, event::Agent};

/// Who follows the link: a browser that prefetches does so by itself.
pub(crate) fn agent(headers: &HeaderMap) -> Agent {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ahead = ["sec-purpose", "purpose", "x-moz"]
        .into_iter()
        .filter_map(text)
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("preview"));
    if ahead {
        Agent::Machine
    } else {
        agent_of(text("user-agent"))
    }
}
