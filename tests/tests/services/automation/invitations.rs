//! Invitations: who may create and use them, and how often.

use crate::support::{
    people::ago,
    referrals::Referring,
    rows::{self, WALLET, key},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use serde_json::{Value, json};
use tessera_store::mirror::code::CodeRow;
use uuid::Uuid;

const INVITATIONS: &str = "/v1/invitations";

/// Wallet 1 owns the code FRIEND-7.
async fn inviting() -> Result<Referring> {
    let shop = Referring::open(3).await?;
    let code = CodeRow {
        code: "FRIEND-7".to_owned(),
        owner: key(WALLET, 1),
        ..rows::code(1, 1, 1)
    };
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &[code]).await?;
    drop(conn);
    Ok(shop)
}

async fn wanted(shop: &Referring, most_uses: u32) -> Result<Value> {
    Ok(json!({
        "code": "FRIEND-7", "inviter": shop.person(1).await?, "until": ago(-86_400), "most_uses": most_uses,
    }))
}

async fn invite(shop: &Referring, wanted: &Value) -> Result<String> {
    let made = shop.tenant.posted(INVITATIONS, wanted).await?;
    let id = made["id"].as_str().context("an id")?;
    Ok(format!("{INVITATIONS}/{id}/uses"))
}

async fn visitor(shop: &Referring, name: &str) -> Result<Uuid> {
    shop.tenant
        .capture(&[(name, "page_viewed", name, json!({}))])
        .await?;
    shop.tenant.person(name).await
}

#[tokio::test]
async fn nobody_invites_by_anothers_code_or_without_end() -> Result<()> {
    let shop = inviting().await?;
    let mut others = wanted(&shop, 1).await?;
    others["inviter"] = json!(shop.person(2).await?);
    let mut unknown = wanted(&shop, 1).await?;
    unknown["code"] = json!("NOBODYS");
    let mut endless = wanted(&shop, 1).await?;
    endless["until"] = json!(ago(-400 * 86_400));
    let mut crowded = wanted(&shop, 2).await?;
    crowded["guest_email"] = json!("bob@example.com");
    for (body, field) in [
        (others, "code"),
        (unknown, "code"),
        (endless, "until"),
        (crowded, "most_uses"),
    ] {
        let refused = shop.tenant.post(INVITATIONS, &body).await?;
        let problem = refused.refusal(INVITATIONS, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn an_invitation_is_for_its_guest_and_not_for_the_inviter() -> Result<()> {
    let shop = inviting().await?;
    let mut private = wanted(&shop, 1).await?;
    private["guest_email"] = json!("bob@example.com");
    let uses = invite(&shop, &private).await?;
    let bob = json!({ "user_id": "bob", "email": "bob@example.com" });
    let bob = shop.tenant.posted("/v1/identify", &bob).await?["person"].clone();
    for (person, code) in [
        (json!(shop.person(1).await?), "own_invitation"),
        (json!(visitor(&shop, "eve").await?), "other_guest"),
    ] {
        let refused = shop
            .tenant
            .post(&uses, &json!({ "person": person }))
            .await?;
        let problem = refused.refusal(&uses, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }
    let used = shop.tenant.posted(&uses, &json!({ "person": bob })).await?;
    assert_eq!(used["uses"], 1);
    Ok(())
}

#[tokio::test]
async fn no_more_use_it_than_it_is_for_however_they_come() -> Result<()> {
    let shop = inviting().await?;
    let uses = invite(&shop, &wanted(&shop, 2).await?).await?;
    let mut guests = Vec::new();
    for name in ["ann", "bob", "cid", "dot"] {
        guests.push(json!({ "person": visitor(&shop, name).await? }));
    }
    // Who comes twice is one.
    let all: Vec<&Value> = guests.iter().chain(&guests).collect();
    join_all(all.iter().map(|guest| shop.tenant.post(&uses, guest))).await;
    let kept: i64 = sqlx::query_scalar("select count(*) from engine.invitation_use")
        .fetch_one(&shop.tenant.api.mirror)
        .await?;
    assert_eq!(kept, 2);
    Ok(())
}

#[tokio::test]
async fn guests_who_become_one_person_are_one_use_and_erasure_takes_it() -> Result<()> {
    let shop = inviting().await?;
    let uses = invite(&shop, &wanted(&shop, 3).await?).await?;
    let (ann, bob) = (visitor(&shop, "ann").await?, visitor(&shop, "bob").await?);
    for guest in [ann, bob] {
        shop.tenant
            .posted(&uses, &json!({ "person": guest }))
            .await?;
    }
    let merge = json!({ "with": bob, "reason": "one person" });
    let path = format!("/v1/persons/{ann}/merge");
    let merged = shop.tenant.post(&path, &merge).await?;
    assert!(merged.status.is_success(), "{merged:?}");
    let invitation = uses.trim_end_matches("/uses");
    assert_eq!(shop.tenant.json(invitation).await?["uses"], 1);
    let person = format!("/v1/persons/{ann}");
    shop.tenant.call(Method::DELETE, &person, None).await?;
    assert_eq!(shop.tenant.json(invitation).await?["uses"], 0);
    let inviter = format!("/v1/persons/{}", shop.person(1).await?);
    shop.tenant.call(Method::DELETE, &inviter, None).await?;
    let gone = shop.tenant.get(invitation).await?;
    gone.refusal(invitation, StatusCode::NOT_FOUND)?;
    Ok(())
}
