//! Organisations, keys and roles: those who are let in see one organisation and do what they may.

mod filled;

use self::filled::fill;
use super::event_log;
use crate::support::{
    client::Api,
    tenant::{Tenant, call, org_address, post, sign_in},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{num::NonZeroU32, sync::Arc};
use tessera_api::{ApiConfig, RateLimit};
use tessera_store::{OrganisationId, tenant};

#[tokio::test]
async fn only_the_orgs_authority_opens_its_organisation_and_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "org": org_address(1), "name": "Mine" });
    let path = "/v1/organisations";
    let stranger = sign_in(&tenant.api, &Keypair::new(), None).await?;
    let refused = call(&tenant.api, Method::POST, path, &stranger, Some(&body)).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    let owner = sign_in(&tenant.api, &tenant.authority, None).await?;
    let again = call(&tenant.api, Method::POST, path, &owner, Some(&body)).await?;
    again.refusal(path, StatusCode::CONFLICT)?;
    let nowhere = json!({ "org": org_address(9), "name": "Mine" });
    let absent = call(&tenant.api, Method::POST, path, &owner, Some(&nowhere)).await?;
    absent.refusal(path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn nobody_in_particular_gets_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/organisation";
    let problem = tenant.api.get(path).await?;
    assert_eq!(problem.header(header::WWW_AUTHENTICATE)?, "Bearer");
    problem.refusal(path, StatusCode::UNAUTHORIZED)?;
    for token in ["", "nonsense", "tsk_admin_11111111111111111111111111111111"] {
        let answer = call(&tenant.api, Method::GET, path, token, None).await?;
        answer.refusal(path, StatusCode::UNAUTHORIZED)?;
    }
    // A session for no organisation is somebody, but acts for nobody.
    let session = sign_in(&tenant.api, &tenant.authority, None).await?;
    let answer = call(&tenant.api, Method::GET, path, &session, None).await?;
    answer.refusal(path, StatusCode::UNAUTHORIZED)?;
    Ok(())
}

#[tokio::test]
async fn a_key_is_shown_once_and_ends_when_it_is_revoked() -> Result<()> {
    let tenant = Tenant::open().await?;
    let made = tenant
        .posted("/v1/api-keys", &json!({ "name": "web", "kind": "read" }))
        .await?;
    let key = made["key"].as_str().context("a key")?;
    let listed = tenant.json("/v1/api-keys").await?;
    assert!(!listed.to_string().contains(key));
    assert!(key.starts_with(listed["data"][1]["prefix"].as_str().context("a prefix")?));
    let stored: String =
        sqlx::query_scalar("select string_agg(to_jsonb(api_key)::text, '') from engine.api_key")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert!(!stored.contains(key));
    let read = call(&tenant.api, Method::GET, "/v1/organisation", key, None).await?;
    assert_eq!(read.status, StatusCode::OK);
    let path = format!("/v1/api-keys/{}", made["id"].as_str().context("an id")?);
    let tenant = Tenant::join(tenant.api.clone(), 2).await?;
    // Another organisation cannot revoke it.
    let other = tenant.call(Method::DELETE, &path, None).await?;
    other.refusal(&path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_revoked_or_expired_key_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let past = json!({ "name": "old", "kind": "read", "expires_at": "2020-01-01T00:00:00Z" });
    let expired = tenant.posted("/v1/api-keys", &past).await?;
    let made = tenant
        .posted("/v1/api-keys", &json!({ "name": "web", "kind": "read" }))
        .await?;
    let path = format!("/v1/api-keys/{}", made["id"].as_str().context("an id")?);
    for _ in 0..2 {
        let revoked = tenant.call(Method::DELETE, &path, None).await?;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    }
    for key in [&expired["key"], &made["key"]] {
        let key = key.as_str().context("a key")?;
        let answer = call(&tenant.api, Method::GET, "/v1/organisation", key, None).await?;
        answer.refusal("/v1/organisation", StatusCode::UNAUTHORIZED)?;
    }
    Ok(())
}

#[tokio::test]
async fn nobody_gives_a_scope_that_they_do_not_have() -> Result<()> {
    let tenant = Tenant::open().await?;
    let narrow = json!({ "name": "narrow", "kind": "admin", "scopes": ["administer", "read"] });
    let narrow = tenant.posted("/v1/api-keys", &narrow).await?;
    let narrow = narrow["key"].as_str().context("a key")?;
    let path = "/v1/api-keys";
    for body in [
        json!({ "name": "more", "kind": "admin", "scopes": ["administer", "sell"] }),
        json!({ "name": "more", "kind": "write" }),
        json!({ "name": "more", "kind": "read", "scopes": ["capture"] }),
        json!({ "name": "none", "kind": "read", "scopes": [] }),
    ] {
        let answer = call(&tenant.api, Method::POST, path, narrow, Some(&body)).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "scopes", "{body}");
    }
    // Without scopes it gets what its maker has.
    let same = json!({ "name": "same", "kind": "admin" });
    let same = call(&tenant.api, Method::POST, path, narrow, Some(&same))
        .await?
        .json()?;
    assert_eq!(same["scopes"], json!(["read", "administer"]));
    Ok(())
}

#[tokio::test]
async fn roles_bring_their_scopes_and_withdrawn_ones_end_at_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let wallet = Keypair::new();
    let role = format!("/v1/roles/{}", wallet.pubkey());
    for (name, may_read, may_sell, may_administer) in [
        ("sales", true, true, false),
        ("analyst", true, false, false),
        ("auditor", true, false, false),
        ("owner", true, true, true),
    ] {
        let granted = tenant
            .call(Method::PUT, &role, Some(&json!({ "role": name })))
            .await?;
        assert_eq!(granted.status, StatusCode::NO_CONTENT, "{granted:?}");
        let session = sign_in(&tenant.api, &wallet, Some(&tenant.org())).await?;
        let scopes = call(&tenant.api, Method::GET, "/v1/session", &session, None)
            .await?
            .json()?["scopes"]
            .clone();
        let has = |scope: &str| {
            scopes
                .as_array()
                .is_some_and(|it| it.contains(&json!(scope)))
        };
        assert_eq!(
            (has("read"), has("sell"), has("administer")),
            (may_read, may_sell, may_administer),
            "{name}"
        );
    }
    let session = sign_in(&tenant.api, &wallet, Some(&tenant.org())).await?;
    let read = |path: &'static str| call(&tenant.api, Method::GET, path, &session, None);
    assert_eq!(read("/v1/roles").await?.status, StatusCode::OK);
    assert_eq!(
        tenant.call(Method::DELETE, &role, None).await?.status,
        StatusCode::NO_CONTENT
    );
    read("/v1/roles")
        .await?
        .refusal("/v1/roles", StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn the_last_owner_stays() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = format!("/v1/roles/{}", tenant.authority.pubkey());
    let demoted = tenant
        .call(Method::PUT, &path, Some(&json!({ "role": "sales" })))
        .await?;
    demoted.refusal(&path, StatusCode::CONFLICT)?;
    let withdrawn = tenant.call(Method::DELETE, &path, None).await?;
    withdrawn.refusal(&path, StatusCode::CONFLICT)?;
    Ok(())
}

/// Two organisations hold something in every tenant table; a transaction of the second tries all that
/// SQL offers to reach the rows of the first.
#[tokio::test]
async fn row_level_security_holds_against_every_statement() -> Result<()> {
    let tenant = Tenant::open().await?;
    let api = tenant.api.clone();
    let mirror = api.mirror.clone();
    fill(Tenant::join(api.clone(), 2).await?).await?;
    fill(tenant).await?;
    // Each with the column that says whose a row is, and one that can be written.
    let tables: Vec<(String, String, String)> = sqlx::query_as(
        "select table_name::text, 'organisation', 'organisation' from information_schema.columns
         join pg_class on pg_class.oid = format('engine.%I', table_name)::regclass
         where table_schema = 'engine' and column_name = 'organisation' and table_name <> 'session'
           and not relispartition
         union all select 'organisation', 'id', 'name'
         order by 1",
    )
    .fetch_all(&mirror)
    .await?;
    assert!(tables.len() >= 20, "{tables:?}");
    // Rows that a statement of an organisation reads or writes, or the code of its refusal.
    let run = async |organisation: i32, sql: String| {
        let mut transaction = tenant::begin(&mirror, OrganisationId(organisation)).await?;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await;
        let code = |error: sqlx::Error| {
            let code = error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code);
            code.unwrap_or_default().into_owned()
        };
        anyhow::Ok(done.map(|done| done.rows_affected()).map_err(code))
    };
    let denied = Err("42501".to_owned());
    for (table, owner, column) in &tables {
        let protected: bool = sqlx::query_scalar(
            "select relrowsecurity from pg_class where oid = ('engine.' || $1)::regclass",
        )
        .bind(table)
        .fetch_one(&mirror)
        .await?;
        assert!(protected, "{table}");
        let one =
            format!("select to_jsonb(it)::text from engine.{table} it where {owner} = 1 limit 1");
        let row: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(one))
            .fetch_optional(&mirror)
            .await?;
        let row = row.with_context(|| format!("{table} is empty"))?;
        let others = format!("select 1 from engine.{table} where {owner} = 1");
        let seen = run(1, others.clone()).await?;
        assert!(
            seen.is_ok_and(|rows| rows > 0),
            "{table} is hidden from its own"
        );
        assert_eq!(run(2, others).await?, Ok(0), "{table} is read");
        let change = format!("update engine.{table} set {column} = {column} where {owner} = 1");
        assert_eq!(run(2, change).await?, Ok(0), "{table} is changed");
        let delete = format!("delete from engine.{table} where {owner} = 1");
        assert_eq!(run(2, delete).await?, Ok(0), "{table} is emptied");
        let insert = format!(
            "insert into engine.{table} overriding system value
             select (jsonb_populate_record(null::engine.{table}, $row${row}$row$)).*"
        );
        assert_eq!(run(2, insert).await?, denied, "{table} is added to");
        // An organisation's own number is nobody's to change.
        if owner == column {
            let give = format!("update engine.{table} set {owner} = 1");
            assert_eq!(run(2, give).await?, denied, "{table} is given away");
        }
    }
    for forbidden in [
        "select * from engine.session",
        "select * from engine.sign_in_nonce",
        "update public.plan set price = 1",
    ] {
        assert_eq!(run(2, forbidden.to_owned()).await?, denied, "{forbidden}");
    }
    Ok(())
}

/// A part of the event log is a table of its own, to which the policies of the log do not apply.
#[tokio::test]
async fn no_part_of_the_event_log_is_reached_around_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = tenant.api.mirror.clone();
    tenant
        .capture(&[("m1", "page_viewed", "v1", json!({}))])
        .await?;
    event_log::without_past(&mirror).await?;
    sqlx::query("select engine.open_event_month('2020-02-01')")
        .execute(&mirror)
        .await?;
    let parts: Vec<(String, bool)> = sqlx::query_as(
        "select relname::text, relrowsecurity from pg_class where relispartition and relkind = 'r'
         order by 1",
    )
    .fetch_all(&mirror)
    .await?;
    assert!(parts.iter().any(|(part, _)| part == "event_2020_02") && parts.len() > 5);
    let mut statements = vec![
        "select engine.open_event_month('2020-01-01')".to_owned(),
        "select engine.detach_event_month('2020-02-01')".to_owned(),
        "select engine.drop_event_month('2020-02-01')".to_owned(),
    ];
    for (part, protected) in parts {
        assert!(protected, "{part}");
        statements.extend([
            format!("select from engine.{part}"),
            format!("insert into engine.{part} select * from engine.event"),
            format!("update engine.{part} set name = ''"),
            format!("delete from engine.{part}"),
            format!("truncate engine.{part}"),
        ]);
    }
    for statement in statements {
        let mut transaction = tenant::begin(&mirror, tenant.organisation().await?).await?;
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
            .execute(&mut *transaction)
            .await;
        let code = refused.err().and_then(|error| {
            let code = error.as_database_error()?.code()?;
            Some(code.into_owned())
        });
        assert_eq!(code.as_deref(), Some("42501"), "{statement}");
    }
    Ok(())
}

#[tokio::test]
async fn a_transaction_of_nobody_sees_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .capture(&[("m1", "page_viewed", "v1", json!({}))])
        .await?;
    let mut transaction = tenant.api.mirror.begin().await?;
    let seen: i64 = sqlx::query_scalar("select count(*) from engine.event")
        .fetch_one(&mut *transaction)
        .await?;
    assert_eq!(seen, 1);
    sqlx::query("set local role tessera_tenant")
        .execute(&mut *transaction)
        .await?;
    let seen: i64 = sqlx::query_scalar("select count(*) from engine.event")
        .fetch_one(&mut *transaction)
        .await?;
    assert_eq!(seen, 0);
    Ok(())
}

#[tokio::test]
async fn a_cursor_of_another_organisation_opens_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    for name in ["a", "b"] {
        tenant
            .posted("/v1/api-keys", &json!({ "name": name, "kind": "read" }))
            .await?;
    }
    let page = tenant.json("/v1/api-keys?limit=1").await?;
    let cursor = page["next_cursor"].as_str().context("a cursor")?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let seen = other.json(&format!("/v1/api-keys?cursor={cursor}")).await?;
    let ours: Vec<&Value> = seen["data"].as_array().context("a page")?.iter().collect();
    assert!(
        ours.iter().all(|key| key["name"] == "first admin key"),
        "{seen}"
    );
    Ok(())
}

/// Limits that a handful of requests meets, however slow the machine is.
pub(crate) fn narrow() -> ApiConfig {
    let slow = |burst| RateLimit {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
    };
    ApiConfig {
        caller_limit: slow(50),
        stranger_limit: slow(20),
        offer_code_limit: slow(10),
        ..ApiConfig::default()
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() -> Result<()> {
    let tenant = Tenant::join(Arc::new(Api::start_with(narrow()).await?), 1).await?;
    let key = tenant.key("read").await?;
    let ask = async || call(&tenant.api, Method::GET, "/v1/organisation", &key, None).await;
    let mut last = ask().await?;
    for _ in 0..10_000 {
        if last.status != StatusCode::OK {
            break;
        }
        last = ask().await?;
    }
    assert!(last.header(header::RETRY_AFTER)?.parse::<u64>()? >= 1);
    last.refusal("/v1/organisation", StatusCode::TOO_MANY_REQUESTS)?;
    // The bucket is the key's own.
    assert_eq!(tenant.get("/v1/organisation").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn guesses_are_limited_together() -> Result<()> {
    let api = Api::start_with(narrow()).await?;
    let path = "/v1/auth/siws/verify";
    let mut last = post(&api, path, &json!({})).await?;
    for _ in 0..10_000 {
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        last = post(&api, path, &json!({})).await?;
    }
    last.refusal(path, StatusCode::TOO_MANY_REQUESTS)?;
    Ok(())
}

#[tokio::test]
async fn every_foreign_key_between_tenant_tables_holds_the_organisation() -> Result<()> {
    let tenant = Tenant::open().await?;
    let loose: Vec<String> = sqlx::query_scalar(
        "select conname::text from pg_constraint
         where contype = 'f' and connamespace = 'engine'::regnamespace
           and (select count(*) from pg_attribute
                where attrelid in (conrelid, confrelid) and attname = 'organisation') = 2
           and not exists (
               select from unnest(conkey, confkey) columns (own, other)
               join pg_attribute own_column on own_column.attrelid = conrelid
                                           and own_column.attnum = columns.own
               join pg_attribute other_column on other_column.attrelid = confrelid
                                             and other_column.attnum = columns.other
               where own_column.attname = 'organisation' and other_column.attname = 'organisation')
         order by 1",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    assert_eq!(loose, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn indexes_are_named_after_their_tables_and_columns() -> Result<()> {
    let tenant = Tenant::open().await?;
    let strange: Vec<String> = sqlx::query_scalar(
        "select indexname::text from pg_indexes
         where schemaname = 'engine' and indexname !~ ('^' || tablename || '_([a-z_]+_)?(pkey|key|idx)$')
         order by 1",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    assert_eq!(strange, [""; 0]);
    Ok(())
}
