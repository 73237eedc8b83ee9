//! Quotes that the chain settles: numbered, dated by its clock, and not in the way of each other.

use crate::support::{
    history::follow,
    rows,
    shop::{Customer, Shop, in_secs},
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::json;
use solana_address::Address;
use tessera_store::{
    Key, U64,
    mirror::{
        cursor::{self, Moment},
        subscription::SubscriptionRow,
    },
};

const PATH: &str = "/v1/quotes";

#[tokio::test]
async fn a_subscription_of_which_no_charge_is_left_does_not_stand_in_the_way() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let (wallet, mint) = (buyer.key(), rows::key(rows::MINT, 1));
    let token_program = rows::key(rows::OTHER, 4);
    let (payer_token, _) = Address::find_program_address(
        &[wallet.as_ref(), token_program.as_ref(), mint.as_ref()],
        &"ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL".parse()?,
    );
    let used_up = SubscriptionRow {
        wallet,
        payer_token: Key(payer_token.to_bytes()),
        periods_paid: 13,
        ..rows::subscription(1, 1, 1)
    };
    // From another token account, it has to be cancelled first.
    let elsewhere = SubscriptionRow {
        payer_token: rows::key(rows::TOKEN, 2),
        ..used_up.clone()
    };
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &[elsewhere]).await?;
    let answer = shop.ask(&buyer, None).await?;
    answer.refusal(PATH, StatusCode::CONFLICT)?;
    rows::upsert(&mut conn, &[used_up]).await?;
    shop.quote(&buyer, None).await?;
    Ok(())
}

#[tokio::test]
async fn nonces_rise_and_pass_what_the_subscription_has_used() -> Result<()> {
    let shop = Shop::open().await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let nonce = async |buyer: &Customer| {
        let quote = shop.quote(buyer, None).await?;
        let nonce = quote["signed"]["nonce"].as_str().context("a nonce")?;
        anyhow::Ok(nonce.parse::<u64>()?)
    };
    let first = nonce(&buyer).await?;
    assert!(first > 0 && nonce(&buyer).await? > first);
    // As after a backup came back, or with another seller's quotes for the same Org.
    let ended = SubscriptionRow {
        wallet: buyer.key(),
        state: 4,
        quote_nonce: U64(u64::from(u32::MAX)),
        ..rows::subscription(1, 1, 1)
    };
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &[ended]).await?;
    assert!(nonce(&buyer).await? > u64::from(u32::MAX));
    assert!(nonce(&other).await? < u64::from(u32::MAX));
    Ok(())
}

#[tokio::test]
async fn a_quote_runs_by_the_networks_clock_and_its_offer_by_ours() -> Result<()> {
    let shop = Shop::open().await?;
    let urgency = json!({ "kind": "limited_time", "expires_at": in_secs(100) });
    shop.offer("SOON", urgency).await?;
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    follow(&mut conn).await?;
    for ahead in [0, 3_600] {
        let network = in_secs(ahead).secs();
        let applied = Moment {
            slot: 10,
            at: network,
        };
        cursor::complete(&mut conn, applied).await?;
        for (offer, secs) in [(None, 900), (Some("SOON"), 99)] {
            let buyer = shop.customer().await?;
            let quote = shop.quote(&buyer, offer).await?;
            let deadline = quote["signed"]["deadline"].as_i64().context("deadline")?;
            let good_for = deadline - network;
            assert!(
                (secs - 5..=secs + 5).contains(&good_for),
                "{ahead} {good_for}"
            );
            let path = format!("{PATH}/{}/accept", quote["id"].as_str().context("id")?);
            let accepted = shop.post_as(&buyer, &path, &json!({})).await?;
            assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
        }
    }
    Ok(())
}
