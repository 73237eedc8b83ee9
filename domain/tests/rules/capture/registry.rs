//! Which events are taken, and under which names.

use super::{item, refused, take, window, with};
use serde_json::{Map, Value, json};
use tessera_domain::{
    capture::{Acts, EventSchema, RESERVED_NAMES, Registry, accept, reason, seed_registry},
    event::Event,
    time::Timestamp,
};

#[test]
fn revenue_cannot_be_forged_with_a_write_key() {
    for name in RESERVED_NAMES {
        assert_eq!(refused("event", name).0, reason::RESERVED_NAME);
    }
    let mut strict = seed_registry();
    strict.strict = true;
    let alias = strict.events.get_mut("page_viewed").unwrap();
    alias.aliases.push("charged".to_owned());
    let text = Value::Object(item())
        .to_string()
        .replace("page_viewed", "charged");
    let refusal = accept(&text, &strict, window()).unwrap_err().refusal;
    assert_eq!(refusal.code, reason::RESERVED_NAME);
}

#[test]
fn an_events_name_has_a_form() {
    for name in [
        "",
        "Page",
        "1a",
        "_a",
        "a-b",
        "a b",
        "a.b",
        "ada@example.com",
        "é",
        "a\0",
        &"a".repeat(65),
    ] {
        assert_eq!(refused("event", name).0, reason::INVALID_NAME, "{name}");
    }
    let longest = "a".repeat(64);
    assert_eq!(with("event", longest.as_str()).unwrap().event.name, longest);
}

#[test]
fn a_strict_registry_takes_only_its_events() {
    let registry = Registry {
        strict: true,
        ..seed_registry()
    };
    let text = Value::Object(item()).to_string();
    assert!(accept(&text, &registry, window()).is_ok());
    let other = text.replace("page_viewed", "something_else");
    let refusal = accept(&other, &registry, window()).unwrap_err().refusal;
    assert_eq!(refusal.code, reason::UNKNOWN_EVENT);
    assert!(take(&other).is_ok());
}

#[test]
fn events_are_taken_under_the_names_they_were_asked_for_with() {
    for (sent, name) in [
        ("apiDocumentationViewed", "api_documentation_viewed"),
        ("pricingPageVisited", "pricing_page_visited"),
        ("demooRequested", "demo_requested"),
        ("demoRequested", "demo_requested"),
        ("whitepaperDownloaded", "whitepaper_downloaded"),
        ("githubRepoVisited", "github_repo_visited"),
        ("emailOpened", "email_opened"),
        ("emailClicked", "email_clicked"),
        ("webinarAttended", "webinar_attended"),
        ("contentShared", "content_shared"),
        ("page_views", "page_viewed"),
        ("button_clicks", "button_clicked"),
        ("form_submissions", "form_submitted"),
        ("api_calls", "api_called"),
        ("whitepaper_download", "whitepaper_downloaded"),
        ("demo_request", "demo_requested"),
        ("pricing_view", "pricing_page_visited"),
        ("sales_demo", "sales_demo_held"),
        ("technical_consultation", "technical_consultation_held"),
        ("roi_calculator", "roi_calculator_used"),
        ("demo_requested", "demo_requested"),
    ] {
        assert_eq!(with("event", sent).unwrap().event.name, name);
    }
}

#[test]
fn an_intent_is_one_that_is_known() {
    let declared = |properties: Value| {
        let mut item = item();
        item.insert("event".to_owned(), "intent_declared".into());
        item.insert("properties".to_owned(), properties);
        let taken = take(&Value::Object(item).to_string());
        taken.map_err(|it| (it.refusal.code, it.refusal.field))
    };
    let field = || "properties.intent".to_owned();
    let missing = Err((reason::MISSING_FIELD, field()));
    assert_eq!(declared(json!({})), missing);
    assert_eq!(declared(json!({ "intent": null })), missing);
    let wrong = declared(json!({ "intent": 1 }));
    assert_eq!(wrong, Err((reason::WRONG_TYPE, field())));
    let other = declared(json!({ "intent": "fun" }));
    assert_eq!(other, Err((reason::INVALID_VALUE, field())));
    assert!(declared(json!({ "intent": "dex_integration" })).is_ok());
}

#[test]
fn a_registry_is_checked_before_it_is_stored() {
    assert_eq!(seed_registry().validate(), Ok(()));
    let text = serde_json::to_string(&seed_registry()).unwrap();
    assert_eq!(
        serde_json::from_str::<Registry>(&text).unwrap(),
        seed_registry()
    );
    for (events, field) in [
        (json!({ "Page": {} }), "events.Page"),
        (json!({ "charged": {} }), "events.charged"),
        (
            json!({ "a": { "aliases": ["charged"] } }),
            "events.a.aliases[0]",
        ),
        (
            json!({ "a": { "aliases": ["b c"] } }),
            "events.a.aliases[0]",
        ),
        (
            json!({ "a": { "aliases": ["B", "a"] } }),
            "events.a.aliases[1]",
        ),
        (
            json!({ "a": { "aliases": ["x"] }, "b": { "aliases": ["x"] } }),
            "events.b.aliases[0]",
        ),
        (
            json!({ "a": { "aliases": vec!["x"; 21] } }),
            "events.a.aliases",
        ),
        (
            json!({ "a": { "properties": { "": { "type": "text" } } } }),
            "events.a.properties.",
        ),
        (
            json!({ "a": { "properties": { "b": { "type": "list", "one_of": ["x"] } } } }),
            "events.a.properties.b.one_of",
        ),
        (
            json!({ "a": { "properties": { "machine": { "type": "text" } } } }),
            "events.a.properties.machine",
        ),
        (
            json!({ "a": { "properties": { "agent": { "type": "text", "one_of": ["human"] } } } }),
            "events.a.properties.agent",
        ),
    ] {
        let registry: Registry = serde_json::from_value(json!({ "events": events })).unwrap();
        assert_eq!(registry.validate().unwrap_err().field, field);
    }
    let many: Vec<_> = (0..501).map(|it| (format!("e{it}"), json!({}))).collect();
    let events: Map<_, _> = many.into_iter().collect();
    let registry: Registry = serde_json::from_value(json!({ "events": events })).unwrap();
    assert_eq!(registry.validate().unwrap_err().field, "events");
    let unknown = json!({ "events": { "a": { "alias": "b" } } });
    assert!(serde_json::from_value::<Registry>(unknown).is_err());
}

fn is_act(registry: &Registry, name: &str, properties: &Value) -> bool {
    Acts::of(registry).is_act(&Event {
        id: uuid::Uuid::nil(),
        name: name.to_owned(),
        at: Timestamp(0),
        properties: properties.as_object().cloned().unwrap(),
    })
}

#[test]
fn what_is_done_to_a_person_is_no_act_of_theirs() {
    let seed = seed_registry();
    let none = json!({});
    for name in [
        "email_sent",
        "email_delivered",
        "email_bounced",
        "charged",
        "refunded",
        "awarded",
        "referred",
        "past_due",
        "lapsed",
        "quote_issued",
        "identified",
        "merged",
        "segment_entered",
        "segment_exited",
    ] {
        assert!(!is_act(&seed, name, &none), "{name}");
    }
    for name in [
        "page_viewed",
        "email_opened",
        "email_clicked",
        "demo_requested",
        "something_of_ours",
        "signed_in",
        "registered",
        "subscribed",
        "cancelled",
        "redeemed",
    ] {
        assert!(is_act(&seed, name, &none), "{name}");
        for by in [
            json!({ "machine": true }),
            json!({ "agent": "machine" }),
            json!({ "agent": "unknown" }),
        ] {
            assert!(!is_act(&seed, name, &by), "{name} {by}");
        }
        let person = json!({ "machine": false, "agent": "human" });
        assert!(is_act(&seed, name, &person), "{name}");
    }
}

#[test]
fn a_registry_says_which_events_are_acts_and_the_seed_where_it_is_silent() {
    let schema = |own_act| EventSchema {
        own_act,
        ..EventSchema::default()
    };
    let registry = Registry {
        strict: false,
        events: [
            ("sms_delivered".to_owned(), schema(Some(false))),
            ("email_bounced".to_owned(), schema(Some(true))),
            ("email_sent".to_owned(), schema(None)),
            ("app_opened".to_owned(), schema(None)),
        ]
        .into(),
    };
    let none = json!({});
    for (name, expected) in [
        ("sms_delivered", false),
        ("email_bounced", true),
        ("email_sent", false),
        ("email_delivered", false),
        ("app_opened", true),
        ("charged", false),
    ] {
        assert_eq!(is_act(&registry, name, &none), expected, "{name}");
    }
}
