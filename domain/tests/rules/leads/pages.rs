//! What a page says of its company.

use proptest::{collection::vec, prelude::*, sample::select};
use tessera_domain::leads::enrichment::{MAX_PAGE_BYTES, MAX_TEXT_CHARS, Organisation, Page};

fn page(html: &str) -> Page {
    Page::read(html.as_bytes())
}

fn structured(json: &str) -> Option<Organisation> {
    page(&format!(
        "<script type='application/ld+json'>{json}</script>"
    ))
    .organisation
}

#[test]
fn what_says_nothing_is_an_empty_page() {
    for html in [
        "",
        "plain text",
        "<",
        "<title",
        "<title></title>",
        "<title> \n\t </title>",
        "<title>never closed",
        "<meta name=description>",
        "<meta content=x>",
        "<!-- <title>a comment</title> -->",
        "<script>var html = '<title>text</title>'</script>",
        "<textarea><title>text</title></textarea>",
        "{\"title\": \"JSON\"}",
        "%PDF-1.7",
    ] {
        assert_eq!(page(html), Page::default(), "{html}");
    }
}

#[test]
fn structured_data_that_is_none_is_not_there() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for json in [
        "",
        "{",
        "null",
        "[]",
        "\"Organization\"",
        r#"{ "@type": "Person", "name": "Ada Lovelace" }"#,
        r#"{ "@type": "Organization" }"#,
        r#"{ "@type": "Organization", "name": 5 }"#,
        r#"{ "@type": "Organization", "name": { "first": "x" } }"#,
        deep.as_str(),
    ] {
        assert_eq!(structured(json), None, "{json:.40}");
    }
}

#[test]
fn bounds_hold_whatever_a_page_has() {
    let long = "x".repeat(MAX_PAGE_BYTES);
    let cut = page(&format!(
        "<title>first</title>{long}<meta name=description content=late>"
    ));
    assert_eq!(cut.title.as_deref(), Some("first"));
    assert_eq!(cut.description(), None);

    let words = "\u{1d7d8} ".repeat(MAX_TEXT_CHARS);
    let wordy = page(&format!("<title>{words}</title>"))
        .title
        .expect("a title");
    assert!((MAX_TEXT_CHARS - 1..=MAX_TEXT_CHARS).contains(&wordy.chars().count()));
    let word = page(&format!("<title>{long:.2000}</title>"))
        .title
        .expect("a title");
    assert_eq!(word.len(), MAX_TEXT_CHARS);

    let many: String = (0..5_000)
        .map(|it| format!("<meta name=m{it} content=x><script src=/{it}.js></script>"))
        .collect();
    let many = page(&many);
    assert_eq!((many.metas.len(), many.scripts.len()), (200, 200));
}

#[test]
fn the_first_of_each_is_taken_and_in_one_line() {
    let page = page(
        "<!doctype html><head>\n<TITLE>Example &amp; Sons\n  <b>Mining</b>\u{0}</TITLE><title>Second</title>\
         <meta name='Description' content='Hosting\r\n for\tmachines'><meta name=description content=again>\
         <meta property='og:site_name' content=Example><meta property=og:type content=website>\
         <script src='/app.js?v=1'></script><svg><title>An icon</title></svg>",
    );
    assert_eq!(
        page.title.as_deref(),
        Some("Example & Sons <b>Mining</b>\u{fffd}")
    );
    assert_eq!(page.description().as_deref(), Some("Hosting for machines"));
    assert_eq!(page.property("og:site_name").as_deref(), Some("Example"));
    assert_eq!(page.scripts, ["/app.js?v=1"]);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let page = Page::read(b"<title>M\xfcller</title>");
    assert_eq!(page.title.as_deref(), Some("M\u{fffd}ller"));
}

#[test]
fn an_organisation_is_found_in_a_block_a_list_and_a_graph() {
    let body = r#""@type": ["LocalBusiness", "Organization"], "name": "Example", "legalName": " Example  AG",
        "description": "Hosting", "foundingDate": "2014-05-01", "email": "info@example.com",
        "founder": { "@type": "Person", "name": "Ada Lovelace" },
        "numberOfEmployees": { "@type": "QuantitativeValue", "minValue": 50, "maxValue": 200 },
        "address": [{ "addressCountry": { "@type": "Country", "name": "ch" } }],
        "sameAs": ["https://x.com/example"]"#;
    let expected = Organisation {
        name: Some("Example".to_owned()),
        legal_name: Some("Example AG".to_owned()),
        description: Some("Hosting".to_owned()),
        country: Some("CH".to_owned()),
        employees: Some(50),
        founded: Some(2014),
        same_as: vec!["https://x.com/example".to_owned()],
    };
    for json in [
        format!("{{ {body} }}"),
        format!(r#"[{{ "@type": "WebSite", "name": "Site" }}, {{ {body} }}]"#),
        format!(
            r#"{{ "@context": "https://schema.org", "@graph": [{{ "@type": "WebPage" }}, {{ {body} }}] }}"#
        ),
    ] {
        assert_eq!(structured(&json).as_ref(), Some(&expected), "{json}");
    }
}

#[test]
fn what_structured_data_says_wrongly_is_left_out() {
    let found = structured(
        r#"{ "@type": "https://schema.org/Corporation", "name": "Example", "foundingDate": "a while ago",
            "numberOfEmployees": "many", "address": { "addressCountry": "Switzerland" } }"#,
    );
    let name = Some("Example".to_owned());
    assert_eq!(
        found,
        Some(Organisation {
            name,
            ..Organisation::default()
        })
    );
    for employees in ["0", "-5", "10000001", "1.5", "\"\"", "[]"] {
        let json = format!(
            r#"{{ "@type": "Organization", "name": "x", "numberOfEmployees": {employees} }}"#
        );
        assert_eq!(
            structured(&json).expect("found").employees,
            None,
            "{employees}"
        );
    }
}

/// What markup is made of.
const PARTS: &[&[u8]] = &[
    b"<",
    b">",
    b"</",
    b"title",
    b"meta",
    b"script",
    b" name=",
    b" content=",
    b" property='og:title'",
    b" type='application/ld+json'",
    b"\"",
    b"'",
    b"=",
    b" ",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"&amp",
    b"&#x",
    b"{\"@type\":\"Organization\",\"name\":\"x\"}",
    b"\xff\xfe",
    b"\0",
    b"<a href='https://x.com/a'>",
    b"\n",
    b"<title>",
    b"</title>",
    b"<script>",
    b"</script>",
    b"\xf0\x9f\x98\x80",
    b"<!doctype",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    let known = select(PARTS).prop_map(<[u8]>::to_vec);
    vec(prop_oneof![known, vec(any::<u8>(), 0..8)], 0..200).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_and_the_same_bytes_the_same_one(html in soup()) {
        let page = Page::read(&html);
        prop_assert_eq!(&page, &Page::read(&html));
        let texts = page.title.iter().chain(page.metas.values());
        for text in texts {
            prop_assert!((1..=MAX_TEXT_CHARS).contains(&text.chars().count()));
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert_eq!(text.trim(), text);
        }
    }
}
