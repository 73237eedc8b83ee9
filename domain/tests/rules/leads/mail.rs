//! The company of an e-mail address.

use tessera_domain::leads::enrichment::{MailKind, mail_domain};

fn kind(address: &str) -> MailKind {
    mail_domain(address).expect("a domain").kind
}

#[test]
fn what_is_no_address_at_a_registered_domain_is_refused() {
    for address in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@co.uk",
        "ada@com.",
        "ada@corp.internal",
        "ada@printer.local",
        "ada@10.0.0.1",
        "ada@example.com, bob@example.com",
        "ada@exam\u{440}le.com",
    ] {
        let refusal = mail_domain(address).expect_err(address);
        assert_eq!(refusal.field, "email");
        assert!(!refusal.rule.contains("ada"), "{refusal}");
    }
}

#[test]
fn the_domain_is_the_one_that_was_registered() {
    for (address, domain) in [
        ("Ada@Example.com", "example.com"),
        ("ada@mail.eu.example.com", "example.com"),
        ("ada@example.co.uk", "example.co.uk"),
        ("ada@mx1.example.co.uk", "example.co.uk"),
        // Anybody can have a host under these.
        ("ada@example.github.io", "example.github.io"),
        ("ada@xn--mller-kva.example.ch", "example.ch"),
    ] {
        assert_eq!(mail_domain(address).expect("a domain").domain, domain);
    }
}

#[test]
fn mailboxes_that_anybody_can_have_name_no_company() {
    for address in [
        "ada@gmail.com",
        "ada@proton.me",
        "ada@yahoo.co.uk",
        "ada@qq.com",
    ] {
        assert_eq!(kind(address), MailKind::Free, "{address}");
    }
    for address in ["ada@duck.com", "ada@mozmail.com", "ada@ada.anonaddy.com"] {
        assert_eq!(kind(address), MailKind::Relay, "{address}");
    }
    for address in [
        "ada@mailinator.com",
        "ada@in.mailinator.com",
        "ada@yopmail.com",
    ] {
        assert_eq!(kind(address), MailKind::Disposable, "{address}");
    }
    for address in [
        "ada@example.com",
        "ada@notgmail.com",
        "ada@gmail.com.example.com",
    ] {
        assert_eq!(kind(address), MailKind::Own, "{address}");
    }
}
