//! The leader board of a campaign's version, by its last evaluation.

use super::wallet;
use crate::{Caller, Engine, Result, people};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::referral::{Ranked, leader_board},
    people::Identifier,
};
use tessera_store::{
    PgConnection,
    automation::{leader_board_refusal, referral},
    people::person::{self, IdentifierKey},
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
    let referrers: BTreeSet<&str> = standings.iter().map(|it| it.referrer.as_str()).collect();
    let digests = engine.digest_key(caller.organisation);
    let mut keys = Vec::with_capacity(referrers.len());
    for referrer in referrers {
        if let Ok(identifier) = Identifier::wallet(wallet(referrer)?.0) {
            keys.push((referrer, IdentifierKey::of(&identifier, &digests)));
        }
    }
    let wanted: Vec<IdentifierKey> = keys.iter().map(|(_, key)| key.clone()).collect();
    let known = person::resolve(conn, &wanted).await?;
    let people: Vec<Uuid> = known.values().map(|it| it.canonical).collect();
    let hidden = leader_board_refusal::among(conn, &people).await?;
    let opted_out = keys.iter().filter_map(|(referrer, key)| {
        let person = known.get(key)?.canonical;
        hidden.contains(&person).then(|| (*referrer).to_owned())
    });
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
