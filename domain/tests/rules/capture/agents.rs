//! What caused an event, by the sender's word or by its user agent.

use super::{item, refused_properties, take, with};
use serde_json::{Value, json};
use tessera_domain::{
    capture::{Acts, Remains, reason, remains},
    event::{Agent, Event},
};

const PREVIEW: &str = "WhatsApp/2.23.20.0 A";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn took(event: &str, properties: Value) -> Event {
    let mut item = item();
    item.insert("event".to_owned(), event.into());
    item.insert("properties".to_owned(), properties);
    take(&Value::Object(item).to_string()).unwrap().event
}

#[test]
fn what_says_neither_yes_nor_no_of_a_machine_is_refused() {
    for (properties, code, field) in [
        (json!({ "machine": "laser" }), reason::WRONG_TYPE, "machine"),
        (json!({ "machine": 2 }), reason::WRONG_TYPE, "machine"),
        (json!({ "machine": [true] }), reason::WRONG_TYPE, "machine"),
        (json!({ "agent": "Smith" }), reason::INVALID_VALUE, "agent"),
        (json!({ "agent": true }), reason::INVALID_VALUE, "agent"),
        (json!({ "user_agent": 7 }), reason::WRONG_TYPE, "user_agent"),
    ] {
        let expected = (code, format!("properties.{field}"));
        assert_eq!(
            refused_properties(properties.clone()),
            expected,
            "{properties}"
        );
    }
}

#[test]
fn beside_a_user_agent_stands_what_it_is_unless_the_sender_says_so() {
    let seen = took("email_opened", json!({ "user_agent": PREVIEW }));
    assert_eq!(seen.properties["machine"], true);
    assert_eq!(Agent::of(&seen.properties), Agent::Machine);
    let seen = took("email_opened", json!({ "user_agent": "Mozilla/5.0" }));
    assert_eq!(seen.properties.get("machine"), None);
    assert_eq!(Agent::of(&seen.properties), Agent::Unknown);
    let seen = took("page_viewed", json!({ "user_agent": FIREFOX }));
    assert_eq!(Agent::of(&seen.properties), Agent::Human);
    let stated = json!({ "user_agent": PREVIEW, "machine": false });
    let kept = json!({ "user_agent": PREVIEW, "machine": false, "agent": "human" });
    assert_eq!(
        took("email_opened", stated).properties,
        *kept.as_object().unwrap()
    );
}

#[test]
fn a_machine_is_one_by_both_of_its_properties() {
    for stated in [
        json!({ "machine": true }),
        json!({ "agent": "machine" }),
        json!({ "machine": "yes", "agent": "Machine" }),
    ] {
        let kept = took("page_viewed", stated.clone()).properties;
        assert_eq!(kept["machine"], true, "{stated}");
        assert_eq!(kept["agent"], "machine", "{stated}");
    }
    for stated in [
        json!({ "machine": true, "agent": "human" }),
        json!({ "machine": false, "agent": "machine" }),
    ] {
        let expected = (reason::INVALID_VALUE, "properties.agent".to_owned());
        assert_eq!(refused_properties(stated.clone()), expected, "{stated}");
    }
    let human = took("page_viewed", json!({ "agent": "human" })).properties;
    assert_eq!(human.get("machine"), None);
}

#[test]
fn the_user_agent_of_every_event_is_judged() {
    for (event, agent) in [
        ("pricing_page_visited", "Googlebot/2.1"),
        ("button_clicked", "curl/8.5.0"),
        ("something_of_ours", PREVIEW),
    ] {
        let seen = took(event, json!({ "user_agent": agent }));
        assert_eq!(Agent::of(&seen.properties), Agent::Machine, "{event}");
        assert!(!Acts::default().is_act(&seen), "{event}");
    }
    // Who calls an API uses a library.
    let called = json!({ "user_agent": "python-requests/2.31.0" });
    let seen = took("api_called", called.clone());
    assert_eq!(seen.properties, *called.as_object().unwrap());
    assert!(Acts::default().is_act(&seen));
}

#[test]
fn who_caused_an_event_is_read_however_it_is_spelt() {
    for (properties, expected) in [
        (json!({ "machine": "true" }), Agent::Machine),
        (json!({ "machine": " TRUE " }), Agent::Machine),
        (json!({ "machine": 1 }), Agent::Machine),
        (json!({ "machine": "1" }), Agent::Machine),
        (json!({ "agent": "Machine" }), Agent::Machine),
        (json!({ "agent": " UNKNOWN" }), Agent::Unknown),
        (json!({ "machine": "False" }), Agent::Human),
        (json!({ "machine": 0, "agent": "HUMAN" }), Agent::Human),
        (json!({ "machine": "", "agent": null }), Agent::Human),
        // Says nothing, so the user agent does.
        (
            json!({ "machine": "", "agent": " ", "user_agent": PREVIEW }),
            Agent::Machine,
        ),
        (
            json!({ "machine": "false", "user_agent": PREVIEW }),
            Agent::Human,
        ),
    ] {
        let seen = took("button_clicked", properties.clone());
        assert_eq!(Agent::of(&seen.properties), expected, "{properties}");
        let is_stored_plainly = seen.properties.get("machine").is_none_or(Value::is_boolean);
        assert!(is_stored_plainly, "{properties}");
    }
}

#[test]
fn an_address_in_a_user_agent_is_judged_and_not_kept() {
    for agent in [
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
        "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
        "Pleroma 2.4.2; https://social.example <admin@social.example>",
    ] {
        for event in ["page_viewed", "something_of_ours"] {
            let seen = took(event, json!({ "user_agent": agent, "path": "/" }));
            assert_eq!(Agent::of(&seen.properties), Agent::Machine, "{agent}");
            assert_eq!(seen.properties["user_agent"], "(withheld)", "{agent}");
            assert_eq!(seen.properties["path"], "/");
        }
    }
    // A person's address in a browser's agent is not kept either.
    let agent = format!("{FIREFOX} ada%40example.com");
    let seen = took("page_viewed", json!({ "user_agent": agent }));
    assert!(!Value::Object(seen.properties).to_string().contains("ada"));
    let refused = with(
        "properties",
        json!({ "user_agent": "Mozilla/5.0", "note": "a@b.example" }),
    );
    assert_eq!(refused.unwrap_err().refusal.code, reason::PERSONAL_DATA);
    // What remains of an item that is refused for another reason has no address either.
    let text = r#"{"event":"Bad Name","properties":{"user_agent":"bot@b.example"}}"#;
    let kept = r#"{"event":"Bad Name","properties":{"user_agent":"(withheld)"}}"#;
    assert_eq!(remains(text), Remains::Text(kept.to_owned()));
}
