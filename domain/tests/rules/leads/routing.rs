//! Who gets a lead.

use super::{moment, office, read};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::{
    leads::routing::{Assignment, Obstacle, Reason, RoutedLead, Team, Turns, assign},
    time::Timestamp,
};

/// A Monday morning in Zurich.
const MONDAY: &str = "2026-11-30T09:30:00Z";

fn team(members: Value) -> Team {
    let team: Team = read(json!({ "members": members, "fallback": "everybody" }));
    team.validate().expect("a valid team");
    team
}

fn member(id: &str, weight: u32) -> Value {
    json!({ "id": id, "capacity": 100_000, "weight": weight })
}

fn route(team: &Team, lead: Value, open: &[(&str, u32)]) -> Assignment {
    let lead: RoutedLead = read(lead);
    lead.validate().expect("a valid lead");
    let open = open
        .iter()
        .map(|(id, count)| ((*id).to_owned(), *count))
        .collect();
    assign(team, &lead, &open, &mut Turns::default(), moment(MONDAY))
}

fn passed_over(assignment: &Assignment) -> Vec<(&str, &Obstacle)> {
    let others = assignment.passed_over.iter();
    others.map(|it| (it.member.as_str(), &it.because)).collect()
}

#[test]
fn a_team_that_cannot_be_used_is_refused_by_its_field() {
    let with = |key: &str, value: Value| {
        let mut one = member("ada", 1);
        one[key] = value;
        json!({ "members": [one], "fallback": "everybody" })
    };
    let twice = json!([member("ada", 1), member("ada", 2)]);
    for (json, field) in [
        (with("id", json!("")), "members[0].id"),
        (with("weight", json!(0)), "members[0].weight"),
        (with("weight", json!(1_001)), "members[0].weight"),
        (with("capacity", json!(100_001)), "members[0].capacity"),
        (with("skills", json!(["German"])), "members[0].skills"),
        (
            with("hours", json!({ "zone": "UTC", "week": {} })),
            "members[0].hours.week",
        ),
        (
            with("away", json!([{ "from": MONDAY, "until": MONDAY }])),
            "members[0].away[0].until",
        ),
        (
            json!({ "members": twice, "fallback": "everybody" }),
            "members[1].id",
        ),
        (
            json!({ "members": [], "fallback": "Every body" }),
            "fallback",
        ),
    ] {
        let team: Team = read(json);
        assert_eq!(team.validate().expect_err("refused").field, field);
    }
    let lead = RoutedLead {
        needs: ["Deutsch".to_owned()].into(),
        ..RoutedLead::default()
    };
    assert_eq!(lead.validate().expect_err("refused").field, "needs");
}

#[test]
fn nobody_who_can_take_it_leaves_a_lead_to_the_queue_and_says_why() {
    let away = json!([
        { "from": "2026-11-29T00:00:00Z", "until": "2026-12-02T00:00:00Z" },
        { "from": "2026-11-30T00:00:00Z", "until": "2026-12-24T00:00:00Z" },
    ]);
    let team = team(json!([
        { "id": "asleep", "capacity": 5, "weight": 1, "hours": office("America/New_York") },
        { "id": "away", "capacity": 5, "weight": 1, "away": away },
        { "id": "full", "capacity": 5, "weight": 1 },
        { "id": "none", "capacity": 0, "weight": 1 },
        { "id": "unskilled", "capacity": 5, "weight": 1, "skills": ["german"] },
    ]));
    let lead = json!({ "needs": ["german", "mining"] });
    let assignment = route(&team, lead, &[("full", 5)]);
    assert_eq!(assignment.member, None);
    assert_eq!(assignment.queue.as_deref(), Some("everybody"));
    assert_eq!(assignment.reason, Reason::Fallback);
    let until = moment("2026-12-24T00:00:00Z");
    let skills = ["mining".to_owned()].into();
    assert_eq!(
        passed_over(&assignment),
        [
            ("asleep", &Obstacle::OutsideHours),
            ("away", &Obstacle::Away { until }),
            ("full", &Obstacle::AtCapacity { open: 5 }),
            ("none", &Obstacle::AtCapacity { open: 0 }),
            ("unskilled", &Obstacle::LacksSkills { skills }),
        ]
    );
}

#[test]
fn an_institution_goes_to_the_owner_of_its_account_at_any_hour() {
    let team = team(json!([
        { "id": "ada", "capacity": 5, "weight": 1, "hours": office("America/New_York") },
        { "id": "bob", "capacity": 5, "weight": 1, "skills": ["mining"] },
    ]));
    let lead = json!({ "institutional": true, "account_owner": "ada", "needs": ["mining"] });
    let assignment = route(&team, lead.clone(), &[]);
    assert_eq!(assignment.member.as_deref(), Some("ada"));
    assert_eq!(
        (assignment.reason, passed_over(&assignment)),
        (Reason::AccountOwner, vec![])
    );

    // One whose desk is full, or who left, is passed over; nobody else's account counts.
    let full = route(&team, lead.clone(), &[("ada", 5)]);
    assert_eq!(
        (full.member.as_deref(), full.reason),
        (Some("bob"), Reason::Turn)
    );
    assert_eq!(
        passed_over(&full),
        [("ada", &Obstacle::AtCapacity { open: 5 })]
    );
    let left = json!({ "institutional": true, "account_owner": "eve", "needs": ["mining"] });
    let left = route(&team, left, &[]);
    assert_eq!(
        passed_over(&left),
        [
            ("ada", &Obstacle::OutsideHours),
            ("eve", &Obstacle::NotInTheTeam)
        ]
    );
    let mut private = lead;
    private["institutional"] = false.into();
    assert_eq!(route(&team, private, &[]).member.as_deref(), Some("bob"));
}

#[test]
fn turns_are_those_that_nginx_publishes() {
    let team = team(json!([member("a", 5), member("b", 1), member("c", 1)]));
    let mut turns = Turns::default();
    let taken: Vec<_> = (0..14).map(|_| next(&team, &mut turns)).collect();
    assert_eq!(taken.concat(), "aabacaaaabacaa");
}

#[test]
fn who_is_no_member_any_more_is_forgotten() {
    let mut turns = Turns::default();
    next(&team(json!([member("a", 2), member("b", 1)])), &mut turns);
    assert_eq!((turns.gained("a"), turns.gained("b")), (-1, 1));
    next(&team(json!([member("a", 2)])), &mut turns);
    assert_eq!(turns, read(json!({ "a": -1 })));
}

fn next(team: &Team, turns: &mut Turns) -> String {
    let lead = RoutedLead::default();
    let assignment = assign(team, &lead, &BTreeMap::new(), turns, moment(MONDAY));
    assignment.member.expect("a member")
}

/// Members with any weight, capacity and skills.
fn members() -> impl Strategy<Value = Vec<Value>> {
    let one = (1_u32..20, 0_u32..30, any::<bool>());
    vec(one, 1..8).prop_map(|members| {
        let named = members.into_iter().enumerate();
        named
            .map(|(index, (weight, capacity, mines))| {
                let skills: &[&str] = if mines { &["mining"] } else { &[] };
                json!({ "id": format!("m{index}"), "weight": weight, "capacity": capacity,
                        "skills": skills })
            })
            .collect()
    })
}

/// Routes leads, each of which stays open; some need a skill, and some are of an account.
fn play(team: &Team, leads: &[(bool, Option<usize>)]) -> (Vec<Assignment>, Turns) {
    let (mut open, mut turns) = (BTreeMap::<String, u32>::new(), Turns::default());
    let assignments = leads.iter().map(|(mines, owner)| {
        let lead = RoutedLead {
            institutional: owner.is_some(),
            account_owner: owner.map(|it| format!("m{it}")),
            needs: mines.then(|| "mining".to_owned()).into_iter().collect(),
        };
        let assignment = assign(team, &lead, &open, &mut turns, Timestamp(0));
        if let Some(member) = &assignment.member {
            *open.entry(member.clone()).or_default() += 1;
        }
        assignment
    });
    (assignments.collect(), turns)
}

proptest! {
    #[test]
    fn shares_are_the_weights(weights in vec(1_u32..50, 1..8), rounds in 1_usize..4, more in 0_usize..50) {
        let named = weights.iter().enumerate();
        let members: Vec<_> = named.map(|(index, it)| member(&format!("m{index}"), *it)).collect();
        let team = team(members.into());
        let mut turns = Turns::default();
        let mut taken = BTreeMap::<String, i64>::new();
        let total = i64::from(weights.iter().sum::<u32>());
        let whole = usize::try_from(total).expect("fits") * rounds;
        for turn in 1..=whole + more {
            *taken.entry(next(&team, &mut turns)).or_default() += 1;
            let turn = i64::try_from(turn).expect("fits");
            for (index, weight) in weights.iter().enumerate() {
                let name = format!("m{index}");
                let share = turn * i64::from(*weight);
                let count = taken.get(&name).copied().unwrap_or_default();
                // What a member is owed is what the turns say, and never as much as two leads.
                prop_assert_eq!(share - count * total, turns.gained(&name));
                prop_assert!((share - count * total).abs() < 2 * total);
                if turn % total == 0 {
                    prop_assert_eq!(count * total, share);
                }
            }
        }
    }

    #[test]
    fn nobody_has_more_than_they_can_and_everybody_else_has_a_reason(
        members in members(),
        leads in vec((any::<bool>(), prop::option::of(0_usize..9)), 0..120),
    ) {
        let team = team(members.into());
        let (assignments, _) = play(&team, &leads);
        let mut open = BTreeMap::<&str, u32>::new();
        for (assignment, (mines, owner)) in assignments.iter().zip(&leads) {
            prop_assert_eq!(assignment.member.is_none(), assignment.queue.is_some());
            let listed = assignment.passed_over.iter().map(|it| &it.member);
            prop_assert!(assignment.member.iter().all(|it| listed.clone().all(|other| other != it)));
            if let Some(id) = assignment.member.as_deref() {
                *open.entry(id).or_default() += 1;
                let member = team.members.iter().find(|it| it.id == id).expect("a member");
                prop_assert!(open[id] <= member.capacity);
                let owns = owner.is_some_and(|it| id == format!("m{it}"));
                prop_assert!(owns || !mines || member.skills.contains("mining"));
            }
            if assignment.reason != Reason::AccountOwner {
                let strangers = owner.is_some_and(|it| it >= team.members.len());
                let considered = listed.count() + usize::from(assignment.member.is_some());
                prop_assert_eq!(considered, team.members.len() + usize::from(strangers));
            }
        }
    }

    #[test]
    fn the_order_of_the_members_changes_nothing(
        members in members(),
        leads in vec((any::<bool>(), prop::option::of(0_usize..9)), 0..60),
        swaps in vec((any::<Index>(), any::<Index>()), 0..10),
    ) {
        let mut shuffled = members.clone();
        for (one, other) in swaps {
            let length = shuffled.len();
            shuffled.swap(one.index(length), other.index(length));
        }
        prop_assert_eq!(play(&team(members.into()), &leads), play(&team(shuffled.into()), &leads));
    }
}
