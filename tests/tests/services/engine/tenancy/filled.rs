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
            "customer_health (organisation, person, score, version, parts, computed_at)
             values ({number}, gen_random_uuid(), 50, 1, '[]', now())"
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
            "audience_export (id, organisation, segment, format, created_by)
             values (gen_random_uuid(), {number}, 'a', 'a', 'test')"
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
            "sales_team (organisation, fallback, routes, updated_by, updated_at)
             values ({number}, 'sales', false, 'test', now())"
        ),
        format!(
            "sales_member
                 (organisation, wallet, name, capacity, weight, skills, away, updated_by, updated_at)
             values ({number}, sha256('{number}'), 'a', 1, 1, '{{}}', '[]', 'test', now())"
        ),
        format!(
            "sales_account (organisation, domain, name, owner, updated_by, updated_at)
             values ({number}, 'a.example', 'a', sha256('{number}'), 'test', now())"
        ),
        format!(
            "lead_assignment
                 (id, organisation, person, queue, reason, passed_over, assigned_by, assigned_at)
             select gen_random_uuid(), organisation, id, 'sales', 'fallback', '[]', 'test', now()
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "waiting_lead (organisation, person)
             select organisation, id from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "task_policy (organisation, kind, policy, updated_by, updated_at)
             values ({number}, 'call', '{{}}', 'test', now())"
        ),
        format!(
            "lead_task
                 (id, organisation, person, kind, title, queue, due_at, escalations, hours, created_by,
                  created_at)
             select gen_random_uuid(), organisation, id, 'call', 'a', 'sales', now(), '[]', '{{}}', 'test',
                    now()
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "task_escalation (organisation, task, number, queue, due_at, happened_at)
             select organisation, id, 0, 'sales', now(), now() from engine.lead_task
             where organisation = {number}"
        ),
        format!(
            "enrichment (organisation, automatic, policies, updated_by, updated_at)
             values ({number}, false, '{{}}', 'test', now())"
        ),
        format!(
            "lead_company (organisation, person, domain, kind, looked_at, problems)
             select organisation, id, 'a.example', 'own', now(), '{{}}'
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "company_fact
                 (organisation, domain, source, attribute, value, legal_basis, seen_at, expires_at)
             values ({number}, 'a.example', 'page', '{{}}', 'a', 'consent', now(), now())"
        ),
        format!(
            "company_claim (organisation, domain, work, claimed_at)
             values ({number}, 'a.example', 1, now())"
        ),
        format!(
            "lead_roi (id, organisation, person, inputs, report, created_by, created_at)
             select gen_random_uuid(), organisation, id, '{{}}', '{{}}', 'test', now()
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "referral_campaign (organisation, name, version, starts_at, ends_at, settled_at)
             values ({number}, 'spring', 1, now(), now(), now())"
        ),
        format!(
            "referral
                 (organisation, id, campaign, version, referrer, referred, state, outcome, has_claims,
                  evaluated_at)
             select {number}, gen_random_uuid(), 'spring', 1, org, org, 'pending', '{{}}', false, now()
             from engine.organisation where id = {number}"
        ),
        format!(
            "referral_decision (organisation, referral, number, decision, decided_by, decided_at)
             select organisation, id, 1, '{{}}', 'test', now()
             from engine.referral where organisation = {number}"
        ),
        format!(
            "shared_browser (organisation, digest, person, first_seen)
             values ({number}, sha256('{number}'), gen_random_uuid(), now())"
        ),
        format!(
            "leader_board_refusal (organisation, person, refused_at)
             values ({number}, gen_random_uuid(), now())"
        ),
        format!(
            "invitation
                 (organisation, id, code, inviter, valid_from, valid_until, most_uses, created_by, created_at)
             select organisation, gen_random_uuid(), 'A', id, now(), now() + interval '1 day', 1, 'test', now()
             from engine.person where organisation = {number} limit 1"
        ),
        format!(
            "invitation_use (organisation, invitation, person, used_at)
             select organisation, id, inviter, now() from engine.invitation where organisation = {number}"
        ),
        format!(
            "recommendation_rules (organisation, rules, updated_by) values ({number}, '{{}}', 'test')"
        ),
        format!(
            "recommendation_model
                 (organisation, version, model, evaluation, rules, products, people, interactions, trained_at)
             values ({number}, 1, '', '{{}}', '{{}}', '{{}}', 0, 0, now())"
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
