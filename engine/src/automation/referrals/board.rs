//! The leader board of a campaign's version, by its last evaluation.

use super::wallet;
use crate::{Caller, Engine, Result, people};
use tessera_domain::automation::referral::{Ranked, leader_board};
use tessera_store::{
    Key, PgConnection,
    automation::{leader_board_refusal, referral},
};
use uuid::Uuid;

/// Who has brought most, without those who do not want to be shown.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn board(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    campaign: &str,
    version: i32,
) -> Result<Vec<Ranked>> {
    let standings = referral::standings(conn, campaign, version).await?;
    let referrers = standings.iter().map(|it| wallet(&it.referrer));
    let referrers: Vec<Key> = referrers.collect::<Result<_>>()?;
    let known = people::holders(engine, conn, caller.organisation, referrers).await?;
    let people: Vec<Uuid> = known.values().copied().collect();
    let hidden = leader_board_refusal::among(conn, &people).await?;
    let opted_out = known
        .iter()
        .filter(|(_, person)| hidden.contains(person))
        .map(|(referrer, _)| referrer.to_string());
    Ok(leader_board(&standings, &opted_out.collect()))
}

/// Shows a person on leader boards, or does not any longer.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Store`](crate::Error::Store).
pub async fn show(
    conn: &mut PgConnection,
    caller: &Caller,
    person: Uuid,
    is_shown: bool,
) -> Result<()> {
    let canonical = people::canonical(conn, person).await?.id;
    if is_shown {
        let members = people::merge::members(conn, canonical).await?;
        leader_board_refusal::remove(conn, &members).await?;
    } else {
        leader_board_refusal::insert(conn, caller.organisation, canonical).await?;
    }
    Ok(())
}
