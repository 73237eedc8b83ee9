//! Signatures, as two other implementations verify them: mail-auth and dkimpy.

use crate::support::{DOMAIN, KEY, SELECTOR, draft, python};
use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
    common::{crypto::Ed25519Key, parse::TxtRecordParser, verify::DomainKey},
    hickory_resolver::config::{ResolverConfig, ResolverOpts},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::{borrow::Borrow, hash::Hash, sync::Arc, time::Instant};
use tempfile::TempDir;
use tessera_mail::{Draft, Mailbox, Signer, compose};

const LIST: [&str; 2] = ["list-unsubscribe", "list-unsubscribe-post"];

/// A resolver that knows one record.
struct Known(Txt);

impl ResolverCache<Box<str>, Txt> for Known {
    fn get<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        Some(self.0.clone())
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// Whether mail-auth verifies each mail, and the headers that are signed.
async fn by_mail_auth(signer: &Signer, mails: &[Vec<u8>]) -> Result<Vec<(bool, Vec<String>)>> {
    let (_, record) = signer.dns_record();
    let key = DomainKey::parse(record.as_bytes()).map_err(anyhow::Error::from)?;
    let known = Known(Txt::DomainKey(Arc::new(key)));
    let nobody = ResolverConfig::from_name_servers(Vec::new());
    let authenticator = MessageAuthenticator::new(nobody, ResolverOpts::default())?;
    let mut verified = Vec::new();
    for mail in mails {
        let message = AuthenticatedMessage::parse(mail).context("no mail")?;
        let parameters = Parameters::new(&message).with_txt_cache(&known);
        let output = authenticator.verify_dkim(parameters).await;
        ensure!(output.len() == 1, "{} signatures", output.len());
        let signed = output[0].signature().context("none")?.h.iter();
        let passed = *output[0].result() == DkimResult::Pass;
        verified.push((passed, signed.map(|name| name.to_lowercase()).collect()));
    }
    Ok(verified)
}

/// The same from dkimpy.
async fn by_dkimpy(signer: &Signer, mails: &[Vec<u8>]) -> Result<Vec<(bool, Vec<String>)>> {
    let folder = TempDir::new()?;
    let (name, record) = signer.dns_record();
    let mut command = python("verify.py")?;
    command.args([name, record]);
    for (number, mail) in mails.iter().enumerate() {
        let path = folder.path().join(format!("{number}.eml"));
        std::fs::write(&path, mail)?;
        command.arg(path);
    }
    let output = command.output().await?;
    ensure!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout)?;
    let verified: Vec<_> = lines
        .lines()
        .map(|line| {
            let (passed, signed) = line.split_once(' ').unwrap();
            let signed = signed.split(':').map(str::to_owned).collect();
            (passed == "pass", signed)
        })
        .collect();
    ensure!(verified.len() == mails.len(), "{lines}");
    Ok(verified)
}

async fn by_both(signer: &Signer, mails: &[Vec<u8>]) -> Result<Vec<(bool, Vec<String>)>> {
    let ours = by_mail_auth(signer, mails).await?;
    let theirs = by_dkimpy(signer, mails).await?;
    for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let mail = String::from_utf8_lossy(&mails[number]);
        ensure!(ours == theirs, "{ours:?} {theirs:?} of {mail}");
    }
    Ok(ours)
}

/// An Ed25519 key in PEM.
fn ed25519() -> String {
    let der = STANDARD.encode(Ed25519Key::generate_pkcs8().unwrap());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

fn mails(signer: &Signer, how_many: usize) -> Vec<Vec<u8>> {
    let text = "\\PC{1,80}|(?s)[^\\x00]{1,300}|( \t\n.){1,20}|[ \n]{1,9}";
    let drafts = (
        proptest::option::of("\\PC{0,10}[^\\pC\\pZ]\\PC{0,10}"),
        "\\PC{0,60}[^\\pC\\pZ]\\PC{0,60}",
        text,
        proptest::option::of(text),
        any::<[bool; 3]>(),
    );
    let mut runner = TestRunner::deterministic();
    let mut mails = Vec::new();
    while mails.len() < how_many {
        let drawn = drafts.new_tree(&mut runner).unwrap().current();
        let (name, subject, text, html, [unsubscribe, feedback, reply]) = drawn;
        let plain = draft("person@bücher.example", "1@mail.example");
        let draft = Draft {
            from: Mailbox {
                name: name.as_deref(),
                ..plain.from
            },
            subject: &subject,
            text: &text,
            html: html.as_deref(),
            unsubscribe: plain.unsubscribe.filter(|_| unsubscribe),
            feedback_id: plain.feedback_id.filter(|_| feedback),
            reply_to: Some("answers@mail.example").filter(|_| reply),
            ..plain
        };
        if let Ok(letter) = compose(&draft, "bounce@mail.example", Some(signer)) {
            mails.push(letter.bytes().to_vec());
        }
    }
    mails
}

#[tokio::test]
async fn every_mail_is_verified_and_both_list_headers_are_signed() -> Result<()> {
    let ed25519 = Signer::from_pem(DOMAIN, SELECTOR, &ed25519())?;
    for signer in [&KEY.1, &ed25519] {
        let mails = mails(signer, 60);
        for ((passed, signed), mail) in by_both(signer, &mails).await?.iter().zip(&mails) {
            assert!(passed);
            let has_feedback_id = String::from_utf8_lossy(mail).contains("\r\nFeedback-ID:");
            assert_eq!(signed.contains(&"feedback-id".to_owned()), has_feedback_id);
            for name in LIST.iter().chain(&["to", "subject", "date", "message-id"]) {
                assert!(
                    signed.iter().any(|signed| signed == name),
                    "{name}: {signed:?}"
                );
            }
            for name in ["mime-version", "content-type", "reply-to"] {
                assert!(
                    signed.iter().any(|signed| signed == name),
                    "{name}: {signed:?}"
                );
            }
            let from = signed.iter().filter(|name| *name == "from").count();
            assert_eq!(from, 2, "{signed:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_changed_or_added_on_the_way_is_noticed() -> Result<()> {
    let signer = &KEY.1;
    let draft = draft("person@example.com", "1@mail.example");
    let letter = compose(&draft, "bounce@mail.example", Some(signer))?;
    let mail = String::from_utf8(letter.bytes().to_vec())?;
    let changed = |from: &str, to: &str| {
        assert!(mail.contains(from), "{from}");
        mail.replacen(from, to, 1).into_bytes()
    };
    let added = |header: &str| format!("{header}\r\n{mail}").into_bytes();
    let bare = Draft {
        unsubscribe: None,
        ..draft
    };
    let bare = compose(&bare, "bounce@mail.example", Some(signer))?;
    let bare = String::from_utf8(bare.bytes().to_vec())?;
    let mails = [
        changed("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"),
        changed("https://mail.example/u/", "https://evil.example/u/"),
        changed("List-Unsubscribe-Post:", "X-Unsubscribe-Post:"),
        changed("Subject: Your plan", "Subject: My plan"),
        changed("Date: ", "Date: Mon, "),
        changed("Message-ID: <1", "Message-ID: <2"),
        changed("To: person@", "To: people@"),
        changed("multipart/alternative", "multipart/mixed"),
        changed("renewed", "cancelled"),
        added("From: Evil <evil@evil.example>"),
        added("Reply-To: evil@evil.example"),
        format!("List-Unsubscribe: <https://evil.example>\r\n{bare}").into_bytes(),
    ];
    for (number, (passed, _)) in by_both(signer, &mails).await?.into_iter().enumerate() {
        assert!(!passed, "{number}");
    }
    assert!(by_both(signer, &[mail.into_bytes()]).await?[0].0);
    Ok(())
}

#[tokio::test]
async fn another_key_verifies_nothing() -> Result<()> {
    let other = Signer::from_pem(DOMAIN, SELECTOR, &ed25519())?;
    let mails = mails(&KEY.1, 1);
    assert!(!by_both(&other, &mails).await?[0].0);
    Ok(())
}

#[test]
fn a_kept_key_is_the_same_key() {
    let (pem, signer) = &*KEY;
    let again = Signer::from_pem(DOMAIN, SELECTOR, pem).unwrap();
    assert_eq!(again.dns_record(), signer.dns_record());
    let (name, value) = signer.dns_record();
    assert_eq!(name, "tessera._domainkey.mail.example");
    assert!(
        value.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkq"),
        "{value}"
    );
}
