//! A price that others would not get is said to be one, wherever it stands.

use crate::support::{rows, shop::Shop};
use anyhow::{Context, Result};
use serde_json::json;
use tessera_store::mirror::member::MemberRow;

const PATH: &str = "/v1/quotes";

#[tokio::test]
async fn whether_a_price_is_personalised_is_told_wherever_it_stands() -> Result<()> {
    let shop = Shop::open().await?;
    let stock = json!({ "kind": "capacity_limited", "stock": 5 });
    shop.offer("ALL", stock).await?;
    let mut loyal = json!({ "segment": "individual", "quantity": 5, "paid_months": 12 });
    let mut contract =
        json!({ "segment": "institutional", "quantity": 1, "flags": ["enterprise_contract"] });
    // What is bought is no person, and an offer is open to all.
    let many = json!({ "segment": "individual", "quantity": 5 });
    let offer = json!({ "segment": "individual", "quantity": 1, "offer": "ALL" });
    for (body, personalised) in [
        (&loyal, true),
        (&contract, true),
        (&many, false),
        (&offer, false),
    ] {
        let estimate = shop.tenant.posted("/v1/pricing/estimate", body).await?;
        assert_eq!(estimate["personalised"], personalised, "{body}");
        assert_ne!(estimate["price"], estimate["breakdown"]["list"], "{body}");
    }
    // A quote knows the loyal ones by itself.
    let customer = shop.customer().await?;
    let member = MemberRow {
        wallet: customer.key(),
        tier: 1,
        ..rows::member(1, 1, 1)
    };
    shop.add_members(&[member]).await?;
    for body in [&mut loyal, &mut contract] {
        body["wallet"] = json!(customer.key().to_string());
        body.as_object_mut()
            .context("a body")?
            .remove("paid_months");
    }
    for (body, personalised) in [
        (&loyal, true),
        (&contract, true),
        (&many, false),
        (&offer, false),
    ] {
        let issued = shop.tenant.posted(PATH, body).await?;
        let id = issued["id"].as_str().context("id")?;
        let kept = shop.tenant.json(&format!("{PATH}/{id}")).await?;
        for quote in [&issued, &kept] {
            assert_eq!(quote["personalised"], personalised, "{body}");
            assert_eq!(quote["breakdown"]["personalised"], personalised, "{body}");
        }
    }
    Ok(())
}
