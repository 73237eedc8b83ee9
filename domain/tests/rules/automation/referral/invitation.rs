//! Who may use an invitation.

use super::support::{hour, person};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_domain::automation::referral::{Guest, Invitation};

fn written() -> Value {
    json!({
        "code": "SPRING-26",
        "inviter": person("ref"),
        "from": "2026-01-01T00:00:00Z",
        "until": "2026-01-02T00:00:00Z",
        "most_uses": 2,
    })
}

fn invitation(field: &str, value: Value) -> Result<Invitation, String> {
    let mut written = written();
    written[field] = value;
    let read: Invitation = serde_json::from_value(written).map_err(|error| error.to_string())?;
    read.validate().map_err(|refusal| refusal.to_string())?;
    Ok(read)
}

#[test]
fn an_invitation_without_a_code_an_end_or_a_bound_is_refused() {
    for (field, value, said) in [
        (
            "code",
            json!("spring"),
            "code: must be 3 to 16 capitals, digits, - or _",
        ),
        (
            "code",
            json!("AB"),
            "code: must be 3 to 16 capitals, digits, - or _",
        ),
        (
            "until",
            json!("2026-01-01T00:00:00Z"),
            "until: must be later than from, by at most 366 days",
        ),
        (
            "until",
            json!("2027-01-03T00:00:00Z"),
            "until: must be later than from, by at most 366 days",
        ),
        (
            "most_uses",
            json!(0),
            "most_uses: must be from 1 to 1000000",
        ),
        ("guest", json!("digest"), "most_uses: must be 1"),
        (
            "guest",
            json!(""),
            "guest: must have 1 to 200 characters, none of them a control character",
        ),
    ] {
        assert_eq!(invitation(field, value).expect_err(field), said);
    }
    let unknown = invitation("surprise", json!(1)).expect_err("unknown");
    assert!(unknown.contains("unknown field `surprise`"), "{unknown}");
}

fn admitted(
    invitation: &Invitation,
    guest: &str,
    used_by: &[&str],
    now: i64,
) -> Result<(), &'static str> {
    let identifiers = BTreeSet::from([guest.to_owned()]);
    let guest = Guest {
        person: person(guest),
        identifiers: &identifiers,
    };
    let used_by = used_by.iter().map(|it| person(it)).collect();
    let admitted = invitation.admit(guest, &used_by, hour(now));
    admitted.map_err(|refusal| refusal.code)
}

#[test]
fn it_holds_in_its_time_for_others_and_so_often() {
    let open = invitation("most_uses", json!(2)).expect("an invitation");
    assert_eq!(admitted(&open, "ann", &[], -1), Err("not_yet_valid"));
    assert_eq!(admitted(&open, "ann", &[], 24), Err("invitation_ended"));
    assert_eq!(admitted(&open, "ref", &[], 0), Err("own_invitation"));
    assert_eq!(admitted(&open, "ann", &["bob", "cid"], 0), Err("used_up"));
    assert_eq!(admitted(&open, "ann", &["bob"], 23), Ok(()));
    // A request that is sent again is not a second use.
    assert_eq!(admitted(&open, "bob", &["bob", "cid"], 0), Ok(()));
}

#[test]
fn one_for_a_guest_is_for_nobody_else() {
    let mut personal = invitation("most_uses", json!(1)).expect("an invitation");
    personal.guest = Some("ann".to_owned());
    assert_eq!(personal.validate(), Ok(()));
    assert_eq!(admitted(&personal, "bob", &[], 0), Err("other_guest"));
    assert_eq!(admitted(&personal, "ann", &[], 0), Ok(()));
}
