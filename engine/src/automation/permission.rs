//! Whether something may be sent to an address, or shown to a person: the one place that decides it.

use crate::Result;
use tessera_domain::automation::{delivery::Reason, template::Purpose};
use tessera_store::{PgConnection, automation::suppression};
use uuid::Uuid;

/// What keeps a message from being sent to the address of a digest; none when it may be. A person who refuses
/// marketing still gets what was agreed on; where mail came back or was complained about, nothing goes.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn may(
    conn: &mut PgConnection,
    address: &[u8],
    purpose: Purpose,
    topic: &str,
) -> Result<Option<Reason>> {
    let found = suppression::in_the_way(conn, address, topic).await?;
    let is_marketing = purpose == Purpose::Marketing;
    Ok(match found.suppression.as_deref() {
        Some("unsubscribed") if is_marketing => Some(Reason::Unsubscribed),
        Some("unsubscribed") | None => found.topic_refused.then_some(Reason::TopicRefused),
        Some(_) => Some(Reason::Suppressed),
    })
}

/// What keeps a message from being shown to a canonical person where no address is needed; none when it may be.
/// What they refused by mail they get nowhere.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn may_show(
    conn: &mut PgConnection,
    person: Uuid,
    purpose: Purpose,
    topic: &str,
) -> Result<Option<Reason>> {
    let unwanted = suppression::unwanted(conn, person, topic).await?;
    let is_refused = unwanted.marketing && purpose == Purpose::Marketing;
    let topic = unwanted.topic.then_some(Reason::TopicRefused);
    Ok(is_refused.then_some(Reason::Unsubscribed).or(topic))
}
