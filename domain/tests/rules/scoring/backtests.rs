//! How a model would have told the won from the lost.

use super::*;

/// A lead with so many points, decided at 10.
fn lead(points: usize) -> Vec<Event> {
    let ladder = [
        ("github_repo_visited", 10),
        ("api_documentation_viewed", 15),
        ("pricing_page_visited", 25),
        ("demo_requested", 40),
    ];
    let (mut left, mut events) = (points, Vec::new());
    for (name, worth) in ladder.into_iter().rev() {
        if left >= worth {
            left -= worth;
            events.push(event(worth as u128, name, 1, &json!({})));
        }
    }
    assert_eq!(left, 0, "{points} points can be made");
    events
}

fn backtest<'a>(
    model: &ScoringModel,
    histories: impl IntoIterator<Item = History<'a>>,
) -> Backtest {
    let scored = |history| ScoredLead::of(model, history);
    Backtest::of(histories.into_iter().map(scored))
}

fn history(events: &[Event], won: bool) -> History<'_> {
    History {
        events,
        known_until: Timestamp(9),
        won,
    }
}

#[test]
fn no_histories_give_no_figures() {
    let nothing = backtest(&seed_model(), []);
    assert_eq!(
        (nothing.auc, nothing.mean_won, nothing.mean_lost),
        (None, None, None)
    );
    assert_eq!(nothing.won.rate, None);
    assert!(
        nothing
            .deciles
            .iter()
            .all(|decile| decile.highest.is_none())
    );
}

#[test]
fn the_decision_s_own_events_do_not_give_it_away() {
    let given_away = [event(1, "subscribed", 10, &json!({}))];
    let lost = [];
    let tested = backtest(
        &seed_model(),
        [history(&given_away, true), history(&lost, false)],
    );
    assert_eq!((tested.auc, tested.mean_won), (Some(0.5), Some(0.0)));
}

#[test]
fn deciles_go_from_the_highest_scores_down_and_ties_stay_together() {
    let [high, middle, low] = [lead(90), lead(25), lead(0)];
    let histories = || {
        let high = [true, true, false].map(|won| history(&high, won));
        let middle = [history(&middle, true)];
        let low = [false; 6].map(|won| history(&low, won));
        high.into_iter().chain(middle).chain(low)
    };
    let tested = backtest(&seed_model(), histories());
    assert_eq!((tested.won.numerator, tested.won.denominator), (3, 10));
    // Of 21 pairs, won above lost: 2 * 6 and 6 from below, ties 2 * 1 halves.
    assert_eq!(tested.auc, Some(19.0 / 21.0));
    assert_eq!(tested.mean_won, Some((90.0 + 90.0 + 25.0) / 3.0));
    assert_eq!(tested.mean_lost, Some(90.0 / 7.0));
    let parts: Vec<(u64, u64)> = tested
        .deciles
        .iter()
        .map(|decile| (decile.won.numerator, decile.won.denominator))
        .collect();
    let nobody = (0, 0);
    let expected = [
        nobody,
        (2, 3),
        nobody,
        (1, 1),
        nobody,
        nobody,
        nobody,
        (0, 6),
        nobody,
        nobody,
    ];
    assert_eq!(parts, expected);
    assert_eq!(tested.deciles[1].lowest, Some(Millipoints(90_000)));
    let backwards: Vec<History<'_>> = histories().collect();
    let backwards = backwards.into_iter().rev();
    assert_eq!(backtest(&seed_model(), backwards), tested);
}

#[test]
fn two_models_are_compared_on_the_same_histories() {
    let (won, lost) = (lead(40), lead(25));
    let histories = [history(&won, true), history(&lost, false)];
    let mut other = seed_model();
    for rule in &mut other.rules {
        rule.points = if rule.id == "pricing_page_visited" {
            60
        } else {
            rule.points
        };
    }
    assert_eq!(backtest(&seed_model(), histories).auc, Some(1.0));
    assert_eq!(backtest(&other, histories).auc, Some(0.0));
}
