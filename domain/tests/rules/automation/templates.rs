//! Templates: what may be put in force, and that what is filled in stays data.

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    automation::template::{Arms, Facts, Rendered, Template, is_locale},
    event::Properties,
    refusal::Refusal,
};

/// A template of a mail, and what is different about this one.
fn template(more: &Value) -> Template {
    let mut all = json!({
        "channel": "mail", "purpose": "service", "topic": "account", "on_uncertain": "drop",
        "default_locale": "en",
        "locales": { "en": { "subject": "Hello", "text": "Hello {{ person.first_name }}" } },
        "fallbacks": { "first_name": "friend" }
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        all[field] = value.clone();
    }
    serde_json::from_value(all).expect("a template")
}

fn text(text: &str) -> Template {
    template(&json!({ "locales": { "en": { "subject": "Hello", "text": text } } }))
}

fn html(html: &str) -> Template {
    template(&json!({ "locales": { "en": { "subject": "Hello", "text": "Hello", "html": html } } }))
}

fn refused(template: &Template) -> Refusal {
    template.validate().expect_err("it breaks a rule")
}

fn filled(template: &Template, person: &Value, locale: Option<&str>) -> Rendered {
    filled_with(template, person, locale, &Arms::new())
}

fn filled_with(template: &Template, person: &Value, locale: Option<&str>, arms: &Arms) -> Rendered {
    let person = person.as_object().cloned().unwrap_or_default();
    let facts = Facts {
        person: &person,
        segments: &[],
        arms,
        event: &Properties::new(),
        organisation: "Hashrate & Co",
        unsubscribe: "https://t.example/u/1",
        preferences: "https://t.example/u/1",
    };
    template.render(&facts, locale).expect("it is filled in")
}

#[test]
fn names_that_may_not_be_there_are_refused_with_their_line() {
    for (source, part) in [
        ("{{ person.first_nam }}", "name a trait"),
        ("\n\n{{ person }}", "line 3"),
        ("{% for x in person %}{{ x }}{% endfor %}", "name a trait"),
        ("{{ person['last_name'] }}", "must"),
        ("a\n{{ person.last_name }}", "fallback last_name"),
        ("{{ event.plan }}", "fallback event.plan"),
        ("{{ event }}", "name a property"),
        ("{{ content.offer }}", "one of the blocks"),
        ("{{ secret }}", "no names but"),
        ("{{ self }}", "name what is there"),
        ("{{ range(9) }}", "no names but"),
        (
            "{% if false %}{{ person.phone }}{% endif %}",
            "fallback phone",
        ),
    ] {
        let refusal = refused(&text(source));
        assert_eq!(refusal.field, "locales.en.text", "{source}");
        assert!(refusal.rule.contains(part), "{source}: {}", refusal.rule);
        assert!(
            refusal.rule.starts_with("must ") && refusal.rule.contains("line "),
            "{refusal}"
        );
    }
}

#[test]
fn no_template_reads_another_or_a_file() {
    for source in [
        "{% include '/etc/passwd' %}",
        "{% extends 'base' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% macro m() %}{% endmacro %}",
        "{{ person.first_name.__class__ }}",
        "{{ person.first_name|attr('x') }}",
        "{{ person.first_name|safe }}",
        "{{ person.first_name.upper() }}",
        "{{ person.first_name | unknown }}",
    ] {
        let refusal = refused(&text(source));
        assert_eq!(refusal.field, "locales.en.text", "{source}");
    }
}

#[test]
fn a_template_that_would_run_for_long_is_refused() {
    let loops = |depth: usize| {
        let open = "{% for a in person.first_name %}".repeat(depth);
        text(&format!("{open}x{}", "{% endfor %}".repeat(depth)))
    };
    assert!(refused(&loops(4)).rule.contains("fewer steps"));
    let grown = "{% set a = person.first_name * 100000 %}{% set a = a * 100000 %}{{ a }}";
    assert!(refused(&text(grown)).rule.contains("fewer steps"));
    let deep = format!(
        "{}x{}",
        "{% if true %}".repeat(5_000),
        "{% endif %}".repeat(5_000)
    );
    assert!(text(&deep).validate().is_err());
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(text(&nested).validate().is_err());
}

#[test]
fn escaping_cannot_be_left_out() {
    for source in [
        "{% autoescape false %}{{ person.first_name }}{% endautoescape %}",
        "{%- autoescape false -%}{{ person.first_name }}{% endautoescape %}",
    ] {
        assert_eq!(refused(&html(source)).field, "locales.en.html");
    }
    let shown = filled(
        &html(
            "<p>{{ person.first_name }} at {{ organisation.name }}</p><a href=\"{{ links.preferences }}\">x</a>",
        ),
        &json!({ "first_name": "<script>alert('x')</script>" }),
        None,
    );
    let shown = shown.parts.html.expect("HTML");
    assert!(
        !shown.contains("<script>") && shown.contains("Hashrate &amp; Co"),
        "{shown}"
    );
    assert!(shown.contains("href=\"https://t.example/u/1\""), "{shown}");
}

#[test]
fn marketing_mail_says_how_to_stop_it_in_every_part() {
    let marketing = |parts: Value| {
        template(&json!({ "purpose": "marketing", "fallbacks": {}, "locales": { "en": parts } }))
    };
    let link = "{{ links.unsubscribe }}";
    let hidden = format!("{{% if false %}}{link}{{% endif %}}");
    for (parts, field) in [
        (json!({ "subject": "s", "text": "t" }), "locales.en.text"),
        (json!({ "subject": "s", "text": hidden }), "locales.en.text"),
        (json!({ "subject": link, "text": "t" }), "locales.en.text"),
        (
            json!({ "subject": "s", "text": link, "html": "<p>t</p>" }),
            "locales.en.html",
        ),
    ] {
        assert_eq!(refused(&marketing(parts)).field, field);
    }
    let right =
        json!({ "subject": "s", "text": link, "html": format!("<a href=\"{link}\">x</a>") });
    assert_eq!(marketing(right).validate(), Ok(()));
}

#[test]
fn each_channel_has_its_own_parts() {
    let of = |channel: &str, parts: Value| {
        template(&json!({ "channel": channel, "fallbacks": {}, "locales": { "en": parts } }))
    };
    for (channel, parts, field) in [
        ("mail", json!({ "subject": "s" }), "text"),
        (
            "mail",
            json!({ "subject": "s", "text": "t", "title": "t" }),
            "title",
        ),
        ("inbox", json!({ "title": "t" }), "body"),
        (
            "inbox",
            json!({ "title": "t", "body": "b", "html": "h" }),
            "html",
        ),
        (
            "wallet",
            json!({ "action_url": "https://a.example/" }),
            "text",
        ),
        (
            "wallet",
            json!({ "text": "t", "action_url": "javascript:alert(1)" }),
            "action_url",
        ),
        (
            "wallet",
            json!({ "text": "t", "action_url": "https://{{ organisation.name }}/" }),
            "action_url",
        ),
        (
            "wallet",
            json!({ "text": "t", "action_url": "https://a.example@evil.example/" }),
            "action_url",
        ),
        ("wallet", json!({ "text": "" }), "text"),
    ] {
        let refusal = refused(&of(channel, parts));
        assert_eq!(refusal.field, format!("locales.en.{field}"), "{refusal}");
    }
}

#[test]
fn blocks_end_with_a_text_for_everybody() {
    let blocks = |texts: Value| {
        template(&json!({
            "blocks": { "offer": texts },
            "locales": { "en": { "subject": "s", "text": "{{ content.offer }}" } }
        }))
    };
    let swiss = json!({ "trait": { "property": "country", "is": "equal", "value": "CH" } });
    let sealed = json!({ "trait": { "property": "email", "is": "set" } });
    for (texts, field) in [
        (json!([]), "blocks.offer"),
        (
            json!([{ "when": [swiss], "text": "a" }]),
            "blocks.offer[0].when",
        ),
        (
            json!([{ "text": "a" }, { "text": "b" }]),
            "blocks.offer[0].when",
        ),
        (
            json!([{ "when": [sealed], "text": "a" }, { "text": "b" }]),
            "blocks.offer[0].when[0].trait.property",
        ),
    ] {
        assert_eq!(refused(&blocks(texts)).field, field);
    }
    let texts = json!([{ "when": [swiss], "text": "{{ 1 }}" }, { "text": "USD" }]);
    let template = blocks(texts);
    assert_eq!(template.validate(), Ok(()));
    let said = |person: Value| filled(&template, &person, None).parts.text;
    assert_eq!(said(json!({ "country": "CH" })).as_deref(), Some("{{ 1 }}"));
    assert_eq!(said(json!({})).as_deref(), Some("USD"));
}

#[test]
fn who_sees_an_arm_is_said_what_is_for_it() {
    let blocks = |experiment: &str| {
        let arm = |key: &str| json!({ "arm": { "experiment": experiment, "arm": key } });
        template(&json!({
            "blocks": { "subject": [
                { "when": [arm("a")], "text": "Save 20 %" },
                { "when": [arm("b")], "text": "Save $20" },
                { "text": "Save" },
            ] },
            "locales": { "en": { "subject": "{{ content.subject }}", "text": "t" } }
        }))
    };
    assert_eq!(
        refused(&blocks("not a key")).field,
        "blocks.subject[0].when[0].arm.experiment"
    );
    let template = blocks("subject");
    assert_eq!(template.validate(), Ok(()));
    assert_eq!(
        template.experiments().into_iter().collect::<Vec<_>>(),
        ["subject"]
    );
    for (seen, said) in [
        (Some(("subject", "a")), "Save 20 %"),
        (Some(("subject", "b")), "Save $20"),
        (Some(("subject", "c")), "Save"),
        (Some(("another", "a")), "Save"),
        (None, "Save"),
    ] {
        let arms: Arms = seen
            .into_iter()
            .map(|(experiment, arm)| (experiment.to_owned(), arm.to_owned()))
            .collect();
        let filled = filled_with(&template, &json!({}), None, &arms);
        assert_eq!(filled.parts.subject.as_deref(), Some(said));
    }
}

#[test]
fn the_nearest_language_is_spoken() {
    let parts = |text: &str| json!({ "subject": "s", "text": text });
    let template = template(&json!({ "fallbacks": {}, "locales": {
        "en": parts("en"), "pt": parts("pt"), "pt-BR": parts("br"), "zh-Hant-TW": parts("tw") } }));
    for (wanted, spoken) in [
        (None, "en"),
        (Some("pt"), "pt"),
        (Some("pt-br"), "br"),
        (Some("pt-PT"), "pt"),
        (Some("zh-Hant-TW"), "tw"),
        (Some("zh-Hant"), "en"),
        (Some("de"), "en"),
        (Some(""), "en"),
    ] {
        let said = filled(&template, &json!({}), wanted).parts.text;
        assert_eq!(said.as_deref(), Some(spoken), "{wanted:?}");
    }
    for tag in ["de", "pt-BR", "zh-Hant-TW", "gsw-CH", "EN"] {
        assert!(is_locale(tag), "{tag}");
    }
    for tag in [
        "",
        "d",
        "german",
        "de_CH",
        "de-",
        "-de",
        "de-ch ",
        "d1",
        "de-123456789",
        "dé",
    ] {
        assert!(!is_locale(tag), "{tag}");
    }
}

proptest! {
    #[test]
    fn what_is_filled_in_is_never_read_as_a_template(name in "\\PC{0,40}|\\{\\{.{0,20}\\}\\}|\\{%.{0,20}%\\}") {
        let said = filled(&text("[{{ person.first_name }}]"), &json!({ "first_name": name }), None);
        let expected = if name.is_empty() { "friend" } else { &name };
        prop_assert_eq!(said.parts.text, Some(format!("[{expected}]")));
    }

    #[test]
    fn a_subject_is_one_line(name in "[\\x00-\\x1f\\x7f-\\x9fa-z\r\n]{0,40}") {
        let template = template(&json!({ "locales": { "en": {
            "subject": "Hi {{ person.first_name }}", "text": "t" } } }));
        let said = filled(&template, &json!({ "first_name": name }), None);
        prop_assert!(!said.parts.subject.unwrap_or_default().contains(char::is_control));
    }

    #[test]
    fn no_source_panics(source in "[{}%a-z. '\"\\n()|-]{0,60}") {
        let _ = text(&source).validate();
    }
}
