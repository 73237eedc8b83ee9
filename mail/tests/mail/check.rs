//! Whether a domain is ready to send, asked through a name server of our own.

use crate::support::{DOMAIN, KEY, SELECTOR, listening, python};
use anyhow::Result;
use std::net::SocketAddr;
use tempfile::NamedTempFile;
use tessera_mail::{CheckRequest, Checked, Error, check};
use tokio::process::Child;

const RELAY: &str = "192.0.2.10";

struct Names {
    records: NamedTempFile,
    address: SocketAddr,
    _server: Child,
}

impl Names {
    async fn start() -> Result<Self> {
        let records = NamedTempFile::new()?;
        let mut command = python("names.py")?;
        command.arg(records.path());
        let (server, port) = listening(command).await?;
        Ok(Self {
            records,
            address: ([127, 0, 0, 1], port).into(),
            _server: server,
        })
    }

    /// What is checked, whether it passed, what was found and the value to publish.
    async fn check(
        &self,
        records: &[(&str, &str)],
        request: CheckRequest<'_>,
    ) -> Result<Vec<Checked>> {
        let lines: Vec<_> = records
            .iter()
            .map(|(name, value)| format!("{name}\t{value}\n"))
            .collect();
        std::fs::write(self.records.path(), lines.concat())?;
        let nameserver = Some(self.address);
        Ok(check(&CheckRequest {
            nameserver,
            ..request
        })
        .await?)
    }
}

fn request() -> CheckRequest<'static> {
    CheckRequest {
        domain: DOMAIN,
        selector: SELECTOR,
        relay_ip: Some(RELAY.parse().unwrap()),
        pem: Some(&KEY.0),
        nameserver: None,
    }
}

fn passed(all: &[Checked]) -> Vec<(&str, bool)> {
    all.iter().map(|one| (one.what, one.passed)).collect()
}

fn published(all: &[Checked]) -> Vec<(&str, &str)> {
    all.iter()
        .filter_map(|one| one.publish.as_ref())
        .map(|record| (&record.name[..], &record.value[..]))
        .collect()
}

#[tokio::test]
async fn without_records_each_is_named_with_the_one_to_publish() -> Result<()> {
    let names = Names::start().await?;
    let all = names.check(&[], request()).await?;
    let (name, value) = KEY.1.dns_record();
    assert_eq!(
        passed(&all),
        [
            ("DKIM record", false),
            ("DKIM signature", false),
            ("SPF", false),
            ("DMARC", false)
        ]
    );
    assert_eq!(
        published(&all),
        [
            (&name[..], &value[..]),
            (&name, &value),
            (DOMAIN, "v=spf1 ip4:192.0.2.10 ~all"),
            (
                "_dmarc.mail.example",
                "v=DMARC1; p=none; rua=mailto:dmarc@mail.example"
            ),
        ]
    );
    // What is proposed passes.
    let all = names.check(&published(&all)[1..], request()).await?;
    assert!(all.iter().all(|one| one.passed), "{all:?}");
    Ok(())
}

#[tokio::test]
async fn a_record_of_another_key_verifies_no_probe() -> Result<()> {
    let names = Names::start().await?;
    let (name, _) = KEY.1.dns_record();
    // The key of RFC 8463.
    let other = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let records = [
        (&name[..], other),
        (DOMAIN, "v=spf1 ip4:198.51.100.0/24 -all"),
        ("_dmarc.mail.example", "v=DMARC1; p=reject"),
    ];
    let all = names.check(&records, request()).await?;
    assert_eq!(
        passed(&all),
        [
            ("DKIM record", true),
            ("DKIM signature", false),
            ("SPF", false),
            ("DMARC", false)
        ]
    );
    let spf = published(&all)[1];
    assert_eq!(
        spf,
        (DOMAIN, "v=spf1 ip4:192.0.2.10 ip4:198.51.100.0/24 -all")
    );
    let without_key = CheckRequest {
        pem: None,
        relay_ip: None,
        ..request()
    };
    let all = names.check(&records, without_key).await?;
    assert!(all.iter().all(|one| one.passed), "{all:?}");
    Ok(())
}

#[tokio::test]
async fn records_that_receivers_do_not_believe_do_not_pass() -> Result<()> {
    let names = Names::start().await?;
    let (name, value) = KEY.1.dns_record();
    let records = [
        (&name[..], "v=DKIM1; k=rsa; p="),
        (DOMAIN, "v=spf1 ip4:192.0.2.10 -all"),
        (DOMAIN, "v=spf1 -all"),
    ];
    let all = names.check(&records, request()).await?;
    assert!(all.iter().all(|one| !one.passed), "{all:?}");
    let records = [
        (&name[..], &value[..]),
        (&name, "v=DKIM1; p="),
        (DOMAIN, "v=spf1 +all"),
    ];
    let all = names.check(&records, request()).await?;
    assert!(!all[0].passed && !all[2].passed, "{all:?}");
    Ok(())
}

#[tokio::test]
async fn a_name_server_that_does_not_answer_passes_nothing() -> Result<()> {
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let nameserver = Some(nobody.local_addr()?);
    drop(nobody);
    let all = check(&CheckRequest {
        nameserver,
        ..request()
    })
    .await?;
    assert!(all.iter().all(|one| !one.passed), "{all:?}");
    // Nothing is proposed for a record that may be there.
    assert_eq!(published(&all).len(), 2, "{all:?}");
    Ok(())
}

#[tokio::test]
async fn fields_are_refused_by_name() {
    for (field, request) in [
        (
            "domain",
            CheckRequest {
                domain: "a b",
                ..request()
            },
        ),
        (
            "selector",
            CheckRequest {
                selector: "a b",
                ..request()
            },
        ),
        (
            "pem",
            CheckRequest {
                pem: Some("-----BEGIN"),
                ..request()
            },
        ),
    ] {
        let Err(Error::Refused { field: refused, .. }) = check(&request).await else {
            panic!();
        };
        assert_eq!(refused, field);
    }
}
