//! An organisation that holds something in every table.

use super::super::{capture, deals, persons, referral_links};
use crate::support::{experiments, journeys, shop::Shop, tenant::Tenant};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;
use tessera_store::OrganisationId;

/// Puts something into every table of an organisation.
pub(super) async fn fill(tenant: Tenant) -> Result<()> {
    let [winner, loser, erased] = persons::three(&tenant).await?;
    persons::merge(&tenant, winner, loser).await?;
    let path = format!("/v1/persons/{erased}");
    tenant.call(Method::DELETE, &path, None).await?;
    let refused = json!({ "message_id": "m", "event": "subscribed", "anonymous_id": "v" });
    tenant
        .post("/v1/events", &refused)
        .await?
        .refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    tenant
        .posted("/v1/scoring/predictions/train", &json!({}))
        .await?;
    let deal = deals::new_deal(&tenant, json!({})).await?;
    deals::advance(&tenant, &deal, &["qualified"]).await?;
    let spend = json!({ "day": "2025-01-05", "channel": "ads", "currency": "USD", "amount": "1" });
    tenant.call(Method::PUT, "/v1/spend", Some(&spend)).await?;
    let rate = json!({ "currency": "EUR", "from": "2025-01-01", "usd": "1.08" });
    tenant
        .call(Method::PUT, "/v1/exchange-rates", Some(&rate))
        .await?;
    let history = [("content-type", "text/csv")];
    let rows = b"day,channel,currency,amount\n".to_vec();
    capture::send(&tenant, "/v1/imports?kind=spend", &history, rows).await?;
    let key = json!({ "name": "once", "kind": "read" });
    let once = [("idempotency-key", "order-1")];
    capture::send(&tenant, "/v1/api-keys", &once, key.to_string().into_bytes()).await?;
    let code = format!("FRIEND-{}", tenant.number);
    referral_links::add_code(&tenant, tenant.number, &code).await?;
    referral_links::set_destination(&tenant).await?;
    let browser = [("user-agent", referral_links::BROWSER)];
    referral_links::follow(&tenant, Method::GET, &code, &browser).await?;
    let OrganisationId(number) = tenant.organisation().await?;
    journeys::publish(&tenant, "welcome", &journeys::nurturing()).await?;
    journeys::sign_up(&tenant, "ann").await?;
    experiments::define_metrics(&tenant).await?;
    experiments::hold_out(&tenant, "2026").await?;
    let shop = Shop::of(tenant).await?;
    let stock = json!({ "kind": "capacity_limited", "stock": 5 });
    shop.offer("FEW", stock).await?;
    shop.quote(&shop.customer().await?, Some("FEW")).await?;
    let of_projection = format!("from engine.projection where organisation = {number} limit 1");
    for row in [
        format!(
            "prediction_model (organisation, version, model, report, created_by)
             values ({number}, 1, '{{}}', '{{}}', 'test')"
        ),
        format!(
            "projection_place (organisation, projection, person, day, order_key, label)
             select organisation, id, gen_random_uuid(), 0, 0, '' {of_projection}"
        ),
        format!(
            "projection_span_sum
                 (organisation, projection, day, through_day, label, measure, shard, amount)
             select organisation, id, 0, 1, '', 0, 0, 1 {of_projection}"
        ),
        format!(
            "projection_moment
                 (organisation, projection, day, label, measure, shard, people, amounts)
             select organisation, id, 0, '', 0, 0, 1, array[1] {of_projection}"
        ),
        format!(
            "projection_bundle (organisation, person, kept)
             values ({number}, gen_random_uuid(), '')"
        ),
        format!(
            "journey_flow (organisation, journey, version, what, node, runs)
             values ({number}, 'welcome', 1, 'arrived', 'greet', 1)"
        ),
        format!(
            "journey_clock (organisation, journey, through) values ({number}, 'welcome', now())"
        ),
        format!(
            "experiment_report
                 (id, organisation, experiment, phase, as_of, body, signature, created_by)
             select gen_random_uuid(), organisation, experiment, phase, now(), '', '', 'test'
             from engine.experiment_phase where organisation = {number}"
        ),
        format!(
            "delivery_policy (organisation, policy, updated_by) values ({number}, '{{}}', 'test')"
        ),
        format!(
            "mail_sender
                 (organisation, from_name, from_address, dkim_selector, dkim_domain, dkim_record, dkim_key,
                  updated_by)
             values ({number}, 'a', 'a@a.example', 's', 'a.example', 'v', '', 'test')"
        ),
        format!(
            "outbound_message
                 (id, organisation, person, template, version, channel, purpose, topic, priority, on_uncertain,
                  cause, due_at, first_due_at)
             select gen_random_uuid(), organisation, id, 'a', 1, 'inbox', 'service', 'a', 0, 'drop', 'test',
                    now(), now()
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "message_token (digest, organisation, message, kind)
             select sha256(id::text::bytea), organisation, id, 'choose'
             from engine.outbound_message where organisation = {number}"
        ),
        format!(
            "inbox_message (organisation, message, person, body)
             select organisation, id, person, 'a' from engine.outbound_message where organisation = {number}"
        ),
        format!(
            "suppression (organisation, digest, reason, created_by)
             values ({number}, sha256('{number}'), 'manual', 'test')"
        ),
        format!(
            "topic_refusal (organisation, digest, topic) values ({number}, sha256('{number}'), 'a')"
        ),
        format!(
            "webhook_endpoint (id, organisation, url, description, event_types, secret, created_by,
                               created_at, updated_at)
             values (gen_random_uuid(), {number}, '', '', '{{}}', '', 'test', now(), now())"
        ),
        format!(
            "webhook_delivery
                 (id, organisation, endpoint, event_type, message, due_at, created_at)
             select gen_random_uuid(), organisation, id, '', '{{}}', now(), now()
             from engine.webhook_endpoint where organisation = {number}"
        ),
        format!(
            "webhook_attempt (organisation, delivery, number, at, duration_ms)
             select organisation, id, 1, now(), 1
             from engine.webhook_delivery where organisation = {number}"
        ),
        format!(
            "segment_member (organisation, segment, person, entered_at)
             select organisation, 'keen', id, now() from engine.person where organisation = {number}"
        ),
    ] {
        shop.sql(&format!("insert into engine.{row}")).await?;
    }
    Ok(())
}
