//! What is left of an erased person in referral campaigns: wallets, which the chain shows, and amounts.
//!
//! Law: erasing oneself releases nothing, neither of one's own nor of those in one ring with oneself. What is
//! held by evidence that names the person or a device of theirs is rejected, and so is what the person was
//! referred by, because the evidence goes; what was released stays, for it was spent.

use super::schedule;
use crate::{Engine, Result};
use tessera_domain::{
    automation::referral::{Decision, Rejection, State},
    people::{Identifier, IdentifierKind},
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    automation::{invitation, leader_board_refusal, referral},
    people::{person::IdentifierKey, shared_browser},
    work::Due,
};
use uuid::Uuid;

/// Forgets people, who had these identifiers.
pub(crate) async fn erase(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[Uuid],
    identifiers: &[IdentifierKey],
) -> Result<()> {
    let encoded = |digest: &[u8; 32]| bs58::encode(digest).into_string();
    let digests: Vec<String> = identifiers.iter().map(|it| encoded(&it.digest)).collect();
    let shared = shared_browser::erase(conn, people).await?;
    leader_board_refusal::remove(conn, people).await?;
    invitation::erase(conn, people, &digests).await?;
    let key = engine.digest_key(organisation);
    let is_theirs = |wallet: &Key| {
        let known = Identifier::wallet(wallet.0).map(|it| IdentifierKey::of(&it, &key));
        known.is_ok_and(|known| identifiers.contains(&known))
    };
    let mut wallets = referral::wallets(conn).await?;
    wallets.retain(is_theirs);
    let mut texts: Vec<String> = people.iter().map(Uuid::to_string).collect();
    texts.extend(digests);
    texts.extend(shared.iter().map(encoded));
    texts.extend(wallets.iter().map(Key::to_string));
    let concerned = referral::concerning(conn, &wallets, &texts).await?;
    // Evidence counts those who have a wallet: the erasure of anybody else takes none of it away.
    let has_wallet = identifiers
        .iter()
        .any(|it| it.kind == IdentifierKind::Wallet);
    for it in concerned.iter().filter(|_| has_wallet) {
        let is_rejected = match State::parse(&it.state) {
            Some(State::Held) => true,
            Some(State::Pending | State::Qualified) => wallets.contains(&it.referred),
            _ => false,
        };
        if is_rejected {
            let rejection = Decision::Rejection(Rejection {
                by: "erasure".to_owned(),
                at: it.evaluated_at.into(),
                reason: "erased".to_owned(),
            });
            let by = ("erasure", None);
            referral::decide(conn, organisation, it.id, &rejection, by).await?;
        }
    }
    let concerned: Vec<Uuid> = concerned.iter().map(|it| it.id).collect();
    referral::forget(conn, &wallets, &concerned).await?;
    if !concerned.is_empty() {
        schedule(conn, organisation, Due::Now).await?;
    }
    Ok(())
}
