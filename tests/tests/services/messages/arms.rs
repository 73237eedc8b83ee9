//! Experiments whose arms are dealt by mail.

use crate::support::{
    experiments::{arm, assign, define_metrics, design, draft, launch},
    mail::{Relay, deliver, person, publish, send, sender, template},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashMap;

/// An experiment with subjects, dealt by the address.
fn subjects() -> Value {
    let mut design = design();
    design["allocation"]["hash_attribute"] = json!("email");
    design
}

fn tested() -> Value {
    let arm = |key: &str| json!({ "arm": { "experiment": "subject", "arm": key } });
    let more = json!({
        "blocks": { "subject": [
            { "when": [arm("plain")], "text": "Plain" },
            { "when": [arm("round")], "text": "Round" },
            { "text": "Nobody's" },
        ] },
        "locales": { "en": { "subject": "{{ content.subject }}", "text": "Hello" } },
    });
    template("tested", more)
}

async fn set_up() -> Result<(Tenant, Relay)> {
    let tenant = Tenant::open().await?;
    sender(&tenant).await?;
    define_metrics(&tenant).await?;
    publish(&tenant, &tested()).await?;
    Ok((tenant, Relay::start().await?))
}

/// The subject that each address was sent, by its mails in any order.
fn subjects_of(relay: &Relay) -> Result<Vec<(String, String)>> {
    let line = |mail: &str, name: &str| {
        let found = mail.lines().find_map(|it| it.strip_prefix(name));
        found.map(str::to_owned).context("no such header")
    };
    let mails = relay.mails()?;
    let of = |mail: &String| Ok((line(mail, "To: ")?, line(mail, "Subject: ")?));
    mails.iter().map(of).collect()
}

#[tokio::test]
async fn who_takes_no_part_is_said_the_last_text() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    // Drafted, but nothing is dealt yet.
    draft(&tenant, "subject", &subjects()).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    send(&tenant, &ada, "tested").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let said = ("ada@example.com".to_owned(), "Nobody's".to_owned());
    assert_eq!(subjects_of(&relay)?, [said]);
    Ok(())
}

#[tokio::test]
async fn a_mail_says_the_arm_that_is_dealt_everywhere_and_counts_as_seen() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    launch(&tenant, "subject", &subjects()).await?;
    let mut people = HashMap::new();
    for number in 0..8 {
        let email = format!("user{number}@example.com");
        let id = person(&tenant, &email, json!({})).await?;
        send(&tenant, &id, "tested").await?;
        people.insert(email, id);
    }
    deliver(&relay.engine(&tenant)?).await?;
    let said = subjects_of(&relay)?;
    assert_eq!(said.len(), people.len());
    let mut arms: Vec<&str> = said.iter().map(|(_, subject)| subject.as_str()).collect();
    for (email, subject) in &said {
        let dealt = assign(&tenant, &json!([{ "email": email }]), false).await?;
        let dealt = arm(&dealt[0], "subject");
        assert_eq!(*dealt, subject.to_lowercase());
        let path = format!("/v1/persons/{}/timeline", people[email]);
        let timeline = tenant.json(&path).await?;
        let events = timeline["data"].as_array().context("events")?;
        let seen: Vec<_> = events
            .iter()
            .filter(|it| it["event"] == "experiment_exposed")
            .collect();
        assert_eq!(seen.len(), 1, "{timeline}");
        assert_eq!(seen[0]["properties"]["arm"], *dealt, "{timeline}");
    }
    arms.sort_unstable();
    arms.dedup();
    assert_eq!(arms, ["Plain", "Round"]);
    Ok(())
}

#[tokio::test]
async fn what_is_intended_keeps_its_arm_whatever_becomes_of_the_experiment() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    launch(&tenant, "subject", &subjects()).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    send(&tenant, &ada, "tested").await?;
    let dealt = assign(&tenant, &json!([{ "email": "ada@example.com" }]), false).await?;
    let other = if arm(&dealt[0], "subject") == "plain" {
        "round"
    } else {
        "plain"
    };
    let won = json!({ "arm": other, "reason": "It won." });
    tenant.posted("/v1/experiments/subject/ship", &won).await?;
    send(&tenant, &ada, "tested").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let mut said: Vec<String> = subjects_of(&relay)?
        .into_iter()
        .map(|(_, subject)| subject)
        .collect();
    said.sort();
    assert_eq!(said, ["Plain", "Round"]);
    Ok(())
}
