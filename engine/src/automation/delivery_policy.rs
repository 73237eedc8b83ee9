//! What holds for all messages of an organisation.

use crate::{Caller, Result};
use tessera_domain::automation::delivery::DeliveryPolicy;
use tessera_store::{PgConnection, automation::delivery_policy};

/// Replaces the organisation's policy, for everything that is not sent yet.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused), [`Error::Store`](crate::Error::Store).
pub async fn put(conn: &mut PgConnection, caller: &Caller, policy: &DeliveryPolicy) -> Result<()> {
    policy.validate()?;
    let actor = caller.actor.to_string();
    Ok(delivery_policy::put(conn, caller.organisation, policy, &actor).await?)
}
